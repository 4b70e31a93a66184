"""DCGAN's networks: a block at full size; shapes and precision are tested beside the coders'."""

import keras
import numpy as np

from keras_genzoo import networks

NORMALIZATION = keras.layers.BatchNormalization


def kinds(network):
    return [type(layer) for layer in network.layers]


def test_a_block_at_the_images_own_size():
    shape, filters = (8, 12, 3), (6, 4)
    generator = networks.generator(shape, 3, filters=filters, full_size=True)
    plain = networks.generator(shape, 3, filters=filters)
    assert generator(np.ones((2, 3), "float32")).shape == (2, *shape)
    assert kinds(generator).count(NORMALIZATION) == kinds(plain).count(NORMALIZATION) + 1
    inner = generator.layers[-3].input  # of the last convolution
    assert inner.shape == (None, 8, 12, 3)  # half of the first filters

    sizes = {"filters": filters, "full_size": True, "normalize": False, "num_classes": 3}
    judge = networks.discriminator(shape, **sizes)
    assert judge([np.ones((2, *shape), "float32"), np.array([0, 2])]).shape == (2, 1)
    assert NORMALIZATION not in kinds(judge)
    maps = [
        layer.output.shape[1:] for layer in judge.layers if isinstance(layer, keras.layers.Conv2D)
    ]
    assert maps == [(8, 12, 3), (4, 6, 6), (2, 3, 4)]
    units = [layer.units for layer in judge.layers if isinstance(layer, keras.layers.Dense)]
    assert units == [128, 1]


def test_a_fresh_judge_at_full_size_passes_on_what_it_sees():
    images = np.random.default_rng(0).uniform(size=(64, 16, 16, 1)).astype("float32")

    def spread(**options):
        """Of the last hidden layer, in units of that of the pixels in [-1, 1]."""
        judge = networks.discriminator((16, 16, 1), normalize=False, **options)
        hidden = keras.Model(judge.input, judge.layers[-1].input)
        return np.std(hidden(images)) / np.std(2 * images - 1)

    keras.utils.set_random_seed(0)
    assert 0.3 < spread(full_size=True) < 3
    assert spread(full_size=False) < 0.1  # as in DCGAN's paper
