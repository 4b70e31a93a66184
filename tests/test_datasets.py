"""datasets.load: every source, the order of epochs, binarization, splits, and what it refuses."""

import io
import os
import zipfile
from pathlib import Path

import keras
import numpy as np
import PIL.Image
import pytest

from keras_genzoo.datasets import load


def pixels_of(dataset):
    return np.concatenate([batch.numpy() for batch in dataset])


def labels_of(dataset):
    return np.concatenate([labels.numpy() for _, labels in dataset])


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


@pytest.fixture
def ramp(tmp_path):
    """Forty 2x2 images, number i of brightness i / 255."""
    images = np.tile(np.arange(40, dtype=np.uint8)[:, None, None], (1, 2, 2))
    np.savez(tmp_path / "ramp.npz", images=images, labels=np.arange(40) % 4)
    return tmp_path / "ramp.npz"


def numbers(dataset):
    """Which images of the ramp come, in their order."""
    return np.rint(pixels_of(dataset)[:, 0, 0, 0] * 255).astype(int).tolist()


# === The embedded set ===


def test_embedded_set():
    train = load("fashion_mnist_small", labels=True)
    images, labels = next(iter(train))
    assert images.shape == (128, 28, 28, 1)
    assert images.dtype == "float32"
    assert labels.dtype == "int64"
    assert images.numpy().min() == 0
    assert images.numpy().max() == 1
    assert len(train) == 79
    assert sorted(np.unique(labels_of(train))) == list(range(10))
    assert len(pixels_of(load("fashion_mnist_small", split="test"))) == 2000


def test_embedded_set_is_small_and_licensed():
    data = Path(__file__).parents[1] / "keras_genzoo" / "data"
    assert (data / "fashion_mnist_small.npz").stat().st_size <= 6e6
    assert "Zalando SE" in (data / "LICENSE").read_text()


