"""Adam by one kernel: it gives what Keras' own gives, whatever wraps it, and leaves no trace."""

import contextlib

import keras
import numpy as np
import pytest
import tensorflow as tf
from contract import assert_same

import keras_genzoo as kg
from keras_genzoo.base.adam_kernel import one_kernel_a_weight

ADAM = keras.optimizers.Adam


def descended(optimizer, how):
    """Weights and the optimizer's state after three steps, one of their gradients sparse."""
    random = np.random.default_rng(0)
    weights = [
        keras.Variable(random.normal(size=shape), dtype="float32") for shape in ((3, 2), (2,))
    ]
    optimizer.build(weights)
    for _ in range(3):
        dense = tf.constant(random.normal(size=(3, 2)), "float32")
        sparse = tf.IndexedSlices(tf.constant([random.normal()], "float32"), [1], [2])
        with how(optimizer):
            optimizer.apply([dense, sparse], weights)
    return [variable.numpy() for variable in [*weights, *optimizer.variables]]


@pytest.mark.parametrize(
    "new",
    [
        lambda: ADAM(0.1),
        lambda: ADAM(0.1, beta_1=0.5, clipvalue=0.1),
        lambda: ADAM(keras.optimizers.schedules.CosineDecay(0.1, 3), use_ema=True),
        lambda: ADAM(0.1, gradient_accumulation_steps=2),
        lambda: keras.optimizers.AdamW(0.1, weight_decay=0.1),
        lambda: keras.optimizers.LossScaleOptimizer(ADAM(0.1), initial_scale=8.0),
    ],
)
def test_one_kernel_gives_what_keras_gives(new, monkeypatch):
    as_ever = descended(new(), contextlib.nullcontext)
    monkeypatch.setattr(ADAM, "update_step", None)
    assert_same(descended(new(), one_kernel_a_weight), as_ever, 1e-4)


@pytest.mark.parametrize(
    "optimizer",
    [
        ADAM(0.1, amsgrad=True),
        keras.optimizers.SGD(0.1),
        type("Own", (ADAM,), {"update_step": lambda self, gradient, weight, rate: None})(),
    ],
)
def test_others_update_as_ever(optimizer):
    before = dict(vars(optimizer))
    with one_kernel_a_weight(optimizer):
        assert vars(optimizer) == before


@pytest.mark.parametrize("dtype", ["bfloat16", "float16", "float64"])
def test_weights_of_other_types_descend_too(dtype):
    def descended(dtype):
        weight, adam = keras.Variable([1.0, -1.0], dtype=dtype), ADAM(0.1)
        adam.build([weight])
        for _ in range(5):
            with one_kernel_a_weight(adam):
                adam.apply([tf.constant([1.0, -0.5], dtype)], [weight])
        return tf.cast(weight.value, "float32").numpy()

    np.testing.assert_allclose(descended(dtype), descended("float32"), atol=0.02)
    np.testing.assert_allclose(descended(dtype), [0.5, -0.5], atol=0.02)


def test_a_model_of_bfloat16_learns():
    model = kg.models.VAE((8, 8, 1), latent_dim=2, hidden=(4,), seed=0, dtype="bfloat16")
    model.compile(ADAM(0.1))
    history = model.fit(np.zeros((8, 8, 8, 1), "float32"), epochs=9, verbose=0).history["loss"]
    assert history[-1] < history[0] / 2


def test_nothing_of_it_stays():
    adam = ADAM(0.1)
    adam.build([keras.Variable([1.0])])
    with contextlib.suppress(KeyboardInterrupt), one_kernel_a_weight(adam):
        assert "update_step" in vars(adam)
        raise KeyboardInterrupt
    assert "update_step" not in vars(adam)
