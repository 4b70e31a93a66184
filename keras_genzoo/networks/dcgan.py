"""Networks that play against each other: dense and DCGAN's generators and discriminators."""

import keras
from keras import layers

from keras_genzoo.networks.shapes import smallest_map


def generator(
    image_shape,
    latent_dim,
    *,
    hidden=None,
    filters=(64, 128),
    num_classes=None,
    full_size=False,
    dtype=None,
):
    """A GAN's generator, from latents to images: DCGAN's, or dense where `hidden` is given.

    Args:
        image_shape: `(height, width, channels)`.
        latent_dim: Dimensions of a latent.
        hidden: Units of each dense layer, in the discriminator's order.
        filters: Filters of each convolution, in the discriminator's order.
        num_classes: Classes of a second input, the labels `(batch,)`; `None` means no such input.
        full_size: Whether the convolutions end with a block at the image's own size.
        dtype: Policy of the layers.

    Returns:
        A model to `(batch, *image_shape)`, in [0, 1] (a tanh inside it, rescaled).

    Raises:
        ValueError: If the strides do not divide the image.

    Example:
        >>> generator((28, 28, 1), latent_dim=64).output_shape
        (None, 28, 28, 1)

    Reference: Radford et al. (2016), https://arxiv.org/abs/1511.06434.
    """
    height, width, channels = image_shape
    inputs = x = keras.Input((latent_dim,), name="latents")
    if num_classes is not None:
        labels = keras.Input((), dtype="int32", name="labels")
        inputs = [inputs, labels]
        embedded = layers.Embedding(num_classes, latent_dim, dtype=dtype)(labels)
        x = layers.Concatenate(dtype=dtype)([x, embedded])
    if hidden is not None:
        for units in reversed(hidden):
            x = layers.Dense(units, dtype=dtype)(x)
            x = layers.LeakyReLU(0.2, dtype=dtype)(x)
        x = layers.Dense(height * width * channels, dtype="float32")(x)
        x = layers.Reshape(image_shape, dtype="float32")(x)
    else:
        rows, columns = smallest_map(image_shape, filters)
        x = layers.Dense(rows * columns * filters[-1], use_bias=False, dtype=dtype)(x)
        x = layers.Reshape((rows, columns, filters[-1]), dtype=dtype)(x)
        x = _normalized(x, "relu", dtype)
        inner = [*reversed(filters[:-1]), *[_at_full_size(filters)] * full_size]
        for depth in inner:
            x = layers.Conv2DTranspose(
                depth, 4, 2, "same", use_bias=False, kernel_initializer=_normal(), dtype=dtype
            )(x)
            x = _normalized(x, "relu", dtype)
        last = layers.Conv2D if full_size else layers.Conv2DTranspose
        kernel, stride = (3, 1) if full_size else (4, 2)
        x = last(channels, kernel, stride, "same", kernel_initializer=_normal(), dtype="float32")(x)
    x = layers.Activation("tanh", dtype="float32")(x)
    x = layers.Rescaling(0.5, 0.5, dtype="float32")(x)
    return keras.Model(inputs, x, name="generator")


def discriminator(
    image_shape,
    *,
    hidden=None,
    filters=(64, 128),
    num_classes=None,
    projection=False,
    normalize=True,
    full_size=False,
    dtype=None,
):
    """A GAN's discriminator, from images to one logit: DCGAN's, or dense where `hidden` is given.

    Args:
        image_shape: `(height, width, channels)`.
        hidden: Units of each dense layer.
        filters: Filters of each convolution; each halves height and width.
        num_classes: Classes of a second input, the labels `(batch,)`; `None` means no such input.
        projection: Whether the label is compared with the last features, by an inner product; else
            it is a further channel of the images.
        normalize: Whether batch normalization follows the inner convolutions; a critic with a
            gradient penalty, which is per example, has none.
        full_size: Whether the convolutions begin with one at the image's own size, and end with a
            dense layer; all begin with weights of He et al., which keep what passes them as large
            as it was, where DCGAN's leave hardly a slope.
        dtype: Policy of the layers.

    Returns:
        A model to `(batch, 1)`.

    Raises:
        ValueError: If the strides do not divide the image.

    Example:
        >>> discriminator((28, 28, 1)).output_shape
        (None, 1)

    Reference: Radford et al. (2016), https://arxiv.org/abs/1511.06434; labels as a further channel:
    Mirza and Osindero (2014), https://arxiv.org/abs/1411.1784; projection: Miyato and Koyama
    (2018), https://arxiv.org/abs/1802.05637; weights: He et al. (2015),
    https://arxiv.org/abs/1502.01852.
    """
    height, width, _ = image_shape
    inputs = images = keras.Input(image_shape, name="images")
    x = layers.Rescaling(2.0, -1.0, dtype=dtype)(images)
    if num_classes is not None:
        labels = keras.Input((), dtype="int32", name="labels")
        inputs = [images, labels]
        if not projection:
            embedded = layers.Embedding(num_classes, height * width, dtype=dtype)(labels)
            embedded = layers.Reshape((height, width, 1), dtype=dtype)(embedded)
            x = layers.Concatenate(dtype=dtype)([x, embedded])
    if hidden is not None:
        x = layers.Flatten(dtype=dtype)(x)
        for units in hidden:
            x = layers.Dense(units, dtype=dtype)(x)
            x = layers.LeakyReLU(0.2, dtype=dtype)(x)
    else:
        smallest_map(image_shape, filters)
        options = {"padding": "same", "dtype": dtype}
        if full_size:
            depth = _at_full_size(filters)
            x = layers.Conv2D(depth, 3, kernel_initializer="he_normal", **options)(x)
            x = layers.LeakyReLU(0.2, dtype=dtype)(x)
        for index, depth in enumerate(filters):
            inner = normalize and index > 0
            weights = "he_normal" if full_size else _normal()
            x = layers.Conv2D(
                depth, 4, 2, use_bias=not inner, kernel_initializer=weights, **options
            )(x)
            x = _normalized(x, None, dtype) if inner else x
            x = layers.LeakyReLU(0.2, dtype=dtype)(x)
        x = layers.Flatten(dtype=dtype)(x)
        if full_size:
            x = layers.Dense(128, kernel_initializer="he_normal", dtype=dtype)(x)
            x = layers.LeakyReLU(0.2, dtype=dtype)(x)
    logits = layers.Dense(1, dtype="float32")(x)
    if num_classes is not None and projection:
        embedded = layers.Embedding(num_classes, x.shape[-1], dtype="float32")(labels)
        agreement = layers.Dot(axes=1, dtype="float32")([x, embedded])
        logits = layers.Add(dtype="float32")([logits, agreement])
    return keras.Model(inputs, logits, name="discriminator")


def _at_full_size(filters):
    """Filters of a block at the image's own size, half of those of the next."""
    return max(filters[0] // 2, 1)


def _normalized(x, activation, dtype):
    """Batch statistics are those of all replicas, so that N of them learn as one."""
    x = layers.BatchNormalization(momentum=0.9, synchronized=True, dtype=dtype)(x)
    return layers.Activation(activation, dtype=dtype)(x) if activation else x


def _normal():
    return keras.initializers.RandomNormal(stddev=0.02)
