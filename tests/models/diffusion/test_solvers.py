"""Solvers: their orders against the exact flow, the shares of a mixture."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_genzoo.models.diffusion.noise_schedules import SCHEDULES, grid, log_ratio, times_of
from keras_genzoo.models.diffusion.solvers import SOLVERS, evaluations, solve

MEAN, SPREAD = 0.3, 0.2


def of_gaussian(state, point):
    apart = state - point.signal * MEAN
    variance = point.signal**2 * SPREAD**2 + point.noise**2
    return MEAN + point.signal * SPREAD**2 / variance * apart, point.noise / variance * apart


def of_two(state, point):
    """The mean of x_0 where a quarter of the data is near -0.6, the rest near 0.4."""
    shares, means, spread = np.array([0.25, 0.75]), np.array([-0.6, 0.4]), 0.05
    variance = point.signal**2 * spread**2 + point.noise**2
    apart = state[:, None] - point.signal * means
    weights = keras.ops.softmax(np.log(shares) - apart**2 / (2 * variance))
    each = means + point.signal * spread**2 / variance * apart
    clean = keras.ops.sum(weights * each, axis=-1)
    return clean, (state - point.signal * clean) / point.noise


@pytest.mark.parametrize("name", SCHEDULES)
@pytest.mark.parametrize(
    ("solver", "order", "within"), [("ddim", 1, 0.1), ("heun", 2, 0.2), ("dpm++2m", 2.6, 0.8)]
)
def test_orders(name, solver, order, within):
    schedule = SCHEDULES[name]
    start = tf.linspace(-1.0, 1.0, 9)
    (signal, noise), (last_signal, last_noise) = (schedule(tf.constant(t)) for t in (0.9, 0.1))
    ends = [float(log_ratio(*schedule(tf.constant(t)))) for t in (0.9, 0.1)]

    def spread(signal, noise):
        return (signal**2 * SPREAD**2 + noise**2) ** 0.5

    exact = last_signal * MEAN + spread(last_signal, last_noise) / spread(signal, noise) * (
        start - signal * MEAN
    )

    def error(steps):
        times = times_of(schedule, tf.linspace(*ends, steps + 1))
        return np.abs(solve(solver, schedule, of_gaussian, start, times) - exact).max()

    assert np.log2(error(16) / error(32)) == pytest.approx(order, abs=within)


@pytest.mark.parametrize("solver", SOLVERS)
def test_a_mixture_keeps_its_shares(solver):
    schedule = SCHEDULES["cosine"]
    times = grid(schedule, 60)

    def noise_of(step):
        return tf.random.stateless_normal((8000,), tf.stack([7, step]))

    start = schedule(times[0])[1] * tf.random.stateless_normal((8000,), (0, 1))
    drawn = tf.function(lambda: solve(solver, schedule, of_two, start, times, noise_of))().numpy()
    assert np.mean(drawn < -0.1) == pytest.approx(0.25, abs=0.02)
    assert drawn[drawn < -0.1].mean() == pytest.approx(-0.6, abs=0.02)
    assert drawn[drawn > -0.1].mean() == pytest.approx(0.4, abs=0.02)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("steps", [1, 6])
def test_evaluations(solver, steps):
    asked = []

    def denoise(state, point):
        tf.py_function(lambda: asked.append(1), [], [])
        return of_gaussian(state, point)

    schedule = SCHEDULES["flow"]
    times = grid(schedule, steps)
    tf.function(
        lambda: solve(solver, schedule, denoise, tf.ones(3), times, lambda step: tf.zeros(3))
    )()
    assert len(asked) == evaluations(solver, steps)
