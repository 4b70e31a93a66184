"""Likelihoods of pixels, against their formulas; what VAEs do with them is tested there."""

import numpy as np
import pytest
from contract import SHAPE, THREE_PARTS, pictures

from keras_genzoo.models.variational.pixel_likelihood import (
    check_likelihood,
    negative_log_likelihood,
)


def test_bernoulli_is_the_cross_entropy():
    images, decoded = pictures(3), np.clip(pictures(3, seed=1), 0.1, 0.9)
    nats = -(images * np.log(decoded) + (1 - images) * np.log(1 - decoded)).sum((1, 2, 3))
    ours = negative_log_likelihood(images, decoded, "bernoulli", 1.0)
    np.testing.assert_allclose(ours, nats, rtol=1e-5)


def test_learned_variance_never_falls_below_a_grey_level():
    images = np.full((1, *SHAPE), 0.5, "float32")
    sure = np.concatenate([images, np.full((1, *SHAPE), -1e4, "float32")], axis=-1)
    nats = negative_log_likelihood(images, sure, "gaussian", "learned")
    assert float(nats[0]) == pytest.approx(64 * (0.5 * np.log(2 * np.pi) - np.log(256)), rel=1e-5)


def test_likelihoods_that_are_none_are_refused():
    for given in (("poisson", 1.0), ("gaussian", 0.0), ("gaussian", np.inf), ("gaussian", "any")):
        with pytest.raises(ValueError, match=THREE_PARTS):
            check_likelihood(*given)
    check_likelihood("gaussian", np.float32(0.5))
