"""The files of a preset's folder: replaced together, and read as one save left them.

A folder cannot be swapped for another in one step. So a save writes its config and its weights
beside those of before, as `.next`, then renames its card into place, which names the sha256 of
both, and at last the two. A reader takes the file whose digest the card names, by whichever name.
"""

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

try:
    import fcntl
except ImportError:  # Windows, where savers of one folder must take turns by themselves
    fcntl = None

CONFIG, WEIGHTS, CARD = "config.json", "model.weights.h5", "card.json"
FILES = (CARD, CONFIG, WEIGHTS)
# By which of its entries a card names the sha256 of a file.
DIGESTS = {CONFIG: "config_sha256", WEIGHTS: "sha256"}
_SCRATCH = ".saving_"
LOOKS = 3  # that a card must stand for a misfit to be damage


class Opened(NamedTuple):
    """A preset of one save.

    Attributes:
        card: What the card says.
        files: Name to the open file that the card names.
        digests: Name to the sha256 of that file.
    """

    card: dict
    files: dict
    digests: dict

    def check_again(self, preset, copy):
        """Raises a ValueError if a file, or the copy that was read, was altered meanwhile."""
        for name, file in self.files.items():
            if (received := sha256(file)) != self.digests[name]:
                refuse(preset, name, self.digests[name], received)
        if (received := sha256_of(copy)) != self.digests[WEIGHTS]:
            refuse(preset, WEIGHTS, self.digests[WEIGHTS], received)


@contextlib.contextmanager
def opened(folder, preset):
    """Opens the files of a preset that belong together, whatever is saved there meanwhile.

    Raises:
        ValueError: If a file is not the one that the card names.
    """
    before, looks = None, 0
    while True:
        with (folder / CARD).open("rb") as file:
            stands, content = os.fstat(file.fileno()), file.read()
        card = parse(content, folder / CARD)
        with contextlib.ExitStack() as stack:
            found = {name: _found(stack, folder, name, card) for name in DIGESTS}
            damaged = [name for name, (file, _) in found.items() if file is None]
            if not damaged:
                files, digests = (
                    {name: pair[part] for name, pair in found.items()} for part in (0, 1)
                )
                yield Opened(card, files, digests)
                return
        # No save came between where the very card still stands; two saves may write equal ones.
        now = content, stands.st_ino, stands.st_mtime_ns
        looks = looks + 1 if now == before else 0
        if looks == LOOKS:
            name = damaged[0]
            refuse(preset, name, card.get(DIGESTS[name]), found[name][1])
        before = now
        time.sleep(0.01)


def _found(stack, folder, name, card):
    """The open file that the card names, or `None`, and the sha256 of the last one looked at."""
    digest = None
    # In this order: a save that ends between the two looks renames the first to the second.
    for path in (_next(folder, name), folder / name):
        with contextlib.suppress(FileNotFoundError):
            file = stack.enter_context(path.open("rb"))
            digest = sha256(file)
            expected = card.get(DIGESTS[name])
            if digest == expected or (path.name == name and _is_unnamed(name, card)):
                return file, digest
    return None, digest


def _is_unnamed(name, card):
    """Whether a card is of before cards named the sha256 of the config, too."""
    return name == CONFIG and DIGESTS[CONFIG] not in card


def refuse(preset, name, expected, received):
    raise ValueError(
        f"{name} of the preset {preset} is damaged, or is not that of its card. "
        f"Expected sha256={expected!r}. Received: sha256={received!r}"
    )


def lacking(folder):
    """The name of a file that a preset's folder lacks, or `None`."""
    for name in (CARD, *DIGESTS):  # as in `opened`: what is renamed meanwhile is found
        is_next = name in DIGESTS and _next(folder, name).is_file()
        if not is_next and not (folder / name).is_file():
            return name
    return None


@contextlib.contextmanager
def replaced(folder):
    """Gives a folder to write a preset's files into, and puts them in the place of those before.

    At every moment the preset in `folder` is the former or the new one. Savers wait for each other.
    """
    with _locked(folder):
        _finish(folder)
        with tempfile.TemporaryDirectory(dir=folder, prefix=_SCRATCH) as scratch:
            scratch = Path(scratch)
            yield scratch
            written = [name for name in DIGESTS if (scratch / name).is_file()]
            for name in written:
                os.replace(scratch / name, _next(folder, name))
            os.replace(scratch / CARD, folder / CARD)
            for name in written:
                os.replace(_next(folder, name), folder / name)


def _finish(folder):
    """Ends a save that was killed after its card was in place; clears what one before it left."""
    card = {}
    with contextlib.suppress(FileNotFoundError, ValueError):
        card = read(folder / CARD)
    for name, entry in DIGESTS.items():
        with contextlib.suppress(FileNotFoundError):
            with _next(folder, name).open("rb") as file:
                digest = sha256(file)
            if digest == card.get(entry):
                os.replace(_next(folder, name), folder / name)
            else:
                _next(folder, name).unlink()
    for scratch in folder.glob(f"{_SCRATCH}*"):
        shutil.rmtree(scratch, ignore_errors=True)


@contextlib.contextmanager
def _locked(folder):
    """Keeps other savers out; a killed process keeps nobody out."""
    with contextlib.ExitStack() as stack:
        if fcntl is not None:
            descriptor = os.open(folder, os.O_RDONLY)
            stack.callback(os.close, descriptor)
            with contextlib.suppress(OSError):  # some network disks have no locks
                fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield


def _next(folder, name):
    return folder / f"{name}.next"


def read(path):
    """Returns the dict of a JSON file."""
    return parse(path.read_bytes(), path)


def parse(content, path):
    """Returns the dict of a JSON file's content."""
    try:
        content = json.loads(content)
    except (ValueError, RecursionError) as error:
        content = error
    if not isinstance(content, dict):
        raise ValueError(
            f"{path.name} of a preset is truncated or damaged. "
            f"Expected a JSON object. Received: path={str(path)!r}"
        )
    return content


def write(path, content):
    path.write_text(json.dumps(content, indent=2) + "\n")


def sha256(file):
    """Of an open file, from its beginning, where it is left."""
    file.seek(0)
    digest = hashlib.file_digest(file, "sha256").hexdigest()
    file.seek(0)
    return digest


def sha256_of(path):
    with path.open("rb") as file:
        return sha256(file)
