"""The autoencoder, plain and denoising."""

import keras
from keras import layers, ops

from keras_genzoo import losses
from keras_genzoo.base import Player, arguments, fields
from keras_genzoo.models.variational.encoder_decoder import EncoderDecoder


@keras.saving.register_keras_serializable(package="keras_genzoo")
class Autoencoder(EncoderDecoder):
    """Autoencoder: squeezes an image through a few numbers and rebuilds it.

    Descends the squared error, summed over an image. It rebuilds clean images from noisy ones with
    `noise_stddev`, or, of your own noise, by `fit(noisy, clean)`. It learns codes but not their
    distribution, so there is no `sample`. An encoder of your own gives the code itself,
    `latent_dim` values in any shape.

    Args:
        noise_stddev: Standard deviation of the Gaussian noise on training images.

    Raises:
        ValueError: If the networks do not fit the shapes, or `noise_stddev` is negative.

    Example:
        >>> import numpy as np
        >>> images = np.random.default_rng(0).uniform(size=(32, 8, 8, 1))
        >>> autoencoder = Autoencoder((8, 8, 1), latent_dim=2, hidden=(16,))
        >>> autoencoder.compile("adam")
        >>> history = autoencoder.fit(images, verbose=0)
        >>> autoencoder.encode(images).shape
        (32, 2)

    Reference: Hinton and Salakhutdinov (2006), https://doi.org/10.1126/science.1127647; denoising:
    Vincent et al. (2008), https://doi.org/10.1145/1390156.1390294.
    """

    logged = ("loss", "reconstruction")
    fit_y = "targets"
    needs_y = False

    def __init__(
        self,
        image_shape,
        latent_dim=16,
        hidden=None,
        filters=(32, 64),
        noise_stddev: float = 0.0,
        encoder=None,
        decoder=None,
        seed=None,
        **kwargs,
    ):
        super().__init__(image_shape, latent_dim, hidden, filters, encoder, decoder, seed, **kwargs)

        # === Config ===
        self.noise_stddev = arguments.number("noise_stddev", noise_stddev)

        # === Networks ===
        codes = self.flatten.compute_output_shape(self.encoder.output_shape)[1]
        if codes != self.latent_dim:
            raise ValueError(
                "The encoder's output does not fit. Expected latent_dim values. "
                f"Received: {codes} values, latent_dim={self.latent_dim}"
            )

    @property
    def fields(self):
        return {**super().fields, "targets": fields.images(self.image_shape)}

    @property
    def encoder_units(self):
        return self.latent_dim

    @property
    def players(self):
        return (Player("loss", (self.encoder, self.decoder), self.terms),)

    def flow(self, images, targets=None, sample_weight=None, training=False):
        noisy = images
        if training and self.noise_stddev:
            noise = keras.random.normal(ops.shape(images), seed=self.seed_generator)
            noisy = images + self.noise_stddev * noise
        targets = images if targets is None else targets
        return {"targets": targets, "reconstructions": self(noisy, training=training)}

    def terms(self, flow):
        error = losses.squared_error(flow["targets"], flow["reconstructions"])
        return {"loss": error, "reconstruction": error}

    def latents_of(self, images, training=False):
        return self.features(images, training)

    def classifier(self, num_classes, freeze=False):
        """A classifier that starts from a copy of the trained encoder.

        One hidden layer follows the codes, whose classes lie in clusters, seldom behind planes.

        Args:
            num_classes: Classes to tell apart.
            freeze: Whether the encoder stays as it is, so that only the layers after it learn.

        Returns:
            An uncompiled Keras model, images to class probabilities `(batch, num_classes)`.

        Raises:
            ValueError: If `num_classes` is no count.

        Example:
            >>> classifier = Autoencoder((8, 8, 1), latent_dim=4).classifier(num_classes=10)
            >>> classifier.compile("adam", "sparse_categorical_crossentropy")
            >>> classifier.output_shape
            (None, 10)
        """
        num_classes = arguments.whole("num_classes", num_classes)
        encoder = keras.models.clone_model(self.encoder)
        encoder.set_weights(self.encoder.get_weights())
        encoder.trainable = not freeze
        images = keras.Input(self.image_shape, name="images")
        x = layers.Dense(128, activation="relu")(layers.Flatten()(encoder(images)))
        probabilities = layers.Dense(num_classes, activation="softmax", dtype="float32")(x)
        return keras.Model(images, probabilities, name="classifier")
