"""Drawing pixel by pixel, in one loop of the graph, that computes each feature once.

The vertical stack is computed a row at a time, from each layer's last rows; the horizontal one a
pixel at a time, from each layer's last pixels of the row. So a pixel costs the same wherever it
lies, and memory is that of these caches (Ramachandran et al. 2017).
"""

import functools

import tensorflow as tf
from keras import ops

from keras_genzoo.models.autoregressive.gated_blocks import FIRST_REACH, GatedBlock
from keras_genzoo.models.autoregressive.levels import rounded


class CachedDrawing:
    """Draws images by a network of `pixel_network`.

    Args:
        network: The network.
        head: How its outputs distribute a pixel's level, of `levels`.

    Reference: Ramachandran et al. (2017), https://arxiv.org/abs/1704.06001.
    """

    def __init__(self, network, head):
        self.stem = network.get_layer("stem")
        self.blocks = [layer for layer in network.layers if isinstance(layer, GatedBlock)]
        self.last_layers = [network.get_layer("hidden"), network.get_layer("outputs")]
        self.head = head

    def draw(self, images, uniforms, rows, labels=None):
        """Images that keep their first rows; the others are drawn.

        Args:
            images: `(batch, height, width, channels)` in [0, 1].
            uniforms: Like `images`, in [0, 1): a level is the first whose probability, with that of
                all below it, is above its number.
            rows: How many are kept, a tensor.
            labels: `(batch,)`, where the network takes them.

        Returns:
            Images like `images`.
        """
        given = rounded(images, self.head.levels)

        def drawn_pixel(outputs, row, column):
            pixel = given[:, row, column]
            for channel in range(images.shape[-1]):
                level = self._level(outputs, pixel, channel, uniforms[:, row, column, channel])
                parts = [pixel[:, :channel], level[:, None], pixel[:, channel + 1 :]]
                pixel = ops.concatenate(parts, axis=-1)
            return pixel, pixel

        drawn = self._walk(given, labels, rows, drawn_pixel)
        is_kept = ops.arange(images.shape[1])[:, None, None] < rows
        return ops.where(is_kept, images, drawn)  # as they came, to the last bit

    def outputs(self, images, labels=None):
        """What the network gives for each pixel, by the caches.

        Args:
            images: `(batch, height, width, channels)` in [0, 1].
            labels: `(batch,)`, where the network takes them.

        Returns:
            `(batch, height, width, outputs)`, as `network(images)`.
        """
        return self._walk(images, labels, 0, lambda x, row, column: (images[:, row, column], x))

    def _level(self, outputs, pixel, channel, uniform):
        """The level of a channel that a uniform number draws, `(batch,)` in [0, 1]."""
        parameters = self.head.parameters(outputs, pixel)
        own = [each[:, channel : channel + 1] for each in parameters]
        is_above = uniform[:, None] >= self.head.thresholds(own)[:, 0]
        return ops.sum(ops.cast(is_above, "float32"), axis=-1) / (self.head.levels - 1)

    def _walk(self, images, labels, rows, step):
        """Go through all pixels after the first rows, which are given.

        Args:
            images: Of the first rows.
            labels: As of `draw`.
            rows: How many are given.
            step: From the outputs for a pixel, and its row and column, to what the pixel is and
                what is kept of it.

        Returns:
            What is kept, `(batch, height, width, ...)`; of the rows that are given their pixels.
        """
        _, height, width, channels = images.shape
        batch, dtype = ops.shape(images)[0], self.stem.compute_dtype
        shown = channels + 1

        def row_step(row, pixels, caches, written):
            vertical, place = self.stem.row(pixels, row)
            new_caches, across = [], []
            for block, cache in zip(self.blocks, caches, strict=True):
                window = ops.concatenate([cache, vertical], axis=1)
                new_caches.append(window[:, 1:])
                vertical, seen = block.row(window, labels)
                across.append(seen)
            across = ops.transpose(ops.stack(across), (2, 0, 1, 3))  # a pixel's lie side by side
            given = ops.transpose(images[:, row], (1, 0, 2))
            drawn, kept = tf.cond(
                row < rows,
                lambda: (given, given),
                lambda: self._row(place, across, functools.partial(step, row=row), channels),
            )
            new = self.stem.shown(ops.transpose(drawn, (1, 0, 2)))[:, None]
            pixels = ops.concatenate([pixels[:, 1:], new], axis=1)
            return row + 1, pixels, new_caches, written.write(row, kept)

        first = ops.zeros((batch, FIRST_REACH, width, shown), dtype)
        caches = [
            ops.zeros((batch, block.reach, width, block.filters), dtype) for block in self.blocks
        ]
        written = tf.TensorArray("float32", height)
        *_, written = tf.while_loop(
            lambda row, *_: row < height, row_step, (0, first, caches, written)
        )
        return ops.transpose(written.stack(), (2, 0, 1, 3))

    def _row(self, place, across, step, channels):
        """The pixels of a row, and what is kept of them, each `(width, batch, ...)`."""
        width, _, batch, _ = ops.shape(across)
        dtype = across.dtype

        def pixel_step(column, window, caches, drawn, kept):
            x, total, new_caches = self.stem.pixel(window, place[column]), 0, []
            seen = ops.unstack(across[column], len(self.blocks))
            for block, cache, above in zip(self.blocks, caches, seen, strict=True):
                past = ops.concatenate([cache, x], axis=-1)
                new_caches.append(past[:, block.filters :])
                x, skip = block.pixel(past, above)
                total = total + skip
            outputs = ops.silu(total)
            for layer in self.last_layers:
                outputs = layer(outputs)
            pixel, keep = step(outputs, column=column)
            window = ops.concatenate([window[:, channels + 1 :], self.stem.shown(pixel)], axis=-1)
            return (
                column + 1,
                window,
                new_caches,
                drawn.write(column, pixel),
                kept.write(column, keep),
            )

        window = ops.zeros((batch, FIRST_REACH * (channels + 1)), dtype)
        caches = [ops.zeros((batch, block.reach * block.filters), dtype) for block in self.blocks]
        arrays = [tf.TensorArray("float32", width) for _ in range(2)]
        *_, drawn, kept = tf.while_loop(
            lambda column, *_: column < width, pixel_step, (0, window, caches, *arrays)
        )
        return drawn.stack(), kept.stack()
