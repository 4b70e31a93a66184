"""Which images: of whose card, read how."""

import numpy as np
import pytest

import keras_genzoo as kg
from keras_genzoo.training import Images


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


@pytest.mark.parametrize(
    ("validated", "shown"),
    [("train[50%:]", "train[50%:]"), ("none", "train"), (None, "train[90%:]")],
)
def test_what_is_shown_was_held_out(tmp_path, toy_preset, validated, shown):
    path = str(tmp_path / "own.npz")
    np.savez(path, images=np.full((10, 8, 8), 9, np.uint8))
    kg.presets.annotate(toy_preset, dataset=path, validation_split=validated)
    assert Images.of(toy_preset, path).held_out() == shown
    # Of other images than those of the training.
    assert Images.of(toy_preset, "fashion_mnist_small").held_out() == "test"


def test_one_number_or_two_are_a_size():
    assert Images(image_size=(64,)).image_size == 64
    batch = next(iter(Images(image_size=(8, 6)).load("test[:2]")))
    assert batch.shape == (2, 8, 6, 1)
