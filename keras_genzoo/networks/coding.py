"""Default networks, and what your own must fit: functional Keras models.

Images enter and leave in [0, 1]. The last layers compute in float32, whatever the policy, since
16 bits are too coarse for likelihoods.
"""

import keras
from keras import layers


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
        _smallest_map(image_shape, filters)
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
        rows, columns = _smallest_map(image_shape, filters)
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


def generator(
    image_shape, latent_dim, *, hidden=None, filters=(64, 128), num_classes=None, dtype=None
):
    """A GAN's generator, from latents to images: DCGAN's, or dense where `hidden` is given.

    Args:
        image_shape: `(height, width, channels)`.
        latent_dim: Dimensions of a latent.
        hidden: Units of each dense layer, in the discriminator's order.
        filters: Filters of each convolution, in the discriminator's order.
        num_classes: Classes of a second input, the labels `(batch,)`; `None` means no such input.
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
        rows, columns = _smallest_map(image_shape, filters)
        x = layers.Dense(rows * columns * filters[-1], use_bias=False, dtype=dtype)(x)
        x = layers.Reshape((rows, columns, filters[-1]), dtype=dtype)(x)
        x = _normalized(x, "relu", dtype)
        for depth in reversed(filters[:-1]):
            x = layers.Conv2DTranspose(
                depth, 4, 2, "same", use_bias=False, kernel_initializer=_normal(), dtype=dtype
            )(x)
            x = _normalized(x, "relu", dtype)
        x = layers.Conv2DTranspose(
            channels, 4, 2, "same", kernel_initializer=_normal(), dtype="float32"
        )(x)
    x = layers.Activation("tanh", dtype="float32")(x)
    x = layers.Rescaling(0.5, 0.5, dtype="float32")(x)
    return keras.Model(inputs, x, name="generator")


def discriminator(
    image_shape, *, hidden=None, filters=(64, 128), num_classes=None, normalize=True, dtype=None
):
    """A GAN's discriminator, from images to one logit: DCGAN's, or dense where `hidden` is given.

    Args:
        image_shape: `(height, width, channels)`.
        hidden: Units of each dense layer.
        filters: Filters of each convolution; each halves height and width.
        num_classes: Classes of a second input, the labels `(batch,)`; `None` means no such input.
        normalize: Whether batch normalization follows the inner convolutions; a critic with a
            gradient penalty, which is per example, has none.
        dtype: Policy of the layers.

    Returns:
        A model to `(batch, 1)`.

    Raises:
        ValueError: If the strides do not divide the image.

    Example:
        >>> discriminator((28, 28, 1)).output_shape
        (None, 1)

    Reference: Radford et al. (2016), https://arxiv.org/abs/1511.06434; labels as a further channel:
    Mirza and Osindero (2014), https://arxiv.org/abs/1411.1784.
    """
    height, width, _ = image_shape
    inputs = images = keras.Input(image_shape, name="images")
    x = layers.Rescaling(2.0, -1.0, dtype=dtype)(images)
    if num_classes is not None:
        labels = keras.Input((), dtype="int32", name="labels")
        inputs = [images, labels]
        embedded = layers.Embedding(num_classes, height * width, dtype=dtype)(labels)
        embedded = layers.Reshape((height, width, 1), dtype=dtype)(embedded)
        x = layers.Concatenate(dtype=dtype)([x, embedded])
    if hidden is not None:
        x = layers.Flatten(dtype=dtype)(x)
        for units in hidden:
            x = layers.Dense(units, dtype=dtype)(x)
            x = layers.LeakyReLU(0.2, dtype=dtype)(x)
    else:
        _smallest_map(image_shape, filters)
        for index, depth in enumerate(filters):
            inner = normalize and index > 0
            x = layers.Conv2D(
                depth, 4, 2, "same", use_bias=not inner, kernel_initializer=_normal(), dtype=dtype
            )(x)
            x = _normalized(x, None, dtype) if inner else x
            x = layers.LeakyReLU(0.2, dtype=dtype)(x)
        x = layers.Flatten(dtype=dtype)(x)
    return keras.Model(inputs, layers.Dense(1, dtype="float32")(x), name="discriminator")


def check_shapes(network, name, *, inputs, outputs=None):
    """Raise where a user's network does not fit the model.

    Args:
        network: A built Keras model with one output.
        name: The constructor's word for it.
        inputs: Expected shape of each input, without the batch.
        outputs: Expected shape of the output, without the batch; `None` allows any.

    Raises:
        ValueError: If `network` is no built Keras model, or its shapes differ.

    Example:
        >>> check_shapes(encoder((8, 8, 1)), "encoder", inputs=[(8, 8, 3)])
        Traceback (most recent call last):
        ...
        ValueError: The encoder's inputs do not fit. Expected: [(8, 8, 3)]. Received: [(8, 8, 1)]
    """
    usable = isinstance(network, keras.Model) and network.built
    if not usable or not getattr(network, "inputs", None):  # a subclassed model has none
        raise ValueError(
            f"The {name} is not usable. Expected a built Keras model, functional or sequential. "
            f"Received: {name}={network!r}"
        )
    ends = {"inputs": (inputs, network.inputs)}
    if outputs is not None or len(network.outputs) != 1:
        ends["outputs"] = ([outputs], network.outputs)
    for end, (expected, tensors) in ends.items():
        shapes = [tuple(tensor.shape[1:]) for tensor in tensors]
        if shapes != expected:
            raise ValueError(
                f"The {name}'s {end} do not fit. Expected: {expected}. Received: {shapes}"
            )


def _normalized(x, activation, dtype):
    """Batch statistics are those of all replicas, so that N of them learn as one."""
    x = layers.BatchNormalization(momentum=0.9, synchronized=True, dtype=dtype)(x)
    return layers.Activation(activation, dtype=dtype)(x) if activation else x


def _normal():
    return keras.initializers.RandomNormal(stddev=0.02)


def _smallest_map(image_shape, filters):
    """Height and width after all strides."""
    stride = 2 ** len(filters)
    if image_shape[0] % stride or image_shape[1] % stride:
        raise ValueError(
            f"The image cannot be halved {len(filters)} times, once for each of `filters`. "
            f"Expected height and width that {stride} divides. "
            f"Received: image_shape={tuple(image_shape)}, filters={tuple(filters)}"
        )
    return image_shape[0] // stride, image_shape[1] // stride
