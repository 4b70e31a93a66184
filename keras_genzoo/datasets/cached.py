"""The folder of decoded images: files of bytes that are mapped, and who makes them."""

import contextlib
import errno
import hashlib
import json
import math
import os
import re
import shutil
import sys
import uuid
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

import filelock
import numpy as np
import platformdirs

FORMAT = 1  # of the files, and of how images are decoded and resized: part of every name
RECORD = "record.json"  # the last file of an entry that is written
_BYTES_READ = 2**24  # at a time


class Cached(NamedTuple):
    """Decoded images on disk.

    Attributes:
        name: Of the entry in the folder; it ends in a digest of source, split and options.
        images: What was asked for, in words.
        shape: `(n, height, width, channels)`; `None` where the entry is damaged.
        bytes: Its size on disk.
        made: When, as ISO 8601 has it.
    """

    name: str
    images: str
    shape: tuple | None
    bytes: int
    made: str


def folder():
    """Where decoded images lie: `$GENZOO_CACHE_DIR`, else the platform's folder for caches."""
    named = os.environ.get("GENZOO_CACHE_DIR")
    if named:
        return Path(named).expanduser()
    return platformdirs.user_cache_path("keras_genzoo", appauthor=False)


def caches(names=None):
    """The decoded images that `load(..., cache="disk")` has kept, as a list of `Cached`.

    Args:
        names: Of entries; `None` means all.

    Raises:
        ValueError: If there is no such entry.

    Example:
        >>> sum(each.bytes for each in caches()) >= 0
        True
    """
    found = []
    for place in sorted(_entries()):
        record = _record(place) or {"asked": "damaged", "made": "", "arrays": {}}
        shape = record["arrays"].get("images", {}).get("shape")
        size = sum(path.stat().st_size for path in place.iterdir())
        found.append(
            Cached(place.name, record["asked"], shape and tuple(shape), size, record["made"])
        )
    if unknown := set(names or ()) - {each.name for each in found}:
        raise ValueError(
            f"There are no such decoded images. Expected some of {[each.name for each in found]}. "
            f"Received: names={unknown.pop()!r}, in {folder()}"
        )
    return [each for each in found if names is None or each.name in names]


def clear_caches(names=None):
    """Deletes decoded images; a run that reads them keeps what it has mapped.

    Args:
        names: Of entries, as `caches` lists them; `None` means all, with what was left half-made.

    Returns:
        How many bytes are free again.

    Raises:
        ValueError: If there is no such entry, or another process is making it.
    """
    known = [each.name for each in caches(names)]
    if names is None:
        known += [path.name[1:].rpartition(".")[0] for path in _entries(half_made=True)]
    freed = 0
    for name in dict.fromkeys(known):
        place = folder() / name
        try:
            with filelock.FileLock(_lock(place), blocking=False):
                for path in _left_of(place):
                    freed += sum(each.stat().st_size for each in path.iterdir())
                    shutil.rmtree(path)
        except filelock.Timeout as error:
            raise ValueError(
                "Decoded images are being made by another process. Expected to wait until it has "
                f"ended. Received: names={name!r}, in {folder()}"
            ) from error
    return freed


def entry(dataset, split, slices, source, options):
    """Where the decoded images of a source lie, or would.

    Args:
        dataset: What it is called.
        split: In words.
        slices: Triples (split, start, stop), what these words stand for.
        source: Iterable of what tells the source from any other, and from itself once altered.
        options: Dict of all that changes which of them come, and how they are read.

    Returns:
        A path, whose name ends in a digest of all this and of the version of what decodes; and
        what it holds, in words.
    """
    digest = hashlib.sha256()
    for part in (FORMAT, metadata.version("pillow"), slices, sorted(options.items()), *source):
        digest.update(repr(part).encode() + b"\n")
    words = re.sub(r"\W+", "_", f"{Path(dataset).stem}_{split}").strip("_")
    how = "".join(f", {name} {value}" for name, value in options.items() if value)
    return folder() / f"{words[:60]}-{digest.hexdigest()[:16]}", f"{dataset} {split}{how}"


