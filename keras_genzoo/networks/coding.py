"""Networks between images and latents: dense and convolutional encoders and decoders."""

import keras
from keras import layers

from keras_genzoo.networks.shapes import smallest_map


def encoder(image_shape, *, hidden=None, filters=(32, 64), units=None, dtype=None):
    """A network from images to features: dense where `hidden` is given, else convolutional.

    Args:
        image_shape: `(height, width, channels)`.
        hidden: Units of each dense layer.
        filters: Filters of each convolution; each halves height and width.
        units: Units of a last linear layer; `None` leaves the features as they are.
        dtype: Policy of the layers.

    Returns:
        A model, `(batch, *image_shape)` to `(batch, units)`, or to features of any rank.

    Raises:
        ValueError: If the strides do not divide the image.

    Example:
        >>> encoder((28, 28, 1)).output_shape
        (None, 7, 7, 64)
        >>> encoder((28, 28, 1), hidden=(200,), units=16).output_shape
        (None, 16)
    """
    images = x = keras.Input(image_shape, name="images")
    if hidden is not None:
        x = layers.Flatten(dtype=dtype)(x)
        for width in hidden:
            x = layers.Dense(width, activation="relu", dtype=dtype)(x)
    else:
        smallest_map(image_shape, filters)
        for depth in filters:
            x = layers.Conv2D(depth, 3, 2, "same", activation="relu", dtype=dtype)(x)
    if units is not None:
        x = layers.Dense(units, dtype="float32")(layers.Flatten(dtype="float32")(x))
    return keras.Model(images, x, name="encoder")


def decoder(
    image_shape, latent_dim, *, hidden=None, filters=(32, 64), log_variance=False, dtype=None
):
    """A network from latents to images, the encoder's mirror.

    Args:
        image_shape: `(height, width, channels)`.
        latent_dim: Dimensions of a latent.
        hidden: Units of each dense layer, in the encoder's order.
        filters: Filters of each convolution, in the encoder's order; each doubles height and width.
        log_variance: Whether each pixel's log-variance follows the images, as further channels.
        dtype: Policy of the layers.

    Returns:
        A model, `(batch, latent_dim)` to `(batch, *image_shape)`, in [0, 1].

    Raises:
        ValueError: If the strides do not divide the image.

    Example:
        >>> decoder((28, 28, 1), latent_dim=16).output_shape
        (None, 28, 28, 1)
    """
    height, width, channels = image_shape
    outputs = 2 * channels if log_variance else channels
    latents = x = keras.Input((latent_dim,), name="latents")
    if hidden is not None:
        for units in reversed(hidden):
            x = layers.Dense(units, activation="relu", dtype=dtype)(x)
        x = layers.Dense(height * width * outputs, dtype="float32")(x)
        x = layers.Reshape((height, width, outputs), dtype="float32")(x)
    else:
        rows, columns = smallest_map(image_shape, filters)
        x = layers.Dense(rows * columns * filters[-1], activation="relu", dtype=dtype)(x)
        x = layers.Reshape((rows, columns, filters[-1]), dtype=dtype)(x)
        for depth in reversed(filters[:-1]):
            x = layers.Conv2DTranspose(depth, 4, 2, "same", activation="relu", dtype=dtype)(x)
        x = layers.Conv2DTranspose(outputs, 4, 2, "same", dtype="float32")(x)
    # The sigmoid comes last, so that a Bernoulli loss finds its logits.
    if log_variance:
        images = layers.Activation("sigmoid", dtype="float32")(x[..., :channels])
        x = layers.Concatenate(dtype="float32")([images, x[..., channels:]])
    else:
        x = layers.Activation("sigmoid", dtype="float32")(x)
    return keras.Model(latents, x, name="decoder")
