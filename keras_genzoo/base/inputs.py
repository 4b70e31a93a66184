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

from keras_genzoo import datasets

_WEIGHTS = "finite numbers of at least 0"


def learned(model):
    """The fields of what `fit` takes as x and y, by name; y only if the model learns from it."""
    return {word: model.fields[word] for word in (model.fit_x, model.fit_y) if word is not None}


def examples(x, y, sample_weight, model):
    """`fit`'s x and y as it may use them: arrays checked whole, a dataset by its first batch.

    Generators and Keras' own `PyDataset` pass as they are; the steps watch them.
    """
    if isinstance(x, tf.data.Dataset):
        return _watched(x, check_spec(x, model)), y
    if isinstance(x, dict):
        raise ValueError(
            f"The {model.fit_x} do not fit the model. Expected an array, or a dataset of batches. "
            f"Received: a dict of {', '.join(map(repr, x))}"
        )
    if not is_array(x):
        return x, y
    x = model.fields[model.fit_x].checked(model.fit_x, x)
    if not len(x):
        raise ValueError(f"There are no {model.fit_x}. Expected at least one. Received: {x.shape}")
    check_given(y, model)
    if is_array(sample_weight):
        _check_weights(np.asarray(sample_weight), len(x))
    if is_array(y) and learns_from(np.ndim(y), model):
        y = model.fields[model.fit_y].checked(model.fit_y, y)
    elif y is None and sample_weight is not None:
        # Keras drops the weights of arrays that have no labels.
        y = np.empty((len(x), 0), "float32")
    return x, y


def _check_weights(weights, count):
    fits = weights.shape in ((count,), (count, 1)) and weights.dtype.kind in "biuf"
    if not fits or not _may_weigh(weights).all():
        told = "" if not fits else f", from {weights.min()} to {weights.max()}"
        raise ValueError(
            f"The weights do not fit. Expected {_WEIGHTS}, one for each example, ({count},). "
            f"Received: sample_weight of {weights.dtype}, shape {weights.shape}{told}"
        )


def is_array(values):
    """Whether they are an array, or what becomes one; generators and datasets are not."""
    return hasattr(values, "__array__") or isinstance(values, list | tuple)


def learns_from(rank, model):
    """Whether a model learns from a y of a rank, with its batch, or ignores it.

    Labels, of rank 1 or 2, are ignored where there is no use for them.

    Raises:
        ValueError: If y is more than labels and the model learns from no such thing.
    """
    are_labels = rank is None or rank <= 2
    if model.fit_y is None and not are_labels:
        raise ValueError(
            f"{type(model).__name__} learns from {model.fit_x} alone. Expected no y, or labels, "
            f"which are ignored. Received: y of rank {rank}"
        )
    if model.fit_y is None or model.needs_y or not are_labels:
        return model.fit_y is not None
    return len(model.fields[model.fit_y].shape) + 1 == rank


def _may_weigh(weights):
    """Which weights are `_WEIGHTS`, of an array or a tensor; NaN compares as false."""
    return (weights >= 0) & (weights < np.inf)


def validation(data, model):
    """Keras' `validation_data`, checked."""
    if isinstance(data, tuple | list):
        x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
        return *examples(x, y, sample_weight, model), sample_weight
    return None if data is None else examples(data, None, None, model)[0]


def unpacked(batch, model):
    """x, y and weights of a batch, pixels in 32 bits; `None` for what the model does not use."""
    x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(batch)
    if not hasattr(y, "shape") or _is_empty(y) or not learns_from(_rank(y), model):
        y = None  # without a shape it is several
    check_given(y, model)
    if sample_weight is not None:
        sample_weight = tf.cast(sample_weight, tf.float32)
        if sample_weight.shape.rank != 1:  # (n, 1), which Keras takes too
            sample_weight = tf.reshape(sample_weight, tf.shape(x)[:1])
    return _as_computed(x, model, model.fit_x), _as_computed(y, model, model.fit_y), sample_weight


def sound(batch, model):
    """Whether an unpacked batch holds what its fields allow, and weights: a tensor."""
    *given, sample_weight = batch
    fits = [
        field.sound(values)
        for field, values in zip(learned(model).values(), given, strict=False)
        if values is not None
    ]
    if sample_weight is not None:
        fits.append(tf.reduce_all(_may_weigh(sample_weight)))
    return tf.reduce_all(fits)


def steppable(batch, model):
    """A batch that no step trips over: classes that are none, which `sound` has told, moved in."""
    *given, sample_weight = batch
    words = learned(model).values()
    for place, field in enumerate(words):
        if field.whole and given[place] is not None:
            given[place] = tf.clip_by_value(given[place], field.lowest, field.highest)
    return *given, sample_weight


def allowed(model):
    """What the values of a model's examples, and their weights, are called, and which may be."""
    fields = learned(model).values()
    units, values = [field.unit for field in fields], [field.values for field in fields]
    return " or ".join([*units, "weights"]), "; ".join([*values, f"weights are {_WEIGHTS}"])


def check_given(y, model):
    """Raise a `ValueError` where a model that cannot learn without y is given none."""
    if y is None and model.fit_y is not None and model.needs_y:
        x, y = model.fit_x, model.fit_y
        raise ValueError(
            f"{type(model).__name__} learns from {y}. Expected `fit({x}, {y})` or a dataset of "
            f"({x}, {y}). Received: {x} alone"
        )


