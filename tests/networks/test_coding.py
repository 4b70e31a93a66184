"""The default networks: shapes, ranges, precision."""

import keras
import numpy as np
import pytest

from keras_genzoo import networks

SHAPES = [(8, 8, 1), (28, 28, 1), (12, 20, 3)]


def test_dense_layers_between_convolutions_and_latents():
    sizes = {"filters": (3, 4), "dense": (6, 5)}
    encoder, decoder = (each((8, 8, 1), **sizes) for each in (networks.encoder, _decoder_of_two))
    assert encoder.output_shape == (None, 5)
    kernels = [each.shape for each in encoder.weights if len(each.shape) == 2]
    assert kernels == [(2 * 2 * 4, 6), (6, 5)]
    kernels = [each.shape for each in decoder.weights if len(each.shape) == 2]
    assert kernels == [(2, 5), (5, 6), (6, 2 * 2 * 4)]
    prior = networks.condition_encoder((8, 8, 1), condition_shape=(4, 4, 3), **sizes)
    assert prior.output_shape == (None, 5)


def _decoder_of_two(shape, **sizes):
    return networks.decoder(shape, 2, **sizes)


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


@pytest.mark.parametrize("sizes", [{"hidden": (32,)}, {"filters": (16, 16)}], ids=str)
@pytest.mark.parametrize("condition", [{"num_classes": 3}, {"condition_shape": (6, 8, 2)}], ids=str)
def test_what_networks_give_depends_on_the_condition(condition, sizes):
    shape = (8, 8, 1)
    random = np.random.default_rng(0)
    images = np.repeat(random.uniform(size=(1, *shape)), 2, axis=0)
    latents = np.repeat(random.normal(size=(1, 3)), 2, axis=0)
    told = np.array([0, 2]) if "num_classes" in condition else random.uniform(size=(2, 6, 8, 2))
    features = networks.encoder(shape, units=7, **sizes, **condition)([images, told])
    decoded = networks.decoder(shape, 3, **sizes, **condition)([latents, told])
    alone = networks.condition_encoder(shape, **sizes, **condition)(told)
    assert decoded.shape == (2, *shape)
    for given in (features, decoded, alone):
        first, second = np.asarray(given)
        assert (first != second).any()
