"""sprites: the shapes, their places, the grid of factors, the order of epochs."""

import keras
import numpy as np
import PIL.Image
import pytest

import keras_genzoo as kg
from keras_genzoo.datasets.sprites import Sprites, drawing, splits, sprites

SQUARE, ELLIPSE, HEART = range(3)
SCALES = np.linspace(0.5, 1, 6)


def image(shape, scale=5, orientation=0, x=15, y=15):
    """One image, `(64, 64)`; x = y = 15 centres it on pixel (31, 31)."""
    return sprites().images([[shape, scale, orientation, x, y]])[0, :, :, 0]


def all_at(x, y):
    """All 720 sprites at a place."""
    grid = np.indices((3, 6, 40)).reshape(3, -1).T
    return sprites().images(np.insert(grid, [3, 3], (x, y), axis=1))[..., 0]


# === Pictures ===


def test_images_are_binary():
    images = all_at(3, 30)
    assert images.dtype == "float32"
    assert set(np.unique(images)) == {0, 1}


def test_mean_pixel_is_that_of_dsprites():
    assert all_at(0, 0).mean() == pytest.approx(0.042494, abs=1e-4)


def test_area_depends_on_the_scale_alone():
    areas = all_at(9, 9).sum(axis=(1, 2)).reshape(3, 6, 40)
    np.testing.assert_allclose(areas.mean(axis=2), [294 * SCALES**2] * 3, rtol=0.02)


@pytest.mark.parametrize("scale", range(6))
def test_symmetry(scale):
    square, ellipse, heart = (image(shape, scale)[:63, :63] for shape in range(3))
    for picture in (square, square.T, ellipse, ellipse.T, heart):
        assert (picture == picture[:, ::-1]).all()
    assert (square == square.T).all()
    assert (heart != heart[::-1]).any()


def test_shapes():
    def widths(picture):
        """Of each row that holds a pixel."""
        width = picture.sum(axis=1).astype(int)
        return width[width > 0].tolist()

    assert widths(image(SQUARE)) == [17] * 17
    ellipse = widths(image(ELLIPSE))
    assert max(ellipse) == 27
    assert len(ellipse) == 13
    heart = image(HEART)
    assert widths(heart)[-6:] == sorted(widths(heart)[-6:], reverse=True)  # down to a tip
    assert widths(heart)[-1] == 1
    top = heart[heart.any(axis=1)][0]
    assert (np.diff(np.flatnonzero(top)) > 1).sum() == 1  # two lobes with a notch between them


@pytest.mark.parametrize("shape", range(3))
@pytest.mark.parametrize("orientation", range(0, 40, 3))
def test_orientation_is_clockwise(shape, orientation):
    upright = PIL.Image.fromarray(image(shape)[:63, :63])
    turned = np.asarray(upright.rotate(-orientation * 360 / 39)) > 0  # PIL's is counterclockwise
    drawn = image(shape, orientation=orientation)[:63, :63] > 0
    assert (turned & drawn).sum() > 0.9 * (turned | drawn).sum()


def test_first_and_last_orientation_are_one():
    stamps = all_at(0, 0).reshape(3, 6, 40, 64, 64)
    assert (stamps[:, :, 0] == stamps[:, :, 39]).all()
    assert len(np.unique(stamps.reshape(720, -1), axis=0)) == 649


@pytest.mark.parametrize(("x", "y"), [(0, 0), (31, 0), (0, 31), (31, 31), (7, 22)])
def test_places_shift_the_whole_sprite(x, y):
    placed = all_at(x, y)
    assert (placed == np.roll(all_at(0, 0), (y, x), axis=(1, 2))).all()
    for border in (placed[:, 0], placed[:, -1], placed[:, :, 0], placed[:, :, -1]):
        assert not border.any()
    columns = placed[:480].sum(axis=1) @ np.arange(64) / placed[:480].sum(axis=(1, 2))
    rows = placed[:480].sum(axis=2) @ np.arange(64) / placed[:480].sum(axis=(1, 2))
    np.testing.assert_allclose(columns, 16 + x, atol=1e-4)  # squares and ellipses; 47 at most
    np.testing.assert_allclose(rows, 16 + y, atol=1e-4)


# === The dataset ===


@pytest.fixture
def small(monkeypatch):
    """The first two orientations only, or one epoch would be long."""
    monkeypatch.setattr(Sprites, "factor_sizes", (1, 1, 2, 32, 32))
    return sprites()


def numbers(dataset):
    """Which images come, in their order, and that each has its factors."""
    found = []
    for images, factors in dataset:
        assert (images.numpy() == sprites().images(factors.numpy())).all()
        found.extend(np.ravel_multi_index(factors.numpy().T, (1, 1, 2, 32, 32)).tolist())
    return found


