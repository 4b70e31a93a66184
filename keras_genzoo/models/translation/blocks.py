"""Networks that translate, and those that judge by patches: for images of any size.

All normalize each image by its own statistics, so that replicas learn as one and a batch's other
images do not matter.
"""

import keras
from keras import layers, ops

from keras_genzoo.layers import AdaptiveGroupNormalization

NO_NOISE_ABOVE = 3  # inner layers, beyond which dropout would blur what is fine


def unet_generator(channels, out_channels, *, filters, scale=1, dropout=0.5, dtype=None):
    """A U-Net from images to images: each of `filters` halves the map, and skips lead across.

    Args:
        channels: Of an image that comes in.
        out_channels: Of an image that comes out.
        filters: Of each convolution on the way down.
        scale: How many times longer the sides are that come out.
        dropout: Share that the innermost layers on the way up drop in training, its only noise.
        dtype: Policy of the layers.

    Returns:
        A model to images in [0, 1] (a tanh inside it, rescaled).

    Example:
        >>> unet_generator(1, 3, filters=(4, 8)).output_shape
        (None, None, None, 3)

    Reference: Isola et al. (2017), https://arxiv.org/abs/1611.07004, section 6.1.
    """
    images = keras.Input((None, None, channels), name="images")
    x = layers.Rescaling(2.0, -1.0, dtype=dtype)(images)
    if scale > 1:
        x = layers.UpSampling2D(scale, dtype=dtype)(x)
    seen = []
    for level, depth in enumerate(filters):
        x = layers.Conv2D(depth, 4, 2, "same", use_bias=not level, **_drawn(dtype))(x)
        x = _normalized(x, dtype) if level else x
        x = layers.LeakyReLU(0.2, dtype=dtype)(x)
        seen.append(x)
    for level, across in enumerate(reversed(seen[:-1])):
        depth = across.shape[-1]
        x = layers.Conv2DTranspose(depth, 4, 2, "same", use_bias=False, **_drawn(dtype))(x)
        x = _normalized(x, dtype)
        if dropout and level < min(NO_NOISE_ABOVE, len(filters) // 2):
            x = layers.Dropout(dropout, dtype=dtype)(x)
        x = layers.Activation("relu", dtype=dtype)(x)
        x = layers.Concatenate(dtype=dtype)([x, across])
    x = layers.Conv2DTranspose(out_channels, 4, 2, "same", **_drawn("float32"))(x)
    return keras.Model(images, _in_range(x), name="generator")


def residual_generator(channels, *, filters, num_blocks, dtype=None):
    """A generator of residual blocks, at the lowest resolution that `filters` lead to.

    Args:
        channels: Of an image.
        filters: Of each level; each after the first halves the map.
        num_blocks: Residual blocks.
        dtype: Policy of the layers.

    Returns:
        A model to images in [0, 1] (a tanh inside it, rescaled).

    Example:
        >>> residual_generator(3, filters=(4, 8), num_blocks=1).output_shape
        (None, None, None, 3)

    Reference: Zhu et al. (2017), https://arxiv.org/abs/1703.10593, section 7.2; Johnson et al.
    (2016), https://arxiv.org/abs/1603.08155.
    """
    images = keras.Input((None, None, channels), name="images")
    x = layers.Rescaling(2.0, -1.0, dtype=dtype)(images)
    x = layers.Conv2D(filters[0], 7, use_bias=False, **_drawn(dtype))(_mirrored(x, 3))
    x = _activated(x, dtype)
    for depth in filters[1:]:
        x = layers.Conv2D(depth, 3, 2, "same", use_bias=False, **_drawn(dtype))(x)
        x = _activated(x, dtype)
    for _ in range(num_blocks):
        y = layers.Conv2D(filters[-1], 3, use_bias=False, **_drawn(dtype))(_mirrored(x, 1))
        y = _activated(y, dtype)
        y = layers.Conv2D(filters[-1], 3, use_bias=False, **_drawn(dtype))(_mirrored(y, 1))
        x = layers.Add(dtype=dtype)([x, _normalized(y, dtype)])
    for depth in reversed(filters[:-1]):
        x = layers.Conv2DTranspose(depth, 3, 2, "same", use_bias=False, **_drawn(dtype))(x)
        x = _activated(x, dtype)
    x = layers.Conv2D(channels, 7, **_drawn("float32"))(_mirrored(x, 3))
    return keras.Model(images, _in_range(x), name="generator")


def patch_discriminator(channels, *, filters, source_channels=None, scale=1, dtype=None):
    """A judge of patches: a map of logits, each of a part of the image.

    Args:
        channels: Of an image that is judged.
        filters: Of each convolution; each halves the map.
        source_channels: Of a source that it sees first; `None` for none.
        scale: How many times longer the image's sides are than the source's.
        dtype: Policy of the layers.

    Returns:
        A model of images, or of sources and images, to `(batch, height, width, 1)`.

    Example:
        >>> patch_discriminator(3, filters=(4, 8)).output_shape
        (None, None, None, 1)

    Reference: Isola et al. (2017), https://arxiv.org/abs/1611.07004, section 3.2.2.
    """
    inputs = images = keras.Input((None, None, channels), name="images")
    x = layers.Rescaling(2.0, -1.0, dtype=dtype)(images)
    if source_channels is not None:
        sources = keras.Input((None, None, source_channels), name="sources")
        inputs = [sources, images]
        y = layers.Rescaling(2.0, -1.0, dtype=dtype)(sources)
        if scale > 1:
            y = layers.UpSampling2D(scale, dtype=dtype)(y)
        x = layers.Concatenate(dtype=dtype)([y, x])
    for level, depth in enumerate(filters):
        x = layers.Conv2D(depth, 4, 2, "same", use_bias=not level, **_drawn(dtype))(x)
        x = _normalized(x, dtype) if level else x
        x = layers.LeakyReLU(0.2, dtype=dtype)(x)
    x = layers.Conv2D(1, 4, padding="same", **_drawn("float32"))(x)
    return keras.Model(inputs, x, name="discriminator")


def _drawn(dtype):
    return {"kernel_initializer": keras.initializers.RandomNormal(stddev=0.02), "dtype": dtype}


def _normalized(x, dtype):
    """By the statistics of each channel of each image: instance normalization."""
    return AdaptiveGroupNormalization(groups=x.shape[-1], dtype=dtype)(x)


def _activated(x, dtype):
    return layers.Activation("relu", dtype=dtype)(_normalized(x, dtype))


def _mirrored(x, width):
    """Padded by its own mirror image, which leaves no frame."""
    return ops.pad(x, [[0, 0], [width, width], [width, width], [0, 0]], mode="reflect")


def _in_range(x):
    x = layers.Activation("tanh", dtype="float32")(x)
    return layers.Rescaling(0.5, 0.5, dtype="float32")(x)
