"""The residual MLP: a network from vectors to vectors, told a time and perhaps a class."""

import keras
from keras import layers

from keras_genzoo.networks.unet import activated, embedded

EMBEDDING = 128  # units that tell of time and class


def residual_mlp(shape, *, hidden=(512, 512, 512), num_classes=None, dtype=None):
    """Residual blocks of dense layers, as the U-Net's are of convolutions; the last begins at 0.

    Args:
        shape: `(latent_dim,)` of the vectors, and of what comes out.
        hidden: Units of each block.
        num_classes: Classes of a third input, the labels `(batch,)`, from 0 to `num_classes`, which
            itself means no class; `None` means no such input.
        dtype: Policy of the layers.

    Returns:
        A model of vectors, times `(batch,)` in [0, 1] and perhaps labels to vectors, float32.

    Example:
        >>> residual_mlp((16,), hidden=(32, 32)).output_shape
        (None, 16)

    Reference: blocks: He et al. (2016), https://arxiv.org/abs/1603.05027; told the time as those of
    Peebles and Xie (2023), https://arxiv.org/abs/2212.09748.
    """
    noisy = keras.Input(shape, name="noisy")
    inputs, embedding = embedded(noisy, EMBEDDING, num_classes, dtype)
    x = layers.Dense(hidden[0], dtype=dtype)(noisy)
    for units in hidden:
        y = layers.Dense(units, dtype=dtype)(activated(x, None, dtype))
        y = activated(y, embedding, dtype)
        y = layers.Dense(units, kernel_initializer="zeros", dtype=dtype)(y)
        if x.shape[-1] != units:
            x = layers.Dense(units, dtype=dtype)(x)
        x = layers.Add(dtype=dtype)([x, y])
    x = activated(x, None, dtype)
    x = layers.Dense(*shape, kernel_initializer="zeros", dtype="float32")(x)
    return keras.Model(inputs, x, name="denoiser")
