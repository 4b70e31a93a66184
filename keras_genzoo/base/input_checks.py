"""What a user gives a model, checked before work is lost and at no cost per step.

Arrays are checked whole, once. Of a dataset the `element_spec` is checked before the first step and
the pixels of the first batch as it is drawn; for later batches the training step counts the bad
ones, and the run stops at the end of that epoch, before anything of it is kept.
"""

import contextlib
import numbers
import re

import keras
import numpy as np
import tensorflow as tf

TOLERANCE = 1e-3  # resizing and float16 overshoot a little
_CHUNK = 4096  # images compared at a time, so that a check needs no second copy


def image_shape(shape):
    """The shape as a tuple of three ints; a `ValueError` where the zoo cannot hold it."""
    sides = np.asarray(shape)
    whole_numbers = sides.shape == (3,) and np.issubdtype(sides.dtype, np.integer)
    if not whole_numbers or min(sides[:2]) < 8 or sides[2] not in (1, 3):
        raise ValueError(
            "The images do not fit the zoo. Expected (height, width, channels) with sides of at "
            f"least 8 and 1 or 3 channels. Received: image_shape={shape}"
        )
    return tuple(sides.tolist())


def whole(name, value, least=1):
    """The value as an int; a `ValueError` where it is no whole number from `least` up."""
    number = isinstance(value, numbers.Real) and not isinstance(value, bool)
    if not number or value < least or not float(value).is_integer():
        raise ValueError(
            f"`{name}` is no count. Expected a whole number of at least {least}. "
            f"Received: {name}={value}"
        )
    return int(value)


def sizes(name, values):
    """The values as a tuple of counts; a `ValueError` where they are none."""
    if not isinstance(values, list | tuple) or not values:
        raise ValueError(
            f"`{name}` are no layers' sizes. Expected a tuple of at least one count. "
            f"Received: {name}={values!r}"
        )
    return tuple(whole(name, value) for value in values)


def in_range(pixels):
    """Whether all pixels of a tensor lie in [0, 1]; NaN does not."""
    # Two passes, and NaN, which both carry on, compares as false.
    lowest, highest = tf.reduce_min(pixels), tf.reduce_max(pixels)
    return (lowest >= -TOLERANCE) & (highest <= 1 + TOLERANCE)


def examples(images, labels, sample_weight, model):
    """Images and labels as `fit` may use them: arrays checked whole, a dataset by its first batch.

    Generators and Keras' own `PyDataset` pass as they are; the training step watches them.
    """
    pixels = _images(images, model)
    if not isinstance(pixels, np.ndarray):
        return pixels, labels
    if labels is None and sample_weight is not None:
        # Keras drops the weights of arrays that have no labels.
        labels = np.empty((len(pixels), 0), "float32")
    elif labels is not None and model.num_classes is not None:
        labels = label_array(labels, model.num_classes)
    return pixels, labels


def validation(data, model):
    """Keras' `validation_data`, its images and labels checked."""
    if isinstance(data, tuple | list):
        pixels, labels, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
        return *examples(pixels, labels, sample_weight, model), sample_weight
    return None if data is None else _images(data, model)


def unpacked(batch):
    """Images, labels and weights of a batch, floats in 32 bits; `None` for what was not given."""
    images, labels, sample_weight = keras.utils.unpack_x_y_sample_weight(batch)
    if hasattr(labels, "shape") and 0 in labels.shape[1:]:  # of `examples`
        labels = None
    if sample_weight is not None:
        sample_weight = tf.cast(sample_weight, tf.float32)
    return tf.cast(images, tf.float32), labels, sample_weight


