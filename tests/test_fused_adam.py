"""What the other tests descend by is Adam."""

import fused_adam
import keras
import numpy as np
import pytest
from contract import assert_same


class AsKerasHasIt(keras.optimizers.Adam):
    _backend_update_step = keras.optimizers.Optimizer._backend_update_step
    update_step = fused_adam.as_keras_has_it


@pytest.mark.parametrize("options", [{}, {"beta_1": 0.5, "clipnorm": 0.1}, {"amsgrad": True}])
def test_one_kernel_gives_what_keras_gives(options):
    ends = []
    for adam in (keras.optimizers.Adam, AsKerasHasIt):
        optimizer, random = adam(0.1, **options), np.random.default_rng(0)
        weights = [keras.Variable(random.normal(size=shape)) for shape in ((3, 2), (2,))]
        for _ in range(3):
            gradients = [keras.ops.cast(random.normal(size=w.shape), w.dtype) for w in weights]
            optimizer.apply(gradients, weights)
        ends.append([variable.numpy() for variable in [*weights, *optimizer.variables]])
    assert_same(*ends)
