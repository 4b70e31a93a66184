"""What autoencoders of every kind share: two networks, and the verbs on them."""

import keras
from keras import layers, ops

from keras_genzoo import networks
from keras_genzoo.base import arguments, verb
from keras_genzoo.models.image_model import ImageModel


class EncoderDecoder(ImageModel):
    """Base of models that encode an image to a latent and decode it.

    A subclass says in `latents_of` which latent stands for an image.

    Args:
        encoder: Your own Keras model for images; its output, of any rank, is flattened, unless the
            latents are maps: then it is a map of their height and width.
        decoder: Your own Keras model from a latent to images in [0, 1]. Of layers that it shares
            with the encoder only `load_weights` restores the weights, of `.keras` files too.
        dense: Units of dense layers between the convolutions and flat latents, on both sides;
            `None` means no such layers.

    Raises:
        ValueError: If the networks do not fit the shapes, or `dense` has no place.
    """

    num_classes = None  # of a condition that both networks see beside their input
    condition_shape = None  # or its shape, where it is an image
    encoder_units = None  # of the default encoder's last layer; `None` leaves its features so
    gives_log_variance = False  # whether the decoder tells each pixel's, as further channels

    def __init__(
        self,
        image_shape,
        latent_dim=16,
        hidden=None,
        filters=(32, 64),
        encoder: keras.Model | None = None,
        decoder: keras.Model | None = None,
        seed=None,
        *,
        dense: tuple[int, ...] | None = None,
        **kwargs,
    ):
        super().__init__(image_shape, latent_dim, hidden, filters, seed, **kwargs)
        self.dense = None if dense is None else arguments.sizes("dense", dense)
        if self.dense and (self.has_maps or self.hidden or (encoder and decoder)):
            raise ValueError(
                "The dense layers have no place. Expected them between the zoo's convolutions and "
                f"flat latents. Received: dense={self.dense}, latent_dim={self.latent_dim}, "
                f"hidden={self.hidden}, encoder={encoder}, decoder={decoder}"
            )
        users = {"encoder": encoder, "decoder": decoder}
        self.custom_networks = frozenset(name for name, network in users.items() if network)

        sizes = self._sizes
        if self.has_maps and not (encoder and decoder):
            sizes["halvings"] = self._halvings()
        self.encoder = encoder or networks.encoder(
            self.image_shape, units=self.encoder_units, **sizes
        )
        self.decoder = decoder or networks.decoder(
            self.image_shape, self.latent_dim, log_variance=self.gives_log_variance, **sizes
        )
        self.flatten = layers.Flatten(dtype="float32")

        *sides, channels = self.image_shape
        images = (*sides, 2 * channels if self.gives_log_variance else channels)
        condition = [self.fields[self.condition_word].shape] if self.condition_word else []
        inputs = {"encoder": self.image_shape, "decoder": self.latent_shape}
        for name, outputs in (("encoder", None), ("decoder", images)):
            shapes = {"inputs": [inputs[name], *condition], "outputs": outputs}
            networks.check_shapes(getattr(self, name), name, **shapes)
        networks.check_ends(self.decoder, "decoder", **networks.IMAGES)
        if self.has_maps:
            self._check_map()
        self.flatten.build(self.encoder.output_shape)

    def _halvings(self):
        """How often the zoo's networks halve an image to get the latents' map."""
        if self.hidden is not None:
            raise ValueError(
                "Dense networks know no maps. Expected `filters`, or latents that are flat. "
                f"Received: hidden={self.hidden}, latent_dim={self.latent_dim}"
            )
        return networks.halvings_to(self.latent_dim, self.image_shape, self.filters)

    def _check_map(self):
        """Raise a `ValueError` where the encoder gives no map of the latents' sides."""
        height, width, _ = self.latent_dim
        shape = self.encoder.output_shape[1:]
        if len(shape) != 3 or shape[:2] != (height, width):
            raise ValueError(
                "The encoder's output does not fit. Expected a map of the latents' height and "
                f"width, ({height}, {width}, any). Received: {shape}, latent_dim={self.latent_dim}"
            )

    @property
    def _sizes(self):
        return {
            "hidden": self.hidden,
            "filters": self.filters,
            "dense": self.dense,
            "num_classes": self.num_classes,
            "condition_shape": self.condition_shape,
            "dtype": self.dtype_policy,
        }

    def features(self, images, training=False):
        """The encoder's output, float32: `(batch, features)`, or a map."""
        features = self.encoder(images, training=training)
        return ops.cast(features, "float32") if self.has_maps else self.flatten(features)

    def latents_of(self, images, training=False):
        """The latent that stands for an image, `(batch, *latent_shape)`."""
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
            `(n, latent_dim)`, or `(n, *latent_dim)` of maps; of a VAE the posterior's means.
        """
        return self.latents_of(images)

    @verb("images")
    def decode(self, latents):
        """Images of latents.

        Args:
            latents: `(n, latent_dim)`, or `(n, *latent_dim)` of maps.

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
        return self.images_of(self.latents_of(images))
