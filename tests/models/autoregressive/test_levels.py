"""How levels are distributed: by hand, at the extremes, and by their sums."""

import numpy as np
import pytest
import tensorflow as tf
from scipy.special import expit, logsumexp

from keras_genzoo.models.autoregressive.levels import LogisticMixture, TwoLevels, rounded

HEADS = [TwoLevels(1), TwoLevels(3), LogisticMixture(1, 2), LogisticMixture(3, 4)]


def drawn(head, scale=1.0, n=200):
    random = np.random.default_rng(0)
    outputs = random.normal(scale=scale, size=(n, head.outputs)).astype("float32")
    images = random.integers(0, head.levels, (n, head.channels)) / (head.levels - 1)
    return outputs, images.astype("float32")


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("scale", [1.0, 5.0])
def test_probabilities_sum_to_1_and_agree(head, scale):
    outputs, images = drawn(head, scale)
    parameters = head.parameters(outputs, images)
    conditionals = np.asarray(head.conditionals(parameters))
    assert conditionals.shape == (200, head.channels, head.levels)
    np.testing.assert_allclose(conditionals.sum(axis=-1), 1, rtol=1e-5)
    levels = np.rint(images * (head.levels - 1)).astype(int)
    own = np.take_along_axis(conditionals, levels[..., None], axis=-1)[..., 0]
    nats = np.asarray(head.log_prob(parameters, images))
    likely = own > 1e-30  # below, floats end
    np.testing.assert_allclose(nats[likely], np.log(own[likely]), rtol=1e-4, atol=1e-6)
    assert np.isfinite(nats).all()
    below = np.cumsum(conditionals, axis=-1)[..., :-1]
    np.testing.assert_allclose(head.thresholds(parameters), below, atol=1e-5)


def test_a_mixture_by_hand():
    """In double precision, as differences of the logistic's distribution function."""
    head = LogisticMixture(3, 2)
    outputs, images = drawn(head)
    parts = np.asarray(outputs, "float64").reshape(-1, 12, 2)
    weights, means, log_scales, coefficients = np.split(parts, [3, 6, 9], axis=1)
    pixels = 2 * np.asarray(images, "float64") - 1
    means = means + np.array([-1, 1])
    means[:, 1] += coefficients[:, 0] * pixels[:, [0]]
    means[:, 2] += coefficients[:, 1] * pixels[:, [0]] + coefficients[:, 2] * pixels[:, [1]]
    above, below = (
        expit((pixels[..., None] + side / 255 - means) / np.exp(log_scales)) for side in (1, -1)
    )
    above = np.where(pixels[..., None] == 1, 1, above)
    below = np.where(pixels[..., None] == -1, 0, below)
    weights -= logsumexp(weights, axis=-1, keepdims=True)
    expected = np.log(np.sum(np.exp(weights) * (above - below), axis=-1))
    nats = head.log_prob(head.parameters(outputs, images), images)
    np.testing.assert_allclose(nats, expected, rtol=1e-4)


@pytest.mark.parametrize("head", HEADS)
def test_extreme_outputs_have_finite_gradients(head):
    outputs, images = (tf.constant(each) for each in drawn(head, scale=100.0))
    with tf.GradientTape() as tape:
        tape.watch(outputs)
        nats = head.log_prob(head.parameters(outputs, images), images)
    assert np.isfinite(nats).all()
    assert np.isfinite(tape.gradient(nats, outputs)).all()


def test_rounding_lets_gradients_pass():
    images = tf.constant([0.0, 0.3, 0.5, 1.0])
    with tf.GradientTape() as tape:
        tape.watch(images)
        levels = rounded(images, 256)
    np.testing.assert_allclose(levels, np.rint(images.numpy() * 255) / 255, atol=1e-7)
    np.testing.assert_array_equal(tape.gradient(levels, images), np.ones(4))
