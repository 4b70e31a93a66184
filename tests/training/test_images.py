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