def dataset_spec(dataset, model):
    """A `ValueError` where a dataset's batches do not fit the model, by their spec."""
    spec, labels, _ = keras.utils.unpack_x_y_sample_weight(dataset.element_spec)
    shape = model.image_shape
    fits = isinstance(spec, tf.TensorSpec) and spec.dtype.is_floating
    if not fits or not spec.shape.is_compatible_with((None, *shape)):
        raise ValueError(
            "The dataset's images do not fit the model. Expected: float batches of shape (batch, "
            f"{_listed(shape)}) with pixels in [0, 1], alone or before labels. Received: {spec}"
        )
    are_classes = isinstance(labels, tf.TensorSpec) and labels.shape.rank in (None, 1)
    if model.num_classes is not None and labels is not None and not are_classes:
        raise ValueError(
            "The dataset's labels do not fit the model. Expected: one class for each image, "
            f"(batch,). Received: {labels}"
        )


def image_array(array, shape):
    """The array as float32, `(n, *shape)` with pixels in [0, 1], or a `ValueError`."""
    array = np.asarray(array)
    if array.shape[1:] != shape:
        raise ValueError(
            f"The images' shape does not fit the model. Expected: (n, {_listed(shape)}). "
            f"Received: {array.shape}"
        )
    for start in range(0, len(array), _CHUNK):
        chunk = array[start : start + _CHUNK]
        # Negated, so that NaN is refused.
        if not (chunk.min() >= -TOLERANCE and chunk.max() <= 1 + TOLERANCE):
            raise ValueError(_out_of_range("The images'", chunk.min(), chunk.max()))
    return array.astype("float32", copy=False)


def latent_array(array, latent_dim):
    """The array as float32, `(n, latent_dim)`, or a `ValueError`."""
    array = np.asarray(array, "float32")
    if array.shape[1:] != (latent_dim,):
        raise ValueError(
            f"The latents' shape does not fit the model. Expected: (n, {latent_dim}). "
            f"Received: {array.shape}"
        )
    return array


def label_array(array, num_classes):
    """The array as int32, `(n,)` of classes, or a `ValueError`."""
    array = np.asarray(array)
    if array.ndim != 1 or not np.isin(array, np.arange(num_classes)).all():
        raise ValueError(
            f"The labels do not fit the model. Expected: (n,), integers from 0 to "
            f"{num_classes - 1}. Received: {array.shape}, {array.ravel()[:8].tolist()}"
        )
    return array.astype("int32")


@contextlib.contextmanager
def batch_errors():
    """Turn what TensorFlow says of a dataset's bad batch into a `ValueError`."""
    try:
        yield
    except tf.errors.InvalidArgumentError as error:
        if found := re.search(r"first batch:\]? \[(\S+)\] \[(\S+)\]", error.message):
            raise ValueError(_out_of_range("The first batch's", *found.groups())) from error
        if found := re.search(r"indices\[.*\] = (\S+) is not in \[0, (\d+)\)", error.message):
            raise ValueError(
                f"A label does not fit the model. Expected integers from 0 to "
                f"{int(found[2]) - 1}. Received: {found[1]}"
            ) from error
        raise


def _images(data, model):
    if isinstance(data, tf.data.Dataset):
        return _dataset(data, model)
    if hasattr(data, "__array__") or isinstance(data, list | tuple):
        array = image_array(data, model.image_shape)
        if not len(array):
            raise ValueError(f"There are no images. Expected at least one. Received: {array.shape}")
        return array
    return data


def _dataset(dataset, model):
    dataset_spec(dataset, model)

    def check(pixels):
        extremes = [tf.reduce_min(pixels), tf.reduce_max(pixels)]
        with tf.control_dependencies(
            [tf.debugging.Assert(in_range(pixels), ["first batch:", *extremes])]
        ):
            return tf.identity(pixels)

    def check_first(index, batch):
        pixels, *rest = keras.tree.flatten(batch)
        pixels = tf.cond(index == 0, lambda: check(pixels), lambda: pixels)
        return keras.tree.pack_sequence_as(batch, [pixels, *rest])

    return dataset.enumerate().map(check_first).prefetch(tf.data.AUTOTUNE)


def _listed(shape):
    return ", ".join(map(str, shape))


def _out_of_range(whose, lowest, highest):
    return (
        f"{whose} pixels are out of range. Expected floats in [0, 1], none NaN (divide bytes by "
        f"255). Received: pixels from {lowest} to {highest}"
    )
