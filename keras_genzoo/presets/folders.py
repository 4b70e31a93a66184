"""Models kept in folders, and read as what they are, a stranger's data."""

import contextlib
import copy
import json
import platform
import shutil
import tempfile
import warnings
from importlib import metadata
from pathlib import Path

import keras

from keras_genzoo.presets import files, hubs
from keras_genzoo.presets.cards import check_card, check_entries
from keras_genzoo.presets.files import CARD, CONFIG, WEIGHTS
from keras_genzoo.presets.shelves import find, nearest
from keras_genzoo.presets.trust import check_config
from keras_genzoo.presets.weights import (
    check_finite,
    check_fit,
    check_not_adapted,
    check_unshared,
    halve,
    made_shapes,
    misfits,
    stored_shapes,
)


def load(preset, /, cls=keras.Model, skip_mismatch=False, **overrides):
    """Loads a model from a preset, which is data from a stranger and never run.

    The whole preset is checked before anything is made of it: its files, their sha256, every class
    and function that its config names, and that its weights are stored. What is saved there
    meanwhile does no harm: the model is of one save.

    Args:
        preset: A name that `list()` gives, else a folder; a `Path`, or text with a separator, as
            `./vae_mnist_2d`, is a folder. `hf://user/name` and
            `kaggle://user/model/framework/variation` are fetched from these hubs, for which the
            extra `hub` is installed.
        cls: The class that the model must be an instance of.
        skip_mismatch: Whether layers whose weights do not fit, as with other `num_classes`, may
            begin anew; a warning names them.
        **overrides: Constructor arguments that replace those of the config.

    Returns:
        The model, with its weights and not compiled.

    Raises:
        ValueError: If there is no such preset, if it is not whole, if it holds what no preset may
            or no `cls`, if its weights are not finite, or if an override is unknown.
        OSError: If a hub does not give it.

    Example:

    >>> import tempfile
    >>> import keras
    >>> from keras_genzoo import presets
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     presets.save(keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]), folder)
    ...     presets.load(folder, name="loaded").name
    'loaded'
    """
    with files.opened(find(preset), preset) as opened:
        if files.DIGESTS[CONFIG] not in opened.card:
            warnings.warn(
                f"The card of the preset {preset} is of before cards named the sha256 of the "
                "config, which is not compared with it; saved anew it names both.",
                stacklevel=2,
            )
        return _loaded(preset, opened, cls, skip_mismatch, overrides)


def _loaded(preset, opened, cls, skip_mismatch, overrides):
    config = files.parse(opened.files[CONFIG].read(), Path(opened.files[CONFIG].name))
    check_config(config, cls, preset)
    arguments = config["config"]
    for name in overrides:
        if name not in arguments:
            raise ValueError(
                f"The preset {preset} has no argument {name!r}.{nearest(name, arguments)} "
                f"Expected one of {', '.join(arguments)}. Received: {name}={overrides[name]!r}"
            )
    arguments.update(keras.saving.serialize_keras_object(overrides))

    with tempfile.TemporaryDirectory() as scratch:
        # Keras reads a file by its name, at which another save may put another one.
        weights = Path(scratch) / WEIGHTS
        with weights.open("wb") as copied:
            shutil.copyfileobj(opened.files[WEIGHTS], copied)
        stored = stored_shapes(weights, preset)
        with _explained(preset, overrides):
            made = made_shapes(config)
        if not skip_mismatch:
            check_fit(made, stored, preset, overrides)
        with _explained(preset, overrides), warnings.catch_warnings():
            model = keras.saving.deserialize_keras_object(config, safe_mode=True)
            if skip_mismatch:
                warnings.simplefilter("ignore")  # one of Keras' for each, of another cause
            model.load_weights(weights, skip_mismatch=skip_mismatch)
        if skip_mismatch and (lacking := misfits(made, stored)):
            anew = sorted({path.rpartition("/")[0] for path, _ in lacking})
            warnings.warn(f"Of {preset} these layers begin anew: {', '.join(anew)}", stacklevel=3)
        opened.check_again(preset, weights)
    check_finite(model, preset)
    # Among the weights are variables that began as arguments: an override wins over these too.
    if hasattr(model, "on_preset_loaded"):
        model.on_preset_loaded(overrides)
    return model


