"""What a network is told beside its input: a class, or an image."""

import keras
from keras import layers


def condition_inputs(num_classes=None, condition_shape=None):
    """The input for a condition in a list, which is empty where there is none.

    Args:
        num_classes: Classes of labels, `(batch,)`.
        condition_shape: `(height, width, channels)` of images.

    Returns:
        A list of at most one `keras.Input`.

    Example:
        >>> condition_inputs(), condition_inputs(num_classes=10)[0].name
        ([], 'labels')
    """
    if num_classes is not None:
        return [keras.Input((), dtype="int32", name="labels")]
    if condition_shape is not None:
        return [keras.Input(condition_shape, name="conditions")]
    return []


def as_vector(condition, num_classes, dtype):
    """The condition as a vector: of a class one number for each, which begins one-hot."""
    if num_classes is None:
        return layers.Flatten(dtype=dtype)(condition)
    one_hot = layers.Embedding(num_classes, num_classes, "identity", dtype=dtype)
    return one_hot(condition)


def as_map(condition, num_classes, image_shape, dtype):
    """The condition as further channels of an image; one of other sides is resized."""
    height, width, _ = image_shape
    if num_classes is not None:
        embedded = layers.Embedding(num_classes, height * width, dtype=dtype)(condition)
        return layers.Reshape((height, width, 1), dtype=dtype)(embedded)
    if tuple(condition.shape[1:3]) != (height, width):
        return layers.Resizing(height, width, dtype=dtype)(condition)
    return condition
