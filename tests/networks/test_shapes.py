"""Strides that divide, and the check of a user's network."""

import keras
import numpy as np
import pytest

import keras_genzoo as kg
from keras_genzoo import networks


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


def test_maps_of_any_size_fit_where_they_may():
    layers = keras.layers
    free = keras.Sequential([keras.Input((None, None, 1)), layers.Conv2D(3, 3, padding="same")])
    fits = {"inputs": [(8, 16, 1)], "outputs": (8, 16, 3)}
    networks.check_shapes(free, "generator", any_size=True, **fits)
    for misfit in ({}, {"any_size": True, "outputs": (8, 16, 1)}):
        with pytest.raises(ValueError, match=r"Expected.*Received"):
            networks.check_shapes(free, "generator", **{**fits, **misfit})


def ending(activation, shape, inputs=(2,)):
    """A network that ends with an activation, reshaped, in a network of its own."""
    units = int(np.prod(shape))
    inner = keras.Sequential([keras.Input(inputs), keras.layers.Flatten()])
    inner.add(keras.layers.Dense(units, activation))
    outer = keras.Input(inputs)
    return keras.Model(outer, keras.layers.Reshape(shape)(inner(outer)))


def test_networks_of_another_range_are_told():
    shape = (8, 8, 1)
    sizes = {"latent_dim": 2, "hidden": (4,)}
    for activation in ("tanh", "linear", None):
        with pytest.warns(UserWarning, match=r"generator ends.*Expected images in \[0, 1\]"):
            kg.models.GAN(shape, generator=ending(activation, shape), **sizes)
        with pytest.warns(UserWarning, match=r"decoder ends with.*Received: decoder="):
            kg.models.VAE(shape, decoder=ending(activation, shape), **sizes)
    with pytest.warns(UserWarning, match=r"discriminator ends.*'sigmoid'.*Expected logits"):
        kg.models.GAN(shape, discriminator=ending("sigmoid", (1,), shape), **sizes)
    kg.models.GAN(shape, discriminator=ending(None, (1,), shape), **sizes)
    kg.models.VAE(shape, decoder=ending("sigmoid", shape), **sizes)


def test_an_encoder_of_several_outputs_is_told_of_the_heads():
    images = keras.Input((8, 8, 1))
    flat = keras.layers.Flatten()(images)
    encoder = keras.Model(images, [keras.layers.Dense(2)(flat) for _ in range(3)])
    with pytest.raises(ValueError, match="Expected: one output, to which the model adds its heads"):
        kg.models.VAE((8, 8, 1), latent_dim=2, encoder=encoder)
