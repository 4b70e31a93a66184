"""What autoencoders of every kind share: two networks, and the verbs on them."""

from keras import layers, ops

from keras_genzoo import networks
from keras_genzoo.base import GenerativeModel, input_checks, verb


class EncoderDecoder(GenerativeModel):
    """Base of models that encode an image to a latent and decode it.

    A subclass says in `latents_of` which latent stands for an image.

    Args:
        image_shape: `(height, width, channels)`.
        latent_dim: Dimensions of a latent.
        hidden: Units of dense networks; `None` means convolutional ones.
        filters: Filters of the convolutional networks; each halves the image.
        encoder: A Keras model for images; its output, of any rank, is flattened.
        decoder: A Keras model from `(latent_dim,)` to images in [0, 1].
        seed: Integer seed of the model's noise.
        features: Units of the default encoder's last layer; `None` leaves its features as they are.
        log_variance: Whether the decoder gives each pixel's log-variance too, as further channels.
        **kwargs: `name` and `dtype`.

    Raises:
        ValueError: If the networks do not fit the shapes.
    """

    def __init__(
        self,
        image_shape,
        latent_dim,
        hidden,
        filters,
        encoder,
        decoder,
        seed,
        features=None,
        log_variance=False,
        **kwargs,
    ):
        super().__init__(image_shape, latent_dim, seed, **kwargs)
        self.hidden = None if hidden is None else input_checks.sizes("hidden", hidden)
        self.filters = input_checks.sizes("filters", filters)
        self.custom_encoder = encoder is not None
        self.custom_decoder = decoder is not None

        sizes = {"hidden": self.hidden, "filters": self.filters, "dtype": self.dtype_policy}
        self.encoder = encoder or networks.encoder(self.image_shape, units=features, **sizes)
        self.decoder = decoder or networks.decoder(
            self.image_shape, self.latent_dim, log_variance=log_variance, **sizes
        )
        self.flatten = layers.Flatten(dtype="float32")

        height, width, channels = self.image_shape
        channels = 2 * channels if log_variance else channels
        networks.check_shapes(self.encoder, "encoder", inputs=[self.image_shape])
        networks.check_shapes(
            self.decoder,
            "decoder",
            inputs=[(self.latent_dim,)],
            outputs=(height, width, channels),
        )

    def features(self, images, training=False):
        """The encoder's output, `(batch, features)`, float32."""
        return self.flatten(self.encoder(images, training=training))

    def latents_of(self, images, training=False):
        """The latent that stands for an image, `(batch, latent_dim)`."""
        raise NotImplementedError

    def images_of(self, latents, training=False):
        """The images that latents decode to, `(batch, *image_shape)`."""
        return ops.cast(self.decoder(latents, training=training), "float32")

    def call(self, images, training=False):
        return self.images_of(self.latents_of(images, training), training)

    # === Verbs ===

    @verb("latents")
    def encode(self, images):
        """Latents of images.

        Args:
            images: `(n, *image_shape)` in [0, 1].

        Returns:
            `(n, latent_dim)`; of a VAE the posterior's means.
        """
        return self.latents_of(images)

    @verb("images")
    def decode(self, latents):
        """Images of latents.

        Args:
            latents: `(n, latent_dim)`.

        Returns:
            `(n, *image_shape)` in [0, 1].
        """
        return self.images_of(latents)

    @verb("images")
    def reconstruct(self, images):
        """Images, encoded and decoded.

        Args:
            images: `(n, *image_shape)` in [0, 1].

        Returns:
            `(n, *image_shape)` in [0, 1].
        """
        return self(images)

    def get_config(self):
        return {
            **super().get_config(),
            "hidden": self.hidden,
            "filters": self.filters,
            **self.custom_networks(encoder=self.custom_encoder, decoder=self.custom_decoder),
        }