def test_stock_keras_fit():
    model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(10, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    train = load("fashion_mnist_small", labels=True, take=1000, batch_size=300)
    history = model.fit(train, validation_data=train, epochs=2, shuffle=False, verbose=0).history
    resumed = model.fit(train.from_epoch(2), steps_per_epoch=len(train), shuffle=False, verbose=0)
    assert resumed.history["loss"][0] < history["loss"][0]


# === Order ===


def test_order_depends_on_seed_and_epoch(ramp):
    dataset = load(ramp, batch_size=16)
    epochs = [numbers(dataset) for _ in range(3)]
    assert all(sorted(epoch) == list(range(40)) for epoch in epochs)
    assert epochs[0] != epochs[1] != epochs[2]
    again = load(ramp, batch_size=7)
    assert [numbers(again) for _ in range(3)] == epochs
    assert numbers(load(ramp, seed=1)) != epochs[0]


@pytest.mark.parametrize("step", [0, 1, 3, 4])
def test_from_epoch_goes_on_where_a_run_stood(ramp, step):
    dataset = load(ramp, batch_size=16)
    run = [numbers([batch]) for _ in range(4) for batch in dataset]
    resumed = load(ramp, batch_size=16).from_epoch(1, step=step)
    assert [numbers([batch]) for batch in resumed.take(5)] == run[3 + step : 8 + step]


def test_from_epoch_is_immune_to_peeks(ramp):
    dataset = load(ramp, batch_size=16)
    before = numbers(dataset.from_epoch(2).take(3))
    next(iter(dataset))
    numbers(dataset)
    assert numbers(dataset.from_epoch(2).take(3)) == before


def test_order_without_shuffling_is_that_of_the_file(ramp):
    dataset = load(ramp, shuffle=False)
    assert numbers(dataset) == numbers(dataset) == list(range(40))


def test_labels_stay_with_their_images(ramp):
    for images, labels in load(ramp, labels=True, batch_size=16):
        assert (np.array(numbers([images])) % 4 == labels.numpy()).all()


@pytest.mark.parametrize(("drop_remainder", "length", "batch"), [(False, 3, None), (True, 2, 16)])
def test_length_and_shapes_are_known(ramp, drop_remainder, length, batch):
    dataset = load(ramp, batch_size=16, drop_remainder=drop_remainder)
    assert len(dataset) == len(list(dataset)) == length
    for each in (dataset, dataset.from_epoch(0)):
        assert each.element_spec.shape.as_list() == [batch, 2, 2, 1]


# === Binarization ===


def binarized(**options):
    return load("fashion_mnist_small", take=600, shuffle=False, **options)


@pytest.mark.parametrize("binarize", ["static", "dynamic"])
def test_binarized_pixels_are_zeros_and_ones(binarize):
    assert set(np.unique(pixels_of(binarized(binarize=binarize)))) == {0, 1}


def test_mean_of_dynamic_draws_is_the_image():
    images = pixels_of(binarized())
    dataset = binarized(binarize="dynamic")
    draws = pixels_of(dataset.from_epoch(0).take(50 * len(dataset)))
    mean = draws.reshape(50, *images.shape).mean(axis=0)
    grey = (images > 0) & (images < 1)
    errors = (mean - images)[grey] / np.sqrt(images * (1 - images) / 50)[grey]
    assert abs(errors.mean()) < 5 / np.sqrt(errors.size)
    assert errors.std() == pytest.approx(1, abs=0.01)  # as of independent draws
    assert (mean == images)[~grey].all()


def test_pixels_are_drawn_independently():
    errors = pixels_of(binarized(binarize="dynamic")) - pixels_of(binarized())
    variance = np.mean(errors**2)
    for neighbour in (errors[1:] * errors[:-1], errors[:, 1:] * errors[:, :-1]):
        assert abs(neighbour.mean() / variance) < 5 / np.sqrt(neighbour.size)


def test_dynamic_draws_depend_on_seed_epoch_and_index_alone():
    dataset = binarized(binarize="dynamic")
    first, second = pixels_of(dataset), pixels_of(dataset)
    assert (first != second).mean() > 0.05
    other = binarized(binarize="dynamic", batch_size=77)
    assert (pixels_of(other) == first).all()
    assert (pixels_of(other.from_epoch(1).take(len(other))) == second).all()
    assert (pixels_of(binarized(binarize="dynamic", seed=1)) != first).mean() > 0.05
    shuffled = pixels_of(load("fashion_mnist_small", take=600, binarize="dynamic"))
    assert {image.tobytes() for image in shuffled} == {image.tobytes() for image in first}


def test_static_draws_are_the_same_in_every_epoch():
    dataset = binarized(binarize="static")
    first = pixels_of(dataset)
    assert (pixels_of(dataset) == first).all()
    assert (pixels_of(binarized(binarize="static", seed=1)) != first).mean() > 0.05


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
    assert len(pixels_of(load(path))) == 4
    assert len(pixels_of(load(path, split="val"))) == 3
    assert len(pixels_of(load(path, split="validation[1:]+test"))) == 4
    assert labels_of(load(path, split="test", labels=True)).tolist() == [0, 0]


def test_a_class_called_train_is_no_split(folder):
    path = folder({f"{name}/0.png": picture(0) for name in ("bus", "car", "train")})
    assert labels_of(load(path, labels=True, shuffle=False)).tolist() == [0, 1, 2]


def test_zip_with_csv(archive):
    table = "file,partition,smiling,age,mood\n"
    table += "0.png,0,1,1.5,sad\n1.png,1,-1,2.5,glad\n2.png,2,1,3.5,sad\n"
    files = {f"images/{i}.png": picture(i) for i in range(4)} | {"list.csv": table.encode()}
    path = archive(files)
    smiling = labels_of(load(path, labels="smiling"))
    assert smiling.tolist() == [1]
    assert smiling.dtype == np.int64
    assert labels_of(load(path, split="validation", labels="mood")).tolist() == [0]
    both = load(path, split="all", labels=["smiling", "age"], shuffle=False)
    assert both.element_spec[1].shape.as_list() == [None, 2]
    assert labels_of(both).tolist() == [[1, 1.5], [-1, 2.5], [1, 3.5]]


def test_image_size_and_grayscale(folder):
    path = folder({"a.png": picture((255, 0, 0), (8, 8), "RGB"), "b.jpg": picture(0, (30, 20))})
    images = pixels_of(load(path, image_size=(5, 7), shuffle=False))
    assert images.shape == (2, 5, 7, 3)
    np.testing.assert_allclose(images[0, 2, 3], [1, 0, 0])
    grey = pixels_of(load(path, image_size=4, grayscale=True, shuffle=False))
    assert grey.shape == (2, 4, 4, 1)
    np.testing.assert_allclose(grey[:, 0, 0, 0], [0.298, 0], atol=1e-3)


def test_grey_among_colour_images_becomes_colour(folder):
    images = pixels_of(
        load(folder({"a.png": picture(51), "b.png": picture((0, 0, 255), mode="RGB")}))
    )
    assert sorted(images[:, 0, 0].tolist()) == [[0, 0, 1], pytest.approx([0.2, 0.2, 0.2])]


def test_resizing_is_antialiased(tmp_path):
    checkers = (np.indices((64, 64)).sum(0) % 2).astype(np.float32)
    np.savez(tmp_path / "checkers.npz", images=checkers[None])
    images = pixels_of(load(tmp_path / "checkers.npz", image_size=8))
    np.testing.assert_allclose(images, 0.5, atol=0.01)


def test_transparency_becomes_white(folder):
    path = folder({"a.png": picture((255, 0, 0, 0), mode="RGBA")})
    assert (pixels_of(load(path)) == 1).all()


def test_sixteen_bits_are_scaled(folder):
    path = folder({"a.png": picture(128 * 256, mode="I;16")})
    np.testing.assert_allclose(pixels_of(load(path)), 128 / 255)


def test_corrupt_images(folder):
    whole = picture(7, (64, 64), "RGB", "jpeg")
    path = folder({"a.jpg": whole, "b.jpg": whole[:-300], "c.png": b"no image", "d.jpg": whole})
    with pytest.raises(ValueError, match=r"skip_corrupt=True .* file='b.jpg'"):
        load(path)
    with pytest.warns(UserWarning, match=r"2 of 4 images are corrupt and left out: b.jpg, c.png"):
        dataset = load(path, skip_corrupt=True)
    assert len(pixels_of(dataset)) == 2


# === Arrays ===


def test_floating_point_arrays_keep_their_values(tmp_path):
    images = np.random.default_rng(0).random((5, 3, 3, 3), np.float32)
    np.savez(tmp_path / "a.npz", x_train=images, y_train=np.ones((5, 1), np.uint8), x_test=images)
    assert (pixels_of(load(tmp_path / "a.npz", shuffle=False)) == images).all()
    with pytest.raises(ValueError, match="no such labels"):
        load(tmp_path / "a.npz", split="test", labels=True)


def test_keras_arrays(tmp_path):
    images = np.zeros((5, 3, 3), np.uint8)
    labels = np.arange(5, dtype=np.uint8)[:, None]
    np.savez(tmp_path / "a.npz", x_train=images, y_train=labels, x_val=images, y_val=labels)
    dataset = load(tmp_path / "a.npz", split="validation", labels=True, shuffle=False)
    assert labels_of(dataset).tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    "images", [np.full((2, 3, 3), 200.0), np.full((2, 3, 3), np.nan), np.zeros((2, 3, 3, 2))]
)
def test_arrays_that_are_no_images(tmp_path, images):
    np.savez(tmp_path / "a.npz", images=images)
    with pytest.raises(ValueError, match=r"does not hold images.*Expected.*Received: shape="):
        load(tmp_path / "a.npz")


