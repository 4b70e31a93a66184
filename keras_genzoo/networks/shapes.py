"""What fits what: shapes of networks, and sides that strides divide."""

import warnings

import keras
from keras import layers

# What networks end with, for `check_ends`.
IMAGES = {"without": ("tanh", "linear"), "expected": "images in [0, 1], as of a sigmoid"}
LOGITS = {"without": ("sigmoid", "tanh", "softmax"), "expected": "logits, which have no bounds"}


def check_shapes(network, name, *, inputs, outputs=None, any_size=False):
    """Raise where a user's network does not fit the model.

    Args:
        network: A built Keras model with one output.
        name: The constructor's word for it.
        inputs: Expected shape of each input, without the batch.
        outputs: Expected shape of the output, without the batch; `None` allows any.
        any_size: Whether a network for maps of any height and width fits too.

    Raises:
        ValueError: If `network` is no built Keras model, or its shapes differ.

    Example:
        >>> network = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Flatten()])
        >>> check_shapes(network, "encoder", inputs=[(8, 8, 3)])
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
        sized = [
            (*wanted[:2], *shape[2:])
            if any_size and wanted and shape[:2] == (None, None)
            else shape
            for shape, wanted in zip(shapes, expected, strict=False)
        ]
        if len(shapes) != len(expected) or sized != expected:
            if expected == [None]:
                expected = "one output, to which the model adds its heads"
            raise ValueError(
                f"The {name}'s {end} do not fit. Expected: {expected}. Received: {shapes}"
            )


def smallest_map(image_shape, filters, halvings=None):
    """Height and width after all strides, one for each of `filters`, or fewer."""
    halvings = len(filters) if halvings is None else halvings
    stride = 2**halvings
    if image_shape[0] % stride or image_shape[1] % stride:
        raise ValueError(
            f"The image cannot be halved {halvings} times, as `filters` ask for. "
            f"Expected height and width that {stride} divides. "
            f"Received: image_shape={tuple(image_shape)}, filters={tuple(filters)}"
        )
    return image_shape[0] // stride, image_shape[1] // stride


def halvings_to(map_shape, image_shape, filters):
    """How often an image is halved to get a map's sides, by convolutions of `filters`.

    Args:
        map_shape: `(height, width, channels)` of the map.
        image_shape: `(height, width, channels)` of the image.
        filters: Filters of each convolution; those that do not halve come last.

    Returns:
        A count, from 0 to the number of filters.

    Raises:
        ValueError: If no number of halvings gives the sides, or there are too few filters.

    Example:
        >>> halvings_to((7, 7, 4), (28, 28, 1), filters=(32, 64))
        2
    """
    halvings = max(image_shape[0] // map_shape[0], 1).bit_length() - 1
    sides = tuple(side * 2**halvings for side in map_shape[:2])
    if sides != tuple(image_shape[:2]) or halvings > len(filters):
        raise ValueError(
            "The latents' map does not fit the image. Expected the image's height and width "
            f"halved, both up to {len(filters)} times, once for each of `filters`. Received: "
            f"latent_dim={tuple(map_shape)}, image_shape={tuple(image_shape)}, "
            f"filters={tuple(filters)}"
        )
    return halvings


def check_ends(network, name, *, without, expected):
    """Warn where a user's network ends with an activation that hints at another range.

    Args:
        network: A built Keras model.
        name: The constructor's word for it.
        without: Names of activations that no fitting network ends with.
        expected: What it should give, in words.

    Example:
        >>> network = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, "sigmoid")])
        >>> check_ends(network, "generator", **IMAGES)  # as a critic it would warn
    """
    last = _last_activation(network)
    if last in without:
        warnings.warn(
            f"The {name} ends with the activation {last!r}, whose values may be none that fit. "
            f"Expected {expected}. Received: {name}={network.name!r}",
            stacklevel=3,
        )


def _last_activation(network):
    """Name of the activation that a network's output comes from; `None` where it has none."""
    operation = network.outputs[0]._keras_history.operation
    while isinstance(operation, layers.Reshape | layers.Flatten):  # which change no value
        operation = operation.input._keras_history.operation
    if isinstance(operation, keras.Model):
        return _last_activation(operation)
    return getattr(getattr(operation, "activation", None), "__name__", None)
