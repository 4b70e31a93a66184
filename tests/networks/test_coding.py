"""The default networks, and the check of a user's."""

import keras
import numpy as np
import pytest

from keras_genzoo import networks

SHAPES = [(8, 8, 1), (28, 28, 1), (12, 20, 3)]


@pytest.mark.parametrize("sizes", [{"hidden": (6, 5)}, {"filters": (3, 4)}], ids=str)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_shapes(shape, sizes):
    images, latents = np.full((2, *shape), 0.5, "float32"), np.ones((2, 3), "float32")
    assert networks.encoder(shape, units=7, **sizes)(images).shape == (2, 7)
    assert len(networks.encoder(shape, **sizes)(images)) == 2
    decoded = networks.decoder(shape, 3, **sizes)(latents)
    assert decoded.shape == (2, *shape)
    double = networks.decoder(shape, 3, log_variance=True, **sizes)(latents)
    assert double.shape == (2, *shape[:2], 2 * shape[2])
    assert networks.generator(shape, 3, **sizes)(latents).shape == (2, *shape)
    assert networks.discriminator(shape, **sizes)(images).shape == (2, 1)


@pytest.mark.parametrize("network", [networks.decoder, networks.generator])
def test_images_are_in_range(network):
    model = network((8, 8, 1), 2, hidden=(16,))
    images = np.asarray(model(np.random.default_rng(0).normal(size=(50, 2)) * 1000))
    assert images.min() < 0.01
    assert images.max() > 0.99
    assert images.min() >= 0
    assert images.max() <= 1


def test_only_the_images_of_a_decoder_are_in_range():
    model = networks.decoder((8, 8, 1), 2, hidden=(16,), log_variance=True)
    decoded = np.asarray(model(np.random.default_rng(0).normal(size=(50, 2)) * 1000))
    images, log_variance = decoded[..., :1], decoded[..., 1:]
    assert 0 <= images.min() <= images.max() <= 1
    assert log_variance.min() < -1
    assert log_variance.max() > 1


@pytest.mark.parametrize("sizes", [{"hidden": (6, 5)}, {"filters": (3, 4)}], ids=str)
def test_half_precision_ends_in_float32(sizes):
    sizes = {**sizes, "dtype": "mixed_float16"}
    models = [
        networks.encoder((8, 8, 1), units=2, **sizes),
        networks.decoder((8, 8, 1), 2, **sizes),
        networks.generator((8, 8, 1), 2, **sizes),
        networks.discriminator((8, 8, 1), **sizes),
    ]
    for model in models:
        assert any(layer.compute_dtype == "float16" for layer in model.layers)
        assert model.output.dtype == "float32"


def test_the_decoder_mirrors_the_encoder():
    units = [
        layer.units
        for model in (
            networks.encoder((8, 8, 1), hidden=(6, 5)),
            networks.decoder((8, 8, 1), 2, hidden=(6, 5)),
        )
        for layer in model.layers
        if isinstance(layer, keras.layers.Dense)
    ]
    assert units == [6, 5, 5, 6, 64]


@pytest.mark.parametrize("shape", [(10, 8, 1), (8, 10, 1), (28, 28, 1)])
def test_strides_that_do_not_divide_are_refused(shape):
    for build in (networks.encoder, networks.discriminator):
        with pytest.raises(ValueError, match=r"Expected.*Received"):
            build(shape, filters=(2, 2, 2))
    for build in (networks.decoder, networks.generator):
        with pytest.raises(ValueError, match=r"Expected.*Received"):
            build(shape, 2, filters=(2, 2, 2))


def test_check_of_shapes():
    network = networks.encoder((8, 8, 1), hidden=(4,), units=2)
    networks.check_shapes(network, "encoder", inputs=[(8, 8, 1)])
    networks.check_shapes(network, "encoder", inputs=[(8, 8, 1)], outputs=(2,))
    two_outputs = keras.Model(network.inputs, [network.outputs[0]] * 2)
    for misfit, shapes in (
        (network, {"inputs": [(8, 8, 3)]}),
        (network, {"inputs": [(8, 8, 1), ()]}),
        (network, {"inputs": [(8, 8, 1)], "outputs": (3,)}),
        (two_outputs, {"inputs": [(8, 8, 1)]}),
        (keras.Sequential([keras.layers.Dense(2)]), {"inputs": [(8, 8, 1)]}),
        (keras.layers.Dense(2), {"inputs": [(8, 8, 1)]}),
        ("encoder", {"inputs": [(8, 8, 1)]}),
    ):
        with pytest.raises(ValueError, match=r"The encoder.*Expected.*Received"):
            networks.check_shapes(misfit, "encoder", **shapes)
