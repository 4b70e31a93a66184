"""The names that splits and labels go by, whatever the source."""

import difflib
import itertools
import re
import sys

import lazy_loader
import numpy as np

tfds = lazy_loader.load("tensorflow_datasets")

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
        try:
            return values.astype(dtype)
        except ValueError:
            continue
        except OverflowError:  # longer than 64 bits: a name
            break
    return np.unique(values, return_inverse=True)[1]


def as_array(labels):
    """Labels as `load` gives them: whole numbers in 64 bits, others in 32.

    Example:
        >>> as_array([np.uint8(3), True]).dtype, as_array([0.5]).dtype
        (dtype('int64'), dtype('float32'))
    """
    labels = np.asarray(labels)
    return labels.astype(np.int64 if labels.dtype.kind in "biu" else np.float32)


def builder_names():
    """Names of TensorFlow Datasets' own; to list a community's, each process would ask the network.

    Example:
        >>> "mnist" in builder_names()
        True
    """
    return tfds.list_builders(with_community_datasets=False)


def did_you_mean(name, names):
    nearest = difflib.get_close_matches(str(name), names, n=1)
    return f" Did you mean {nearest[0]!r}?" if nearest else ""


def slices_of(split, infos, take):
    """The triples (split, start, stop) that a split in the syntax of TFDS stands for.

    Of all of them the first `take` examples; `None` takes all.
    """
    if take is not None:
        check_positive("take", take)
    split = str(split)
    try:
        if split in infos:  # by any name, as a csv has it, which the syntax need not hold
            parts = tfds.core.ReadInstruction(split).to_absolute(infos)
        else:
            split = re.sub(r"\b[A-Za-z]\w*", lambda match: _known_split(match[0], infos), split)
            parts = tfds.core.splits.AbstractSplit.from_spec(split).to_absolute(infos)
    except (ValueError, NotImplementedError) as error:
        words = [name for name in infos if re.fullmatch(r"[\w-]+", name)]
        part = f", or a part of one, such as '{words[0]}[90%:]'" if words else ""
        whole = "" if len(words) == len(infos) else "; one whose name is no word has no parts"
        raise ValueError(
            f"There is no such split: {str(error).splitlines()[-1]}{did_you_mean(split, infos)} "
            f"Expected one of {list(infos)}{part}{whole}. Received: split={split!r}"
        ) from error
    slices, left = [], take or sys.maxsize
    for part in parts:
        start = part.from_ or 0
        stop = infos[part.splitname].num_examples if part.to is None else part.to
        stop = min(stop, start + left)
        if start < stop:
            slices.append((part.splitname, start, stop))
            left -= stop - start
    if not slices:
        raise ValueError(f"The split is empty. Expected some images. Received: split={split!r}")
    return slices


def _known_split(name, infos):
    """A split by the name that the source has for it: `validation` for `val`."""
    return name if name in infos or split_of(name) not in infos else split_of(name)


def as_tokens(tokens, count, what):
    """Tokens as integers, `(n, length)`, of one sequence or of several.

    Args:
        tokens: `(length,)` or `(n, length)`, whole numbers.
        count: How many there are to choose from.
        what: What they are of, for errors.

    Raises:
        ValueError: If they are no such tokens.
    """
    given = np.asarray(tokens)
    is_whole = given.dtype.kind in "iu" or (given.dtype.kind == "f" and not np.any(given % 1))
    if given.ndim not in (1, 2) or not is_whole or np.any((given < 0) | (given >= count)):
        extremes = f", from {given.min()} to {given.max()}" if given.size and is_whole else ""
        raise ValueError(
            f"They are no tokens of {what}. Expected integers from 0 to {count - 1}, (length,) or "
            f"(n, length). Received: tokens of {given.dtype}, shape={given.shape}{extremes}"
        )
    # No tokens are no sequence.
    return (given if given.ndim == 2 else given[None][: given.size]).astype(int)


def check_positive(name, value):
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
        raise ValueError(
            f"{name} is no positive number. Expected an int of at least 1. "
            f"Received: {name}={value!r}"
        )
