"""Texts: lines as tokens, one for each character or word, and back."""

import collections
import itertools
import re
import warnings
import zipfile
from pathlib import Path, PurePosixPath

import lazy_loader
import numpy as np
import tensorflow as tf

from keras_genzoo.datasets.epochs import check_batches, epochs
from keras_genzoo.datasets.files import ending_in, members, open_zip, read_member
from keras_genzoo.datasets.names import (
    as_tokens,
    builder_names,
    check_positive,
    did_you_mean,
    slices_of,
    split_of,
)
from keras_genzoo.datasets.sources import split_infos
from keras_genzoo.datasets.splitting import split_by_name

tfds = lazy_loader.load("tensorflow_datasets")

UNKNOWN = "<unk>"  # what stands for words that a vocabulary lacks, where it has it


def text(
    path,
    unit="character",
    length=None,
    split="train",
    batch_size=128,
    *,
    vocabulary=None,
    take=None,
    shuffle=True,
    seed=0,
    drop_remainder=False,
):
    """Loads the lines of a text as sequences of tokens, a `tf.data.Dataset` ready for `fit`.

    A token stands for a character or a word; 0 ends a line and pads it. Empty lines are none. A
    text in one piece, or in files whose names tell no splits, is split by its lines: about 80 % are
    `train`, 10 % `validation`, 10 % `test`, and two that are alike on the same side, whatever else
    there is.

    Args:
        path: A text file; a zip of some, whose names may tell splits (`ptb.train.txt`); or a name
            of tensorflow-datasets with a feature `text`, as `"tiny_shakespeare"`.
        unit: `"character"`, or `"word"`, which spaces part.
        length: Tokens of a sequence; unless given, those of the longest line. Longer lines are left
            out, and a warning counts them.
        split: In the syntax of TFDS, for every source: `"test"`, `"train[:90%]"`.
        batch_size: Lines in a batch.
        vocabulary: What the tokens stand for, token 0 first, as a model's `vocabulary`. Unless
            given, all units of all splits, the most frequent first.
        take: Keep only the first so many lines.
        shuffle: Whether to shuffle; otherwise lines come in their order.
        seed: An int, for the order.
        drop_remainder: Whether to leave out a last batch that is not full.

    Returns:
        A `tf.data.Dataset` of one epoch: int32 tokens, `(batch, length)`; with `len` and
        `from_epoch` as of `load`, and with its `vocabulary`, a list.

    Raises:
        ValueError: If there is no such source, unit or split, no line is left, or the vocabulary
            lacks a unit and has no `"<unk>"`.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder) / "names.txt"
        ...     _ = path.write_text("anna\\nbob\\nada\\n" * 9)
        ...     dataset = text(path, split="train+validation+test", shuffle=False)
        >>> sorted(set(as_text(next(iter(dataset)), dataset.vocabulary)))
        ['ada', 'anna', 'bob']
    """
    if unit not in ("character", "word"):
        raise ValueError(
            f"There is no such unit.{did_you_mean(unit, ['character', 'word'])} Expected "
            f"'character' or 'word'. Received: unit={unit!r}"
        )
    if length is not None:
        check_positive("length", length)
    check_batches(batch_size, seed)
    splits = _splits(path)
    units = {name: [_units(line, unit) for line in lines] for name, lines in splits.items()}
    vocabulary = _vocabulary(units) if vocabulary is None else list(vocabulary)
    longest = max(len(line) for lines in units.values() for line in lines)
    fitting = longest + 1 if length is None else length
    chosen = [
        line
        for part, start, stop in slices_of(split, split_infos(units), take)
        for line in units[part][start:stop]
    ]
    kept = [line for line in chosen if len(line) <= fitting]
    if len(kept) < len(chosen):
        warnings.warn(
            f"Of {len(chosen)} lines of {path} {len(chosen) - len(kept)} are longer than {fitting} "
            "tokens, and left out.",
            stacklevel=2,
        )
    if not kept:
        raise ValueError(
            f"No line is left. Expected some of at most length tokens. Received: length={length}, "
            f"path={str(path)!r}"
        )
    tokens = _tokens(kept, fitting, vocabulary, path)
    with tf.device("CPU"):
        held = tf.constant(tokens)
    options = {"batch_size": batch_size, "drop_remainder": drop_remainder}
    dataset = epochs(
        lambda epoch, indices: tf.gather(held, indices),
        len(tokens),
        shuffle=shuffle,
        seed=seed,
        **options,
    )
    dataset.vocabulary = vocabulary
    return dataset


def as_text(tokens, vocabulary):
    """The lines that tokens of `text` stand for, each to its first 0.

    Words are joined by spaces; where all entries of the vocabulary are single characters, nothing
    is between them.

    Args:
        tokens: `(n, length)`, integers, or those of one line, `(length,)`.
        vocabulary: What they stand for, as of the dataset or the model.

    Returns:
        A list of n strings.

    Raises:
        ValueError: If they are no tokens of the vocabulary.

    Example:
        >>> as_text([[1, 2, 0, 2]], ["", "a", "b"]), as_text([[1, 2, 0]], ["", "to", "be"])
        (['ab'], ['to be'])
    """
    between = " " if any(len(entry) > 1 for entry in vocabulary) else ""
    lines = []
    for line in as_tokens(tokens, len(vocabulary), "the vocabulary").tolist():
        end = line.index(0) if 0 in line else len(line)
        lines.append(between.join(vocabulary[token] for token in line[:end]))
    return lines


