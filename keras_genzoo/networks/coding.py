"""Networks between images and latents: dense and convolutional encoders and decoders."""

import keras
from keras import layers

from keras_genzoo.networks.conditions import as_map, as_vector, condition_inputs
from keras_genzoo.networks.shapes import smallest_map


def encoder(
    image_shape,
    *,
    hidden=None,
    filters=(32, 64),
    dense=None,
    units=None,
    halvings=None,
    num_classes=None,
    condition_shape=None,
    dtype=None,
):
    """A network from images to features: dense where `hidden` is given, else convolutional.

    Args:
        image_shape: `(height, width, channels)`.
        hidden: Units of each dense layer.
        filters: Filters of each convolution; each halves height and width.
        dense: Units of each dense layer after the convolutions; `None` means no such layers.
        units: Units of a last linear layer; `None` leaves the features as they are.
        halvings: How many of the convolutions halve, the first ones; `None` means all.
        num_classes: Classes of a second input, the labels `(batch,)`.
        condition_shape: Or shape of a second input, images that stand beside.
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
    condition = condition_inputs(num_classes, condition_shape)
    if hidden is not None:
        x = layers.Flatten(dtype=dtype)(x)
        if condition:
            beside = as_vector(*condition, num_classes, dtype)
            x = layers.Concatenate(dtype=dtype)([x, beside])
        x = _dense(x, hidden, dtype)
    else:
        smallest_map(image_shape, filters, halvings)
        if condition:
            beside = as_map(*condition, num_classes, image_shape, dtype)
            x = layers.Concatenate(dtype=dtype)([x, beside])
        x = _convolved(x, filters, dense, dtype, halvings)
    if units is not None:
        x = layers.Dense(units, dtype="float32")(layers.Flatten(dtype="float32")(x))
    return keras.Model([images, *condition] if condition else images, x, name="encoder")


def decoder(
    image_shape,
    latent_dim,
    *,
    hidden=None,
    filters=(32, 64),
    dense=None,
    log_variance=False,
    halvings=None,
    num_classes=None,
    condition_shape=None,
    dtype=None,
):
    """A network from latents to images, the encoder's mirror.

    Convolutional, it is shown images that are its condition once more at each resolution.

    Args:
        image_shape: `(height, width, channels)`.
        latent_dim: Dimensions of a latent; or `(height, width, channels)` of a map, with `filters`.
        hidden: Units of each dense layer, in the encoder's order.
        filters: Filters of each convolution, in the encoder's order; each doubles height and width.
        dense: Units of each dense layer before the convolutions, in the encoder's order.
        log_variance: Whether each pixel's log-variance follows the images, as further channels.
        halvings: How many of the convolutions double, the last ones; `None` means all.
        num_classes: Classes of a second input, the labels `(batch,)`.
        condition_shape: Or shape of a second input, images that the output depends on.
        dtype: Policy of the layers.

    Returns:
        A model of latents to `(batch, *image_shape)`, in [0, 1].

    Raises:
        ValueError: If the strides do not divide the image.

    Example:
        >>> decoder((28, 28, 1), latent_dim=16).output_shape
        (None, 28, 28, 1)
    """
    height, width, channels = image_shape
    outputs = 2 * channels if log_variance else channels
    is_map = isinstance(latent_dim, tuple)
    latents = x = keras.Input(latent_dim if is_map else (latent_dim,), name="latents")
    condition = condition_inputs(num_classes, condition_shape)
    if condition and (num_classes is not None or hidden is not None):
        beside = as_vector(*condition, num_classes, dtype)
        x = layers.Concatenate(dtype=dtype)([x, beside])
    if hidden is not None:
        x = _dense(x, reversed(hidden), dtype)
        x = layers.Dense(height * width * outputs, dtype="float32")(x)
        x = layers.Reshape((height, width, outputs), dtype="float32")(x)
    else:
        rows, columns = smallest_map(image_shape, filters, halvings)
        if is_map:
            x = layers.Conv2D(filters[-1], 3, padding="same", activation="relu", dtype=dtype)(x)
        else:
            x = _dense(x, reversed(dense or ()), dtype)
            x = layers.Dense(rows * columns * filters[-1], activation="relu", dtype=dtype)(x)
            x = layers.Reshape((rows, columns, filters[-1]), dtype=dtype)(x)
        shown = []
        if condition_shape is not None:
            shown = _halved(as_map(*condition, None, image_shape, dtype), filters, dtype)
        *inner, last = reversed(_doublings(filters, halvings))
        for depth, size in zip(reversed(filters[:-1]), inner, strict=True):
            x = _beside(x, shown, dtype)
            x = layers.Conv2DTranspose(depth, *size, "same", activation="relu", dtype=dtype)(x)
        x = _beside(x, shown, dtype)
        x = layers.Conv2DTranspose(outputs, *last, "same", dtype="float32")(x)
    # The sigmoid comes last, so that a Bernoulli loss finds its logits.
    if log_variance:
        images = layers.Activation("sigmoid", dtype="float32")(x[..., :channels])
        x = layers.Concatenate(dtype="float32")([images, x[..., channels:]])
    else:
        x = layers.Activation("sigmoid", dtype="float32")(x)
    return keras.Model([latents, *condition] if condition else latents, x, name="decoder")


def condition_encoder(
    image_shape,
    *,
    hidden=None,
    filters=(32, 64),
    dense=None,
    num_classes=None,
    condition_shape=None,
    dtype=None,
):
    """A network from conditions to features: of images as of `encoder`, of a class one-hot.

    Args:
        image_shape: `(height, width, channels)` of the images that depend on the condition.
        hidden: Units of each dense layer.
        filters: Filters of each convolution.
        dense: Units of each dense layer after them.
        num_classes: Classes of labels.
        condition_shape: Or shape of images.
        dtype: Policy of the layers.

    Returns:
        A model of one input to features of any rank.

    Example:
        >>> condition_encoder((28, 28, 1), num_classes=10).output_shape
        (None, 10)
    """
    (condition,) = condition_inputs(num_classes, condition_shape)
    if num_classes is not None:
        x = as_vector(condition, num_classes, dtype)
    elif hidden is not None:
        x = _dense(as_vector(condition, None, dtype), hidden, dtype)
    else:
        x = _convolved(as_map(condition, None, image_shape, dtype), filters, dense, dtype)
    return keras.Model(condition, x, name="condition_encoder")


def _dense(x, hidden, dtype):
    for units in hidden:
        x = layers.Dense(units, activation="relu", dtype=dtype)(x)
    return x


def _convolved(images, filters, dense, dtype, halvings=None):
    """Features of images: the coarsest map, or what dense layers make of it."""
    x = _halved(images, filters, dtype, halvings)[-1]
    return x if dense is None else _dense(layers.Flatten(dtype=dtype)(x), dense, dtype)


def _halved(images, filters, dtype, halvings=None):
    """Features of images after each convolution, the finest first."""
    maps = []
    for depth, (_, stride) in zip(filters, _doublings(filters, halvings), strict=True):
        images = layers.Conv2D(depth, 3, stride, "same", activation="relu", dtype=dtype)(images)
        maps.append(images)
    return maps


def _doublings(filters, halvings=None):
    """Kernel and stride of the transposed convolution that undoes each of the encoder's."""
    halvings = len(filters) if halvings is None else halvings
    return [(4, 2) if place < halvings else (3, 1) for place in range(len(filters))]


def _beside(x, shown, dtype):
    """A map beside the coarsest of the maps that are left to show, which it takes away."""
    return layers.Concatenate(dtype=dtype)([x, shown.pop()]) if shown else x
