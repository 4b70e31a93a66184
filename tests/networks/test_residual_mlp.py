"""The residual MLP: shapes, what it is told, where it begins."""

import keras
import numpy as np

from keras_genzoo import networks


def test_shapes_and_what_it_is_told():
    network = networks.residual_mlp((5,), hidden=(8, 6), num_classes=2)
    assert [tuple(x.shape[1:]) for x in network.inputs] == [(5,), (), ()]
    noisy = np.random.default_rng(0).normal(size=(1, 5)).repeat(3, axis=0)
    given = [noisy, np.array([0.5, 0.5, 0.51]), np.array([0, 1, 0])]
    told = network(given)
    assert told.shape == (3, 5)
    assert (np.asarray(told) == 0).all()  # where every training begins
    for weight in network.trainable_weights:
        weight.assign(keras.random.normal(weight.shape, stddev=0.3, seed=1))
    told = np.asarray(network(given))
    assert (told[0] != told[1]).any()
    assert (told[0] != told[2]).any()


def test_half_precision_ends_in_float32():
    network = networks.residual_mlp((5,), hidden=(8,), dtype="mixed_bfloat16")
    assert network.output.dtype == "float32"
    assert "bfloat16" in {layer.compute_dtype for layer in network.layers if layer.weights}
