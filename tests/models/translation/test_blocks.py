"""Networks of any size, which look at each image alone."""

import keras
import numpy as np
import pytest
from contract import assert_same

from keras_genzoo.models.translation import blocks

BUILDS = {
    "unet": lambda: blocks.unet_generator(1, 1, filters=(2, 3), dropout=0),
    "residual": lambda: blocks.residual_generator(1, filters=(2, 3), num_blocks=1),
    "patch": lambda: blocks.patch_discriminator(1, filters=(2, 3)),
}


@pytest.mark.parametrize("name", BUILDS)
def test_each_image_is_by_itself(name):
    network = BUILDS[name]()
    images = np.random.default_rng(0).uniform(size=(3, 8, 12, 1)).astype("float32")
    for training in (False, True):
        whole = network(images, training=training)
        assert_same([whole[1:2]], [network(images[1:2], training=training)], 1e-5)
    assert float(keras.ops.std(whole)) > 0
    if name != "patch":
        assert whole.shape == images.shape
        assert 0 <= float(keras.ops.min(whole)) <= float(keras.ops.max(whole)) <= 1


def test_noise_is_of_the_innermost_layers_in_training():
    network = blocks.unet_generator(1, 1, filters=(2, 3, 4, 5))
    dropouts = [layer for layer in network.layers if isinstance(layer, keras.layers.Dropout)]
    assert len(dropouts) == 2
    images = np.random.default_rng(0).uniform(size=(1, 32, 32, 1)).astype("float32")
    assert_same([network(images)], [network(images)], 0)
    assert np.any(network(images, training=True) != network(images, training=True))


def test_a_patch_sees_its_part_alone():
    network = blocks.patch_discriminator(1, filters=(2,))  # without normalization, of 10x10 pixels
    images = np.random.default_rng(0).uniform(size=(1, 32, 32, 1)).astype("float32")
    other = images.copy()
    other[:, 16:] = 0
    apart = np.abs(network(images) - network(other))[0, :, :, 0].max(axis=1)
    assert apart.shape == (16,)
    assert not apart[:5].any()
    assert apart[8:].all()


def test_sources_are_seen_at_the_targets_size():
    network = blocks.patch_discriminator(3, filters=(2,), source_channels=1, scale=4)
    logits = network([np.zeros((1, 8, 8, 1)), np.zeros((1, 32, 32, 3))])
    assert logits.shape == (1, 16, 16, 1)
