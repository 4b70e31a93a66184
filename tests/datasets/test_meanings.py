"""What the numbers of labels stand for: those that `load` gives, of every source."""

import numpy as np
import pytest
import tensorflow_datasets as tfds
from image_files import picture, write_folder

from keras_genzoo import datasets
from keras_genzoo.datasets import meanings


def test_of_a_csv_and_of_folders(tmp_path):
    names = [
        f"{split}/{pet}/{i}.png"
        for split in ("train", "test")
        for pet in ("cat", "dog")
        for i in "12"
    ]
    rows = [
        f"{name},{(-1, 1)[place % 2]},{'zyx'[place % 3]},{place / 2},{'' if place == 3 else 'x'}"
        for place, name in enumerate(names)
    ]
    table = "\n".join(["file,smile,race,age,name", *rows])
    files = {name: picture(place) for place, name in enumerate(names)}
    path = write_folder(tmp_path, {**files, "labels.csv": table.encode()})
    found = datasets.label_values(path)
    assert found == {
        "folder": {0: "cat", 1: "dog"},
        "smile": {-1: "-1", 1: "1"},
        "race": {0: "x", 1: "y", 2: "z"},
        "age": {place / 2: str(place / 2) for place in range(8)},
    }  # the name is not known of all
    for label, texts in found.items():
        data = datasets.load(path, "train+test", labels=label, shuffle=False)
        _, numbers = datasets.arrays(data)
        assert {*numbers.tolist()} == {*texts}


def test_of_folders_that_not_all_splits_have(tmp_path):
    files = {name: picture(9) for name in ("train/cat/1.png", "train/dog/1.png", "test/2.png")}
    pets = {"folder": {0: "cat", 1: "dog"}}
    assert datasets.label_values(write_folder(tmp_path, files)) == pets
    rows = [f"{name},{race}" for name, race in zip(files, "zyx", strict=True)]
    files["labels.csv"] = "\n".join(["file,race", *rows]).encode()
    found = datasets.label_values(write_folder(tmp_path, files))
    assert found == {"race": {0: "x", 1: "y", 2: "z"}}


@pytest.mark.parametrize(
    ("labels", "found"),
    [
        (["b", "a", "b"], {"labels": {0: "a", 1: "b"}}),
        (np.uint8([7, 5, 7]), {"labels": {5: "5", 7: "7"}}),
        (np.zeros((3, 2)), {}),
        (None, {}),
    ],
)
def test_of_arrays(tmp_path, labels, found):
    named = {} if labels is None else {"labels": labels}
    np.savez(tmp_path / "x.npz", images=np.full((3, 8, 8), 9, "uint8"), **named)
    assert datasets.label_values(tmp_path / "x.npz") == found
    if found:
        data = datasets.load(tmp_path / "x.npz", labels=True)
        assert {*datasets.arrays(data)[1].tolist()} == {*found["labels"]}


def test_of_features():
    features = {
        "shoe": tfds.features.ClassLabel(names=["boot", "sandal"]),
        "worn": tfds.features.Scalar(np.bool_),
        "size": tfds.features.Scalar(np.int64),
    }
    found = {"shoe": {0: "boot", 1: "sandal"}, "worn": {0: "False", 1: "True"}}
    assert meanings.of_features(features) == found
