"""Gated causal convolutions: what a pixel's features may see is said by padding and cropping.

The vertical stack sees the rows above, the horizontal one the row to the left, and above through
the vertical stack, so that no pixel before another is out of its sight (van den Oord et al. 2016).
Each layer computes a whole image, for training and likelihoods, or, for drawing, one row of the
vertical stack and one pixel of the horizontal one, by the same weights.
"""

import keras
from keras import layers, ops

FIRST_REACH = 3  # pixels to the left and rows above that the first layer sees, as by a 7x7 kernel


def pixel_network(
    image_shape, filters, num_blocks, kernel_size, outputs, num_classes=None, dtype=None
):
    """A network from images to what each pixel's levels are drawn by.

    Args:
        image_shape: `(height, width, channels)`.
        filters: Features of each stack that comes out.
        num_blocks: Gated blocks, of both stacks.
        kernel_size: Of the blocks' convolutions before they are cropped, odd.
        outputs: Numbers of a pixel.
        num_classes: Classes of a second input, the labels `(batch,)`; `None` means no such input.
        dtype: Policy of the layers.

    Returns:
        A model to `(batch, height, width, outputs)`, float32; a pixel's depend on those before it
        in the order of rows and columns alone.

    Example:
        >>> pixel_network((8, 8, 1), filters=4, num_blocks=2, kernel_size=3, outputs=1).output_shape
        (None, 8, 8, 1)
    """
    inputs = images = keras.Input(image_shape, name="images")
    labels = []
    if num_classes is not None:
        labels = [keras.Input((), dtype="int32", name="labels")]
        inputs = [images, *labels]
    vertical, horizontal = CausalStem(filters, dtype=dtype, name="stem")(images)
    skips = []
    for _ in range(num_blocks):
        block = GatedBlock(filters, kernel_size, num_classes, dtype=dtype)
        vertical, horizontal, skip = block([vertical, horizontal, *labels])
        skips.append(skip)
    x = layers.Add(dtype=dtype)(skips) if num_blocks > 1 else skip
    x = layers.Activation("silu", dtype=dtype)(x)  # a pixel that relu cuts off would learn nothing
    x = layers.Dense(filters, activation="silu", dtype=dtype, name="hidden")(x)
    x = layers.Dense(outputs, dtype="float32", name="outputs")(x)
    return keras.Model(inputs, x, name="pixel_network")


