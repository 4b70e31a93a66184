"""SamplesPrior: the same latents for the same seed; `sample` itself is in the contract."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import tensorflow as tf

import keras_genzoo as kg


@pytest.fixture(scope="module")
def vae():
    return kg.models.VAE((8, 8, 1), latent_dim=4, hidden=(8,), seed=3)


def test_latents_are_standard_normal(vae):
    latents = vae.prior(20_000, seed=0).numpy()
    np.testing.assert_allclose(latents.mean(axis=0), 0, atol=0.03)
    np.testing.assert_allclose(np.cov(latents.T), np.eye(4), atol=0.04)


def test_a_seed_gives_the_same_latents_for_ever(vae):
    latents = vae.prior(1, seed=0).numpy()
    assert latents[0] == pytest.approx([-1.697034, -0.481377, -0.662237, 0.087011], abs=1e-5)
    assert (vae.prior(1, seed=2**40).numpy() != latents).all()


def test_without_a_seed_the_models_own_noise_goes_on(vae):
    first, second = vae.prior(2, seed=None).numpy(), vae.prior(2, seed=None).numpy()
    assert (first != second).all()


def test_a_model_without_a_prior_does_not_sample():
    assert not hasattr(kg.models.Autoencoder, "sample")


def test_what_is_served_is_drawn_in_batches_and_bounded(vae):
    served = tf.function(lambda count, seed: vae.served_sample(count, seed)["images"])
    for count in (2, 300):  # a batch, and more
        images = served(tf.constant(count), tf.constant(5))
        np.testing.assert_allclose(images, vae.sample(count, seed=5), atol=1e-6)
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"at most 10000.*\s.*\[1000000\]"):
        served(tf.constant(10**6), tf.constant(5))


def test_threads_draw_what_no_other_drew(vae):
    with ThreadPoolExecutor(8) as pool:
        draws = list(pool.map(lambda _: vae.prior(1, seed=None).numpy().tobytes(), range(160)))
    assert len(set(draws)) == 160


def test_more_than_fits_is_refused_with_the_number(vae):
    with pytest.raises(ValueError, match=r"at most 33,554,432. Received: num_samples=1000000000"):
        vae.sample(10**9)
