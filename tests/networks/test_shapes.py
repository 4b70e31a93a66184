"""Strides that divide, and the check of a user's network."""

import keras
import pytest

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
