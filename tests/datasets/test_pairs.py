"""Pairs: found in folders and pictures, or made; both sides flipped and cut alike."""

import io

import numpy as np
import PIL.Image
import pytest
from contract import THREE_PARTS
from image_files import picture, write_folder

from keras_genzoo import datasets

RANDOM = np.random.default_rng(0)


def encoded(pixels):
    data = io.BytesIO()
    PIL.Image.fromarray(pixels).save(data, format="png")
    return data.getvalue()


def side_by_side(folder, count=3):
    """Pictures whose right half is the left one's negative; `(n, 8, 6, 3)`, the left halves."""
    left = RANDOM.integers(256, size=(count, 8, 6, 3), dtype=np.uint8)
    both = np.concatenate([left, 255 - left], axis=2)
    write_folder(folder, {f"train/{i}.png": encoded(each) for i, each in enumerate(both)})
    return left / 255


def of(dataset):
    return datasets.arrays(dataset)


def test_halves_of_pictures(tmp_path):
    left = side_by_side(tmp_path)
    sources, targets = of(datasets.pairs(tmp_path, shuffle=False))
    np.testing.assert_allclose(sources, left, atol=1e-6)
    np.testing.assert_allclose(targets, 1 - left, atol=1e-6)
    sources, _ = of(datasets.pairs(tmp_path, source="right", shuffle=False))
    np.testing.assert_allclose(sources, 1 - left, atol=1e-6)
    sources, targets = of(datasets.pairs(tmp_path, source="right", shuffle=False, image_size=4))
    assert sources.shape == targets.shape == (3, 4, 4, 3)
    np.testing.assert_allclose(sources, 1 - targets, atol=1e-5)


@pytest.mark.parametrize("sides", [("maps", "photos"), ("trainA", "trainB")])
def test_folders_of_equal_names(tmp_path, sides):
    files = {f"{sides[0]}/{i}.png": picture(i) for i in range(10)}
    files |= {f"{sides[1]}/{i}.bmp": picture(100 + i, suffix="bmp") for i in range(10)}
    files |= {f"test{side}/3.png": picture(50) for side in "AB" if sides[0] == "trainA"}
    write_folder(tmp_path, files)

    def greys(**options):
        both = of(datasets.pairs(tmp_path, **options))
        return [(side[:, 0, 0, 0] * 255).round().astype(int).tolist() for side in both]

    assert greys(shuffle=False) == [list(range(10)), list(range(100, 110))]
    assert greys(shuffle=False, split="train[80%:]") == [[8, 9], [108, 109]]
    other = sides[1][-1] if "trainB" in sides else sides[1]
    assert greys(shuffle=False, source=other, take=2) == [[100, 101], [0, 1]]
    sources, targets = greys(flip=True, jitter=1)
    assert [target - source for source, target in zip(sources, targets, strict=True)] == [100] * 10


def test_made_pairs():
    images = of(datasets.load("fashion_mnist_small", "test[:4]", shuffle=False))
    how = {"split": "test[:4]", "shuffle": False}
    sources, targets = of(datasets.pairs("fashion_mnist_small", "super_resolution", **how))
    np.testing.assert_array_equal(targets, images)
    means = images.reshape(4, 7, 4, 7, 4, 1).mean(axis=(2, 4))
    np.testing.assert_allclose(sources, means, atol=1e-5)
    sources, targets = of(datasets.pairs("fashion_mnist_small", "inpaint", **how))
    np.testing.assert_array_equal(targets, images)
    holes = np.isclose(sources, 0.5).all(axis=-1)
    boxes = [tuple(np.argwhere(hole).ravel()[:2]) for hole in holes]
    assert (holes.sum(axis=(1, 2)) >= 14 * 14).all()
    assert len(set(boxes)) > 1
    np.testing.assert_array_equal(sources[~holes], images[~holes])


def test_colours_and_their_luminance(tmp_path):
    colours = RANDOM.integers(256, size=(3, 8, 8, 3), dtype=np.uint8)
    write_folder(tmp_path, {f"{i}.png": encoded(each) for i, each in enumerate(colours)})
    sources, targets = of(datasets.pairs(tmp_path, "colorize", shuffle=False))
    np.testing.assert_allclose(targets, colours / 255, atol=1e-6)
    np.testing.assert_allclose(sources[..., 0], targets @ [0.299, 0.587, 0.114], atol=1e-5)


