"""What metrics of likelihood share: posteriors told their condition, and draws of a few a time."""

import numpy as np
import pytest
import tensorflow as tf
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


def test_batches_are_as_all_images_at_once():
    images, labels = pictures(5), np.arange(5) % 3
    batches = tf.data.Dataset.from_tensor_slices(images).batch(2)
    cvae = kg.models.ConditionalVAE(SHAPE, num_classes=3, **TINY)
    whole = posteriors.posterior_of(cvae, images, {"labels": labels})
    parts = posteriors.posterior_of(cvae, batches, {"labels": labels})
    np.testing.assert_allclose(parts, whole, rtol=1e-5, atol=1e-6)
    for given, condition in ((batches, labels[:4]), (batches, [*labels, 0]), (batches.take(0), [])):
        with pytest.raises(ValueError, match=THREE_PARTS):
            posteriors.posterior_of(cvae, given, {"labels": condition})