def _splits(path):
    """Lines by split."""
    file = Path(path).expanduser()
    if not file.exists():
        return {name: _lines(part) for name, part in _of_tfds(path).items()}
    if file.is_file() and zipfile.is_zipfile(file):
        with open_zip(file) as archive:
            infos = members(archive)
            names = _of_splits(path, ending_in(infos, ".txt"))
            read = {name: read_member(archive, infos[name]) for name in names}
        parts = {name: _decoded(path, name, data) for name, data in read.items()}
    elif file.is_file():
        parts = {file.name: _decoded(path, file.name, file.read_bytes())}
    else:
        parts = {}
    splits = {}
    for name, part in sorted(parts.items()):
        splits.setdefault(_split_in(name), []).append(_lines(part))
    is_told_twice = any(split and len(texts) > 1 for split, texts in splits.items())
    splits = {split: [*itertools.chain(*texts)] for split, texts in splits.items()}
    if is_told_twice or not any(splits.values()):
        raise ValueError(
            "There is no text. Expected a text file with lines, or a zip of files that end in .txt "
            f"and whose splits differ. Received: path={str(path)!r} of {sorted(parts)}"
        )
    if len(splits) == 1:
        (lines,) = splits.values()
        splits = split_by_name(lines)
    order = [name for name in ("train", "validation", "test") if name in splits]
    others = [name for name in splits if name not in order]
    return {name: splits[name] for name in (*order, *others)}


def _of_splits(path, names):
    """The files that tell of splits, where any does: their words alone are those of the text."""
    named = [name for name in names if _split_in(name)]
    if beside := [name for name in names if named and name not in named]:
        warnings.warn(
            f"In {path} {len(beside)} of {len(names)} texts are not used, for they are of no "
            f"split: {', '.join(sorted(beside)[:3])}.",
            stacklevel=4,
        )
    return named or names


def _of_tfds(name):
    """The texts of a dataset of TFDS, by split."""
    known = builder_names()
    if str(name) not in known:
        raise ValueError(
            f"There is no such text.{did_you_mean(name, known)} Expected a text file, a zip of "
            "some, or a name of tensorflow-datasets with a feature `text`. "
            f"Received: path={str(name)!r}"
        )
    builder = tfds.builder(str(name))
    if "text" not in (builder.info.features or {}):
        raise ValueError(
            "The dataset has no texts. Expected a feature `text`. "
            f"Received: path={str(name)!r} with the features {sorted(builder.info.features or {})}"
        )
    builder.download_and_prepare()
    read = {
        split: builder.as_dataset(split=split).as_numpy_iterator() for split in builder.info.splits
    }
    return {
        split: "\n".join(_decoded(name, split, each["text"]) for each in examples)
        for split, examples in read.items()
    }


def _decoded(path, name, data):
    try:
        if isinstance(data, Exception):
            raise data
        text = data.decode("utf-8-sig")
        if "\0" in text:  # as of UTF-16 without its mark, which would be letters
            raise ValueError("it holds a zero byte")
        return text
    except Exception as error:  # of whatever kind a damaged zip raises
        raise ValueError(
            f"The text cannot be read: {error}. Expected a whole file in UTF-8. "
            f"Received: path={str(path)!r}, file={name!r}"
        ) from error


def _lines(part):
    return [line.strip() for line in part.splitlines() if line.strip()]


def _split_in(name):
    """The split that a file's name tells of: `ptb.valid.txt` is of validation."""
    words = re.split(r"[^A-Za-z]+", PurePosixPath(name).stem)
    return next(filter(None, map(split_of, words)), None)


def _units(line, unit):
    return list(line) if unit == "character" else line.split()


def _vocabulary(units):
    """All units, the most frequent first, after the end of a line."""
    counts = collections.Counter(
        each for lines in units.values() for line in lines for each in line
    )
    return ["", *sorted(counts, key=lambda each: (-counts[each], each))]


def _tokens(lines, length, vocabulary, path):
    """Tokens of lines, `(n, length)`."""
    token_of = {entry: token for token, entry in enumerate(vocabulary) if token}
    unknown = token_of.get(UNKNOWN)
    tokens = np.zeros((len(lines), length), np.int32)
    for row, line in zip(tokens, lines, strict=True):
        row[: len(line)] = [token_of.get(each, unknown) or _refuse(each, path) for each in line]
    return tokens


def _refuse(each, path):
    raise ValueError(
        f"The vocabulary lacks what the text has. Expected all of it, or {UNKNOWN!r} for the rest. "
        f"Received: {each!r} of path={str(path)!r}"
    )