def test_both_sides_are_flipped_and_cut_alike(tmp_path):
    side_by_side(tmp_path, 8)
    how = {"flip": True, "crop": (5, 4), "batch_size": 3}
    dataset = datasets.pairs(tmp_path, **how)
    first, second = (of(dataset.from_epoch(epoch).take(3)) for epoch in (0, 1))
    for sources, targets in (first, second):
        assert sources.shape == (8, 5, 4, 3)
        np.testing.assert_allclose(sources, 1 - targets, atol=1e-6)
    again = of(datasets.pairs(tmp_path, **how).from_epoch(1, step=1).take(2))
    np.testing.assert_array_equal(again[0], second[0][3:])
    assert (np.sort(first[0], axis=0) != np.sort(second[0], axis=0)).any()


@pytest.mark.parametrize(
    "bad",
    [
        {"kind": "colourize"},
        {"kind": "colorize", "source": "left"},
        {"source": "middle"},
        {"kind": "super_resolution", "factor": 5},
        {"kind": "super_resolution", "factor": 1},
        {"kind": "inpaint", "factor": 2},
        {"factor": 2},
        {"crop": 9},
        {"image_size": 0},
        {"image_size": (8,)},
    ],
)
def test_what_makes_no_pairs_is_refused(tmp_path, bad):
    side_by_side(tmp_path)
    with pytest.raises(ValueError, match=THREE_PARTS):
        datasets.pairs(tmp_path, **bad)


@pytest.mark.parametrize("beside", ["c/0.png", "0.png", "test/a/0.png"])
def test_folders_of_equal_names_are_not_cut_in_halves(tmp_path, beside):
    train = "train/" if beside.startswith("test") else ""
    files = {f"{train}{side}/{i}.png": picture(i) for side in "ab" for i in range(3)}
    write_folder(tmp_path, {**files, beside: picture(9)})
    with pytest.raises(ValueError, match=rf"{THREE_PARTS}: the folders .*'train': \['.*b'"):
        datasets.pairs(tmp_path)
    assert datasets.pairs(tmp_path, source="left").element_spec[0].shape.as_list() == [
        None,
        4,
        3,
        1,
    ]


def test_files_without_a_like_are_named(tmp_path):
    files = {f"{side}/{i}.png": picture(i) for side in ("a", "b") for i in range(3)}
    write_folder(tmp_path, {**files, "a/alone.png": picture(9)})
    with pytest.raises(ValueError, match=rf"{THREE_PARTS}: alone, 1 in all"):
        datasets.pairs(tmp_path)
    with pytest.raises(ValueError, match=r"Expected source of 'a', 'b'"):
        datasets.pairs(tmp_path, source="c")
    with pytest.raises(ValueError, match=THREE_PARTS):
        datasets.pairs(tmp_path, "colorize")  # of grey ones
    twice = {f"{side}/{i}.png": picture(i) for side in ("a", "b") for i in range(2)}
    twice |= {f"{side}/1.bmp": picture(9, suffix="bmp") for side in ("a", "b")}
    twice = write_folder(tmp_path / "twice", twice)
    with pytest.raises(ValueError, match=rf"{THREE_PARTS}: a/1.bmp and a/1.png"):
        datasets.pairs(twice)
    odd = write_folder(tmp_path / "odd", {"0.png": picture(1, size=(5, 4))})
    with pytest.raises(ValueError, match=r"even width"):
        datasets.pairs(odd)


@pytest.mark.parametrize("kinds", [("cats", "dogs"), ("cats", "cats")])
def test_halves_of_pictures_in_two_folders(tmp_path, kinds):
    """As classes: only a `source` tells them from pairs, of one name or not."""
    both = np.concatenate([np.zeros((4, 3), np.uint8), np.full((4, 3), 255, np.uint8)], axis=1)
    named = dict(zip(("cats", "dogs"), kinds, strict=True))
    files = {f"{folder}/{kind}{i}.png" for folder, kind in named.items() for i in range(3)}
    write_folder(tmp_path, dict.fromkeys(files, encoded(both)))
    for source, grey in (("left", 0), ("right", 1)):
        sources, targets = of(datasets.pairs(tmp_path, source=source))
        assert sources.shape == (6, 4, 3, 1)
        assert (sources == grey).all()
        assert (targets == 1 - grey).all()
    if kinds[0] != kinds[1]:
        with pytest.raises(ValueError, match=r"Expected .*, or source='left' .*Received: "):
            datasets.pairs(tmp_path)


def test_two_sets_by_letter_are_no_halves(tmp_path):
    write_folder(tmp_path, {f"train{side}/{i}.png": picture(i) for side in "AB" for i in range(3)})
    with pytest.raises(ValueError, match=r"Expected source of 'A', 'B'\. Received: source='left'"):
        datasets.pairs(tmp_path, source="left")
