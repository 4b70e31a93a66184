"""The U-Net: a network from maps to maps of the same size, told a time and perhaps a class."""

import keras
from keras import layers

from keras_genzoo.layers import AdaptiveGroupNormalization, SinusoidalEmbedding
from keras_genzoo.networks.shapes import smallest_map

HEAD = 32  # channels of a head of attention


def unet(shape, *, filters=(32, 64, 128), num_blocks=2, num_classes=None, dtype=None):
    """A U-Net of residual blocks, with attention at its lowest resolution.

    Each level halves the map; on the way up its blocks see what those on the way down gave. The
    last layer begins at 0.

    Args:
        shape: `(height, width, channels)` of the map, and of what comes out.
        filters: Channels of each level, the highest resolution first.
        num_blocks: Residual blocks of a level, on the way down and again on the way up.
        num_classes: Classes of a third input, the labels `(batch,)`, from 0 to `num_classes`, which
            itself means no class; `None` means no such input.
        dtype: Policy of the layers.

    Returns:
        A model of maps, times `(batch,)` in [0, 1] and perhaps labels to maps, float32.

    Raises:
        ValueError: If the strides do not divide the map.

    Example:
        >>> network = unet((28, 28, 1), filters=(8, 16, 32), num_blocks=1)
        >>> network.output_shape
        (None, 28, 28, 1)

    Reference: Ho et al. (2020), https://arxiv.org/abs/2006.11239, appendix B; Dhariwal and Nichol
    (2021), https://arxiv.org/abs/2105.05233.
    """
    smallest_map(shape, filters, len(filters) - 1)
    noisy = x = keras.Input(shape, name="noisy")
    inputs, embedding = embedded(noisy, 4 * filters[0], num_classes, dtype)
    x = layers.Conv2D(filters[0], 3, padding="same", dtype=dtype)(x)
    lowest = len(filters) - 1
    seen = []
    for level, depth in enumerate(filters):
        if level:
            x = layers.Conv2D(depth, 3, 2, "same", dtype=dtype)(x)
        for _ in range(num_blocks):
            x = _block(x, embedding, depth, dtype, attend=level == lowest)
            seen.append(x)
    for level, depth in reversed([*enumerate(filters)]):
        for _ in range(num_blocks):
            x = layers.Concatenate(dtype=dtype)([x, seen.pop()])
            x = _block(x, embedding, depth, dtype, attend=level == lowest)
        if level:
            x = layers.UpSampling2D(dtype=dtype)(x)
            x = layers.Conv2D(filters[level - 1], 3, padding="same", dtype=dtype)(x)
    x = activated(x, None, dtype)
    x = layers.Conv2D(shape[-1], 3, padding="same", kernel_initializer="zeros", dtype="float32")(x)
    return keras.Model(inputs, x, name="denoiser")


def embedded(noisy, units, num_classes, dtype):
    """Inputs of a denoiser, and what its blocks are told of time and class, `(batch, units)`."""
    times = keras.Input((), name="times")
    embedding = layers.Dense(units, activation="silu", dtype=dtype)(SinusoidalEmbedding()(times))
    embedding = layers.Dense(units, dtype=dtype)(embedding)
    inputs = [noisy, times]
    if num_classes is not None:
        labels = keras.Input((), dtype="int32", name="labels")
        inputs.append(labels)
        classes = layers.Embedding(num_classes + 1, units, dtype=dtype)(labels)
        embedding = layers.Add(dtype=dtype)([embedding, classes])
    return inputs, layers.Activation("silu", dtype=dtype)(embedding)


def _block(x, embedding, depth, dtype, attend):
    """A residual block of two convolutions, and attention after it; it begins as the identity."""
    y = layers.Conv2D(depth, 3, padding="same", dtype=dtype)(activated(x, None, dtype))
    y = activated(y, embedding, dtype)
    y = layers.Conv2D(depth, 3, padding="same", kernel_initializer="zeros", dtype=dtype)(y)
    if x.shape[-1] != depth:
        x = layers.Conv2D(depth, 1, dtype=dtype)(x)
    x = layers.Add(dtype=dtype)([x, y])
    if not attend:
        return x
    height, width, _ = x.shape[1:]
    y = AdaptiveGroupNormalization(dtype=dtype)(x)
    y = layers.Reshape((height * width, depth), dtype=dtype)(y)
    heads = max(depth // HEAD, 1)
    y = layers.MultiHeadAttention(heads, depth // heads, dtype=dtype)(y, y)
    y = layers.Reshape((height, width, depth), dtype=dtype)(y)
    return layers.Add(dtype=dtype)([x, y])


def activated(x, embedding, dtype):
    """Channels, normalized as the embedding has it, or plainly, and bent."""
    x = AdaptiveGroupNormalization(dtype=dtype)(x, embedding)
    return layers.Activation("silu", dtype=dtype)(x)
