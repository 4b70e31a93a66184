"""Which images: of whose card, read how."""

import numpy as np
import pytest

import keras_genzoo as kg
from keras_genzoo.training import Images
from keras_genzoo.training.images import count_classes, parted


def test_a_card_says_how_images_are_read(toy_preset):
    how = {"image_size": 8, "grayscale": True, "binarize": "static"}
    kg.presets.annotate(toy_preset, dataset="fashion_mnist_small", images=how)
    images = Images.of(toy_preset)
    assert images == Images(dataset="fashion_mnist_small", **how)
    batch = next(iter(images.load("test", batch_size=4)))
    assert batch.shape == (4, 8, 8, 1)
    assert set(np.unique(batch)) <= {0.0, 1.0}
    assert Images.of(toy_preset, "sprites").dataset == "sprites"


def test_a_card_that_names_no_images(toy_preset):
    kg.presets.annotate(toy_preset, dataset=None)
    with pytest.raises(ValueError, match=r"Expected --dataset. Received"):
        Images.of(toy_preset)


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
    with pytest.raises(ValueError, match=r"Expected --validation-split.*Received.*split='train'"):
        parted(path, split="train")
    assert parted(one_split(tmp_path, count=4)) == ("train", "none")


def test_splits_that_a_source_has_are_used(tmp_path):
    assert parted("fashion_mnist_small") == ("train", "test")
    assert parted(several(tmp_path, train=5, val=2)) == ("train", "validation")
    assert parted(several(tmp_path, train=5, extra=2)) == ("train[:90%]", "train[90%:]")
    with pytest.raises(ValueError, match=r"Expected --split.*a, b. Received"):
        parted(several(tmp_path, a=5, b=5))


@pytest.mark.parametrize(
    ("validated", "shown"),
    [("train[50%:]", "train[50%:]"), ("none", "train"), (None, "train[90%:]")],
)
def test_what_is_shown_was_held_out(tmp_path, toy_preset, validated, shown):
    path = one_split(tmp_path)
    kg.presets.annotate(toy_preset, dataset=path, validation_split=validated)
    assert Images.of(toy_preset, path).held_out() == shown
    # Of other images than those of the training.
    assert Images.of(toy_preset, "fashion_mnist_small").held_out() == "test"


def test_one_number_or_two_are_a_size():
    assert Images(image_size=(64,)).image_size == 64
    batch = next(iter(Images(image_size=(8, 6)).load("test[:2]")))
    assert batch.shape == (2, 8, 6, 1)


def labelled(folder, labels):
    np.savez(folder / "a.npz", images=np.full((len(labels), 8, 8), 9, np.uint8), labels=labels)
    return kg.datasets.load(folder / "a.npz", labels=True)


def test_classes_are_counted(tmp_path):
    three, two = labelled(tmp_path, [0, 2, 1]), labelled(tmp_path, [0, 1])
    assert count_classes(two, three) == 3
    for none in ([-1, 1], [0.5, 1.0], np.eye(2, dtype=int)):
        with pytest.raises(ValueError, match=r"no classes. Expected.*Received: labels"):
            count_classes(labelled(tmp_path, none))
