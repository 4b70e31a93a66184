"""What GANs share: a generator, its moving average, and the verbs on it."""

import contextlib
from typing import Literal

import keras
from keras import ops

from keras_genzoo import networks
from keras_genzoo.base import DrawsFromAverage, SamplesPrior, arguments, verb
from keras_genzoo.models.image_model import ImageModel

ARCHITECTURES = ("full_size", "dcgan")


class Adversarial(DrawsFromAverage, SamplesPrior, ImageModel):
    """Base of models whose generator is judged by another network.

    A subclass builds the judge, by `new_judge`, and names the players. Images are drawn from a
    moving average of the generator; see `DrawsFromAverage`.

    Args:
        ema: Decay of the generator's moving average, which images are drawn from; `None` for none.
        generator: Your own Keras model, from `(latent_dim,)` to images in [0, 1].
        architecture: Of convolutional networks. `"full_size"` has a block more at the image's own
            size, and a judge that ends with a dense layer and normalizes nothing; `"dcgan"` is
            Radford et al.'s, and was the only one of earlier versions. A GAN's discriminator
            normalizes over the batch then: `gradient_penalty=None` goes with it.

    Raises:
        ValueError: If `ema` is not between 0 and 1, the generator does not fit the shapes, or the
            architecture is unknown.
    """

    averaged = "generator"
    batch_size = 16  # it is steps that count: of 64 images one teaches hardly more
    num_classes = None  # of the labels that the networks see
    conditioning = "channel"  # how a judge of the zoo's sees them
    call_words = ("latents",)
    formerly = {"architecture": "dcgan"}  # noqa: RUF012 - what a config means that does not say it

    def __init__(
        self,
        image_shape,
        latent_dim=16,
        hidden=None,
        filters=(64, 128),
        ema: float | None = 0.999,
        generator: keras.Model | None = None,
        seed=None,
        *,
        architecture: Literal["full_size", "dcgan"] = "full_size",
        **kwargs,
    ):
        super().__init__(image_shape, latent_dim, hidden, filters, seed, **kwargs)
        self.architecture = arguments.one_of("architecture", architecture, ARCHITECTURES)
        self.custom_networks = frozenset(["generator"] if generator else [])

        self.generator = generator or networks.generator(
            self.image_shape, self.latent_dim, **self._sizes
        )
        networks.check_shapes(
            self.generator,
            "generator",
            inputs=[(self.latent_dim,), *self._label_shapes],
            outputs=self.image_shape,
        )
        networks.check_ends(self.generator, "generator", **networks.IMAGES)
        self.keep_average(ema)

    def new_judge(self, name, given, **options):
        """The user's discriminator or critic, checked, or the zoo's."""
        self.custom_networks |= {name} if given else set()
        options["projection"] = self.conditioning == "projection"
        judge = given or networks.discriminator(self.image_shape, **self._sizes, **options)
        networks.check_shapes(judge, name, inputs=[self.image_shape, *self._label_shapes])
        networks.check_ends(judge, name, **networks.LOGITS)
        return judge

    @classmethod
    def from_config(cls, config, custom_objects=None):
        if "ema" in config:  # of all arguments, as the zoo writes it; a user's class may say less
            config = {**cls.formerly, **config}
        return super().from_config(config, custom_objects)

    @property
    def _sizes(self):
        return {
            "hidden": self.hidden,
            "filters": self.filters,
            "num_classes": self.num_classes,
            "full_size": self.architecture == "full_size",
            "dtype": self.dtype_policy,
        }

    @property
    def _label_shapes(self):
        return [] if self.num_classes is None else [()]

    def flow(self, images, labels=None, sample_weight=None, training=False):
        latents = keras.random.normal(
            (ops.shape(images)[0], self.latent_dim), seed=self.seed_generator
        )
        return {
            "real": images,
            "fake": self.generate(self.generator, latents, labels, training),
            "labels": labels,
            "sample_weight": sample_weight,
            "training": training,
        }

    def generate(self, generator, latents, labels=None, training=False):
        """The generator's images, `(batch, *image_shape)`, float32 in [0, 1]."""
        return ops.cast(generator(latents, training=training), "float32")

    def judged(self, judge, inputs, training):
        """A judge's logits of images, in validation comparable with those of training.

        One that normalizes by batch statistics sees real images and fakes apart, and its moving
        averages are of neither: in validation too it goes by the batch, as its dropout does, and
        keeps nothing of it.
        """
        by_the_batch = not training and any(
            isinstance(layer, keras.layers.BatchNormalization) for layer in judge._flatten_layers()
        )
        with keras.StatelessScope() if by_the_batch else contextlib.nullcontext():
            return judge(inputs, training=training or by_the_batch)

    def call(self, latents, training=False):
        return self.generate(self.drawn_network, latents, training=training)

    # === Verbs ===

    @verb("images")
    def decode(self, latents):
        """Images of latents.

        Args:
            latents: `(n, latent_dim)`.

        Returns:
            `(n, *image_shape)` in [0, 1].
        """
        return self(latents)
