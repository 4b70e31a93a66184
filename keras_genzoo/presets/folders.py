"""Models kept in folders, and read as what they are, a stranger's data."""

import copy
import hashlib
import json
import os
import platform
import tempfile
from importlib import metadata
from pathlib import Path

import h5py
import keras
import numpy as np

from keras_genzoo.presets.shelves import CARD, CONFIG, WEIGHTS, find, nearest, read
from keras_genzoo.presets.trust import check_config


def load(preset, /, cls=keras.Model, **overrides):
    """Loads a model from a preset, which is data from a stranger and never run.

    The whole preset is checked before anything is made of it: its files, the sha256 of its weights
    and every class and function that its config names.

    Args:
        preset: A name that `list()` gives, or a folder.
        cls: The class that the model must be an instance of.
        **overrides: Constructor arguments that replace those of the config.

    Returns:
        The model, with its weights and not compiled.

    Raises:
        ValueError: If there is no such preset, if it is not whole, if it holds what no preset may
            or no `cls`, or if an override is unknown.

    Example:

    >>> import tempfile
    >>> import keras
    >>> from keras_genzoo import presets
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     presets.save(keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]), folder)
    ...     presets.load(folder, name="loaded").name
    'loaded'
    """
    folder = find(preset)
    config = read(folder / CONFIG)
    expected, received = read(folder / CARD).get("sha256"), _sha256(folder / WEIGHTS)
    if received != expected:
        raise ValueError(
            f"The weights of the preset {preset} are damaged, or are not those of its card. "
            f"Expected sha256={expected!r}. Received: sha256={received!r}"
        )
    check_config(config, cls, preset)

    arguments = config["config"]
    for name in overrides:
        if name not in arguments:
            raise ValueError(
                f"The preset {preset} has no argument {name!r}.{nearest(name, arguments)} "
                f"Expected one of {', '.join(arguments)}. Received: {name}={overrides[name]!r}"
            )
    arguments.update(keras.saving.serialize_keras_object(overrides))

    try:
        model = keras.saving.deserialize_keras_object(config, safe_mode=True)
        model.load_weights(folder / WEIGHTS)
    except Exception as error:
        reason = str(error).partition("\n")[0]  # Keras goes on with the whole config
        raise ValueError(
            f"No model can be made of the preset {preset}: {reason} Expected a config that Keras "
            f"can read and weights that fit it. Received: overrides={overrides}"
        ) from error
    # Among the weights are variables that began as arguments: an override wins over these too.
    if hasattr(model, "on_preset_loaded"):
        model.on_preset_loaded(overrides)
    return model


def save(model, folder, /, half_precision=False, **entries):
    """Saves a model as a preset: its config, its weights and a card.

    A former preset in the folder stays whole until the new one is, and other files are left alone.
    The optimizer is not kept: that is what `.keras` files are for.

    Args:
        model: A built Keras model, of the zoo or plain.
        folder: Where to, made if need be. Its name is the preset's.
        half_precision: Whether to keep weights as float16, in half the space, as what ships is. The
            model that is loaded has its own types again, and rounded weights.
        **entries: What else the card says: dataset, command, seed, epochs, scores, licence.

    Raises:
        ValueError: If the model holds what no preset may, or if it is not built, or if it has
            weights beyond the range of float16 and is to be kept in that.

    Example:

    >>> import tempfile
    >>> import keras
    >>> from keras_genzoo import presets
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     presets.save(keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]), folder)
    ...     presets.card(folder)["parameters"]
    3
    """
    config = json.dumps(keras.saving.serialize_keras_object(model))
    config = json.loads(config, object_hook=_without_compile_config)
    check_config(config, keras.Model, folder)
    # A twin without an optimizer, whose momenta Keras would write among the weights.
    twin = keras.saving.deserialize_keras_object(copy.deepcopy(config))
    twin.set_weights(model.get_weights())

    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".saving_") as scratch:
        scratch = Path(scratch)
        twin.save_weights(scratch / WEIGHTS)
        if half_precision:
            _halve(scratch / WEIGHTS)
        content = {
            "model": type(model).__name__,
            **entries,
            "parameters": model.count_params(),
            "weights_dtype": "float16" if half_precision else "float32",
            "versions": versions(),
            "sha256": _sha256(scratch / WEIGHTS),
        }
        _write(scratch / CONFIG, config)
        _write(scratch / CARD, content)
        for name in (WEIGHTS, CONFIG, CARD):
            os.replace(scratch / name, folder / name)


def annotate(preset, **entries):
    """Writes entries into the card of a preset, beside or in place of those of the same names.

    Args:
        preset: A name that `list()` gives, or a folder.
        **entries: What `save` takes.

    Raises:
        ValueError: If there is no such preset.
        OSError: If its folder may not be written.

    Example:

    >>> import tempfile
    >>> import keras
    >>> from keras_genzoo import presets
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     presets.save(keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]), folder)
    ...     presets.annotate(folder, licence="CC0-1.0")
    ...     presets.card(folder)["licence"]
    'CC0-1.0'
    """
    folder = find(preset)
    content = {**read(folder / CARD), **entries}
    with tempfile.TemporaryDirectory(dir=folder, prefix=".saving_") as scratch:
        scratch = Path(scratch) / CARD
        _write(scratch, content)
        os.replace(scratch, folder / CARD)


def _write(path, content):
    path.write_text(json.dumps(content, indent=2) + "\n")


def versions():
    """Of this package and what it stands on."""
    packages = {name: metadata.version(name) for name in ("keras_genzoo", "keras", "tensorflow")}
    return packages | {"python": platform.python_version()}


def _sha256(path):
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _without_compile_config(node):
    node.pop("compile_config", None)
    return node


# === Half precision ===


def _halve(path):
    """Rewrites a file of weights with arrays in float16; scalars, such as counts, stay."""
    halved = path.with_suffix(".halved")
    with h5py.File(path) as source, h5py.File(halved, "w") as target:

        def copy(name, item):
            if isinstance(item, h5py.Group):
                copied = target.create_group(name)
            else:
                copied = target.create_dataset(name, data=_half(item[()]))
            copied.attrs.update(item.attrs)

        source.visititems(copy)
    os.replace(halved, path)


def _half(values):
    if values.dtype != "float32" or not values.ndim:
        return values
    largest, limit = np.abs(values).max(initial=0), np.finfo("float16").max
    if largest > limit:
        raise ValueError(
            "The weights do not fit in half precision. Expected none beyond "
            f"{limit:g}. Received: {largest:g}, half_precision=True"
        )
    return values.astype("float16")
