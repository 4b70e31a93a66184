"""What fits what: shapes of networks, and sides that strides divide."""

import keras


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
        if shapes != expected:
            raise ValueError(
                f"The {name}'s {end} do not fit. Expected: {expected}. Received: {shapes}"
            )


def smallest_map(image_shape, filters):
    """Height and width after all strides."""
    stride = 2 ** len(filters)
    if image_shape[0] % stride or image_shape[1] % stride:
        raise ValueError(
            f"The image cannot be halved {len(filters)} times, once for each of `filters`. "
            f"Expected height and width that {stride} divides. "
            f"Received: image_shape={tuple(image_shape)}, filters={tuple(filters)}"
        )
    return image_shape[0] // stride, image_shape[1] // stride
