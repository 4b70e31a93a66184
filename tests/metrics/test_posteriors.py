"""What metrics of likelihood share: posteriors told their condition, and draws of a few a time."""

import numpy as np
import pytest
from contract import SHAPE, THREE_PARTS, pictures

import keras_genzoo as kg
from keras_genzoo.metrics import posteriors

TINY = {"latent_dim": 2, "hidden": (16,), "seed": 0}


def test_draws_come_a_few_at_a_time_and_once_each(monkeypatch):
    vae, images = kg.models.VAE(SHAPE, **TINY), pictures(5)
    monkeypatch.setattr(posteriors, "ROWS", 4)
    for num_samples, shapes in ((2, [(2, 2), (2, 2), (1, 2)]), (6, 5 * [(1, 4), (1, 2)])):
        drawn = [*posteriors.weighted_draws(vae, images, None, None, num_samples, seed=0)]
        assert [np.shape(weights) for _, weights in drawn] == shapes
    with pytest.raises(ValueError, match=THREE_PARTS):
        next(posteriors.weighted_draws(vae, images, None, None, 0, seed=0))


def test_the_condition_is_of_the_models_word():
    assert posteriors.given_condition(None, None) == {}
    vae, images = kg.models.VAE(SHAPE, **TINY), pictures(2)
    mean, _ = posteriors.posterior_of(vae, images, {})
    assert not np.any(posteriors.prior_of(vae, {}, mean))
    cvae = kg.models.ConditionalVAE(SHAPE, num_classes=3, **TINY)
    for model, condition in ((vae, {"labels": [0, 1]}), (cvae, {}), (cvae, {"conditions": images})):
        with pytest.raises(ValueError, match=THREE_PARTS):
            posteriors.posterior_of(model, images, condition)
    mean, _ = posteriors.posterior_of(cvae, images, {"labels": [0, 1]})
    np.testing.assert_array_equal(mean, cvae.encode(images, labels=[0, 1]))
