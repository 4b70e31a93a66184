"""Schedules against their papers' formulas; what is predicted, and the grid of times."""

import keras
import numpy as np
import pytest
from numpy.testing import assert_allclose

from keras_genzoo.models.diffusion import noise_schedules as schedules
from keras_genzoo.models.diffusion.noise_schedules import SCHEDULES

TIMES = np.linspace(0, 1, 101).astype("float32")


def ends(name, times=TIMES):
    return [np.asarray(each) for each in SCHEDULES[name](keras.ops.convert_to_tensor(times))]


def test_cosine():
    t = TIMES.astype("float64")
    squares = np.cos((t + 0.008) / 1.008 * np.pi / 2) ** 2
    signal, noise = ends("cosine")
    assert_allclose(signal**2, squares / squares[0], atol=1e-6)
    assert_allclose(noise**2, 1 - squares / squares[0], atol=1e-6)


def test_linear_is_the_limit_of_ddpms_thousand_steps():
    # Ho et al.: beta from 1e-4 to 0.02, here times 1000 over [0, 1].
    betas = np.linspace(1e-4, 0.02, 1000)
    remains = np.sqrt(np.cumprod(1 - betas))
    signal, noise = ends("linear", np.arange(1, 1001, dtype="float32") / 1000)
    assert_allclose(signal, remains, atol=2e-3)
    assert_allclose(noise, np.sqrt(1 - remains**2), atol=6e-3)
    integral = 0.1 * TIMES + 19.9 * TIMES.astype("float64") ** 2 / 2
    assert_allclose(ends("linear")[0], np.exp(-integral / 2), rtol=1e-5)


def test_flow():
    assert_allclose(ends("flow"), [1 - TIMES, TIMES], atol=1e-7)


@pytest.mark.parametrize("name", ["cosine", "linear"])
def test_variance_is_preserved(name):
    signal, noise = ends(name)
    assert_allclose(signal**2 + noise**2, 1, atol=1e-6)


@pytest.mark.parametrize("name", SCHEDULES)
@pytest.mark.parametrize("prediction", schedules.PREDICTIONS)
def test_predictions_tell_both_ends(name, prediction):
    random = np.random.default_rng(0)
    times = np.linspace(0.02, 0.95, 94, dtype="float32")
    signal, noise = (each[:, None].astype("float64") for each in ends(name, times))
    clean, eps = random.uniform(-1, 1, (94, 50)), random.normal(size=(94, 50))
    noisy = signal * clean + noise * eps
    output = schedules.predicted(prediction, clean, eps, signal, noise)
    told = schedules.clean_and_noise(prediction, output, noisy, signal, noise)
    assert_allclose(told[0], clean, atol=1e-5)
    assert_allclose(told[1], eps, atol=1e-5)


@pytest.mark.parametrize("name", SCHEDULES)
@pytest.mark.parametrize("prediction", schedules.PREDICTIONS)
def test_predictions_are_finite_at_both_ends(name, prediction):
    for time in (0.0, 1.0):
        told = schedules.clean_and_noise(
            prediction, np.float32(0.5), np.float32(0.7), *ends(name, np.float32(time))
        )
        assert np.isfinite(told).all()


@pytest.mark.parametrize("name", SCHEDULES)
def test_the_grid_is_even_and_ends_at_clean_data(name):
    times = np.asarray(schedules.grid(SCHEDULES[name], 9))
    assert times.shape == (10,)
    assert times[-1] == 0
    assert (np.diff(times) < 0).all()
    signal, noise = ends(name, times[:-1])
    assert_allclose(np.log(signal / noise), np.linspace(-5, 5, 9), atol=1e-3)
    assert np.asarray(schedules.grid(SCHEDULES[name], 1)).shape == (2,)
