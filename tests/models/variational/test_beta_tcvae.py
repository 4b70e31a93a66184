"""The beta-TCVAE: the contract, its three terms against loops and closed forms, the whole batch."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from contract import SHAPE, assert_same, distance, hold_noise, pictures
from families import CODING_SIZES, EncoderDecoderContract

from keras_genzoo import losses
from keras_genzoo.models import VAE, BetaTCVAE

TINY = {"latent_dim": 2, "hidden": (16,), "seed": 0}


class TestBetaTCVAE(EncoderDecoderContract):
    model_class = BetaTCVAE
    changed = {  # noqa: RUF012
        **CODING_SIZES,
        "beta": 2.0,
        "dataset_size": 1000,
        "likelihood": "gaussian",
        "variance": 0.5,
    }

    def misfits(self):
        return [
            *super().misfits(),
            {"beta": -1.0},
            {"beta": None},
            {"dataset_size": 0},
            {"dataset_size": 2.5},
            {"variance": 0.0},
        ]


def tcvae(**arguments):
    model = BetaTCVAE(SHAPE, **{**TINY, **arguments})
    model.compile("adam")
    return model


def scores_of(model, images, **options):
    options = {"batch_size": len(images), "verbose": 0, "return_dict": True, **options}
    return model.evaluate(images, **options)


def flow_of(mean, log_variance, latents, sample_weight=None):
    """What a model's flow gives where its encoder gave these posteriors and draws."""
    images = np.zeros((len(mean), *SHAPE))
    flow = {"images": images, "decoded": images + 0.5, "mean": mean, "log_variance": log_variance}
    flow |= {"latents": latents, "sample_weight": sample_weight}
    return {
        name: None if value is None else tf.constant(value, "float32")
        for name, value in flow.items()
    }


def terms_of(*flow, **arguments):
    terms = tcvae(latent_dim=flow[0].shape[1], **arguments).terms(flow_of(*flow))
    return {name: np.asarray(value) for name, value in terms.items()}


def gradients_of(model, images, sample_weight=None):
    with tf.GradientTape() as tape:
        terms = model.terms(model.flow(images, sample_weight=sample_weight))
        loss = losses.batch_mean(terms["loss"], sample_weight)
    return tape.gradient(loss, model.trainable_weights)


def posteriors(n, latent_dim=3):
    """Means, log-variances and a draw of each."""
    rng = np.random.default_rng(0)
    mean, log_variance, noise = rng.normal(size=(3, n, latent_dim))
    return mean, log_variance, mean + np.exp(log_variance / 2) * noise


# === The three terms ===


