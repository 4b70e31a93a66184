"""Gated blocks: configs, shapes, and that grey is told from the outside."""

import json

import numpy as np

from keras_genzoo.models.autoregressive.gated_blocks import CausalStem, GatedBlock, pixel_network


def test_configs():
    block = GatedBlock(4, kernel_size=5, num_classes=3, dtype="mixed_float16")
    config = json.loads(json.dumps(block.get_config()))
    again = GatedBlock.from_config(config)
    assert again.get_config() == block.get_config()
    assert (again.filters, again.kernel_size, again.num_classes, again.reach) == (4, 5, 3, 2)
    stem = CausalStem(4)
    assert CausalStem.from_config(stem.get_config()).filters == 4


def test_parameters_are_those_of_cropped_kernels():
    """A masked 3x3 kernel would have 9 places; half of the one row and one above are 2 and 6."""
    block = GatedBlock(4)
    features = np.zeros((1, 8, 8, 4), "float32")
    block([features, features])
    shapes = {tuple(weight.shape) for weight in block.weights if len(weight.shape) == 4}
    assert shapes == {(2, 3, 4, 8), (1, 2, 4, 8)}


def test_grey_is_told_from_the_outside():
    stem = CausalStem(2)
    grey = np.full((1, 8, 8, 1), 0.5, "float32")  # 0 where pixels are in [-1, 1], as the padding
    stem(grey)
    stem.place.assign(np.zeros(stem.place.shape))
    vertical, horizontal = map(np.asarray, stem(grey))
    assert np.ptp(vertical[0, 3:, 3:-3], axis=(0, 1)).max() < 1e-6  # within, all places are alike
    assert np.ptp(horizontal[0, :, 3:], axis=(0, 1)).max() < 1e-6
    assert (vertical[0, 3, 0] != vertical[0, 3, 3]).all()
    assert (horizontal[0, 0, 0] != horizontal[0, 0, 3]).all()


def test_places_are_told_apart():
    """By weights of their own: the network sees where a pixel lies."""
    network = pixel_network((8, 8, 1), filters=4, num_blocks=1, kernel_size=3, outputs=2)
    outputs = network(np.zeros((1, 8, 8, 1), "float32"))
    assert outputs.shape == (1, 8, 8, 2)
    assert len(np.unique(np.asarray(outputs)[0, :, :, 0].round(6))) > 50
