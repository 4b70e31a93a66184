"""What is trained on and held out, and how many classes there are, where nobody says it."""

import re

import numpy as np
import pytest
from image_files import picture, write_folder

import keras_genzoo as kg
from keras_genzoo.training.splits import classes_of, parted


def one_split(folder, count=10):
    """An .npz of images of a single split."""
    np.savez(folder / "own.npz", images=np.full((count, 8, 8), 9, np.uint8))
    return str(folder / "own.npz")


def several(folder, **counts):
    """An .npz of images of several splits."""
    images = {f"x_{split}": np.full((n, 8, 8), 9, np.uint8) for split, n in counts.items()}
    np.savez(folder / "own.npz", **images)
    return str(folder / "own.npz")


def test_a_tenth_of_a_single_split_is_held_out(tmp_path):
    path = one_split(tmp_path)
    assert parted(path) == ("train[:90%]", "train[90%:]")
    assert parted(path, "none") == ("train", "none")
    assert parted(path, "train[90%:]") == ("train[:90%]", "train[90%:]")
    assert parted(path, "train[5:]", "train[:5]") == ("train[:5]", "train[5:]")
    for held_out, left in {
        "train[-2:]": "train[:-2]",
        "train[:20%]": "train[20%:]",
        "train[4:6]": "train[:4]+train[6:]",
    }.items():
        assert parted(path, held_out) == (left, held_out)
        first, second = (kg.datasets.file_names(path, split) for split in (left, held_out))
        assert sorted([*first, *second]) == kg.datasets.file_names(path)
    assert parted("fashion_mnist_small", "train[80%:]") == ("train[:80%]", "train[80%:]")
    assert parted("fashion_mnist_small", "test[:9]") == ("train", "test[:9]")
    assert parted(path, "training[8:]") == ("train[:8]", "training[8:]")
    with pytest.raises(ValueError, match=r"Expected --validation-split.*Received.*split='train'"):
        parted(path, split="train")
    assert parted(one_split(tmp_path, count=4)) == ("train", "none")


@pytest.mark.parametrize("held_out", ["train[:2]+train[8:]", "train[8:]+test", "train", "train[:]"])
def test_what_several_parts_leave_is_to_be_said(held_out):
    match = rf"Expected --split.*Received: validation_split={re.escape(repr(held_out))}"
    with pytest.raises(ValueError, match=match):
        parted("fashion_mnist_small", held_out)
    assert parted("fashion_mnist_small", held_out, "train[2:8]") == ("train[2:8]", held_out)


def test_two_sides_are_one_split_where_they_belong_together(tmp_path):
    path = several(tmp_path, trainA=5, trainB=4, testA=2, testB=2)
    assert parted(path, together=True) == ("train", "test")
    with pytest.raises(ValueError, match=r"Expected --split.*Received"):
        parted(path)


def test_splits_that_a_source_has_are_used(tmp_path):
    assert parted("fashion_mnist_small") == ("train", "test")
    assert parted(several(tmp_path, train=5, val=2)) == ("train", "validation")
    assert parted(several(tmp_path, train=5, extra=2)) == ("train[:90%]", "train[90%:]")
    with pytest.raises(ValueError, match=r"Expected --split.*a, b. Received"):
        parted(several(tmp_path, a=5, b=5))


def labelled(folder, labels):
    np.savez(folder / "a.npz", images=np.full((len(labels), 8, 8), 9, np.uint8), labels=labels)
    return kg.datasets.load(folder / "a.npz", labels=True)


def test_classes_are_counted(tmp_path):
    three, two = labelled(tmp_path, [0, 2, 1]), labelled(tmp_path, [0, 1])
    assert classes_of(two, three) == 3
    assert classes_of(three, num_classes=3) == 3
    with pytest.raises(ValueError, match=r"Expected num_classes of at least 3.*num_classes=0"):
        classes_of(three, num_classes=0)
    for none in ([-1, 1], [0.5, 1.0], np.eye(2, dtype=int)):
        with pytest.raises(ValueError, match=r"no classes. Expected.*Received: labels"):
            classes_of(labelled(tmp_path, none))


def test_classes_are_counted_without_decoding(tmp_path, monkeypatch):
    path = write_folder(tmp_path, {f"{kind}/0.png": picture(9) for kind in "abc"})
    monkeypatch.delattr("keras_genzoo.datasets.image_files.decode")
    assert classes_of(kg.datasets.load(path, labels=True, cache=None)) == 3
    assert classes_of(kg.datasets.load("sprites", "test[:9]", labels="shape")) == 3
