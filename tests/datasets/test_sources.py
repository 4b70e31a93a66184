"""Where images come from: every source that datasets.load reads, and what it refuses."""

import os
import types
from pathlib import Path

import numpy as np
import pytest
from image_files import picture, write_folder, write_zip

from keras_genzoo.datasets import arrays, load, split_sizes


def test_what_does_not_fit_into_memory_is_refused(tmp_path, monkeypatch):
    np.savez(tmp_path / "a.npz", images=np.full((50, 3, 3), 9, np.uint8))
    path = write_zip(tmp_path / "a.zip", {f"{i}.png": picture(9) for i in range(5)})
    free = types.SimpleNamespace(available=100)
    monkeypatch.setattr("psutil.virtual_memory", lambda: free)
    for source in (tmp_path / "a.npz", path):
        with pytest.raises(ValueError, match=r"fit into memory.*Expected.*Received: \d+ bytes"):
            load(source, cache="memory")
    assert len(arrays(load(path, image_size=2, cache="memory"))) == 5


# === What is refused ===


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("fashion_mnist_smal", "fashion_mnist_small"),
        ("mnsit", "mnist"),
        ("cmaterdb/bangle", "cmaterdb/bangla"),
    ],
)
def test_unknown_names(name, nearest):
    with pytest.raises(ValueError, match=f"Did you mean '{nearest}'.*name_or_path='{name}'"):
        load(name)


def test_an_empty_name_is_not_the_folder_that_one_is_in(tmp_path, monkeypatch):
    monkeypatch.chdir(write_folder(tmp_path, {"a.png": picture(9)}))
    with pytest.raises(ValueError, match=r"Expected.*Received: name_or_path=''"):
        load("")
    assert split_sizes(".") == {"train": 1}


@pytest.mark.parametrize(
    ("name", "advice"), [("a.npy", "save it as an .npz"), ("a.TGZ", "unpack it"), ("a.dat", ".zip")]
)
def test_files_that_are_not_read_exist(tmp_path, name, advice):
    (tmp_path / name).touch()
    with pytest.raises(ValueError, match=rf"is not read.*{advice}.*{name}"):
        load(tmp_path / name)


def test_suffixes_in_capitals(tmp_path):
    assert len(arrays(load(write_zip(tmp_path / "A.ZIP", {"a.png": picture(9)})))) == 1


def test_sizes_of_splits(tmp_path):
    path = write_folder(tmp_path, {f"{s}/{i}.png": b"" for s in ("train", "val") for i in range(3)})
    assert split_sizes(path) == {"train": 3, "validation": 3}  # nothing is decoded
    assert split_sizes("sprites") == {"train": 727_280, "test": 10_000}


def test_missing_and_broken_files(tmp_path):
    with pytest.raises(ValueError, match="no such dataset"):
        load(tmp_path / "nothing.zip")
    (tmp_path / "broken.zip").write_bytes(b"PK")
    with pytest.raises(ValueError, match="The file is corrupt"):
        load(tmp_path / "broken.zip")


def test_tfds_without_images():
    with pytest.raises(ValueError, match=r"has no images.*tiny_shakespeare"):
        load("tiny_shakespeare")


# === Data that not every machine has ===


def prepared(name):
    root = os.environ.get("TFDS_DATA_DIR")
    if not root or not Path(root, name).is_dir():
        pytest.skip(f"TFDS_DATA_DIR is not set, or holds no {name}")
    return name


def shared(name):
    root = os.environ.get("GENZOO_DATA_DIR")
    if not root or not Path(root, name).is_file():
        pytest.skip(f"GENZOO_DATA_DIR is not set, or holds no {name}")
    return Path(root, name)


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist"])
def test_tfds(name):
    dataset = load(prepared(name), split="train[:5%]+test[:100]", labels=True, batch_size=100)
    images, labels = next(iter(dataset))
    assert len(dataset) == 31
    assert images.shape == (100, 28, 28, 1)
    assert images.numpy().max() == 1
    assert len(np.unique(labels)) == 10


def test_embedded_set_is_the_beginning_of_the_whole():
    whole = load(prepared("fashion_mnist"), split="test", take=50, shuffle=False)
    embedded = load("fashion_mnist_small", split="test", take=50, shuffle=False)
    assert (arrays(whole) == arrays(embedded)).all()


def test_celeba_zip():
    dataset = load(shared("celeba64.zip"), split="val", labels=["Smiling", "Male"])
    images, labels = next(iter(dataset))
    assert images.shape == (128, 64, 64, 3)
    assert set(np.unique(labels)) == {-1, 1}
    assert len(dataset) == 8


def test_cifar_zip():
    dataset = load(shared("cifar10_8k.zip"), split="test[:20%]", labels=True)
    assert np.bincount(arrays(dataset)[1]).tolist() == [20] * 10
    assert dataset.element_spec[0].shape.as_list() == [None, 32, 32, 3]
