"""datasets.load: the embedded set, the order of epochs, binarization, splits."""

from pathlib import Path

import keras
import numpy as np
import pytest
from image_files import picture, write_folder, write_zip

from keras_genzoo.datasets import arrays, file_names, load
from keras_genzoo.datasets.sprites import splits, sprites


@pytest.fixture
def ramp(tmp_path):
    """Forty 2x2 images, number i of brightness i / 255."""
    images = np.tile(np.arange(40, dtype=np.uint8)[:, None, None], (1, 2, 2))
    np.savez(tmp_path / "ramp.npz", images=images, labels=np.arange(40) % 4)
    return tmp_path / "ramp.npz"


def numbers(dataset):
    """Which images of the ramp come, in their order."""
    return numbers_in(arrays(dataset))


def numbers_in(images):
    return np.rint(images[:, 0, 0, 0] * 255).astype(int).tolist()


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
    assert sorted(np.unique(arrays(train)[1])) == list(range(10))
    assert len(arrays(load("fashion_mnist_small", split="test"))) == 2000


def test_embedded_set_is_small_and_licensed():
    data = Path(__file__).parents[2] / "keras_genzoo" / "datasets" / "embedded"
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
    run = [numbers_in(batch) for _ in range(4) for batch in dataset.as_numpy_iterator()]
    resumed = load(ramp, batch_size=16).from_epoch(1, step=step)
    next_five = resumed.take(5).as_numpy_iterator()
    assert [numbers_in(batch) for batch in next_five] == run[3 + step : 8 + step]


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
    images, labels = arrays(load(ramp, labels=True, batch_size=16))
    assert (np.array(numbers_in(images)) % 4 == labels).all()


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
    assert set(np.unique(arrays(binarized(binarize=binarize)))) == {0, 1}


def test_mean_of_dynamic_draws_is_the_image():
    images = arrays(binarized())
    dataset = binarized(binarize="dynamic")
    draws = arrays(dataset.from_epoch(0).take(50 * len(dataset)))
    mean = draws.reshape(50, *images.shape).mean(axis=0)
    grey = (images > 0) & (images < 1)
    errors = (mean - images)[grey] / np.sqrt(images * (1 - images) / 50)[grey]
    assert abs(errors.mean()) < 5 / np.sqrt(errors.size)
    assert errors.std() == pytest.approx(1, abs=0.01)  # as of independent draws
    assert (mean == images)[~grey].all()


def test_pixels_are_drawn_independently():
    errors = arrays(binarized(binarize="dynamic")) - arrays(binarized())
    variance = np.mean(errors**2)
    for neighbour in (errors[1:] * errors[:-1], errors[:, 1:] * errors[:, :-1]):
        assert abs(neighbour.mean() / variance) < 5 / np.sqrt(neighbour.size)


def test_dynamic_draws_depend_on_seed_epoch_and_index_alone():
    dataset = binarized(binarize="dynamic")
    first, second = arrays(dataset), arrays(dataset)
    assert (first != second).mean() > 0.05
    other = binarized(binarize="dynamic", batch_size=77)
    assert (arrays(other) == first).all()
    assert (arrays(other.from_epoch(1).take(len(other))) == second).all()
    assert (arrays(binarized(binarize="dynamic", seed=1)) != first).mean() > 0.05
    shuffled = arrays(load("fashion_mnist_small", take=600, binarize="dynamic"))
    assert {image.tobytes() for image in shuffled} == {image.tobytes() for image in first}


def test_static_draws_are_the_same_in_every_epoch():
    dataset = binarized(binarize="static")
    first = arrays(dataset)
    assert (arrays(dataset) == first).all()
    assert (arrays(binarized(binarize="static", seed=1)) != first).mean() > 0.05


# === Sprites ===


def grid_numbers(dataset):
    """Where in the grid the sprites stand, and that each has its factors."""
    found = []
    for images, factors in dataset:
        assert (images.numpy() == sprites().images(factors.numpy())).all()
        found.extend(np.ravel_multi_index(factors.numpy().T, sprites().factor_sizes))
    return found


def test_sprites_are_split():
    sizes = {split: len(load("sprites", split, batch_size=1)) for split in ("train", "test", "all")}
    assert sizes == {"train": 727_280, "test": 10_000, "all": 737_280}


@pytest.mark.parametrize(
    ("split", "take", "expected"),
    [
        ("train[:300]", None, splits()["train"][:300]),
        ("train[-9:]+test[:1%]", 100, [*splits()["train"][-9:], *splits()["test"][:91]]),
    ],
)
def test_sprites_of_a_split(split, take, expected):
    dataset = load("sprites", split, take=take, batch_size=64, labels=True, shuffle=False)
    assert grid_numbers(dataset) == list(expected)


