"""Where images come from: every source that datasets.load reads, and what it refuses."""

import io
import os
import zipfile
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from keras_genzoo.datasets import arrays, load


def picture(value, size=(6, 4), mode="L", suffix="png"):
    """An encoded image of one colour; size is (width, height), as PIL has it."""
    data = io.BytesIO()
    PIL.Image.new(mode, size, value).save(data, format=suffix)
    return data.getvalue()


@pytest.fixture
def folder(tmp_path):
    """Makes a folder of files: {path: bytes}."""

    def make(files):
        for name, data in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_bytes(data)
        return tmp_path

    return make


@pytest.fixture
def archive(tmp_path):
    """Makes a zip of files: {path: bytes}."""

    def make(files):
        with zipfile.ZipFile(tmp_path / "images.zip", "w") as target:
            for name, data in files.items():
                target.writestr(name, data)
        return tmp_path / "images.zip"

    return make


# === Folders and zips ===


def test_folder_of_classes(folder):
    files = {f"{name}/{i}.png": picture(i) for name in ("cat", "bird") for i in range(10)}
    files |= {"notes.txt": b"", ".hidden/a.png": b"", "__MACOSX/cat/0.png": b"", "cat/._0.png": b""}
    dataset = load(folder(files), labels=True, shuffle=False)
    (images, labels), *rest = dataset
    assert not rest
    assert images.shape == (20, 4, 6, 1)
    assert labels.numpy().tolist() == [0, 1] * 10  # bird, cat: every slice holds both
    assert (images.numpy()[::2, 0, 0, 0] * 255).round().tolist() == list(range(10))


@pytest.mark.parametrize("root", ["", "faces/"])
def test_folder_of_splits(folder, root):
    sizes = {"train": 4, "val": 3, "test": 2}
    files = {f"{root}{s}/cat/{i}.png": picture(i) for s, n in sizes.items() for i in range(n)}
    path = folder(files)
    assert len(arrays(load(path))) == 4
    assert len(arrays(load(path, split="val"))) == 3
    assert len(arrays(load(path, split="validation[1:]+test"))) == 4
    assert arrays(load(path, split="test", labels=True))[1].tolist() == [0, 0]


def test_a_class_called_train_is_no_split(folder):
    path = folder({f"{name}/0.png": picture(0) for name in ("bus", "car", "train")})
    assert arrays(load(path, labels=True, shuffle=False))[1].tolist() == [0, 1, 2]


def test_zip_with_csv(archive):
    table = "file,partition,smiling,age,mood\n"
    table += "0.png,0,1,1.5,sad\n1.png,1,-1,2.5,glad\n2.png,2,1,3.5,sad\n"
    files = {f"images/{i}.png": picture(i) for i in range(4)} | {"list.csv": table.encode()}
    path = archive(files)
    smiling = arrays(load(path, labels="smiling"))[1]
    assert smiling.tolist() == [1]
    assert smiling.dtype == np.int64
    assert arrays(load(path, split="validation", labels="mood"))[1].tolist() == [0]
    both = load(path, split="all", labels=["smiling", "age"], shuffle=False)
    assert both.element_spec[1].shape.as_list() == [None, 2]
    assert arrays(both)[1].tolist() == [[1, 1.5], [-1, 2.5], [1, 3.5]]


def test_image_size_and_grayscale(folder):
    path = folder({"a.png": picture((255, 0, 0), (8, 8), "RGB"), "b.jpg": picture(0, (30, 20))})
    images = arrays(load(path, image_size=(5, 7), shuffle=False))
    assert images.shape == (2, 5, 7, 3)
    np.testing.assert_allclose(images[0, 2, 3], [1, 0, 0])
    grey = arrays(load(path, image_size=4, grayscale=True, shuffle=False))
    assert grey.shape == (2, 4, 4, 1)
    np.testing.assert_allclose(grey[:, 0, 0, 0], [0.298, 0], atol=1e-3)


def test_grey_among_colour_images_becomes_colour(folder):
    images = arrays(load(folder({"a.png": picture(51), "b.png": picture((0, 0, 255), mode="RGB")})))
    assert sorted(images[:, 0, 0].tolist()) == [[0, 0, 1], pytest.approx([0.2, 0.2, 0.2])]


def test_resizing_is_antialiased(tmp_path):
    checkers = (np.indices((64, 64)).sum(0) % 2).astype(np.float32)
    np.savez(tmp_path / "checkers.npz", images=checkers[None])
    images = arrays(load(tmp_path / "checkers.npz", image_size=8))
    np.testing.assert_allclose(images, 0.5, atol=0.01)


def test_transparency_becomes_white(folder):
    path = folder({"a.png": picture((255, 0, 0, 0), mode="RGBA")})
    assert (arrays(load(path)) == 1).all()


def test_sixteen_bits_are_scaled(folder):
    path = folder({"a.png": picture(128 * 256, mode="I;16")})
    np.testing.assert_allclose(arrays(load(path)), 128 / 255)


def test_corrupt_images(folder):
    whole = picture(7, (64, 64), "RGB", "jpeg")
    path = folder({"a.jpg": whole, "b.jpg": whole[:-300], "c.png": b"no image", "d.jpg": whole})
    with pytest.raises(ValueError, match=r"skip_corrupt=True .* file='b.jpg'"):
        load(path)
    with pytest.warns(UserWarning, match=r"2 of 4 images are corrupt and left out: b.jpg, c.png"):
        dataset = load(path, skip_corrupt=True)
    assert len(arrays(dataset)) == 2


# === Arrays ===


def test_floating_point_arrays_keep_their_values(tmp_path):
    images = np.random.default_rng(0).random((5, 3, 3, 3), np.float32)
    np.savez(tmp_path / "a.npz", x_train=images, y_train=np.ones((5, 1), np.uint8), x_test=images)
    assert (arrays(load(tmp_path / "a.npz", shuffle=False)) == images).all()
    with pytest.raises(ValueError, match="no such labels"):
        load(tmp_path / "a.npz", split="test", labels=True)


def test_keras_arrays(tmp_path):
    images = np.zeros((5, 3, 3), np.uint8)
    labels = np.arange(5, dtype=np.uint8)[:, None]
    np.savez(tmp_path / "a.npz", x_train=images, y_train=labels, x_val=images, y_val=labels)
    dataset = load(tmp_path / "a.npz", split="validation", labels=True, shuffle=False)
    assert arrays(dataset)[1].tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    "images", [np.full((2, 3, 3), 200.0), np.full((2, 3, 3), np.nan), np.zeros((2, 3, 3, 2))]
)
def test_arrays_that_are_no_images(tmp_path, images):
    np.savez(tmp_path / "a.npz", images=images)
    with pytest.raises(ValueError, match=r"does not hold images.*Expected.*Received: shape="):
        load(tmp_path / "a.npz")


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


def test_missing_and_broken_files(tmp_path):
    with pytest.raises(ValueError, match="no such dataset"):
        load(tmp_path / "nothing.zip")
    (tmp_path / "broken.zip").write_bytes(b"PK")
    with pytest.raises(ValueError, match="The file is corrupt"):
        load(tmp_path / "broken.zip")


def test_folders_that_are_no_data(folder):
    path = folder({"notes.txt": b""})
    with pytest.raises(ValueError, match="There are no images"):
        load(path)
    folder({"a.png": picture(0), "b.png": picture(0, (9, 9))})
    with pytest.raises(ValueError, match=r"differ in size.*image_size"):
        load(path)
    with pytest.raises(ValueError, match="no such labels"):
        load(path, labels=True, image_size=4)


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
