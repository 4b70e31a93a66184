"""Images in an `.npz`: which of its arrays are read, of which splits, a piece at a time."""

import functools
import re
import zipfile
from typing import NamedTuple

import numpy as np

from keras_genzoo.datasets import meanings
from keras_genzoo.datasets.files import open_zip
from keras_genzoo.datasets.names import joined, label_names, numbers, split_of

_IMAGES = "images|x_(?P<x>[A-Za-z]+)|(?P<images>[A-Za-z]+)_images"  # arrays, by their names
_READ_HEADER = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}
_BYTES_READ = 2**22  # at a time


def read_arrays(path, labels, fit):
    """Arrays of an `.npz`: `images`, `x_<split>` or `<split>_images`, and their labels.

    Args:
        path: a `Path`.
        labels: as `load` takes them.
        fit: a function of an image.

    Returns:
        The splits, names to ranges; a function (split, start, stop) that yields pairs (image,
        label); a list of what tells the file from any other; a function of no arguments that gives
        what the numbers of each label stand for; and, in words, which of the arrays are not used,
        or `None`.
    """
    images, classes = {}, {}
    open_zip(path, "name_or_path").close()  # else np.load leaves a damaged one open
    with np.load(path) as archive:
        infos = archive.zip.infolist()
        unused = set(archive.files)
        matches = {key: re.fullmatch(_IMAGES, key) for key in archive.files}
        names = {key: m["x"] or m["images"] or "train" for key, m in matches.items() if m}
        meant = [split_of(name) for name in names.values()]
        for key, name in names.items():
            split = split_of(name) or name
            # Two of them are told apart by their own names, as `valid` beside `val`.
            if meant.count(split) > 1 and name not in ("train", "val", "validation", "test"):
                split = name
            if split in images:
                raise ValueError(
                    f"Two arrays are the split {split!r}. Expected one of each split. "
                    f"Received: name_or_path={str(path)!r} with {archive.files}"
                )
            images[split] = _stored(path, archive, key)
            partner = f"y_{name}" if key == f"x_{name}" else key.replace("images", "labels")
            if partner in archive.files:
                classes[split] = _whole(path, archive, partner)
            unused -= {key, partner}
    if not images:
        raise ValueError(
            "The .npz holds no images. Expected arrays named images, x_train or train_images. "
            f"Received: name_or_path={str(path)!r} with {archive.files}"
        )
    label_names(labels, "labels", ["labels"] if classes else [])
    counts = {split: each.shape[0] for split, each in images.items()}
    for split in classes:
        if len(classes[split]) != counts[split]:
            raise ValueError(
                f"The arrays of {split!r} differ in length. Expected one label for each image. "
                f"Received: name_or_path={str(path)!r}, {counts[split]} images and "
                f"{len(classes[split])} labels"
            )
    meant = functools.partial(meanings.of_arrays, classes)
    classes = _numbered(classes)

    def read(split, start, stop):
        if labels and split not in classes:
            raise ValueError(
                f"There are no such labels of the split {split!r}. Expected labels of "
                f"{', '.join(classes)} alone. Received: labels={labels!r}"
            )
        columns = [classes[split][start:stop]] if labels else []
        pixels = _pixels(images[split], start, stop)
        return zip(map(fit, pixels), joined(columns, labels), strict=False)

    beside = f"In {path} {len(unused)} arrays are not used: {', '.join(sorted(unused))}."
    tells = [(info.filename, info.file_size, info.CRC) for info in infos]
    splits = {split: range(count) for split, count in counts.items()}
    return splits, read, tells, meant, beside if unused else None


class _Stored(NamedTuple):
    """An array in a file, of which the header has been read."""

    path: object
    key: str
    member: str
    shape: tuple
    is_fortran: bool
    dtype: np.dtype


