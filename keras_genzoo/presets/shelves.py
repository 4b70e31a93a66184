"""Where presets are found: by their names, or in folders."""

import difflib
import os
from pathlib import Path

from keras_genzoo.presets import hubs
from keras_genzoo.presets.cards import check_card
from keras_genzoo.presets.files import CARD, CONFIG, FILES, WEIGHTS, lacking, read

_LEAST = (CONFIG, CARD)  # a first save that was cut off may have left but the card


def list():
    """Lists the names of the pretrained models.

    A name is a folder of `$KERAS_GENZOO_PRESETS` (several are separated as in `$PATH`), of the
    installed package, or of a checkout's `saved_models/`; the first of one name is taken.

    Returns:
        The sorted names.

    Example:

    >>> from keras_genzoo import presets
    >>> presets.list()  # doctest: +ELLIPSIS
    [...]
    """
    return sorted(_known())


def card(preset):
    """Reads the card of a preset: what it is and where it comes from.

    Args:
        preset: A name that `list()` gives, a folder, or a name on a hub, as `load` takes it.

    Returns:
        The dict that `save` wrote: model, parameters, versions, sha256 and the saver's entries.

    Raises:
        ValueError: If there is no such preset, if it is not whole, or if an entry that is known is
            not what it is taken for.

    Example:

    >>> import tempfile
    >>> import keras
    >>> from keras_genzoo import presets
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    ...     presets.save(model, folder, licence="CC0-1.0")
    ...     presets.card(folder)["licence"]
    'CC0-1.0'
    """
    path = find(preset) / CARD
    content = read(path)
    check_card(content, path)
    return content


def is_named(preset):
    """Tells whether a preset, given by name or by folder, is one of those that `list()` names.

    Args:
        preset: A name that `list()` gives, or a folder.

    Returns:
        A bool.

    Raises:
        ValueError: If there is no such preset.

    Example:

    >>> from keras_genzoo import presets
    >>> presets.is_named("vae_fashion_mnist_small")
    True
    """
    return find(preset).resolve() in {folder.resolve() for folder in _known().values()}


def is_there(preset):
    """Tells whether a preset goes by that name, or lies in that folder, whole or not.

    Args:
        preset: As `load` takes it.

    Returns:
        A bool; of what is on a hub `True`, without asking it.

    Example:

    >>> from keras_genzoo import presets
    >>> presets.is_there("vae_fashion_mnist_small"), presets.is_there("./nothing")
    (True, False)
    """
    is_known = hubs.is_on_hub(preset) or _named(preset) is not None
    return is_known or any((Path(preset) / name).is_file() for name in FILES)


def called(preset):
    """Says what a preset is called: the last word of its name, or its folder's name.

    Args:
        preset: As `load` takes it.

    Returns:
        A str.

    Example:

    >>> from keras_genzoo import presets
    >>> presets.called("hf://user/faces"), presets.called("runs/vae/")
    ('faces', 'vae')
    """
    if hubs.is_on_hub(preset):
        return hubs.called(preset)
    return os.path.basename(os.path.abspath(preset))  # of `.` too


def _shelves():
    """Returns the folders in which presets have names, the first of one name being taken."""
    package = Path(__file__).parents[1]
    shelves = [package / "saved_models"]
    if (package.parent / "pyproject.toml").is_file():  # a checkout, not somebody's site-packages
        shelves.append(package.parent / "saved_models")
    named = os.environ.get("KERAS_GENZOO_PRESETS", "").split(os.pathsep)
    return [*(Path(shelf) for shelf in named if shelf), *shelves]


def _known():
    """Returns the folder of every preset that has a name."""
    return {
        file.parent.name: file.parent
        for shelf in reversed(_shelves())
        for name in _LEAST
        for file in shelf.glob(f"*/{name}")
    }


def find(preset):
    """Finds the folder of a preset, which holds every file of it; what is on a hub is fetched.

    Args:
        preset: As `load` takes it.

    Returns:
        A `Path`.

    Raises:
        ValueError: If there is no such preset, or if it is not whole.
        OSError: If a hub does not give it.

    Example:

    >>> from keras_genzoo import presets
    >>> presets.find("vae_fashion_mnist_small").name
    'vae_fashion_mnist_small'
    """
    if not isinstance(preset, str | os.PathLike):
        raise ValueError(f"A preset has a name. Expected a name or a path. Received: {preset=}")
    folder = hubs.fetched(preset) if hubs.is_on_hub(preset) else _named(preset) or Path(preset)
    if not folder.is_dir():
        known = _known()
        raise ValueError(
            f"There is no preset {preset}.{nearest(str(preset), known)} "
            f"Expected a folder or one of {sorted(known)}. Received: preset={str(preset)!r}"
        )
    if name := lacking(folder):
        raise ValueError(
            f"The preset {preset} lacks {name}. "
            f"Expected {CONFIG}, {WEIGHTS} and {CARD}. Received: folder={str(folder)!r}"
        )
    return folder


def _named(preset):
    """Returns the folder of a preset of that name, or `None`; no shelf is listed for it."""
    if not isinstance(preset, str) or Path(preset).name != preset:
        return None
    folders = (shelf / preset for shelf in _shelves())
    return next((f for f in folders if any((f / name).is_file() for name in _LEAST)), None)


def nearest(name, names):
    close = difflib.get_close_matches(name, names, n=1)
    return f" Did you mean {close[0]!r}?" if close else ""
