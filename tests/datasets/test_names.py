"""Names of splits and labels."""

import pytest

from keras_genzoo.datasets import names


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


def test_labels_that_are_not_there():
    assert names.label_names(True, "age", ["age", "kind"]) == ["age"]
    with pytest.raises(ValueError, match=r"Did you mean 'kind'.*Expected.*Received: labels="):
        names.label_names("knd", "age", ["age", "kind"])
    with pytest.raises(ValueError, match="Expected classes as folders"):
        names.label_names(True, None, [])
