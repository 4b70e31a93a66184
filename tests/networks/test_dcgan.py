"""DCGAN's networks: a block at full size; shapes and precision are tested beside the coders'."""

import keras
import numpy as np
import pytest

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


@pytest.mark.parametrize("sizes", [{"hidden": (6,)}, {"filters": (4,)}], ids=str)
def test_a_label_is_compared_with_the_features(sizes):
    judge = networks.discriminator((8, 8, 1), num_classes=3, projection=True, **sizes)
    images = np.random.default_rng(0).uniform(size=(4, 8, 8, 1)).astype("float32")
    labels = np.array([0, 2, 1, 2])
    (embedded,) = (x for x in judge.layers if isinstance(x, keras.layers.Embedding))
    (last,) = (x for x in judge.layers if isinstance(x, keras.layers.Dense) and x.units == 1)
    features = np.asarray(keras.Model(judge.input[0], last.input)(images))
    kernel, codes = last.kernel.numpy()[:, 0], embedded.embeddings.numpy()[labels]
    expected = features @ kernel + np.sum(features * codes, axis=-1)
    np.testing.assert_allclose(judge([images, labels])[:, 0], expected, rtol=1e-4, atol=1e-6)
