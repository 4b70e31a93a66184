"""The conditional GAN of Mirza and Osindero."""

from typing import Literal

import keras
import tensorflow as tf

from keras_genzoo.base import arguments, asked_condition, decoded, endpoint, fields, of_noise, verb
from keras_genzoo.models.adversarial.gan import GAN


@keras.saving.register_keras_serializable(package="keras_genzoo")
class ConditionalGAN(GAN):
    """Conditional GAN: a GAN whose both players see the label, so that one can ask for a class.

    A generator or discriminator of your own takes the labels, `()`, as a second input.

    Args:
        num_classes: Classes of the labels, `0` to `num_classes - 1`.
        conditioning: How the discriminator sees the label: `"projection"` compares it with the
            features that it finds; as a further `"channel"` of the image it was seen by earlier
            versions.

    Raises:
        ValueError: As a `GAN` does, and for data without labels.

    Example:
        >>> import numpy as np
        >>> images = np.random.default_rng(0).uniform(size=(32, 8, 8, 1))
        >>> gan = ConditionalGAN((8, 8, 1), num_classes=10, latent_dim=2, hidden=(16,))
        >>> gan.compile()
        >>> history = gan.fit(images, np.arange(32) % 10, verbose=0)
        >>> gan.sample(labels=[7, 7, 3]).shape
        (3, 8, 8, 1)

    Reference: Mirza and Osindero (2014), https://arxiv.org/abs/1411.1784; projection: Miyato and
    Koyama (2018), https://arxiv.org/abs/1802.05637.
    """

    fit_y = condition_word = "labels"
    call_words = ("latents", "labels")
    formerly = {**GAN.formerly, "conditioning": "channel"}  # noqa: RUF012 - as of the GAN

    def __init__(
        self,
        image_shape,
        num_classes: int = 10,
        latent_dim=16,
        *,
        conditioning: Literal["projection", "channel"] = "projection",
        **kwargs,
    ):
        self.num_classes = arguments.whole("num_classes", num_classes)
        words = ("projection", "channel")
        self.conditioning = arguments.one_of("conditioning", conditioning, words)
        super().__init__(image_shape, latent_dim, **kwargs)

    @property
    def fields(self):
        return {**super().fields, "labels": fields.labels(self.num_classes)}

    # === The flow ===

    def generate(self, generator, latents, labels=None, training=False):
        return super().generate(generator, [latents, labels], training=training)

    def judge(self, images, flow):
        seen = [self.shown(images), flow["labels"]]
        return self.judged(self.discriminator, seen, flow["training"])

    def call(self, inputs, training=False):
        latents, labels = inputs
        return self.generate(self.drawn_network, latents, labels, training)

    # === Verbs ===

    @verb("images")
    def decode(self, latents, labels):
        """Images of latents, of the classes asked for.

        Args:
            latents: `(n, latent_dim)`.
            labels: `(n,)`, integers.

        Returns:
            `(n, *image_shape)` in [0, 1].
        """
        return self([latents, labels])

    def sample(self, num_samples=None, labels=None, seed=None):
        """New images, of the classes asked for.

        Args:
            num_samples: How many; with labels it may be left out.
            labels: `(num_samples,)`, integers; `None` goes through the classes in turn.
            seed: Integer; the same seed gives the same samples. `None` draws on the model's noise.

        Returns:
            `(num_samples, *image_shape)` in [0, 1].

        Raises:
            ValueError: If neither is given, or `num_samples` is not the number of labels.
        """
        labels = asked_condition(self, num_samples, labels)
        return self.decode(self.prior(len(labels), seed), labels)

    @endpoint("sample")
    def served_sample(self, labels, seed):
        """The endpoint `sample`, on tensors."""
        return decoded(self, tf.shape(labels)[0], lambda count: [self.prior(count, seed), labels])

    @of_noise("sample")
    def sample_of_noise(self, noise, labels):
        """What `sample` makes of the noise that it draws, on tensors."""
        return {"images": self([noise, labels])}