@contextlib.contextmanager
def _explained(preset, overrides):
    """Says of which preset it is that Keras makes no model."""
    try:
        yield
    except Exception as error:
        # Keras goes on with the whole config; of weights that do not fit it first counts objects.
        text = str(error)
        reason = (text.partition(":\n\n")[2] or text).partition("\n")[0]
        if not ("Expected" in reason and "Received: " in reason):  # as our own say
            reason += (
                " Expected a config that Keras can read and weights that fit it. "
                f"Received: overrides={overrides}"
            )
        raise ValueError(f"No model can be made of the preset {preset}: {reason}") from error


def save(model, folder, /, half_precision=False, **entries):
    """Saves a model as a preset: its config, its weights and a card.

    At every moment the folder holds the former preset or the new one, whole, and other files are
    left alone. The optimizer is not kept: that is what `.keras` files are for.

    Args:
        model: A built Keras model, of the zoo or plain.
        folder: Where to, made if need be. Its name is the preset's. `hf://user/name` and
            `kaggle://user/model/framework/variation` publish it there as its next version, in the
            name of whom the hub's client knows.
        half_precision: Whether to keep weights as float16, in half the space, as what ships is. The
            model that is loaded has its own types again, and rounded weights.
        **entries: What else the card says: dataset, command, seed, epochs, scores, licence.

    Raises:
        ValueError: If the model holds what no preset may, or if it is not built, or if it has
            weights that are not finite, or beyond the range of float16 if kept in that, or if it
            is adapted by LoRA, or if networks of its share layers, or if an entry is none that a
            card may hold.
        OSError: If a hub does not take it.

    Example:

    >>> import tempfile
    >>> import keras
    >>> from keras_genzoo import presets
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     presets.save(keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]), folder)
    ...     presets.card(folder)["parameters"]
    3
    """
    check_entries(entries)
    if hubs.is_on_hub(folder):
        hubs.check_publishable(folder)
        with tempfile.TemporaryDirectory() as scratch:
            save(model, scratch, half_precision, **entries)
            hubs.publish(scratch, folder)
        return
    config = json.dumps(keras.saving.serialize_keras_object(model))
    config = json.loads(config, object_hook=_without_compile_config)
    check_config(config, keras.Model, folder)
    check_finite(model, folder)
    check_not_adapted(model)
    # A twin without an optimizer, whose momenta Keras would write among the weights.
    twin = keras.saving.deserialize_keras_object(copy.deepcopy(config))
    check_unshared(model, twin)
    twin.set_weights(model.get_weights())

    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with files.replaced(folder) as scratch:
        twin.save_weights(scratch / WEIGHTS)
        if half_precision:
            halve(scratch / WEIGHTS)
        files.write(scratch / CONFIG, config)
        content = {
            "model": type(model).__name__,
            **entries,
            "parameters": model.count_params(),
            "weights_dtype": "float16" if half_precision else "float32",
            "versions": versions(),
            **{entry: files.sha256_of(scratch / name) for name, entry in files.DIGESTS.items()},
        }
        _write_card(scratch / CARD, content)


def annotate(preset, **entries):
    """Writes entries into the card of a preset, beside or in place of those of the same names.

    Args:
        preset: A name that `list()` gives, or a folder.
        **entries: What `save` takes.

    Raises:
        ValueError: If there is no such preset, or it is on a hub, or an entry is none that a card
            may hold, or names another sha256 than the files have.
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
    if hubs.is_on_hub(preset):
        raise ValueError(
            "A card on a hub is not written into. Expected a folder, or the model saved to the hub "
            f"again. Received: {preset=}"
        )
    check_entries(entries)
    folder = find(preset)
    with files.replaced(folder) as scratch:
        former = files.read(folder / CARD)
        for name in entries.keys() & {*files.DIGESTS.values()}:
            if entries[name] != former.get(name):
                raise ValueError(
                    "A preset would no longer be that of its card. Expected entries that say "
                    f"nothing of its files, or {former.get(name)!r}. "
                    f"Received: {name}={entries[name]!r}, preset={str(preset)!r}"
                )
        _write_card(scratch / CARD, {**former, **entries})


def _write_card(path, content):
    files.write(path, content)
    check_card(files.read(path), path)  # as it is read again: JSON knows fewer types


def versions():
    """Of this package and what it stands on."""
    packages = {name: metadata.version(name) for name in ("keras_genzoo", "keras", "tensorflow")}
    return packages | {"python": platform.python_version()}


def _without_compile_config(node):
    node.pop("compile_config", None)
    return node
