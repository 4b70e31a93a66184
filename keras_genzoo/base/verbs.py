"""Verbs: what a model does, written once on batches of tensors, used on arrays and in serving."""

import functools
import inspect
import os
import shutil
import tempfile
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

BATCH_SIZE = 256  # bounds a verb's memory
# What TensorFlow writes into a SavedModel's folder.
_SAVED_MODEL = {
    *("assets", "assets.extra", "variables"),
    *("fingerprint.pb", "keras_metadata.pb", "saved_model.pb"),
}
_DEFAULTS = ("reconstruct", "decode", "translate", "sample")  # the first that a model has


def verb(output=None):
    """Turn a method on batches of tensors into one on arrays of any length, and an endpoint.

    The method's parameters are words of the model's `fields`. Callers pass arrays, which are
    checked, and get arrays, computed in batches by one compiled function. A parameter may default
    to `None`, and is left out then. The plain method stays at `method.on_tensors`.

    Args:
        output: Name of the result in the exported endpoint; `None` keeps the verb out of it.
    """

    def decorate(method):
        signature = inspect.signature(method)

        @functools.wraps(method)
        def on_arrays(self, *arrays, **named):
            given = dict(signature.bind(self, *arrays, **named).arguments)
            del given["self"]
            given = _checked(self, {name: x for name, x in given.items() if x is not None})
            compiled = _of_todays_networks(self)
            key = " ".join([method.__name__, *given])
            if key not in compiled:
                compiled[key] = _compiled(self, method, [*given])
            return _in_batches(compiled[key], list(given.values()))

        on_arrays.on_tensors = method
        on_arrays.output = output
        if output is not None:
            on_arrays.endpoint = method.__name__
        return on_arrays

    return decorate


def endpoint(name):
    """Mark a method on tensors, which returns them by name, as the exported endpoint `name`.

    Its parameters are words of the model's `fields`.
    """

    def decorate(method):
        method.endpoint = name
        return method

    return decorate


def export(model, folder, verbose=False):
    """Write a SavedModel with one endpoint per verb; see `GenerativeModel.export`."""
    folder = Path(folder).absolute()
    _check_replaceable(folder)
    archive = keras.export.ExportArchive()
    archive.track(model)
    endpoints = model.endpoints()
    default = next(name for name in _DEFAULTS if name in endpoints)
    for name, (function, specs) in {**endpoints, "serving_default": endpoints[default]}.items():
        archive.add_endpoint(name, function, specs)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".export-") as scratch:
        archive.write_out(os.path.join(scratch, "new"), verbose=verbose)
        if folder.exists():
            shutil.move(folder, os.path.join(scratch, "old"))
        os.replace(os.path.join(scratch, "new"), folder)


def _check_replaceable(folder):
    """Refuse a path at which lies what nobody said to delete."""
    if not os.path.lexists(folder):
        return
    held = {path.name for path in folder.iterdir()} if folder.is_dir() else {"no folder"}
    if not held or ("saved_model.pb" in held and held <= _SAVED_MODEL):
        return
    first = ", ".join(sorted(held - _SAVED_MODEL or held)[:3])
    raise ValueError(
        "An export would delete what lies at its path. Expected a SavedModel and nothing else, an "
        f"empty folder, or a free path. Received: filepath={str(folder)!r}, there: {first}"
    )


def endpoints(model):
    """What the model exports: name to `(function, specs of its inputs)`."""
    found = {}
    for _, method in inspect.getmembers(type(model), lambda each: hasattr(each, "endpoint")):
        served = getattr(method, "on_tensors", method)
        words = [word for word in _words(served) if word in model.fields]
        found[method.endpoint] = _named(model, method, words), _specs(model, words)
    return found


def _named(model, method, words):
    """The endpoint's function, of tensors of its words in order, which names what it gives."""
    on_tensors = functools.partial(_on_tensors, model, getattr(method, "on_tensors", method), words)
    if not hasattr(method, "on_tensors"):
        return on_tensors
    return lambda *tensors: {method.output: on_tensors(*tensors)}


def _words(method):
    return list(inspect.signature(method).parameters)[1:]


def _specs(model, words):
    fields = model.fields
    return [fields[word].spec(word) for word in words]


def _of_todays_networks(model):
    """The model's compiled verbs; none where a network was replaced, quantized or given LoRA."""
    variables = hash(tuple(map(id, model.variables)))
    if model.networks_of_verbs != variables:
        model.compiled_verbs.clear()
        model.networks_of_verbs = variables
    return model.compiled_verbs


def _compiled(model, method, words):
    """A verb on tensors of some of its words, which it takes in their order."""
    # A partial, for TensorFlow takes functions of one code for one that is traced too often.
    on_tensors = functools.partial(_on_tensors, model, method, words)
    signature = _specs(model, words)
    return tf.function(on_tensors, input_signature=signature, autograph=False)  # traced faster


def _on_tensors(model, method, words, *tensors):
    return method(model, **dict(zip(words, tensors, strict=True)))


def _checked(model, given):
    """What a verb is given, by word, as its fields want it."""
    fields = model.fields
    for word in given.keys() - fields.keys():
        raise ValueError(
            f"The model has no {word}. Expected some of {', '.join(fields)}. "
            f"Received: {type(model).__name__}, {word}={given[word]!r}"
        )
    given = {word: fields[word].checked(word, values) for word, values in given.items()}
    lengths = {word: len(x) for word, x in given.items() if isinstance(x, np.ndarray)}
    if len(set(lengths.values())) > 1:
        raise ValueError(
            "The arrays differ in length. Expected one entry of each for an example. "
            f"Received: {lengths}"
        )
    return given


def _in_batches(function, given):
    count = next((len(x) for x in given if isinstance(x, np.ndarray)), 1)
    if not count:  # which convolutions of unknown size do not take
        given = [np.zeros((1, *x.shape[1:]), x.dtype) for x in given]

    def part(x, start):
        return x[start : start + BATCH_SIZE] if isinstance(x, np.ndarray) else x

    starts = range(0, max(count, 1), BATCH_SIZE)
    batches = [function(*(part(x, start) for x in given)) for start in starts]
    return keras.tree.map_structure(lambda *parts: np.concatenate(parts)[:count], *batches)
