"""Exports: a model's verbs in files that run where neither Keras nor this package is installed."""

import contextlib
import os
import shutil
import tempfile
from pathlib import Path

import keras

from keras_genzoo.base import arguments, portable
from keras_genzoo.base.verbs import portable_endpoints, served

# What TensorFlow writes into a SavedModel's folder.
_SAVED_MODEL = {
    *("assets", "assets.extra", "variables"),
    *("fingerprint.pb", "keras_metadata.pb", "saved_model.pb"),
}
_DEFAULTS = ("reconstruct", "decode", "translate", "sample")  # the first that a model has
FORMATS = ("tf_saved_model", *portable.FORMATS)


def export(model, folder, format="tf_saved_model", names=None, verbose=False):
    """Write a model's verbs into a folder; see `GenerativeModel.export`."""
    folder = Path(folder).absolute()
    arguments.one_of("format", format, FORMATS)
    if format == "tf_saved_model":
        endpoints = portable.chosen(served(model), names)
        _check_replaceable(folder, _SAVED_MODEL, "a SavedModel", sign="saved_model.pb")
        with _replaced(folder) as scratch:
            _write_saved_model(model, endpoints, scratch, verbose)
    else:
        portable.check(model)
        there = portable_endpoints(model)
        endpoints = portable.chosen(there, names, drawing=model.endpoints())
        files = {*portable.FORMATS[format].files(there)}
        _check_replaceable(folder, files, f"an export to {format}")
        with _replaced(folder) as scratch:
            portable.write(endpoints, scratch, format, verbose)


def _write_saved_model(model, endpoints, folder, verbose):
    archive = keras.export.ExportArchive()
    archive.track(model)
    default = next((name for name in _DEFAULTS if name in endpoints), None)
    # Keras calls the first `serving_default` too, without tracing it again.
    for name in sorted(endpoints, key=lambda name: name != default):
        archive.add_endpoint(name, *endpoints[name])
    archive.write_out(os.fspath(folder), verbose=verbose)


def _check_replaceable(folder, files, what, sign=None):
    """Refuse a path at which lies what nobody said to delete.

    Args:
        folder: The path.
        files: Names of all that a former export may hold.
        what: It in words.
        sign: The file without which it is none.
    """
    if not os.path.lexists(folder):
        return
    held = {path.name for path in folder.iterdir()} if folder.is_dir() else {"no folder"}
    if not held or (held <= files and sign in {None, *held}):
        return
    first = ", ".join(sorted(held - files or held)[:3])
    raise ValueError(
        f"An export would delete what lies at its path. Expected {what} and nothing else, an "
        f"empty folder, or a free path. Received: filepath={str(folder)!r}, there: {first}"
    )


@contextlib.contextmanager
def _replaced(folder):
    """Gives a path to write a folder at, and moves it into the place of the one before it."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".export-") as scratch:
        scratch = Path(scratch)
        yield scratch / "new"
        if not folder.exists():
            os.replace(scratch / "new", folder)
            return
        shutil.move(folder, scratch / "old")
        try:
            os.replace(scratch / "new", folder)
        except BaseException:  # a Ctrl-C too
            shutil.move(scratch / "old", folder)
            raise