def test_grid():
    data = kg.datasets.sprites()
    assert dict(zip(data.factor_names, data.factor_sizes, strict=True)) == {
        "shape": 3,
        "scale": 6,
        "orientation": 40,
        "x": 32,
        "y": 32,
    }
    assert len(data.dataset(1)) == 737_280
    assert len(data.dataset(1000)) == 738
    assert len(data.dataset(1000, drop_remainder=True)) == 737


def test_unshuffled_images_come_in_the_order_of_dsprites():
    dataset = sprites().dataset(512, factors=True, shuffle=False)
    images, factors = next(iter(dataset.skip(719)))  # y varies fastest, then x, orientation, ...
    np.testing.assert_array_equal(factors[33], [1, 2, 39, 17, 1])
    assert (images.numpy() == sprites().images(factors.numpy())).all()


def test_an_epoch_holds_each_image_once(small):
    dataset = small.dataset(100, factors=True)
    epochs = [numbers(dataset) for _ in range(3)]
    assert all(sorted(epoch) == list(range(2048)) for epoch in epochs)
    assert epochs[0] != epochs[1] != epochs[2]


def test_order_depends_on_seed_and_epoch_alone(small):
    dataset = small.dataset(100, factors=True)
    epochs = [numbers(dataset) for _ in range(2)]
    again = small.dataset(64, factors=True)
    next(iter(again.from_epoch(5)))
    assert [numbers(again) for _ in range(2)] == epochs
    assert numbers(small.dataset(100, factors=True, seed=1)) != epochs[0]


@pytest.mark.parametrize("step", [1, 21])
def test_from_epoch_goes_on_where_a_run_stood(small, step):
    dataset = small.dataset(100, factors=True)
    run = [numbers([batch]) for _ in range(3) for batch in dataset]
    resumed = small.dataset(100, factors=True).from_epoch(1, step=step)
    assert [numbers([batch]) for batch in resumed.take(20)] == run[21 + step : 41 + step]


@pytest.mark.parametrize(("drop_remainder", "batch"), [(False, None), (True, 100)])
def test_shapes_are_known(small, drop_remainder, batch):
    dataset = small.dataset(100, factors=True, drop_remainder=drop_remainder)
    assert len(list(dataset)) == len(dataset)
    for each in (dataset, dataset.from_epoch(0)):
        images, factors = each.element_spec
        assert images.shape.as_list() == [batch, 64, 64, 1]
        assert factors.shape.as_list() == [batch, 5]
    assert small.dataset(100).element_spec == dataset.element_spec[0] or drop_remainder


def test_stock_keras_fit(small):
    model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(5)])
    model.compile("adam", "mse")
    train = small.dataset(256, factors=True)
    model.fit(train, epochs=2, shuffle=False, verbose=0)
    model.fit(train.from_epoch(2), steps_per_epoch=3, shuffle=False, verbose=0)


# === Chosen images ===


def test_splits_part_the_grid_for_good():
    train, test = splits().values()
    assert len(test) == 10_000
    np.testing.assert_array_equal(np.sort(np.concatenate([train, test])), np.arange(737_280))
    assert train[:3].tolist() == [125_674, 436_028, 227_828]
    assert test[:3].tolist() == [334_541, 499_329, 53_679]


def test_a_small_slice_holds_values_of_all_factors():
    factors = np.stack(np.unravel_index(splits()["train"][:1000], sprites().factor_sizes))
    assert [len(np.unique(values)) for values in factors] == [3, 6, 40, 32, 32]


@pytest.mark.parametrize("columns", [None, 2, [4, 0]])
def test_drawing_chosen_images(columns):
    numbers = np.array([700_000, 3, 12_345])
    factors = np.stack(np.unravel_index(numbers, sprites().factor_sizes), axis=1)
    batch = drawing(numbers, columns)(0, [2, 0])
    if columns is not None:
        batch, drawn = batch
        np.testing.assert_array_equal(drawn, factors[[2, 0]][:, columns])
    assert (batch.numpy() == sprites().images(factors[[2, 0]])).all()


# === Errors ===


@pytest.mark.parametrize(
    ("factors", "message"),
    [
        ([0, 0, 0, 0, 0], r"Expected integers, \(n, 5\).*Received: factors of int64, \(5,\)"),
        ([[0, 0, 0, 0]], r"Received: factors of int64, \(1, 4\)"),
        ([[0, 0, 0, 0, 0.5]], r"Received: factors of float64"),
        ([[0] * 5, [0, 6, 0, 0, 0]], r"less than \(3, 6, .*factors=\[0, 6, 0, 0, 0\]"),
        ([[0, 0, 0, 0, -1]], r"out of range.*factors=\[0, 0, 0, 0, -1\]"),
    ],
)
def test_factors_that_make_no_sense(factors, message):
    with pytest.raises(ValueError, match=message):
        sprites().images(factors)


@pytest.mark.parametrize("batch_size", [0, 2.5, 737_281])
def test_batches_that_make_no_sense(batch_size):
    with pytest.raises(ValueError, match=f"no such batch.*Received: batch_size={batch_size}"):
        sprites().dataset(batch_size)