# === Splits and errors ===


@pytest.mark.parametrize(
    ("split", "expected"),
    [
        ("train[:25%]", range(10)),
        ("train[5:7]", range(5, 7)),
        ("train[-3:]", range(37, 40)),
        ("train[38:]+train[:2]", [38, 39, 0, 1]),
    ],
)
def test_slices(ramp, split, expected):
    assert numbers(load(ramp, split=split, shuffle=False)) == list(expected)


def test_take(ramp):
    dataset = load(ramp, split="train[30:35]+train[:9]", take=7, shuffle=False)
    assert numbers(dataset) == [30, 31, 32, 33, 34, 0, 1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"split": "test"}, r"Unknown split 'test'.*such as 'train\[90%:\]'.*split='test'"),
        ({"split": "trian"}, "Did you mean 'train'"),
        ({"split": "train[3"}, "Unrecognized split format"),
        ({"split": "train[:99]"}, "incompatible with 40 examples"),
        ({"split": "train[5:5]"}, "empty"),
        ({"batch_size": 0}, "batch_size is no positive number.*Received: batch_size=0"),
        ({"batch_size": 2.5}, "Received: batch_size=2.5"),
        ({"batch_size": 41, "drop_remainder": True}, "no batch left.*Received: batch_size=41"),
        ({"take": -1}, "Received: take=-1"),
        ({"binarize": "dynamc"}, "Did you mean 'dynamic'.*Received: binarize='dynamc'"),
        ({"image_size": (2, 3, 4)}, "Received: image_size="),
        ({"image_size": 0}, "Received: image_size=0"),
        ({"labels": "age"}, "no such labels.*Received: labels='age'"),
    ],
)
def test_arguments_that_make_no_sense(ramp, arguments, message):
    with pytest.raises(ValueError, match=message):
        load(ramp, **arguments)


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
    assert (pixels_of(whole) == pixels_of(embedded)).all()


def test_celeba_zip():
    dataset = load(shared("celeba64.zip"), split="val", labels=["Smiling", "Male"])
    images, labels = next(iter(dataset))
    assert images.shape == (128, 64, 64, 3)
    assert set(np.unique(labels)) == {-1, 1}
    assert len(dataset) == 8


def test_cifar_zip():
    dataset = load(shared("cifar10_8k.zip"), split="test[:20%]", labels=True)
    assert np.bincount(labels_of(dataset)).tolist() == [20] * 10
    assert dataset.element_spec[0].shape.as_list() == [None, 32, 32, 3]
