"""The density of the probability-flow equation, where it is known."""

import numpy as np
from contract import SHAPE
from denoisers import MEAN, SPREAD, of_gaussian


def test_the_density_is_that_of_the_data():
    diffusion = of_gaussian()
    states = np.random.default_rng(0).normal(MEAN, SPREAD, (5, *SHAPE))
    # The flow ends at a noise of 0.67 %, and a scale twice as wide halves a density.
    variance = SPREAD**2 + np.exp(-10.0)
    squares = np.square(states - MEAN).sum(axis=(1, 2, 3)) / variance
    expected = -0.5 * squares - 64 * (0.5 * np.log(2 * np.pi * variance) - np.log(2))
    images = ((states + 1) / 2).astype("float32").clip(0, 1)
    np.testing.assert_allclose(diffusion.log_prob(images), expected, atol=0.5)
