"""How steep a judge is: against its gradient by hand, which can be descended."""

import numpy as np
import pytest
import tensorflow as tf
from contract import pictures
from keras import ops

from keras_genzoo.models.adversarial.gradient_penalties import with_squared_slopes


@pytest.mark.parametrize("compiled", [False, True])
def test_slopes_of_a_vote_and_their_own_gradient(compiled):
    """Of a map of three places, each `scale * x^2`: by a pixel the vote moves 2 scale x."""
    images, scale = pictures(3), tf.Variable(2.0)

    def slopes(when):
        def judge(images):
            return ops.repeat(scale * ops.square(images), 3, axis=-1)

        with tf.GradientTape() as tape:
            logits, squared = with_squared_slopes(judge, ops.convert_to_tensor(images), when)
        return logits, squared, tape.gradient(squared, scale, unconnected_gradients="zero")

    slopes = tf.function(slopes) if compiled else slopes
    expected = np.square(2 * 2.0 * images / 64).sum(axis=(1, 2, 3))
    for when in (True, tf.constant(True)):
        logits, squared, gradient = slopes(when)
        np.testing.assert_allclose(squared, expected, rtol=1e-5)
        assert logits.shape == (3, 8, 8, 3)
        assert float(gradient) == pytest.approx(expected.sum(), rel=1e-5)  # 2 s / s^2
    _, squared, gradient = slopes(tf.constant(False))
    assert squared.numpy().tolist() == [0.0] * 3
    assert float(gradient) == 0
