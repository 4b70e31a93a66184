"""What a user gives `fit` and `evaluate`, checked by the model's fields before work is lost.

Arrays are checked whole, once. Of a dataset the `element_spec` is checked before the first step and
the values of the first batch as it is drawn; for later batches the training step counts the bad
ones, and the run stops at the end of that epoch, before anything of it is kept.
"""

import contextlib
import re

import keras
import numpy as np
import tensorflow as tf


def learned(model):
    """The fields of what `fit` takes as x and y, by name; y only if the model learns from it."""
    return {word: model.fields[word] for word in (model.fit_x, model.fit_y) if word is not None}


def examples(x, y, sample_weight, model):
    """`fit`'s x and y as it may use them: arrays checked whole, a dataset by its first batch.

    Generators and Keras' own `PyDataset` pass as they are; the training step watches them.
    """
    if isinstance(x, tf.data.Dataset):
        return _first_batch_checked(x, model), y
    if not (hasattr(x, "__array__") or isinstance(x, list | tuple)):
        return x, y
    x = model.fields[model.fit_x].checked(model.fit_x, x)
    if not len(x):
        raise ValueError(f"There are no {model.fit_x}. Expected at least one. Received: {x.shape}")
    check_given(y, model)
    if y is not None and model.fit_y is not None:
        y = model.fields[model.fit_y].checked(model.fit_y, y)
    elif y is None and sample_weight is not None:
        # Keras drops the weights of arrays that have no labels.
        y = np.empty((len(x), 0), "float32")
    return x, y


def validation(data, model):
    """Keras' `validation_data`, checked."""
    if isinstance(data, tuple | list):
        x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
        return *examples(x, y, sample_weight, model), sample_weight
    return None if data is None else examples(data, None, None, model)[0]


def unpacked(batch, model):
    """x, y and weights of a batch, pixels in 32 bits; `None` for what the model does not use."""
    x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(batch)
    if model.fit_y is None or (hasattr(y, "shape") and 0 in y.shape[1:]):  # of `examples`
        y = None
    check_given(y, model)
    if sample_weight is not None:
        sample_weight = tf.cast(sample_weight, tf.float32)
    return _as_computed(x, model, model.fit_x), _as_computed(y, model, model.fit_y), sample_weight


def sound(batch, model):
    """Whether x and y of an unpacked batch hold what their fields allow: a tensor."""
    fits = [
        field.sound(values)
        for field, values in zip(learned(model).values(), batch, strict=False)
        if values is not None
    ]
    return tf.reduce_all(fits)


def steppable(batch, model):
    """A batch that no step trips over: classes that are none, which `sound` has told, moved in."""
    *given, sample_weight = batch
    words = learned(model).values()
    for place, field in enumerate(words):
        if field.whole and given[place] is not None:
            given[place] = tf.clip_by_value(given[place], field.lowest, field.highest)
    return *given, sample_weight


def check_given(y, model):
    """Raise a `ValueError` where a model that cannot learn without y is given none."""
    if y is None and model.fit_y is not None and model.needs_y:
        x, y = model.fit_x, model.fit_y
        raise ValueError(
            f"{type(model).__name__} learns from {y}. Expected `fit({x}, {y})` or a dataset of "
            f"({x}, {y}). Received: {x} alone"
        )


def check_spec(dataset, model):
    """Raise a `ValueError` where a dataset's batches do not fit the model, by their spec."""
    *specs, _ = keras.utils.unpack_x_y_sample_weight(dataset.element_spec)
    check_given(specs[1], model)
    for (word, field), spec in zip(learned(model).items(), specs, strict=False):
        if spec is not None:
            field.check_spec(word, spec)


@contextlib.contextmanager
def batch_errors(model):
    """Turn what TensorFlow says of a dataset's bad batch into a `ValueError`."""
    try:
        yield
    except tf.errors.InvalidArgumentError as error:
        if found := re.search(r"first batch:\]? \[(\w+)\] \[(\S+)\] \[(\S+)\]", error.message):
            word, *extremes = found.groups()
            raise model.fields[word].bad_batch(word, *extremes) from error
        if found := re.search(r"indices\[.*\] = (\S+) is not in \[0, (\d+)\)", error.message):
            raise ValueError(
                "A batch does not fit the model. Expected integers from 0 to "
                f"{int(found[2]) - 1}. Received: {found[1]}"
            ) from error
        raise


def _first_batch_checked(dataset, model):
    check_spec(dataset, model)
    fields = learned(model)

    def check(*tensors):
        checks = []
        for (word, field), values in zip(fields.items(), tensors, strict=False):
            extremes = [tf.reduce_min(values), tf.reduce_max(values)]
            checks.append(
                tf.debugging.Assert(field.sound(values), ["first batch:", word, *extremes])
            )
        with tf.control_dependencies(checks):
            return [tf.identity(values) for values in tensors]

    @tf.autograph.experimental.do_not_convert
    def check_first(index, batch):
        leaves = keras.tree.flatten(batch)  # x, and y where it is learned from, are one each
        shown, rest = leaves[: len(fields)], leaves[len(fields) :]
        shown = tf.cond(index == 0, lambda: check(*shown), lambda: list(shown))
        return keras.tree.pack_sequence_as(batch, [*shown, *rest])

    return dataset.enumerate().map(check_first).prefetch(tf.data.AUTOTUNE)


def _as_computed(values, model, word):
    """Floats in 32 bits; classes as they come, for whole numbers must be told from others."""
    if values is None or model.fields[word].dtype != "float32":
        return values
    return tf.cast(values, tf.float32)
