"""What models of images share that have flat latents, autoencoders and GANs alike."""

from keras_genzoo.base import DecodesLatents, GenerativeModel, arguments, fields


class ImageModel(DecodesLatents, GenerativeModel):
    """Base of models between images and flat latents, by dense or convolutional networks.

    Args:
        image_shape: `(height, width, channels)`, at least 8x8, 1 or 3 channels.
        latent_dim: Dimensions of a latent.
        hidden: Units of dense networks; `None` means convolutional ones.
        filters: Filters of the convolutional networks; each halves the image.

    Raises:
        ValueError: If the sizes are none that the zoo can hold.
    """

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
        self.latent_dim = arguments.whole("latent_dim", latent_dim)
        self.hidden = None if hidden is None else arguments.sizes("hidden", hidden)
        self.filters = arguments.sizes("filters", filters)

    @property
    def fields(self):
        words = {
            "images": fields.images(self.image_shape),
            "latents": fields.latents((self.latent_dim,)),
        }
        return {**super().fields, **words}