def _stored(path, archive, key):
    """An array of images, by its header alone."""
    member = f"{key}.npy" if f"{key}.npy" in archive.zip.namelist() else key
    try:
        with archive.zip.open(member) as file:
            header = _READ_HEADER[np.lib.format.read_magic(file)](file)
    except Exception as error:  # whatever a damaged file raises
        raise _unreadable(path, key, error) from error
    stored = _Stored(path, key, member, *header)
    is_picture = len(stored.shape) == 3 or (len(stored.shape) == 4 and stored.shape[3] in (1, 3))
    if not is_picture or not (stored.dtype in (bool, np.uint8) or stored.dtype.kind == "f"):
        raise _no_images(stored)
    return stored


def _rows(stored, start, stop):
    """Rows of an array in blocks, each of a few MB; one in Fortran's order, whole, in one."""
    size = int(np.prod(stored.shape[1:])) * stored.dtype.itemsize
    step = max(1, _BYTES_READ // max(1, size))
    try:
        with zipfile.ZipFile(stored.path) as archive, archive.open(stored.member) as file:
            if stored.is_fortran:
                yield np.lib.format.read_array(file)[start:stop]
                return
            _READ_HEADER[np.lib.format.read_magic(file)](file)
            file.seek(start * size, 1)
            for first in range(start, stop, step):
                count = min(step, stop - first)
                rows = np.frombuffer(file.read(count * size), stored.dtype)
                yield rows.reshape(count, *stored.shape[1:])
    except Exception as error:  # as above; the end of a member is held against its checksum
        raise _unreadable(stored.path, stored.key, error) from error


def _pixels(stored, start, stop):
    """Images, (height, width, channels), uint8 or float32 in [0, 1]."""
    brightest = 0
    for rows in _rows(stored, start, stop):
        if rows.dtype.kind == "f" and not np.all((rows >= 0) & (rows <= 1)):
            raise _no_images(stored, f", from {rows.min()} to {rows.max()}")
        brightest = max(brightest, rows.max(initial=0))
        if rows.dtype == bool:
            rows = rows.astype(np.uint8) * np.uint8(255)
        elif rows.dtype != np.uint8:
            rows = rows.astype(np.float32)
        yield from rows[..., None] if rows.ndim == 3 else rows
    # All dark in a part of an array may be a matter of chance.
    if stored.dtype == np.uint8 and brightest == 1:
        everything = _rows(stored, 0, stored.shape[0])
        if max(rows.max(initial=0) for rows in everything) == 1:
            raise ValueError(
                f"The array {stored.key!r} holds 0 and 1 alone, of uint8, whose white is 255. "
                "Expected array.astype(bool), array * 255, or floats in [0, 1]. "
                f"Received: dtype=uint8, largest=1, name_or_path={str(stored.path)!r}"
            )


def _no_images(stored, extremes=""):
    return ValueError(
        f"The array {stored.key!r} does not hold images. Expected shape (n, height, width) or (n, "
        "height, width, channels) with 1 or 3 channels, and bool, uint8 from 0 to 255, or "
        f"floats in [0, 1]. Received: shape={stored.shape}, dtype={stored.dtype}{extremes}, "
        f"name_or_path={str(stored.path)!r}"
    )


def _unreadable(path, key, error):
    return ValueError(
        f"The array {key!r} cannot be read: {error} Expected a whole array of numbers. "
        f"Received: name_or_path={str(path)!r}"
    )


def _whole(path, archive, key):
    """An array of labels."""
    try:
        array = archive[key]
    except Exception as error:  # pickled objects, or whatever a damaged file raises
        raise _unreadable(path, key, error) from error
    if not array.ndim:
        raise ValueError(
            f"The array {key!r} holds one value. Expected one for each image. "
            f"Received: name_or_path={str(path)!r}, {key}={array}"
        )
    return array


def _numbered(classes):
    """The labels of all splits, texts by the same numbers."""
    if not any(each.dtype.kind in "US" for each in classes.values()):
        return {split: numbers(each) for split, each in classes.items()}
    texts = {split: each.astype(str).ravel() for split, each in classes.items()}
    found = numbers(np.concatenate([*texts.values()]))
    ends = np.cumsum([len(each) for each in texts.values()])[:-1]
    return dict(zip(texts, np.split(found, ends), strict=True))