@pytest.mark.parametrize("dataset_size", [None, 1000])
def test_terms_are_minibatch_weighted_sampling(dataset_size):
    """Against loops over pairs of images and latents, in float64."""
    n, latent_dim = 5, 3
    mean, log_variance, z = posteriors(n, latent_dim)
    mutual_information, total_correlation, dimension_wise_kl = np.zeros((3, n))
    for i in range(n):
        densities = np.zeros((n, latent_dim))
        for j in range(n):
            for d in range(latent_dim):
                variance = np.exp(log_variance[j, d])
                error = (z[i, d] - mean[j, d]) ** 2 / variance
                densities[j, d] = np.exp(-error / 2) / np.sqrt(2 * np.pi * variance)
        pairs = n * (dataset_size or 1)
        joint = np.log(densities.prod(1).sum() / pairs)
        marginals = np.log(densities.sum(0) / pairs).sum()
        prior = -0.5 * np.sum(z[i] ** 2 + np.log(2 * np.pi))
        mutual_information[i] = np.log(densities[i].prod()) - joint
        total_correlation[i] = joint - marginals
        dimension_wise_kl[i] = marginals - prior
    terms = terms_of(mean, log_variance, z, beta=4.0, dataset_size=dataset_size)
    expected = {
        "mutual_information": mutual_information,
        "total_correlation": total_correlation,
        "dimension_wise_kl": dimension_wise_kl,
        "reconstruction": np.full(n, 64 * np.log(2)),
        "kl": 0.5 * (np.exp(log_variance) + mean**2 - 1 - log_variance).sum(-1),
    }
    expected["loss"] = (
        expected["reconstruction"] + mutual_information + 4 * total_correlation + dimension_wise_kl
    )
    assert terms.keys() == expected.keys()
    for name, value in expected.items():
        np.testing.assert_allclose(terms[name], value, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("dataset_size", [None, 60_000])
def test_terms_sum_to_the_kl_of_the_draws(dataset_size):
    mean, log_variance, z = posteriors(50)
    log_posterior = -0.5 * ((z - mean) ** 2 / np.exp(log_variance) + log_variance)
    kl = (log_posterior + 0.5 * z**2).sum(-1)
    terms = terms_of(mean, log_variance, z, beta=1.0, dataset_size=dataset_size)
    of_kl = ("mutual_information", "total_correlation", "dimension_wise_kl")
    np.testing.assert_allclose(sum(terms[name] for name in of_kl), kl, atol=1e-4)
    np.testing.assert_allclose(terms["loss"] - terms["reconstruction"], kl, atol=1e-4)


def test_beta_1_has_the_bound_of_a_vae():
    images = np.repeat(pictures(4), 500, axis=0)
    model, vae = tcvae(beta=1.0), VAE(SHAPE, **TINY)
    vae.compile("adam")
    for network in ("encoder", "mean_head", "log_variance_head", "decoder"):
        getattr(vae, network).set_weights(getattr(model, network).get_weights())
    ours, elbo = scores_of(model, images), scores_of(vae, images)
    assert ours["reconstruction"] == pytest.approx(elbo["reconstruction"], rel=1e-6)  # same noise
    assert ours["kl"] == pytest.approx(elbo["kl"], rel=1e-5)
    assert ours["loss"] == pytest.approx(elbo["loss"], abs=0.05)


@pytest.mark.parametrize("correlation", [0.0, 0.8])
def test_total_correlation_of_a_gaussian(correlation):
    """Of q(z) = N(0, [[1, c], [c, 1]]): the means take what the posteriors' own variance leaves."""
    rng, variance = np.random.default_rng(0), 0.1
    covariance = np.array([[1, correlation], [correlation, 1]])
    mean = rng.multivariate_normal([0, 0], covariance - variance * np.eye(2), size=2000)
    z = mean + np.sqrt(variance) * rng.normal(size=mean.shape)
    terms = terms_of(mean, np.full_like(mean, np.log(variance)), z)
    known = -0.5 * np.log(1 - correlation**2)
    assert terms["total_correlation"].mean() == pytest.approx(known, abs=0.05)
    assert terms["dimension_wise_kl"].mean() == pytest.approx(0, abs=0.05)
    # The entropy of z, less that of its noise.
    known = 0.5 * (np.log(np.linalg.det(covariance)) - 2 * np.log(variance))
    assert terms["mutual_information"].mean() == pytest.approx(known, abs=0.1)


def test_dataset_size_moves_what_is_logged_and_nothing_else(monkeypatch):
    hold_noise(monkeypatch)
    images, one, other = pictures(20), tcvae(), tcvae(dataset_size=1000)
    other.set_weights(one.get_weights())
    before, after = (model.terms(model.flow(images)) for model in (one, other))
    for name, latents in (
        ("mutual_information", 1),
        ("total_correlation", 1),
        ("dimension_wise_kl", -2),
    ):
        np.testing.assert_allclose(after[name] - before[name], latents * np.log(1000), rtol=1e-4)
    assert_same(gradients_of(other, images), gradients_of(one, images), 1e-5)


def test_densities_may_be_any():
    """Of some exp(100), and 0 far away, where an image of weight 0 is alone."""
    mean = 50.0 * np.arange(5)[:, None] * np.ones((1, 16))
    terms = terms_of(mean, np.full_like(mean, -20.0), mean, [1, 1, 1, 1, 0])
    np.testing.assert_allclose(terms["mutual_information"][:4], np.log(4), rtol=1e-4)
    np.testing.assert_allclose(terms["total_correlation"][:4], 15 * np.log(4), rtol=1e-4)
    assert all(np.isfinite(values).all() for values in terms.values())


def test_half_precision_networks_have_whole_terms():
    model = tcvae(dtype="mixed_float16")
    assert {term.dtype for term in model.terms(model.flow(pictures(5))).values()} == {tf.float32}


# === Weights ===


def test_examples_of_weight_0_are_as_if_left_out(monkeypatch):
    """Of the gradients; the contract sees the scores."""
    hold_noise(monkeypatch)
    model, images = tcvae(), pictures(20)
    weighted = gradients_of(model, images, np.float32([1] * 12 + [0] * 8))
    assert_same(weighted, gradients_of(model, images[:12]), 1e-5)


def test_a_weight_counts_as_many_images():
    mean, log_variance, z = posteriors(6)
    weights = np.array([1, 3, 0, 1, 2, 1])
    weighted = terms_of(mean, log_variance, z, weights)
    repeated = terms_of(*(np.repeat(each, weights, axis=0) for each in (mean, log_variance, z)))
    for name, values in weighted.items():
        np.testing.assert_allclose(np.repeat(values, weights), repeated[name], rtol=1e-4)


def test_no_weight_at_all_is_finite():
    terms = terms_of(*posteriors(5), np.zeros(5))
    assert all(np.isfinite(values).all() for values in terms.values())


# === Learning ===


def test_gradients_reach_the_posteriors_of_all_images():
    """Against differences: the draws held, an image's posterior moves the terms of the others."""
    model, flow = tcvae(latent_dim=3, beta=20.0), flow_of(*posteriors(4))

    def loss(**moved):
        return tf.reduce_sum(model.terms({**flow, **moved})["loss"])

    for name in ("mean", "log_variance", "latents"):
        start = flow[name]
        with tf.GradientTape() as tape:
            tape.watch(start)
            at_start = loss()
        differences = [
            (loss(**{name: start + step}) - loss(**{name: start - step})) / 0.02
            for step in 0.01 * np.eye(12, dtype="float32").reshape(12, 4, 3)
        ]
        gradient = np.ravel(tape.gradient(at_start, start))
        np.testing.assert_allclose(gradient, differences, rtol=0.01, atol=0.05)


def test_replicas_take_the_whole_batch(mirrored, monkeypatch):
    """Of 17 images the last batch leaves the second replica none, of 35 one of three."""

    def learn(strategy):
        keras.utils.set_random_seed(0)
        with strategy.scope():
            model = tcvae(beta=20.0)
            model.compile(keras.optimizers.SGD(1e-3, momentum=0.9, clipnorm=1.0))
        start = model.get_weights()
        options = {"batch_size": 16, "shuffle": False, "verbose": 0}
        return model, start, [model.fit(pictures(n), **options).history for n in (17, 35)]

    hold_noise(monkeypatch)
    one, start, expected = learn(tf.distribute.get_strategy())
    many, _, histories = learn(mirrored)
    assert distance(many, one) < 1e-4 * distance(one, start)
    for history, values in zip(histories, expected, strict=True):
        assert history == {name: pytest.approx(value, 1e-4) for name, value in values.items()}


def test_beta_lowers_the_total_correlation():
    """Of images that hold one factor twice, which two latents share at beta 1."""
    rng = np.random.default_rng(0)
    factors = np.repeat(rng.uniform(size=(256, 1)), 2, axis=1) + 0.05 * rng.normal(size=(256, 2))
    images = np.repeat(np.clip(factors, 0, 1), 32, axis=1).reshape(256, *SHAPE)

    def learned(beta):
        keras.utils.set_random_seed(0)
        model = tcvae(beta=beta, likelihood="gaussian", variance=0.1)
        model.compile(keras.optimizers.Adam(0.01))
        model.fit(np.tile(images, (60, 1, 1, 1)), batch_size=256, verbose=0)
        terms = model.terms(model.flow(images.astype("float32")))
        return {name: float(np.mean(values)) for name, values in terms.items()}

    plain, weighed = learned(beta=1.0), learned(beta=20.0)
    assert weighed["total_correlation"] < 0.05 < 0.2 < plain["total_correlation"]
    assert weighed["mutual_information"] > 1


def test_free_bits_are_no_argument():
    with pytest.raises(TypeError, match="free_bits"):
        tcvae(free_bits=1.0)