def check_spec(dataset, model):
    """Raise a `ValueError` where a dataset's batches do not fit the model, by their spec.

    Returns:
        The fields of what the model takes of a batch, by name: of x, and of y if it uses one.
    """
    x, y, weights = keras.utils.unpack_x_y_sample_weight(dataset.element_spec)
    check_given(y, model)
    model.fields[model.fit_x].check_spec(model.fit_x, x)
    if weights is not None and not _are_weights(weights):
        raise ValueError(
            "The dataset's weights do not fit. Expected a number for each example, (batch,). "
            f"Received: sample_weight as {weights}"
        )
    rank = y.shape.rank if isinstance(y, tf.TensorSpec) else None  # else it is several
    if rank is None and _may_be_learned(y, model):
        raise ValueError(
            f"A dataset's y may be {model.fit_y}, or labels, which are ignored. Expected a known "
            f"rank, as `tf.ensure_shape` gives it. Received: y as {y}"
        )
    if y is None or not learns_from(rank, model):
        return {model.fit_x: model.fields[model.fit_x]}
    model.fields[model.fit_y].check_spec(model.fit_y, y)
    return learned(model)


def _may_be_learned(y, model):
    """Whether y may be what a model learns from that needs none, by the type of its spec."""
    if model.needs_y or model.fit_y is None or not isinstance(y, tf.TensorSpec):
        return False
    return y.dtype.is_floating or model.fields[model.fit_y].dtype == "int32"


def _are_weights(spec):
    if not isinstance(spec, tf.TensorSpec) or spec.dtype == tf.string:
        return False
    return any(spec.shape.is_compatible_with(shape) for shape in ((None,), (None, 1)))


@contextlib.contextmanager
def batch_errors(model):
    """Turn what TensorFlow says of a dataset's bad batch into a `ValueError`."""
    try:
        yield
    except tf.errors.InvalidArgumentError as error:
        if found := re.search(r"first batch:\]? \[(\w+)\] \[(\S+)\] \[(\S+)\]", error.message):
            word, *extremes = found.groups()
            raise model.fields[word].bad_batch(word, *extremes) from error
        if found := re.search(r"Shape of tensor .*\[(\S+)\] is not .*\[(\S+)\]", error.message):
            received, expected = found.groups()
            known = (learned(model) | _called(model)).items()
            words = {word: field for word, field in known if _in_errors(field) == expected}
            if words:  # else it is a shape of the dataset's own
                field = next(iter(words.values()))
                raise field.misfit(" or ".join(words), f"({received})") from error
        if found := re.search(r"ValueError: (An image cannot be decoded.*)", error.message):
            raise ValueError(found[1]) from error  # by cache=None, when its turn came
        if found := re.search(r"indices\[.*\] = (\S+) is not in \[0, (\d+)\)", error.message):
            raise ValueError(
                "A batch does not fit the model. Expected integers from 0 to "
                f"{int(found[2]) - 1}. Received: {found[1]}"
            ) from error
        raise


def _in_errors(field):
    """The shape of a field's batches as TensorFlow writes it."""
    return ",".join("?" if side is None else str(side) for side in (None, *field.shape))


def _called(model):
    """The fields of what `call`, and so `predict`, takes, by name."""
    return {word: model.fields[word] for word in model.call_words or (model.fit_x,)}


def predictable(x, model):
    """What `predict` is given, checked as `fit`'s x is: arrays whole, a dataset's first batch."""
    fields = _called(model)
    words = [*fields]
    if isinstance(x, tf.data.Dataset):
        specs = keras.tree.flatten(x.element_spec)
        for (word, field), spec in zip(fields.items(), specs, strict=False):
            field.check_spec(word, spec)
        return _watched(x, fields)
    if len(words) == 1:
        return fields[words[0]].checked(words[0], x) if is_array(x) else x
    if isinstance(x, list | tuple) and len(x) == len(words):
        given = zip(fields.items(), x, strict=True)
        return type(x)(field.checked(word, values) for (word, field), values in given)
    return x


def called(batch, model):
    """What `call` takes of a batch of `predict`: where that is two words, x and y as of `fit` too.

    Raises:
        ValueError: If it is another number of words. A condition that is no `condition_word`, as
            the labels of `Diffusion`, may be left out.
    """
    fields = _called(model)
    x, y, _ = keras.utils.unpack_x_y_sample_weight(batch)
    if len(fields) == 1:
        return _ensured(fields, [x])[0] if hasattr(x, "shape") else x
    given = x if isinstance(x, list | tuple) else [x] if y is None else [x, y]
    fewest = len(fields) if model.condition_word in fields else 1
    if not fewest <= len(given) <= len(fields) or not all(hasattr(each, "shape") for each in given):
        words = ", ".join(fields)
        shapes = keras.tree.map_structure(lambda each: getattr(each, "shape", each), x)
        raise ValueError(
            f"{type(model).__name__} predicts from {' and '.join(fields)}. Expected [{words}], or "
            f"a dataset of ({words}). Received: x of shape {shapes}"
        )
    given = _ensured(fields, given)
    return given if len(given) > 1 else given[0]


def _ensured(fields, given):
    """Tensors as of arrays: of the fields' shapes and types."""
    pairs = zip(fields.items(), given, strict=False)
    return [tf.cast(field.ensured(word, values), field.dtype) for (word, field), values in pairs]


def _watched(dataset, fields):
    """The dataset, whose first batch must hold what the fields of its first tensors allow."""

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

    return datasets.untuned(dataset.enumerate().map(check_first).prefetch(tf.data.AUTOTUNE))


def _as_computed(values, model, word):
    """Floats in 32 bits; classes as they come, for whole numbers must be told from others."""
    if values is None:
        return None
    field = model.fields[word]
    values = field.ensured(word, values)
    return values if field.dtype != "float32" else tf.cast(values, tf.float32)


def _is_empty(y):
    """Whether it stands for labels that were not given, as of `examples`."""
    return _rank(y) is not None and 0 in y.shape[1:]


def _rank(values):
    return tf.TensorShape(values.shape).rank
