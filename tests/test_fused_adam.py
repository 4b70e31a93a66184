"""What the other tests descend by is Adam."""

import fused_adam
import keras
import numpy as np
import pytest
import tensorflow as tf
from contract import assert_same


@pytest.mark.parametrize("options", [{}, {"beta_1": 0.5, "clipnorm": 0.1}, {"amsgrad": True}])
def test_one_kernel_gives_what_keras_gives(options):
    as_keras_has_it = type("Adam", (keras.optimizers.Adam,), fused_adam.AS_KERAS_HAS_IT)
    ends = []
    for adam in (keras.optimizers.Adam, as_keras_has_it):
        optimizer, random = adam(0.1, **options), np.random.default_rng(0)
        weights = [
            keras.Variable(random.normal(size=shape), dtype="float32") for shape in ((3, 2), (2,))
        ]
        for _ in range(3):
            dense, sparse = random.normal(size=(3, 2)), random.normal(size=(2,))
            sparse = tf.IndexedSlices(
                tf.constant(sparse[:1], "float32"), [1], [2]
            )  # an embedding's
            optimizer.apply([tf.constant(dense, "float32"), sparse], weights)
        ends.append([variable.numpy() for variable in [*weights, *optimizer.variables]])
    assert_same(*ends, 1e-4)
