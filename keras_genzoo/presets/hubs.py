"""Presets on hubs: fetched and published by the hubs' own clients, the extra `hub`."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from keras_genzoo.extras import extra
from keras_genzoo.presets.files import FILES

_WORD = r"[\w-][\w.-]*"  # no `..`, which a client may take for a folder


class _Hub(NamedTuple):
    """How presets are named on a hub, and what its client does.

    Attributes:
        names: What is written after the hub's `://`.
        may_fetch: A pattern of it.
        may_publish: The same, of what is published.
        fetch: From a name to the path of a folder.
        publish: Of a folder and a name.
    """

    names: str
    may_fetch: str
    may_publish: str
    fetch: Callable
    publish: Callable


def is_on_hub(preset):
    """Tells whether a preset is on a hub, as `hf://user/name`, by what it is called.

    Example:
        >>> is_on_hub("hf://user/name"), is_on_hub("kaggle/user"), is_on_hub(Path("vae_mnist_2d"))
        (True, False, False)
    """
    return isinstance(preset, str) and "://" in preset


def called(preset):
    """The last word of a preset's name, without a version.

    Example:
        >>> called("kaggle://user/gan/keras/digits/2")
        'digits'
    """
    return preset.partition("://")[2].split("/")[:4][-1]


def fetched(preset):
    """Downloads the files of a preset, and no others, or finds those that its client has kept.

    Returns:
        Their folder, in the client's own cache.

    Raises:
        ImportError: If the client is not installed.
        ValueError: If it is not named as its hub's presets are.
        OSError: If it cannot be had.
    """
    hub, name = _parsed(preset, publishing=False)
    try:
        return Path(hub.fetch(name))
    except ImportError:
        raise
    except Exception as error:  # a client has its own for each way to fail
        raise OSError(
            f"The preset {preset} cannot be fetched. Expected {', '.join(FILES)} on the hub, and "
            f"a way to them. Received: {_first_line(error)}"
        ) from error


def check_publishable(preset):
    """Raises a ValueError unless a preset can be published under that name."""
    _parsed(preset, publishing=True)


def publish(folder, preset):
    """Puts the files of a preset's folder on a hub, as its next version.

    Raises:
        ImportError: If the client is not installed.
        ValueError: If it is not named as its hub's presets are.
        OSError: If the hub does not take it.
    """
    hub, name = _parsed(preset, publishing=True)
    try:
        hub.publish(os.fspath(folder), name)
    except ImportError:
        raise
    except Exception as error:
        raise OSError(
            f"The preset {preset} was not published. Expected a hub that can be reached, and that "
            f"knows you. Received: {_first_line(error)}"
        ) from error


def _parsed(preset, publishing):
    scheme, _, name = preset.partition("://")
    hub = _HUBS.get(scheme)
    pattern = hub and (hub.may_publish if publishing else hub.may_fetch)
    if hub is None or not re.fullmatch(pattern, name, re.ASCII):
        hubs = [hub] if hub else _HUBS.values()
        schemes = [scheme] if hub else _HUBS
        expected = " or ".join(f"{s}://{h.names}" for s, h in zip(schemes, hubs, strict=True))
        raise ValueError(
            f"No hub has a preset of that name. Expected {expected}"
            f"{', whose versions the hub counts' if publishing else ''}. Received: {preset=}"
        )
    return hub, name


def _first_line(error):
    return f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}"


def _from_huggingface(name):
    return extra("huggingface_hub", "hub").snapshot_download(name, allow_patterns=[*FILES])


def _to_huggingface(folder, name):
    client = extra("huggingface_hub", "hub")
    client.create_repo(name, exist_ok=True)
    # One commit, so that nobody fetches one file of this preset and one of another.
    client.upload_folder(repo_id=name, folder_path=folder, commit_message="Save the preset")


def _from_kaggle(name):
    client = extra("kagglehub", "hub")
    card, *_ = [client.model_download(name, path=file) for file in FILES]
    return os.path.dirname(card)


def _to_kaggle(folder, name):
    extra("kagglehub", "hub").model_upload(name, folder)


_HUBS = {
    "hf": _Hub(
        names="user/name",
        may_fetch=f"{_WORD}/{_WORD}",
        may_publish=f"{_WORD}/{_WORD}",
        fetch=_from_huggingface,
        publish=_to_huggingface,
    ),
    "kaggle": _Hub(
        names="user/model/framework/variation",
        may_fetch=rf"(?:{_WORD}/){{3}}{_WORD}(?:/\d+)?",
        may_publish=rf"(?:{_WORD}/){{3}}{_WORD}",
        fetch=_from_kaggle,
        publish=_to_kaggle,
    ),
}
