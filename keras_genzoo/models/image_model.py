"""What models of images share that have latents, autoencoders and GANs alike."""

from keras_genzoo.base import DecodesLatents, GenerativeModel, arguments, fields


class ImageModel(DecodesLatents, GenerativeModel):
    """Base of models between images and latents, by dense or convolutional networks.

    Args:
        image_shape: `(height, width, channels)`, at least 8x8, 1 or 3 channels.
        latent_dim: Dimensions of a latent; of a model that takes maps also their `(height, width,
            channels)`, whose sides are the image's, halved by the first of `filters`.
        hidden: Units of dense networks; `None` means convolutional ones.
        filters: Filters of the convolutional networks; each halves the image.

    Raises:
        ValueError: If the sizes are none that the zoo can hold.
    """

    takes_maps = False  # whether `latent_dim` may be the shape of a map

    def __init__(
        self,
        image_shape: tuple[int, int, int],
        latent_dim: int = 16,
        hidden: tuple[int, ...] | None = None,
        filters: tuple[int, ...] = (32, 64),
        seed: int | None = None,
        **kwargs,
    ):
        super().__init__(seed, **kwargs)
        self.image_shape = arguments.image_shape(image_shape)
        is_map = self.takes_maps and isinstance(latent_dim, list | tuple)
        checked = arguments.map_shape if is_map else arguments.whole
        self.latent_dim = checked("latent_dim", latent_dim)
        self.hidden = None if hidden is None else arguments.sizes("hidden", hidden)
        self.filters = arguments.sizes("filters", filters)

    @property
    def has_maps(self):
        """Whether a latent is a map, and not flat."""
        return isinstance(self.latent_dim, tuple)

    @property
    def latent_shape(self):
        """Shape of a latent: `(latent_dim,)`, or that of a map."""
        return self.latent_dim if self.has_maps else (self.latent_dim,)

    @property
    def fields(self):
        words = {
            "images": fields.images(self.image_shape),
            "latents": fields.latents(self.latent_shape),
        }
        return {**super().fields, **words}
