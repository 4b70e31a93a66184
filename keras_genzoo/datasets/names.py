"""The names that splits and labels go by, whatever the source."""

import contextlib
import difflib
import itertools
import re

import numpy as np

SPLITS = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("validation", "valid", "val"), "validation"),
    **dict.fromkeys(("test", "testing"), "test"),
}
_UNPAIRED = re.compile(f"({'|'.join(SPLITS)})_?([ab])")


def split_of(name):
    """The split that a folder, an array or a cell stands for; `None` if it stands for none.

    Example:
        >>> [split_of(name) for name in ("Train", "valid", "trainA", "cats")]
        ['train', 'validation', 'trainA', None]
    """
    name = name.lower()
    if match := _UNPAIRED.fullmatch(name):  # of unpaired images, named as in TFDS
        return SPLITS[match[1]] + match[2].upper()
    return SPLITS.get(name)


def label_names(labels, default, known):
    """The names of the labels that were asked for."""
    if not labels:
        return []
    names = [default] if labels is True else labels
    names = [names] if isinstance(names, str) else names
    for name in names:
        if name not in known:
            expected = f"one of {sorted(known)}" if known else "classes as folders, or in a csv"
            raise ValueError(
                f"There are no such labels.{did_you_mean(name, known)} Expected {expected}. "
                f"Received: labels={labels!r}"
            )
    return names


def joined(columns, labels):
    """One label, or one row of them, per example."""
    if not columns:
        return itertools.repeat(0)
    return np.stack(columns, axis=-1) if isinstance(labels, list | tuple) else columns[0]


def numbers(values):
    """Numbers as they are; other texts as indices into their sorted values."""
    values = np.asarray(values)
    if values.dtype.kind != "U":
        return values[:, 0] if values.shape[1:] == (1,) else values
    for dtype in (np.int64, np.float32):
        with contextlib.suppress(ValueError):
            return values.astype(dtype)
    return np.unique(values, return_inverse=True)[1]


def did_you_mean(name, names):
    nearest = difflib.get_close_matches(str(name), names, n=1)
    return f" Did you mean {nearest[0]!r}?" if nearest else ""
