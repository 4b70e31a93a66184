"""PixelCNN: exact likelihoods, pixel by pixel, by gated convolutions."""

import math
from typing import Literal

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from keras_genzoo.base import (
    DrawsBatches,
    DrawsFromAverage,
    GenerativeModel,
    Player,
    arguments,
    checked,
    endpoint,
    fields,
    of_noise,
    verb,
)
from keras_genzoo.models.autoregressive.cached_drawing import CachedDrawing
from keras_genzoo.models.autoregressive.gated_blocks import pixel_network
from keras_genzoo.models.autoregressive.levels import LogisticMixture, TwoLevels, rounded


@keras.saving.register_keras_serializable(package="keras_genzoo")
class PixelCNN(DrawsFromAverage, DrawsBatches, GenerativeModel):
    """PixelCNN: p(x) as a product over pixels, each given those before it, by gated convolutions.

    The order is rows, then columns, then channels. A vertical and a horizontal stack of
    convolutions, which are cropped and never masked, see all pixels before one that are within
    reach: `3 + num_blocks * (kernel_size // 2)` rows above and columns to either side. So the
    likelihood is exact: `loss` is `-log p(x)` in nats per image. Images are drawn a pixel at a
    time, with each layer's last rows kept, so that nothing is computed twice.

    With two levels images are black and white: `datasets.load(..., binarize="dynamic")` draws such
    from grey ones. With 256, pixels are rounded to grey levels, a mixture of discretized logistics
    distributes them, and `bits_per_dim` is logged too. What is measured and drawn comes from a
    moving average of the network; see `ema`.

    Args:
        image_shape: `(height, width, channels)`, drawn in this order; at least 8x8, 1 or 3 deep.
        filters: Features of each stack.
        num_blocks: Gated blocks, each a residual layer of both stacks.
        kernel_size: Of the blocks' convolutions before they are cropped, odd.
        levels: Grey levels of a channel, 2 or 256.
        components: Of the mixture that distributes 256 levels.
        num_classes: Classes of the labels that are learned from; `None` for none.
        ema: Decay of the network's moving average; `None` for none.

    Raises:
        ValueError: If an argument is none that there is, and for images of other than two levels
            where there are two.

    Example:
        >>> import numpy as np
        >>> images = np.random.default_rng(0).integers(0, 2, (32, 8, 8, 1))
        >>> pixels = PixelCNN((8, 8, 1), filters=8, num_blocks=2, seed=0)
        >>> pixels.compile()
        >>> history = pixels.fit(images, verbose=0)
        >>> pixels.log_prob(images).shape
        (32,)
        >>> pixels.complete(images[:4], rows=4, seed=0).shape
        (4, 8, 8, 1)

    Reference: van den Oord et al. (2016), https://arxiv.org/abs/1606.05328; the mixture: Salimans
    et al. (2017), https://arxiv.org/abs/1701.05517; drawing: Ramachandran et al. (2017),
    https://arxiv.org/abs/1704.06001.
    """

    averaged = "network"
    at_once = 64

    def __init__(
        self,
        image_shape: tuple[int, int, int],
        filters: int = 64,
        num_blocks: int = 8,
        kernel_size: int = 3,
        levels: Literal[2, 256] = 2,
        components: int = 10,
        num_classes: int | None = None,
        ema: float | None = 0.999,
        seed=None,
        **kwargs,
    ):
        _check_sizes(kernel_size, levels)
        if levels > 2:
            self.logged = ("loss", "bits_per_dim")
        if num_classes is not None:
            self.fit_y = self.condition_word = "labels"
            self.call_words = ("images", "labels")
        super().__init__(seed, **kwargs)

        # === Config ===
        self.image_shape = arguments.image_shape(image_shape)
        self.filters = arguments.whole("filters", filters)
        self.num_blocks = arguments.whole("num_blocks", num_blocks)
        self.kernel_size = int(kernel_size)
        self.levels = int(levels)
        self.components = arguments.whole("components", components)
        self.num_classes = arguments.whole_or_none("num_classes", num_classes)

        # === Networks ===
        channels = self.image_shape[-1]
        self.head = (
            TwoLevels(channels) if levels == 2 else LogisticMixture(channels, self.components)
        )
        self.network = pixel_network(
            self.image_shape,
            self.filters,
            self.num_blocks,
            self.kernel_size,
            self.head.outputs,
            self.num_classes,
            self.dtype_policy,
        )
        self.keep_average(ema)

    @property
    def fields(self):
        images = fields.images(self.image_shape)
        if self.levels == 2:
            images = fields.binary_images(self.image_shape)
        probabilities = (*self.image_shape, self.levels)
        words = {
            "images": images,
            "conditionals": fields.probabilities(probabilities),
            "log_probs": fields.Field(()),
            "rows": fields.Scalar(least=0),
        }
        if self.num_classes is not None:
            words["labels"] = fields.labels(self.num_classes)
        return {**super().fields, **words}

    # === The flow and its loss ===

    @property
    def players(self):
        return (Player("loss", (self.network,), self.terms),)

    def flow(self, images, labels=None, sample_weight=None, training=False):
        network = self.network if training else self.drawn_network
        images = rounded(images, self.levels)
        parameters = self.parameters(network, images, labels, training)
        nats = self.head.log_prob(parameters, images)
        return {"log_prob": ops.sum(nats, axis=(1, 2, 3))}

    def terms(self, flow):
        terms = {"loss": -flow["log_prob"]}
        if self.levels > 2:
            terms["bits_per_dim"] = terms["loss"] / (math.prod(self.image_shape) * math.log(2))
        return terms

    def parameters(self, network, images, labels=None, training=False):
        """What distributes each pixel's level, given those before it."""
        self._check_labels(labels)
        given = images if self.num_classes is None else [images, labels]
        return self.head.parameters(network(given, training=training), images)

    def _check_labels(self, labels):
        if self.num_classes is not None and labels is None:
            raise ValueError(
                "The model tells classes apart. Expected labels beside the images, (n,). "
                "Received: labels=None"
            )

    def call(self, inputs, training=False):
        given = inputs if isinstance(inputs, list | tuple) else [inputs]
        return type(self).conditionals.on_tensors(self, *given)

    # === Verbs ===

    @verb("conditionals")
    def conditionals(self, images, labels=None):
        """Probability of each level of each pixel, given the pixels before it.

        Args:
            images: `(n, *image_shape)` in [0, 1].
            labels: `(n,)`, classes, of a model that learned from them.

        Returns:
            `(n, height, width, channels, levels)`.
        """
        images = rounded(images, self.levels)
        parameters = self.parameters(self.drawn_network, images, labels)
        if self.levels == 2:
            return self.head.conditionals(parameters)
        return ops.map(self.head.conditionals, parameters)  # an image at a time, for memory

    @verb("log_probs")
    def log_prob(self, images, labels=None):
        """Log-likelihood of images, log p(x), exactly; of given labels log p(x|y).

        Args:
            images: `(n, *image_shape)` in [0, 1].
            labels: `(n,)`, classes, of a model that learned from them.

        Returns:
            `(n,)`, nats.
        """
        return self.flow(images, labels)["log_prob"]

    def sample(self, num_samples=None, seed=None, labels=None, verbose=0):
        """New images, drawn pixel by pixel.

        Args:
            num_samples: How many; with labels it may be left out.
            seed: Integer; the same seed gives the same samples. `None` draws on the model's noise.
            labels: `(num_samples,)`, of a model that learned from them; `None` goes through the
                classes in turn.
            verbose: 1 shows the progress from batch to batch.

        Returns:
            `(num_samples, *image_shape)` in [0, 1].

        Raises:
            ValueError: If an argument does not fit, or `num_samples` is not the number of labels.
        """
        given = checked(self, {} if labels is None else {"labels": labels})
        count = self.count_of(num_samples, given.get("labels"))
        if self.num_classes is not None and labels is None:
            given["labels"] = np.arange(count, dtype="int32") % self.num_classes
        return self.drawn(type(self).draw, count, seed, given, verbose)

    def complete(self, images, rows, seed=None, labels=None, verbose=0):
        """Images that keep their first rows, and whose others are drawn.

        Args:
            images: `(n, *image_shape)` in [0, 1]; of what is not kept nothing is used.
            rows: How many are kept.
            seed: Integer; the same seed gives the same images. `None` draws on the model's noise.
            labels: `(n,)`, classes, of a model that learned from them.
            verbose: 1 shows the progress from batch to batch.

        Returns:
            `(n, *image_shape)` in [0, 1].

        Raises:
            ValueError: If an argument does not fit.
        """
        self._check_labels(labels)
        given = {"images": images, "rows": rows}
        given = checked(self, given if labels is None else {**given, "labels": labels})
        if given["rows"] > self.image_shape[0]:
            raise ValueError(
                f"So many rows cannot be kept. Expected rows from 0 to {self.image_shape[0]}. "
                f"Received: rows={rows}"
            )
        return self.drawn(type(self).draw, len(given["images"]), seed, given, verbose)

    def draw(self, count, key, images=None, rows=0, labels=None):
        """A batch of images, on tensors; see `complete`."""
        shape = (count, *self.image_shape)
        if images is None:
            images = ops.zeros(shape)
        # Philox by name: the same numbers on every device and in serving.
        uniforms = tf.random.stateless_uniform(shape, key, alg="philox")
        drawing = CachedDrawing(self.drawn_network, self.head)
        return drawing.draw(images, uniforms, rows, labels)

    @property
    def noise(self):
        """The field of what `sample` draws."""
        return fields.probabilities(self.image_shape)

    @of_noise("sample")
    def sample_of_noise(self, noise, labels=None):
        """What `sample` makes of the noise that it draws, on tensors."""
        drawing = CachedDrawing(self.drawn_network, self.head)
        return {"images": drawing.draw(ops.zeros_like(noise), noise, 0, labels)}

    @endpoint("complete")
    def served_complete(self, images, rows, seed, labels=None):
        """The endpoint `complete`, on tensors."""
        most = self.image_shape[0]
        told = f"So many rows cannot be kept. Expected rows from 0 to {most}. Received: rows"
        fits = tf.debugging.Assert((rows >= 0) & (rows <= most), [told, rows])
        with tf.control_dependencies([fits]):
            rows = tf.identity(rows)
        given = {"images": images, "rows": rows, "labels": labels}
        return self.served(type(self).draw, tf.shape(images)[0], seed, **given)


def _check_sizes(kernel_size, levels):
    if levels not in (2, 256):
        raise ValueError(
            f"There are no such levels. Expected 2 or 256. Received: levels={levels!r}"
        )
    if arguments.whole("kernel_size", kernel_size, least=3) % 2 == 0:
        raise ValueError(
            "The kernel has no middle. Expected an odd kernel_size of at least 3. "
            f"Received: kernel_size={kernel_size}"
        )