def found_or_made(place, asked, write):
    """The arrays of an entry, mapped; they are written first if they are not there, or not whole.

    One process writes, under a lock that the system keeps; others that need the entry wait.

    Args:
        place: Of `entry`.
        asked: What was asked for, in words.
        write: Writes files into a folder, with `RowsFile`; returns the records of them, by name.

    Returns:
        Arrays by name.

    Raises:
        OSError: If a disk is full or may not be written; it names the path.
    """
    if found := _opened(place):
        return found
    with _named(place):
        place.parent.mkdir(parents=True, exist_ok=True)
        with _locked(place):
            if found := _opened(place):  # made by the one that was waited for
                return found
            if place.exists():
                print(f"{place} was cut or altered, and is made anew.", file=sys.stderr)
            for path in _left_of(place):
                shutil.rmtree(path)
            making = place.with_name(f".{place.name}.{uuid.uuid4().hex[:8]}")
            try:
                making.mkdir()
                record = {"asked": asked, "made": datetime.now(UTC).isoformat(timespec="seconds")}
                record["arrays"] = write(making)
                _write_durably(making / RECORD, json.dumps(record, indent=2).encode())
                os.replace(making, place)
            except BaseException:  # a Ctrl-C too
                shutil.rmtree(making, ignore_errors=True)
                raise
    return _opened(place)


class RowsFile:
    """A file of rows of one shape and dtype, one after the other, with nothing before them.

    Args:
        path: Where to write.
    """

    def __init__(self, path):
        self.path, self.count, self.digest = path, 0, hashlib.sha256()

    def __enter__(self):
        self.file = open(self.path, "wb")
        return self

    def __exit__(self, *_):
        self.file.close()

    def append(self, rows):
        """Write an array of rows."""
        data = np.ascontiguousarray(rows)
        self.shape, self.dtype = data.shape[1:], data.dtype
        self.file.write(data)
        self.digest.update(data)
        self.count += len(data)

    def record(self):
        """What is to be kept of the file, once it is on the disk."""
        self.file.flush()
        os.fsync(self.file.fileno())
        return {
            "shape": [self.count, *self.shape],
            "dtype": self.dtype.str,
            "sha256": self.digest.hexdigest(),
            "mtime_ns": self.path.stat().st_mtime_ns,
        }


def check_disk(path, size):
    """Raise an `OSError` where a disk has less than `size` bytes left, before they are written."""
    free = shutil.disk_usage(path).free
    if size > free:
        raise OSError(
            errno.ENOSPC,
            f"The images do not fit on the disk. Expected {size:,} free bytes: a smaller "
            "image_size, fewer images, or another $GENZOO_CACHE_DIR. "
            f"Received: {free:,} free bytes",
            str(path),
        )


def _opened(place):
    """The arrays of an entry that is whole, mapped; else `None`."""
    record = _record(place)
    if record is None:
        return None
    arrays = {}
    for name, of_file in record["arrays"].items():
        path, shape, dtype = place / name, tuple(of_file["shape"]), np.dtype(of_file["dtype"])
        try:
            now = path.stat()
        except OSError:
            return None
        if now.st_size != math.prod(shape) * dtype.itemsize:
            return None
        # A copy has another time; only what has been written to since is read as a whole.
        if now.st_mtime_ns != of_file["mtime_ns"] and _sha256(path) != of_file["sha256"]:
            return None
        arrays[name] = np.memmap(path, dtype, "r", shape=shape)
    return arrays


def _record(place):
    """What an entry says of itself; `None` where it does not, or in another way than here."""
    try:
        record = json.loads((place / RECORD).read_bytes())
        for of_file in record["arrays"].values():
            np.dtype(of_file["dtype"]), [*map(int, of_file["shape"])]
            of_file["mtime_ns"], of_file["sha256"]
        return record if {"asked", "made"} <= record.keys() else None
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def _sha256(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while data := file.read(_BYTES_READ):
            digest.update(data)
    return digest.hexdigest()


def _write_durably(path, data):
    with open(path, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _lock(place):
    return place.with_name(f"{place.name}.lock")


@contextlib.contextmanager
def _locked(place):
    lock = filelock.FileLock(_lock(place))
    try:
        lock.acquire(blocking=False)
    except filelock.Timeout:
        print(f"Another process is making {place}; waiting for it.", file=sys.stderr)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _entries(half_made=False):
    """The folders that are ours, and no others that lie beside; or those that were left."""
    pattern = re.compile(r"\.\w+-[0-9a-f]{16}\.[0-9a-f]{8}" if half_made else r"\w+-[0-9a-f]{16}")
    return [path for path in folder().glob("*/") if pattern.fullmatch(path.name)]


def _left_of(place):
    """What there is of an entry, half-made by processes that were killed or whole."""
    return [path for path in (place, *place.parent.glob(f".{place.name}.*/")) if path.exists()]


@contextlib.contextmanager
def _named(place):
    """Say where a disk failed, which a write in the middle of a file does not."""
    try:
        yield
    except OSError as error:
        if error.filename is not None:
            raise
        raise OSError(error.errno, error.strerror or str(error), str(place)) from error
