"""The conditional GAN of Mirza and Osindero."""

from typing import Literal

import keras
import numpy as np
import tensorflow as tf

from keras_genzoo.base import verb
from keras_genzoo.base.input_checks import whole
from keras_genzoo.models.adversarial.gan import GAN


@keras.saving.register_keras_serializable(package="keras_genzoo")
class ConditionalGAN(GAN):
    """Conditional GAN: a GAN whose both players see the label, so that one can ask for a class.

    Args:
        image_shape: `(height, width, channels)`.
        num_classes: Classes of the labels, `0` to `num_classes - 1`.
        latent_dim: Dimensions of the noise.
        hidden: Units of dense networks; `None` means DCGAN's convolutional ones.
        filters: Filters of the convolutional networks; each halves the image.
        loss: The game, as of a `GAN`.
        discriminator_steps: Updates of the discriminator for one of the generator.
        label_smoothing: How far the discriminator's target for real images falls short of 1.
        ema: Decay of the generator's moving average, which images are drawn from; `None` for none.
        generator: Your own Keras model, from `[(latent_dim,), ()]`, latents and labels, to images
            in [0, 1].
        discriminator: Your own Keras model, from `[image_shape, ()]`, images and labels, to logits.
        seed: Integer seed of the model's noise.
        **kwargs: `name` and `dtype`.

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

    Reference: Mirza and Osindero (2014), https://arxiv.org/abs/1411.1784.
    """

    learns_from_labels = True

    def __init__(
        self,
        image_shape: tuple[int, int, int],
        num_classes: int = 10,
        latent_dim: int = 16,
        hidden: tuple[int, ...] | None = None,
        filters: tuple[int, ...] = (64, 128),
        loss: Literal[
            "minimax", "non_saturating", "least_squares", "hinge", "wasserstein"
        ] = "non_saturating",
        discriminator_steps: int = 1,
        label_smoothing: float = 0.0,
        ema: float | None = 0.999,
        generator: keras.Model | None = None,
        discriminator: keras.Model | None = None,
        seed: int | None = None,
        **kwargs,
    ):
        self.num_classes = whole("num_classes", num_classes)
        super().__init__(
            image_shape,
            latent_dim,
            hidden,
            filters,
            loss,
            discriminator_steps,
            label_smoothing,
            ema,
            generator,
            discriminator,
            seed,
            **kwargs,
        )

    # === The flow ===

    def flow(self, images, labels=None, sample_weight=None, training=False):
        if labels is None:
            raise ValueError(
                "A conditional GAN learns from labels. Expected `fit(images, labels)` or a dataset "
                "of (images, labels). Received: images alone"
            )
        return super().flow(images, labels, sample_weight, training)

    def generate(self, generator, latents, labels=None, training=False):
        return super().generate(generator, [latents, labels], training=training)

    def judge(self, images, flow):
        return self.discriminator([images, flow["labels"]], training=flow["training"])

    def call(self, inputs, training=False):
        latents, labels = inputs
        return self.generate(self.drawn_generator, latents, labels, training)

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
        if labels is None and num_samples is not None:
            labels = np.arange(whole("num_samples", num_samples, least=0)) % self.num_classes
        if np.ndim(labels) != 1 or num_samples not in (None, len(labels)):
            raise ValueError(
                "How many images is not clear. Expected num_samples, or labels, (n,), or as many "
                f"labels. Received: num_samples={num_samples}, labels={labels}"
            )
        return self.decode(self.prior(len(labels), seed), labels)

    def sample_endpoint(self):
        def sample(labels, seed):
            latents = self.prior(tf.shape(labels)[0], seed)
            return {"images": self([latents, labels])}

        specs = [tf.TensorSpec((None,), tf.int32, "labels"), tf.TensorSpec((), tf.int32, "seed")]
        return sample, specs

    def get_config(self):
        return {**super().get_config(), "num_classes": self.num_classes}
