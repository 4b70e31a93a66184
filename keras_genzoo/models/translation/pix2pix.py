"""Pix2pix: images to images, learned from pairs."""

import functools
import math
from typing import Literal

import keras
from keras import ops

from keras_genzoo.base import Player, arguments
from keras_genzoo.models.translation import blocks
from keras_genzoo.models.translation.translating import (
    Translates,
    absolute_error,
    check_filters,
    checked_loss,
    fitting,
)

LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601, as `datasets.load(grayscale=True)`


@keras.saving.register_keras_serializable(package="keras_genzoo")
class Pix2Pix(Translates):
    """Pix2pix: a generator makes targets of sources; a discriminator that sees both judges patches.

    A step updates the discriminator on a true pair and on the generator's, then the generator by
    what the updated discriminator says and by the absolute error. The generator's only noise is its
    dropout, which verbs do without. Logs `generator_loss`, which is `adversarial + l1_weight * l1`,
    `discriminator_loss`, and these two parts; `l1` is the mean over pixels in [0, 1].

    Args:
        image_shape: `(height, width, channels)` of a source, at least 8x8, 1 or 3 channels.
        target_shape: Of a target; like the source's unless given. Its sides may be a whole number
            of times longer.
        filters: Filters of the generator's U-Net on its way down; each halves the map. Unless given
            as many of 64, 128, 256 and 512 as the sides allow.
        discriminator_filters: Filters of the discriminator; each halves the map, and the more there
            are the larger is a patch. Unless given as many of 64, 128 and 256.
        dropout: Share that the generator's innermost layers drop while it learns.
        l1_weight: Weight of the absolute error; 200 is the paper's 100 of pixels from -1 to 1.
        loss: The game, one of the pairs of `keras_genzoo.losses`.
        keep_luminance: Whether grey sources lend their luminance to coloured targets, and only
            colours are the generator's.
        generator: Your own Keras model, from sources to targets, of one size or of any.
        discriminator: Your own Keras model, from `[sources, targets]` to logits, one or a map.

    Raises:
        ValueError: If the shapes or the networks do not fit each other, strides do not divide the
            sides, or the loss is unknown.

    Example:
        >>> import numpy as np
        >>> targets = np.random.default_rng(0).uniform(size=(8, 16, 16, 3))
        >>> sources = targets.mean(axis=-1, keepdims=True)
        >>> pix = Pix2Pix((16, 16, 1), (16, 16, 3), filters=(8, 16), discriminator_filters=(8,))
        >>> pix.compile()
        >>> history = pix.fit(sources, targets, verbose=0)
        >>> pix.translate(np.zeros((1, 32, 24, 1))).shape
        (1, 32, 24, 3)

    Reference: Isola et al. (2017), https://arxiv.org/abs/1611.07004.
    """

    logged = ("generator_loss", "discriminator_loss", "adversarial", "l1")

    def __init__(
        self,
        image_shape: tuple[int, int, int],
        target_shape: tuple[int, int, int] | None = None,
        filters: tuple[int, ...] | None = None,
        discriminator_filters: tuple[int, ...] | None = None,
        dropout: float = 0.5,
        l1_weight: float = 200.0,
        loss: Literal[
            "minimax", "non_saturating", "least_squares", "hinge", "wasserstein", "relativistic"
        ] = "non_saturating",
        keep_luminance: bool = False,
        generator: keras.Model | None = None,
        discriminator: keras.Model | None = None,
        seed: int | None = None,
        **kwargs,
    ):
        super().__init__(seed, **kwargs)

        # === Config ===
        self.image_shape = arguments.image_shape(image_shape)
        self.target_shape = arguments.image_shape(
            image_shape if target_shape is None else target_shape
        )
        if filters is None:
            filters = fitting(self.target_shape, (64, 128, 256, 512))
        if discriminator_filters is None:
            discriminator_filters = fitting(self.target_shape, (64, 128, 256))
        self.filters = arguments.sizes("filters", filters)
        self.discriminator_filters = arguments.sizes("discriminator_filters", discriminator_filters)
        self.dropout = arguments.number("dropout", dropout)
        self.l1_weight = arguments.number("l1_weight", l1_weight)
        self.loss = checked_loss(loss)
        self.keep_luminance = keep_luminance
        self._check_shapes()

        # === Networks ===
        if generator is None:
            check_filters(self, "filters", self.filters, len(self.filters))
        if discriminator is None:
            sizes = self.discriminator_filters
            check_filters(self, "discriminator_filters", sizes, len(sizes))
        channels, target_channels = self.image_shape[-1], self.target_shape[-1]
        options = {"scale": self.scale, "dtype": self.dtype_policy}
        self.generator = self.checked_network(
            generator,
            "generator",
            lambda: blocks.unet_generator(
                channels, target_channels, filters=self.filters, dropout=dropout, **options
            ),
            inputs=[self.image_shape],
            outputs=self.target_shape,
        )
        self.discriminator = self.checked_network(
            discriminator,
            "discriminator",
            lambda: blocks.patch_discriminator(
                target_channels,
                filters=self.discriminator_filters,
                source_channels=channels,
                **options,
            ),
            inputs=[self.image_shape, self.target_shape],
        )

    def _check_shapes(self):
        (height, width, channels), target = self.image_shape, self.target_shape
        self.scale = target[0] // height
        if target[:2] != (self.scale * height, self.scale * width):
            raise ValueError(
                "The targets do not fit the sources. Expected sides that are alike, or a whole "
                "number of times longer. "
                f"Received: image_shape={self.image_shape}, target_shape={target}"
            )
        if self.keep_luminance and (self.scale, channels, target[2]) != (1, 1, 3):
            raise ValueError(
                "Only grey sources lend coloured targets their luminance. Expected shapes "
                "(height, width, 1) and (height, width, 3), or keep_luminance=False. "
                f"Received: image_shape={self.image_shape}, target_shape={target}"
            )
        if self.dropout >= 1:
            raise ValueError(
                "Nothing would be left. Expected a dropout from 0 up to 1. "
                f"Received: dropout={self.dropout}"
            )

    @property
    def multiple(self):
        """What divides the sides of a source."""
        stride = 2 ** len(self.filters)
        return stride // math.gcd(stride, self.scale)

    # === The flow's losses ===

    @property
    def players(self):
        return (
            Player(
                *("discriminator_loss", (self.discriminator,), self.discriminator_terms),
                "discriminator_optimizer",
            ),
            Player("generator_loss", (self.generator,), self.generator_terms),
        )

    def compile(self, optimizer=None, discriminator_optimizer=None, **options):
        """Give the generator its optimizer, Adam as the paper sets it, and the discriminator's.

        Without one the discriminator takes a copy of the generator's. Options are the base's.
        The paper lets rates fall linearly in the second half of a run; a schedule of
        `keras.optimizers.schedules`, as `PolynomialDecay`, does it.
        """
        super().compile(optimizer, discriminator_optimizer=discriminator_optimizer, **options)

    def flow(self, sources, targets, sample_weight=None, training=False):
        fakes = self.generate(self.generator, sources, training)
        return {"sources": sources, "targets": targets, "fakes": fakes, "training": training}

    def generate(self, generator, images, training=False):
        made = super().generate(generator, images, training)
        return _of_luminance(made, ops.cast(images, "float32")) if self.keep_luminance else made

    def judge(self, flow, images):
        """The discriminator's logits of images beside their sources."""
        return self.discriminator([flow["sources"], images], training=flow["training"])

    def discriminator_terms(self, flow):
        real = self.judge(flow, flow["targets"])
        fake = self.judge(flow, ops.stop_gradient(flow["fakes"]))
        return {"discriminator_loss": self.game.discriminator(real, fake)}

    def generator_terms(self, flow):
        judge = functools.partial(self.judge, flow)
        adversarial = self.fooled(judge, flow["fakes"], flow["targets"])
        l1 = absolute_error(flow["fakes"], flow["targets"])
        loss = adversarial + self.l1_weight * l1
        return {"generator_loss": loss, "adversarial": adversarial, "l1": l1}


def _of_luminance(images, luminance):
    """Images with another luminance; colours that find no room in [0, 1] grow paler."""
    colours = images - ops.sum(images * ops.convert_to_tensor(LUMA), axis=-1, keepdims=True)
    room = ops.where(colours > 0, 1.0 - luminance, luminance)
    share = ops.min(room / ops.maximum(ops.abs(colours), 1e-6), axis=-1, keepdims=True)
    return ops.clip(luminance + ops.minimum(share, 1.0) * colours, 0.0, 1.0)
