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

from keras_genzoo.base import input_checks

BATCH_SIZE = 256  # bounds a verb's memory


def verb(output=None):
    """Turn a method on batches of tensors into one on arrays of any length, and an endpoint.

    The method's parameters, `images` or `latents`, name its inputs. Callers pass arrays, which are
    checked, and get arrays, computed in batches by one compiled function. The plain method stays
    at `method.on_tensors`.

    Args:
        output: Name of the result in the exported endpoint; `None` keeps the verb out of it.
    """

    def decorate(method):
        @functools.wraps(method)
        def on_arrays(self, *arrays, **named):
            given = dict(inspect.signature(method).bind(self, *arrays, **named).arguments)
            del given["self"]
            if method.__name__ not in self.compiled_verbs:
                self.compiled_verbs[method.__name__] = _compiled(self, method)
            given = {name: _checked(self, name, values) for name, values in given.items()}
            lengths = {name: len(array) for name, array in given.items()}
            if len(set(lengths.values())) > 1:
                raise ValueError(
                    "The arrays differ in length. Expected one entry of each for an example. "
                    f"Received: {lengths}"
                )
            return _in_batches(self.compiled_verbs[method.__name__], list(given.values()))

        on_arrays.on_tensors = method
        on_arrays.output = output
        return on_arrays

    return decorate


def export(model, folder):
    """Write a SavedModel with one endpoint per verb; see `GenerativeModel.export`."""
    archive = keras.export.ExportArchive()
    archive.track(model)
    endpoints = model.endpoints()
    default = "reconstruct" if "reconstruct" in endpoints else "decode"
    for name, (function, specs) in {**endpoints, "serving_default": endpoints[default]}.items():
        archive.add_endpoint(name, function, specs)
    folder = Path(folder).absolute()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".export-") as scratch:
        archive.write_out(os.path.join(scratch, "new"), verbose=False)
        if folder.exists():
            shutil.move(folder, os.path.join(scratch, "old"))
        os.replace(os.path.join(scratch, "new"), folder)


def endpoints(model):
    """The model's exported verbs: name to `(function, specs of its inputs)`."""
    found = {}
    for name, method in inspect.getmembers(type(model), callable):
        if getattr(method, "output", None):
            found[name] = (_named(method.output, model, method.on_tensors), _specs(model, method))
    return found


def _named(output, model, method):
    return lambda *tensors: {output: method(model, *tensors)}


def _specs(model, method):
    known = {
        "images": tf.TensorSpec((None, *model.image_shape), tf.float32, "images"),
        "latents": tf.TensorSpec((None, model.latent_dim), tf.float32, "latents"),
        "labels": tf.TensorSpec((None,), tf.int32, "labels"),
    }
    return [known[name] for name in list(inspect.signature(method).parameters)[1:]]


def _compiled(model, method):
    return tf.function(functools.partial(method, model), input_signature=_specs(model, method))


def _checked(model, name, values):
    if name == "images":
        return input_checks.image_array(values, model.image_shape)
    if name == "labels":
        return input_checks.label_array(values, model.num_classes)
    return input_checks.latent_array(values, model.latent_dim)


def _in_batches(function, arrays):
    starts = range(0, max(len(arrays[0]), 1), BATCH_SIZE)
    batches = [function(*(a[start : start + BATCH_SIZE] for a in arrays)) for start in starts]
    return keras.tree.map_structure(lambda *parts: np.concatenate(parts), *batches)