def test_sprites_come_in_the_order_of_epochs():
    dataset = load("sprites", "train[:100]", batch_size=30, labels=True)
    epochs = [grid_numbers(dataset) for _ in range(2)]
    assert epochs[0] != epochs[1]
    assert set(epochs[0]) == set(epochs[1]) == set(splits()["train"][:100])
    assert grid_numbers(dataset.from_epoch(1).take(4)) == epochs[1]
    assert grid_numbers(load("sprites", "train[:100]", labels=True, seed=1)) != epochs[0]
    assert len(load("sprites", "train[:100]", batch_size=30, drop_remainder=True)) == 3


@pytest.mark.parametrize(
    ("labels", "columns"), [("shape", 0), ("y", 4), (["x"], [3]), (("scale", "shape"), [1, 0])]
)
def test_factors_of_sprites_are_their_labels(labels, columns):
    split = "test[:200]"
    every = arrays(load("sprites", split, labels=True, shuffle=False))[1]
    asked = arrays(load("sprites", split, labels=labels, shuffle=False))[1]
    assert asked.dtype == "int64"
    np.testing.assert_array_equal(asked, every[:, columns])


@pytest.mark.parametrize(
    "options",
    [{"image_size": 64}, {"grayscale": True}, {"binarize": "static"}, {"binarize": "dynamic"}],
)
def test_sprites_fit_already(options):
    images, same = (arrays(load("sprites", "test[:9]", **each)) for each in ({}, options))
    assert images.shape == (9, 64, 64, 1)
    assert (images == same).all()


def test_a_folder_called_sprites(tmp_path, monkeypatch):
    (tmp_path / "sprites").mkdir()
    keras.utils.save_img(tmp_path / "sprites" / "a.png", np.zeros((2, 2, 1)), scale=False)
    monkeypatch.chdir(tmp_path)
    for folder in ("./sprites", Path("sprites")):
        assert load(folder).element_spec.shape == (None, 2, 2, 1)
    assert load("sprites").element_spec.shape == (None, 64, 64, 1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"labels": "shap"}, "Did you mean 'shape'.*Expected one of.*Received: labels='shap'"),
        ({"labels": ["x", "z"]}, "no such labels.*Received: labels="),
        ({"image_size": 32}, r"one size. Expected image_size=64.*Received: image_size=\(32, 32\)"),
        ({"binarize": "dynamc"}, "Did you mean 'dynamic'"),
        ({"split": "validation"}, r"no such split.*\['train', 'test'\].*Received: split="),
        ({"batch_size": 10_001, "drop_remainder": True}, "no batch left.*10000. Received: batch_s"),
        ({"name_or_path": "sprits"}, "Did you mean 'sprites'"),
    ],
)
def test_sprites_that_make_no_sense(arguments, message):
    with pytest.raises(ValueError, match=message):
        load(**{"name_or_path": "sprites", "split": "test", **arguments})


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
        ({"take": 0}, "Received: take=0"),
        ({"seed": 0.5}, "Received: seed=0.5"),
        ({"binarize": "dynamc"}, "Did you mean 'dynamic'.*Received: binarize='dynamc'"),
        ({"image_size": (2, 3, 4)}, "Received: image_size="),
        ({"image_size": 0}, "Received: image_size=0"),
        ({"image_size": 100_000}, "Expected at most 67,108,864 pixels.*image_size=100000"),
        ({"labels": "age"}, "no such labels.*Received: labels='age'"),
    ],
)
def test_arguments_that_make_no_sense(ramp, arguments, message):
    with pytest.raises(ValueError, match=message):
        load(ramp, **arguments)


def test_files_are_named_in_the_order_of_their_images(tmp_path):
    files = {f"{kind}/{n}.png": picture(n + 10 * (kind == "b")) for kind in "ab" for n in range(3)}
    write_folder(tmp_path / "folder", files)
    write_zip(tmp_path / "x.zip", files)
    for path in (tmp_path / "folder", tmp_path / "x.zip"):
        names = file_names(path, "train[1:]", take=4)
        images = arrays(load(path, "train[1:]", take=4, shuffle=False))
        shades = [int(name[2]) + 10 * (name[0] == "b") for name in names]
        assert [round(255 * image.max()) for image in images] == shades
    assert file_names("sprites", "test[5:6]") == ["test[5]"]
