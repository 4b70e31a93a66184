"""A split's images, decoded once: held in memory, or in a file that is mapped."""

import itertools
import sys
import warnings

import numpy as np

from keras_genzoo.datasets import cached
from keras_genzoo.datasets.batches import shown
from keras_genzoo.datasets.names import as_array
from keras_genzoo.datasets.sources import check_memory, check_size
from keras_genzoo.memory import free_memory

SHARE = 4  # the default holds what fits in one part in so many of the free memory


def prepared(source, slices, cache, place):
    """The images of a split and their labels.

    Args:
        source: A `Source`.
        slices: Triples (split, start, stop) of it.
        cache: `"memory"`, `"disk"`, or `"auto"`.
        place: Gives the entry on disk, a path, and what it holds, in words.

    Returns:
        Images, `(n, height, width, channels)`, and labels, `(n,)` or `(n, names)`.

    Raises:
        ValueError: If images differ in size, none is left, or memory does not suffice.
        OSError: If a disk is full or may not be written.
    """
    count = sum(stop - start for _, start, stop in slices)

    def examples(channels):
        read = itertools.chain.from_iterable(source.read(*part) for part in slices)
        found = _alike(read, channels, place)
        first = next(found, None)
        if first is None:
            raise ValueError(
                "No image is left. Expected at least one that decodes. "
                f"Received: {count} corrupt files"
            )
        return first[0], itertools.chain([first], found)

    def again(make):
        """What becomes of all examples; of grey ones among which colour turns up, once more."""
        try:
            return make(*examples(None))
        except _TurnsToColourError:
            return make(*examples(3))

    def in_memory_or_not(first, found):
        if cache == "auto" and _exceeds(first.nbytes * count, place):
            return None
        return _hold(first, found, count)

    arrays = None if cache == "disk" else again(in_memory_or_not)
    if arrays is None:
        written = []

        def write(folder):
            written.append(folder)
            return again(lambda first, found: _write(first, found, count, folder))

        arrays = cached.found_or_made(*place(), write)
        missing = count - len(arrays["images"])
        if missing and not written:  # else the source itself has said so
            warnings.warn(f"{missing} of {count} images are corrupt and left out", stacklevel=3)
    return arrays["images"], arrays["labels"]


class _TurnsToColourError(Exception):
    """A colour image came after grey ones."""


def _alike(examples, channels, place):
    """Examples whose images have one shape; grey ones get three channels among colours."""
    shape = None
    for image, label in examples:
        if shape is None:
            shape, dtype = (*image.shape[:2], channels or image.shape[2]), image.dtype
        check_size(image.shape, shape)
        if image.dtype != dtype:
            raise ValueError(
                "The splits differ in what white is, 255 or 1. Expected one of them, or arrays of "
                f"one dtype. Received: {dtype} and {image.dtype}, of {place()[1]}"
            )
        if image.shape[2] > shape[2]:
            raise _TurnsToColourError
        yield np.broadcast_to(image, shape), label


def _exceeds(size, place):
    """Whether images are too many to hold; says so, and where they go."""
    most = free_memory() // SHARE
    if size > most:
        print(
            f"The images take {size:,} bytes, more than a quarter of the free memory, {most:,}: "
            f"they are read from {place()[0]}.",
            file=sys.stderr,
        )
    return size > most


def _hold(first, examples, count):
    """The examples in memory."""
    size = count * first.nbytes
    check_memory(size, f"{count:,} images of {first.shape}")
    images, labels = np.empty((count, *first.shape), first.dtype), []
    for image, label in shown(examples, "preparing", count):
        images[len(labels)] = image
        labels.append(label)
    return {"images": images[: len(labels)], "labels": as_array(labels)}


def _write(first, examples, count, folder):
    """The examples as files in a folder; the records of these."""
    cached.check_disk(folder, count * first.nbytes)
    labels, records = [], {}
    with cached.RowsFile(folder / "images") as file:
        for image, label in shown(examples, "preparing", count):
            file.append(image[None])
            labels.append(label)
        records["images"] = file.record()
    with cached.RowsFile(folder / "labels") as file:
        file.append(as_array(labels))
        records["labels"] = file.record()
    return records