@keras.saving.register_keras_serializable(package="keras_genzoo")
class CausalStem(layers.Layer):
    """The first features of both stacks, of pixels before a place, and of the place itself.

    Args:
        filters: Features of each stack, in and out.

    Call arguments:
        images: `(batch, height, width, channels)` in [0, 1].

    Returns:
        Vertical and horizontal features, each `(batch, height, width, filters)`.

    Example:
        >>> vertical, horizontal = CausalStem(4)(keras.ops.zeros((2, 8, 8, 1)))
        >>> vertical.shape
        TensorShape([2, 8, 8, 4])
    """

    def __init__(self, filters, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        window = (FIRST_REACH, 2 * FIRST_REACH + 1)
        self.above = layers.Conv2D(filters, window, dtype=self.dtype_policy)
        self.left = layers.Conv2D(filters, (1, FIRST_REACH), dtype=self.dtype_policy)

    def build(self, input_shape):
        *batch, height, width, channels = input_shape
        pixels = (*batch, height, width, channels + 1)
        self.above.build(pixels)
        self.left.build(pixels)
        # Where a pixel lies tells much of it: images are centred, and have borders.
        self.place = self.add_weight(shape=(height, width, 2 * self.filters), name="place")

    def call(self, images):
        pixels = self.shown(images)
        above = ops.pad(pixels, [[0, 0], [FIRST_REACH, 0], [FIRST_REACH, FIRST_REACH], [0, 0]])
        left = ops.pad(pixels, [[0, 0], [0, 0], [FIRST_REACH, 0], [0, 0]])
        vertical, horizontal = ops.split(ops.cast(self.place, self.compute_dtype), 2, axis=-1)
        return self.above(above[:, :-1]) + vertical, self.left(left[:, :, :-1]) + horizontal

    def shown(self, images):
        """Pixels in [-1, 1], and a channel of ones, by which grey is told from the outside."""
        images = ops.cast(images, self.compute_dtype)
        return ops.concatenate([2 * images - 1, ops.ones_like(images[..., :1])], axis=-1)

    def row(self, pixels, row):
        """The vertical features of a row, `(batch, 1, width, filters)`, from the pixels above.

        Args:
            pixels: `(batch, FIRST_REACH, width, channels + 1)`, as `shown` gives them.
            row: Number of the row, a tensor.

        Returns:
            The features, and what the row's places add to the horizontal ones, `(width, filters)`.
        """
        above = ops.pad(pixels, [[0, 0], [0, 0], [FIRST_REACH, FIRST_REACH], [0, 0]])
        place = ops.cast(ops.take(self.place, row, axis=0), self.compute_dtype)
        vertical, horizontal = ops.split(place, 2, axis=-1)
        bias = ops.cast(self.left.bias, self.compute_dtype)
        return self.above(above) + vertical, horizontal + bias

    def pixel(self, window, place):
        """The horizontal features of a pixel, `(batch, filters)`.

        Args:
            window: `(batch, FIRST_REACH * (channels + 1))`, the pixels to the left.
            place: `(filters,)`, of `row`.
        """
        return ops.matmul(window, _flat(self.left.kernel, self.filters, self.compute_dtype)) + place

    def get_config(self):
        return {**super().get_config(), "filters": self.filters}


@keras.saving.register_keras_serializable(package="keras_genzoo")
class GatedBlock(layers.Layer):
    """A gated convolution of each stack, residual; the horizontal one sees the vertical one.

    Args:
        filters: Features of each stack, as it comes in.
        kernel_size: Of the convolutions before they are cropped, odd: a place sees
            `kernel_size // 2` rows above it and pixels to its left.
        num_classes: Classes of the labels, which shift the gates; `None` means no labels.

    Call arguments:
        inputs: Vertical and horizontal features, each `(batch, height, width, filters)`, and
            labels, `(batch,)`, where there are classes.

    Returns:
        Vertical and horizontal features, and what skips to the output, each like the features.

    Example:
        >>> features = keras.ops.zeros((2, 8, 8, 4))
        >>> [each.shape for each in GatedBlock(4)([features, features])]
        [TensorShape([2, 8, 8, 4]), TensorShape([2, 8, 8, 4]), TensorShape([2, 8, 8, 4])]

    Reference: van den Oord et al. (2016), https://arxiv.org/abs/1606.05328.
    """

    def __init__(self, filters, kernel_size=3, num_classes=None, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.kernel_size = kernel_size
        self.num_classes = num_classes
        self.reach = kernel_size // 2
        options = {"dtype": self.dtype_policy}
        self.above = layers.Conv2D(2 * filters, (self.reach + 1, kernel_size), **options)
        self.left = layers.Conv2D(2 * filters, (1, self.reach + 1), use_bias=False, **options)
        self.across = layers.Dense(2 * filters, **options)
        self.mix = layers.Dense(2 * filters, **options)
        self.of_class = None
        if num_classes is not None:
            self.of_class = layers.Embedding(num_classes, 4 * filters, **options)

    def build(self, input_shape):
        features, *_ = input_shape
        self.above.build(features)
        self.left.build(features)
        self.across.build((*features[:-1], 2 * self.filters))
        self.mix.build(features)
        if self.of_class is not None:
            self.of_class.build()

    def call(self, inputs):
        vertical, horizontal, *labels = inputs
        reach, shifts = self.reach, self._shifts(*labels)
        above = self.above(ops.pad(vertical, [[0, 0], [reach, 0], [reach, reach], [0, 0]]))
        left = self.left(ops.pad(horizontal, [[0, 0], [0, 0], [reach, 0], [0, 0]]))
        vertical = vertical + _gate(above + shifts[0])
        residual, skip = self._mixed(left + self.across(above) + shifts[1])
        return vertical, horizontal + residual, skip

    def row(self, rows, labels=None):
        """The vertical features of a row, and what they add to the horizontal gates.

        Args:
            rows: `(batch, reach + 1, width, filters)`, features of the rows above and of this one.
            labels: `(batch,)`, where there are classes.

        Returns:
            `(batch, 1, width, filters)` and `(batch, width, 2 * filters)`.
        """
        shifts = self._shifts(*[] if labels is None else [labels])
        above = self.above(ops.pad(rows, [[0, 0], [0, 0], [self.reach, self.reach], [0, 0]]))
        across = self.across(above) + shifts[1]
        return rows[:, -1:] + _gate(above + shifts[0]), ops.squeeze(across, axis=1)

    def pixel(self, window, across):
        """The horizontal features of a pixel, and what skips to the output.

        Args:
            window: `(batch, (reach + 1) * filters)`, features of the pixels to the left and of
                this one.
            across: `(batch, 2 * filters)`, of `row`.

        Returns:
            Both `(batch, filters)`.
        """
        left = ops.matmul(window, _flat(self.left.kernel, 2 * self.filters, self.compute_dtype))
        residual, skip = self._mixed(left + across)
        return window[:, -self.filters :] + residual, skip

    def _mixed(self, gates):
        return ops.split(self.mix(_gate(gates)), 2, axis=-1)

    def _shifts(self, labels=None):
        """What the class adds to the vertical and the horizontal gates."""
        if labels is None:
            return 0, 0
        return ops.split(self.of_class(labels)[:, None, None], 2, axis=-1)

    def get_config(self):
        sizes = {"filters": self.filters, "kernel_size": self.kernel_size}
        return {**super().get_config(), **sizes, "num_classes": self.num_classes}


def _gate(x):
    values, gates = ops.split(x, 2, axis=-1)
    return ops.tanh(values) * ops.sigmoid(gates)


def _flat(kernel, units, dtype):
    """The kernel of a convolution along a row, for windows that are flattened."""
    return ops.reshape(ops.cast(kernel, dtype), (-1, units))
