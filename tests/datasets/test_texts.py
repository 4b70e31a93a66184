"""Texts: lines as tokens and back, units, splits, vocabularies, what is refused."""

import zipfile

import numpy as np
import pytest
from contract import THREE_PARTS
from image_files import write_zip

from keras_genzoo.datasets import as_text, text

ALL = {"split": "train+validation+test", "shuffle": False}


def all_of(dataset):
    return np.concatenate(list(dataset.as_numpy_iterator()))


def test_lines_are_sequences_of_characters(tmp_path):
    path = tmp_path / "names.txt"
    names = [f"{'abc'[i % 3]}{'xyz' * (i % 2)}{i:x}" for i in range(200)]
    path.write_text("\n\n".join([*names, *names]) + "\n")
    dataset = text(path, **ALL)
    tokens = all_of(dataset)
    assert tokens.shape == (400, 7)  # the longest line, and its end
    assert dataset.vocabulary[0] == ""
    lines = as_text(tokens, dataset.vocabulary)
    assert sorted(lines) == sorted([*names, *names])
    sides = [
        set(as_text(all_of(text(path, split=part)), dataset.vocabulary))
        for part in ("train", "validation", "test")
    ]
    assert sum(map(len, sides)) == len(set().union(*sides)) == 200  # the same are on one side
    assert 130 < len(sides[0]) < 190
    with pytest.warns(UserWarning, match="Of 400 lines .* are longer than 4 tokens"):
        assert text(path, length=4, **ALL).count < 400
    again = text(path, split="train", seed=3)
    assert (next(iter(again)).numpy() == next(iter(again.from_epoch(0))).numpy()).all()
    assert len(text(path, batch_size=50, take=120, **ALL)) == 3


def test_words_of_a_zip_with_splits(tmp_path):
    with zipfile.ZipFile(tmp_path / "corpus.zip", "w") as archive:
        archive.writestr("c.train.txt", "to be <unk> not\nto be\n")
        archive.writestr("c.valid.txt", "be to\n")
        archive.writestr("__MACOSX/._c.train.txt", b"\xff\xfe\x00")
    dataset = text(tmp_path / "corpus.zip", unit="word", length=6, shuffle=False)
    assert dataset.vocabulary == ["", "be", "to", "<unk>", "not"]
    assert all_of(dataset).tolist() == [[2, 1, 3, 4, 0, 0], [2, 1, 0, 0, 0, 0]]
    assert as_text(all_of(dataset), dataset.vocabulary) == ["to be <unk> not", "to be"]
    assert text(tmp_path / "corpus.zip", unit="word", split="validation").count == 1
    known = ["", "be", "<unk>"]
    few = text(tmp_path / "corpus.zip", unit="word", vocabulary=known, shuffle=False)
    assert all_of(few)[0].tolist() == [2, 1, 2, 2, 0]
    with pytest.raises(ValueError, match=f"{THREE_PARTS}.*'to'"):
        text(tmp_path / "corpus.zip", unit="word", vocabulary=known[:2])


def test_what_lies_beside_splits_is_no_text(tmp_path):
    with zipfile.ZipFile(tmp_path / "corpus.zip", "w") as archive:
        archive.writestr("all\\train.txt", "ab\n")  # as some programs of Windows write it
        archive.writestr("all\\test.txt", "ba\n")
        archive.writestr("all\\README.txt", "which is long, and has letters of its own\n")
        archive.writestr("all\\.train.txt", b"\xff")
    with pytest.warns(UserWarning, match=r"1 of 3 texts are not used.*: all/README.txt"):
        dataset = text(tmp_path / "corpus.zip")
    assert dataset.vocabulary == ["", "a", "b"]
    assert all_of(dataset).tolist() == [[1, 2, 0]]


def test_what_is_no_text_is_refused(tmp_path):
    (tmp_path / "empty.txt").write_text("\n \n")
    (tmp_path / "bytes.txt").write_bytes(b"a\n\xff\n")
    (tmp_path / "wide.txt").write_bytes("abc\n".encode("utf-16-le"))
    (tmp_path / "long.txt").write_text("abc\n" * 30)
    for path, options in (
        ("empty.txt", {}),
        ("bytes.txt", {}),
        ("wide.txt", {}),
        ("none.txt", {}),
        ("long.txt", {"unit": "letter"}),
        ("long.txt", {"split": "dev"}),
    ):
        with pytest.raises(ValueError, match=THREE_PARTS):
            text(tmp_path / path, **options)
    with pytest.raises(ValueError, match=THREE_PARTS), pytest.warns(UserWarning, match="longer"):
        text(tmp_path / "long.txt", length=2, **ALL)
    with pytest.raises(ValueError, match=THREE_PARTS):
        text("mnist")


def test_files_that_tell_of_no_split_are_one_text(tmp_path):
    lines = {name: [f"{name}{i}" for i in range(40)] for name in "ba"}
    files = {f"{name}.txt": "\n".join(each) for name, each in lines.items()}
    dataset = text(write_zip(tmp_path / "books.zip", files), **ALL)
    assert sorted(as_text(all_of(dataset), dataset.vocabulary)) == sorted(lines["a"] + lines["b"])
    (tmp_path / "one.txt").write_text("\n".join(lines["a"] + lines["b"]))
    for split in ("train", "validation", "test"):
        found = (all_of(text(tmp_path / name, split=split)) for name in ("books.zip", "one.txt"))
        assert len({len(tokens) for tokens in found}) == 1  # a line's side is its own
    twice = write_zip(tmp_path / "twice.zip", {"a.train.txt": "a", "b.train.txt": "b"})
    with pytest.raises(ValueError, match=f"{THREE_PARTS}.*twice.zip"):
        text(twice)


def test_lines_of_tokens():
    vocabulary = ["", "a", "b"]
    assert as_text([1, 2, 0], vocabulary) == ["ab"]
    assert as_text([[1.0, 0.0]], vocabulary) == ["a"]
    assert as_text([], vocabulary) == as_text(np.zeros((0, 4), int), vocabulary) == []
    for bad in ([[1, -1]], [[1, 3]], [[0.5]], [[[1]]], 1, ["a"]):
        with pytest.raises(ValueError, match=rf"{THREE_PARTS}: tokens of"):
            as_text(bad, vocabulary)


def test_a_damaged_file_in_a_zip_is_named(tmp_path):
    path = write_zip(tmp_path / "a.zip", {"train.txt": "hello\n", "test.txt": "held\n"})
    path.write_bytes(path.read_bytes().replace(b"held", b"hold", 1))
    with pytest.raises(ValueError, match=rf"{THREE_PARTS}.*a\.zip', file='test.txt'"):
        text(path)
