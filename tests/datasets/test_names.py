"""Names of splits and labels."""

import pytest
from contract import THREE_PARTS

from keras_genzoo.datasets import names
from keras_genzoo.datasets.sources import split_infos


@pytest.mark.parametrize(
    ("name", "split"),
    [
        *[
            ("Train", "train"),
            ("training", "train"),
            ("VALID", "validation"),
            ("val", "validation"),
        ],
        *[("Testing", "test"), ("trainA", "trainA"), ("test_b", "testB"), ("trains", None)],
    ],
)
def test_splits_by_other_names(name, split):
    assert names.split_of(name) == split


def test_texts_are_numbered_in_order():
    assert names.numbers(["b", "a", "b"]).tolist() == [1, 0, 1]
    assert names.numbers(["-1", "1"]).tolist() == [-1, 1]
    assert names.numbers(["9" * 20, "8" * 20]).tolist() == [1, 0]  # no number of 64 bits


def test_labels_that_are_not_there():
    assert names.label_names(True, "age", ["age", "kind"]) == ["age"]
    with pytest.raises(ValueError, match=r"Did you mean 'kind'.*Expected.*Received: labels="):
        names.label_names("knd", "age", ["age", "kind"])
    with pytest.raises(ValueError, match="Expected classes as folders"):
        names.label_names(True, None, [])


@pytest.mark.parametrize("take", [0, -1, 1.5])
def test_no_first_examples_are_not_all_of_them(take):
    infos = split_infos({"train": range(9)})
    assert names.slices_of("train", infos, 2) == [("train", 0, 2)]
    with pytest.raises(ValueError, match=THREE_PARTS):
        names.slices_of("train", infos, take)


def test_a_split_by_a_name_that_is_no_word():
    infos = split_infos({"hold out": range(9), "val": range(2), "in": range(4)})
    assert names.slices_of("hold out", infos, 5) == [("hold out", 0, 5)]
    assert names.slices_of("in[:2]+val", infos, None) == [("in", 0, 2), ("val", 0, 2)]
    with pytest.raises(ValueError, match=rf"{THREE_PARTS}: split='hold out\[:2\]'") as refused:
        names.slices_of("hold out[:2]", infos, None)
    assert "such as 'val[90%:]'; one whose name is no word has no parts" in str(refused.value)
