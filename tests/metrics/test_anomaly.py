"""Scores of strangeness: each against its definition, refusals, what a PNG weighs."""

import io

import keras
import numpy as np
import PIL.Image
import pytest
from contract import SHAPE, THREE_PARTS, pictures

import keras_genzoo as kg
from keras_genzoo.metrics import anomaly_methods, anomaly_score, log_likelihood, png_bits

TINY = {"latent_dim": 2, "hidden": (16,), "seed": 0}


@pytest.fixture(scope="module")
def vae():
    return kg.models.VAE(SHAPE, **TINY)


def test_squared_error_is_summed_and_latents_are_compared_by_their_spread(vae):
    images = pictures(5)
    error = np.square(images - vae.reconstruct(images)).sum((1, 2, 3))
    np.testing.assert_allclose(anomaly_score(vae, images, "reconstruction"), error, rtol=1e-5)
    codes = vae.encode(images).astype("float64")
    reference = np.random.default_rng(0).normal([1, 2], [3, 0.1], size=(1000, 2))
    apart = codes - reference.mean(0)
    inverse = np.linalg.inv(np.cov(reference.T))
    expected = np.sqrt(np.einsum("ni,ij,nj->n", apart, inverse, apart))
    found = anomaly_score(vae, images, "latent", reference=reference)
    np.testing.assert_allclose(found, expected)
    of_images = anomaly_score(vae, images, "latent", reference=pictures(50, 1))
    of_codes = anomaly_score(vae, images, "latent", reference=vae.encode(pictures(50, 1)))
    np.testing.assert_array_equal(of_images, of_codes)
    np.testing.assert_array_equal(kg.metrics.latent_distance(codes, reference), found)
    reference[:, 1] = 2  # collapsed: of no variance, so of no weight
    found = anomaly_score(vae, images, "latent", reference=reference)
    expected = np.abs(codes[:, 0] - reference[:, 0].mean()) / reference[:, 0].std(ddof=1)
    np.testing.assert_allclose(found, expected)


def test_ways_in_which_no_reference_differs_have_no_weight():
    """By rounding they have a variance; numpy's own threshold is below that of some hundreds."""
    for seed in range(3):
        random = np.random.default_rng(seed)
        reference, latents = random.normal(size=(3, 900)), random.normal(size=(4, 900))
        apart = reference - reference.mean(axis=0)
        _, values, ways = np.linalg.svd(apart, full_matrices=False)
        deviations = values[:2] / np.sqrt(2)
        along = (latents - reference.mean(axis=0)) @ ways[:2].T / deviations
        found = kg.metrics.latent_distance(latents, reference)
        np.testing.assert_allclose(found, np.linalg.norm(along, axis=1), rtol=1e-6)


def test_bound_likelihood_and_complexity_are_nats(vae):
    images = pictures(4)
    mean, log_variance = (x.astype("float64") for x in vae.posterior(images))
    kl = 0.5 * (np.exp(log_variance) + mean**2 - 1 - log_variance).sum(-1)
    noise = np.random.default_rng(1).normal(size=(4000, *mean.shape))
    draws = (mean + np.exp(log_variance / 2) * noise).reshape(-1, 2)
    nats = -vae.log_prob(np.tile(images, (4000, 1, 1, 1)), draws).reshape(-1, 4).mean(axis=0)
    bound = anomaly_score(vae, images, "bound", draws=4000)
    np.testing.assert_allclose(bound, nats + kl, atol=0.4)
    likelihood = anomaly_score(vae, images, "likelihood", draws=4000, seed=2)
    np.testing.assert_array_equal(likelihood, -log_likelihood(vae, images, 4000, 2))
    assert (likelihood < bound).all()
    complexity = anomaly_score(vae, images, draws=4000)
    np.testing.assert_allclose(bound - complexity, np.log(2) * png_bits(images))


def test_bits_are_those_of_png_files():
    for channels, mode in ((1, "L"), (3, "RGB")):
        image = np.random.default_rng(0).uniform(size=(9, 8, channels))
        written = io.BytesIO()
        pixels = np.rint(image * 255).astype("uint8")
        PIL.Image.fromarray(pixels.squeeze()).convert(mode).save(written, "png", optimize=True)
        assert png_bits([image, image * 0]).tolist()[0] == 8 * len(written.getvalue())
        assert np.diff(png_bits([image, image * 0])) < 0


@pytest.mark.parametrize(
    "images",
    [
        255 * np.ones((2, 8, 8, 1)),
        np.full((2, 8, 8, 1), np.nan),
        np.zeros((2, 8, 8)),
        -np.ones((2, 8, 8, 3)),
    ],
    ids=["bytes", "NaN", "without channels", "below 0"],
)
def test_what_no_png_holds_is_refused(images):
    with pytest.raises(ValueError, match=THREE_PARTS):
        png_bits(images)


def test_a_conditional_model_is_told_the_condition():
    model = kg.models.ConditionalVAE(SHAPE, num_classes=3, **TINY)
    images, labels = pictures(3), [0, 1, 2]
    error = np.square(images - model.reconstruct(images, labels=labels)).sum((1, 2, 3))
    found = anomaly_score(model, images, "reconstruction", labels=labels)
    np.testing.assert_allclose(found, error, rtol=1e-5)
    told = anomaly_score(model, images, "likelihood", labels=labels)
    assert (told != anomaly_score(model, images, "likelihood", labels=labels[::-1]))[[0, 2]].all()


def test_an_exact_likelihood_is_taken_as_it_is():
    class Exact:
        fit_x = "images"

        def log_prob(self, images):
            return -np.sum(images, axis=(1, 2, 3))

    images = pictures(3)
    assert anomaly_methods(Exact()) == ["bound", "likelihood", "complexity"]
    for method in ("bound", "likelihood"):
        found = anomaly_score(Exact(), images, method)
        np.testing.assert_allclose(found, images.sum((1, 2, 3)), rtol=1e-6)


def test_what_a_model_lacks_is_refused_with_what_it_allows(vae):
    autoencoder = kg.models.Autoencoder(SHAPE, **TINY)
    with pytest.raises(ValueError, match=r"Expected one of reconstruction, latent\. Received"):
        anomaly_score(autoencoder, pictures(2))
    for model in (kg.models.GAN(SHAPE, **TINY), keras.Sequential()):
        assert anomaly_methods(model) == []
        with pytest.raises(ValueError, match=THREE_PARTS):
            anomaly_score(model, pictures(2), "reconstruction")
    for arguments in (
        {"method": "distance"},
        {"method": "latent"},
        {"method": "latent", "reference": np.zeros((5, 3))},
        {"method": "latent", "reference": np.zeros((1, 2))},
        {"method": "latent", "reference": np.full((5, 2), np.nan)},
        {"reference": np.zeros((5, 2))},
        {"labels": [0, 1]},
        {"labels": [0, 1], "method": "reconstruction"},
        {"conditions": pictures(2), "method": "latent", "reference": np.zeros((5, 2))},
    ):
        with pytest.raises(ValueError, match=THREE_PARTS):
            anomaly_score(vae, pictures(2), **arguments)
    conditional = kg.models.ConditionalVAE(SHAPE, num_classes=3, **TINY)
    given = {"method": "latent", "labels": [0, 1]}
    with pytest.raises(ValueError, match=r"Expected their latents, as .*Received: Cond"):
        anomaly_score(conditional, pictures(2), **given, reference=pictures(5))
