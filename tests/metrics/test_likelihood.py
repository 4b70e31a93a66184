"""Likelihood and latents' health against closed forms, and on a trained VAE."""

from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf
from contract import SHAPE, THREE_PARTS, pictures
from pixel_models import images_of, moved

import keras_genzoo as kg
from keras_genzoo.metrics import likelihood
from keras_genzoo.models import GAN, VAE, Autoencoder

# Decoders without a sigmoid hold what a test reads.
pytestmark = pytest.mark.filterwarnings("ignore:The decoder ends with the activation 'linear'")

PIXELS = int(np.prod(SHAPE))
VARIANCE = 0.01  # densities of some exp(-1000) to exp(100)
EMPTY = np.zeros((0, *SHAPE))


def linear_gaussian(widened=1.0, shifted=0.0):
    """A linear VAE, and the covariance of p(x) = N(1/2, W W' + variance).

    The columns of W are orthogonal, so that the true posterior is diagonal and a linear encoder can
    give it; `widened` and `shifted`, in standard deviations, lead away from it.
    """
    weights, _ = np.linalg.qr(np.random.default_rng(0).normal(size=(PIXELS, 2)))
    weights *= [0.5, 1.0]
    latents, pixels = keras.Input((2,)), keras.Input(SHAPE)
    images = keras.layers.Reshape(SHAPE)(keras.layers.Dense(PIXELS)(latents))
    model = VAE(
        SHAPE,
        latent_dim=2,
        likelihood="gaussian",
        variance=VARIANCE,
        encoder=keras.Model(pixels, keras.layers.Flatten()(pixels)),
        decoder=keras.Model(latents, images),
    )
    precision = 1 + np.square(weights).sum(0) / VARIANCE
    kernel = weights / VARIANCE / precision
    bias = -0.5 * kernel.sum(0) + shifted / np.sqrt(precision)
    model.decoder.set_weights([weights.T, np.full(PIXELS, 0.5)])
    model.mean_head.set_weights([kernel, bias])
    model.log_variance_head.set_weights([np.zeros((PIXELS, 2)), np.log(widened / precision)])
    return model, weights @ weights.T + VARIANCE * np.eye(PIXELS)


@pytest.mark.parametrize(
    ("num_samples", "posterior"),
    [(1, {}), (20_000, {"widened": 1.5}), (20_000, {"shifted": 0.2})],
)
def test_log_likelihood_of_a_linear_gaussian_model(num_samples, posterior):
    model, covariance = linear_gaussian(**posterior)
    images = pictures(6)
    error = images.reshape(6, -1) - 0.5
    distance = (error * np.linalg.solve(covariance, error.T).T).sum(-1)
    _, log_det = np.linalg.slogdet(2 * np.pi * covariance)
    nats = likelihood.log_likelihood(model, images, num_samples)
    np.testing.assert_allclose(nats, -0.5 * (distance + log_det), rtol=0, atol=0.01)


def test_log_likelihood_rises_with_the_draws():
    model = kg.from_preset("vae_fashion_mnist_small")
    images = next(iter(kg.datasets.load("fashion_mnist_small", "test", 50, shuffle=False)))
    model.compile()
    bound = -model.evaluate(images, verbose=0, return_dict=True)["loss"]
    one, ten, hundred = (
        likelihood.log_likelihood(model, images, num_samples).mean() for num_samples in (1, 10, 100)
    )
    assert one == pytest.approx(bound, abs=2)  # one draw of each image, in both
    assert one + 2 < ten < hundred - 0.5
    assert hundred < one + 20


def recorded(monkeypatch, model):
    """Batches that are decoded for a likelihood from now on, and how often that is traced."""
    rows, traces = [], []
    plain = model.negative_log_likelihood

    def recording(images, decoded):
        traces.append(decoded)
        tf.numpy_function(rows.append, [tf.shape(decoded)[0]], [])
        return plain(images, decoded)

    monkeypatch.setattr(model, "negative_log_likelihood", recording)
    return rows, traces


@pytest.mark.parametrize(
    ("num_images", "num_samples", "batches"),
    [(2, 1200, [512, 512, 176] * 2), (7, 200, [400, 400, 400, 200]), (600, 1, [512, 88])],
)
def test_log_likelihood_decodes_in_few_bounded_batches(
    monkeypatch, num_images, num_samples, batches
):
    model, _ = linear_gaussian()
    rows, traces = recorded(monkeypatch, model)
    assert likelihood.log_likelihood(model, pictures(num_images), num_samples).shape == (
        num_images,
    )
    assert rows == batches
    likelihood.log_likelihood(model, pictures(1), 2)
    assert len(traces) == 1


def test_same_seed_same_numbers():
    model, _ = linear_gaussian(widened=1.5)
    images = pictures(3)
    for metric in (
        lambda seed: likelihood.log_likelihood(model, images, num_samples=5, seed=seed),
        lambda seed: likelihood.mutual_information(model, images, seed=seed),
    ):
        np.testing.assert_array_equal(metric(0), metric(0))
        assert np.all(metric(0) != metric(1))


def test_bits_per_dim():
    # The probability of a grey level is its density over 256.
    density = np.random.default_rng(0).uniform(0.1, 200, size=(5, 12))
    nats, bits = -np.log(density).sum(-1), -np.log2(density / 256).mean(-1)
    np.testing.assert_allclose(likelihood.bits_per_dim(nats, (2, 2, 3)), bits)
    assert likelihood.bits_per_dim(nats[0], (2, 2, 3)) == pytest.approx(bits[0])
    np.testing.assert_allclose(likelihood.bits_per_dim(nats, (2, 2, 3), discrete=True), bits - 8)
    with pytest.raises(ValueError, match=THREE_PARTS):
        likelihood.bits_per_dim(nats, (2, 2, 3), likelihood=VAE(SHAPE).likelihood)


def encoding(mean, log_variance=0.0):
    """A model that infers these posteriors, whatever the images."""
    mean = np.asarray(mean, "float32")
    posterior = mean, np.broadcast_to(np.asarray(log_variance, "float32"), mean.shape)
    return SimpleNamespace(posterior=lambda images: posterior)


def test_kl_per_dimension():
    # The last latent has collapsed to the prior.
    model = encoding([[2.0, 0.0, 0.0], [0.0, 0.0, 0.0]], [[0.0, 1.0, 0.0]])
    nats = likelihood.kl_per_dimension(model, None)
    np.testing.assert_allclose(nats, [1.0, 0.5 * (np.e - 2), 0.0], rtol=1e-6)


def test_kl_per_dimension_sums_to_the_kl():
    model, images = VAE(SHAPE, latent_dim=3, hidden=(16,)), pictures(20)
    model.compile()
    kl = model.evaluate(images, verbose=0, return_dict=True)["kl"]
    assert likelihood.kl_per_dimension(model, images).sum() == pytest.approx(kl, rel=1e-5)


def test_active_units():
    signs = np.array([[1.0], [-1.0]])  # a variance of 1
    model = encoding(3 + signs * np.sqrt([1.0, 0.02, 0.005, 0.0]))
    assert likelihood.active_units(model, None) == 2
    assert likelihood.active_units(model, None, threshold=0.001) == 3


def test_mutual_information_of_posteriors_that_are_the_prior():
    model = encoding(np.zeros((50, 3)))
    assert likelihood.mutual_information(model, None) == pytest.approx(0, abs=1e-12)


def test_mutual_information_of_posteriors_far_apart():
    assert likelihood.mutual_information(encoding([[-50.0], [50.0]]), None) == np.log(2)
    narrow = encoding(np.random.default_rng(0).normal(size=(40, 3)), -40.0)
    assert likelihood.mutual_information(narrow, None) == pytest.approx(np.log(40))


def test_mutual_information_of_posteriors_that_overlap(monkeypatch):
    mean, deviation = np.array([[-2.0], [2.0]]), np.array([[1.0], [5.0]])
    z = np.linspace(-30, 30, 10_001)
    densities = np.exp(-0.5 * ((z - mean) / deviation) ** 2) / deviation / np.sqrt(2 * np.pi)
    ratios = np.log(densities / densities.mean(0))
    expected = (densities * ratios).sum(-1).mean() * (z[1] - z[0])
    model = encoding(np.tile(mean, (1500, 1)), np.tile(2 * np.log(deviation), (1500, 1)))
    estimate = likelihood.mutual_information(model, None)
    assert estimate == pytest.approx(expected, abs=0.02)
    monkeypatch.setattr(likelihood, "PAIRS", 3000 * 777)  # blocks that do not divide the images
    assert likelihood.mutual_information(model, None) == pytest.approx(estimate, rel=1e-9)


@pytest.mark.parametrize("family", [GAN, Autoencoder])
@pytest.mark.parametrize(
    "metric",
    [
        likelihood.log_likelihood,
        likelihood.kl_per_dimension,
        likelihood.active_units,
        likelihood.mutual_information,
    ],
)
def test_models_without_a_posterior_are_refused(metric, family):
    with pytest.raises(ValueError, match=rf"{THREE_PARTS}.*{family.__name__}"):
        metric(family(SHAPE, latent_dim=2, hidden=(4,)), pictures(2))
    with pytest.raises(ValueError, match=THREE_PARTS):
        metric(linear_gaussian()[0], EMPTY)


def test_log_likelihood_of_a_model_that_knows_it():
    model = moved(num_classes=3)
    images, labels = images_of(model, 5), np.array([0, 1, 2, 0, 1])
    nats = likelihood.log_likelihood(model, images, labels=labels)
    assert (nats.shape, nats.dtype) == ((5,), np.float64)
    np.testing.assert_array_equal(nats, model.log_prob(images, labels))
    with pytest.raises(ValueError, match=THREE_PARTS):
        likelihood.log_likelihood(model, images)
    with pytest.raises(ValueError, match=THREE_PARTS):
        likelihood.log_likelihood(model, images[:0], labels=labels[:0])
    with pytest.raises(ValueError, match=THREE_PARTS):
        likelihood.log_likelihood(moved(), images, conditions=images)
    estimate = SimpleNamespace(log_prob=lambda images, seed=0: np.full(len(images), seed))
    assert likelihood.log_likelihood(estimate, images, seed=7).tolist() == 5 * [7]
    with pytest.raises(ValueError, match=r"condition does not fit.*Received: SimpleNamespace"):
        likelihood.log_likelihood(estimate, images, labels=labels)
    told = SimpleNamespace(log_prob=lambda images, labels=None: np.asarray(labels, float))
    assert likelihood.log_likelihood(told, images, labels=labels).tolist() == labels.tolist()


def test_whether_latents_are_drawn():
    with_latents = SimpleNamespace(log_prob=lambda images, latents: images)
    assert likelihood.draws_latents(with_latents)
    assert not likelihood.draws_latents(SimpleNamespace(log_prob=lambda images: images))
    assert not likelihood.draws_latents(SimpleNamespace())
    with pytest.raises(ValueError, match="has no `posterior`"):  # where draws would come from
        likelihood.log_likelihood(with_latents, pictures(2))


def test_log_likelihood_refuses():
    model, _ = linear_gaussian()
    batches = tf.data.Dataset.from_tensor_slices(pictures(4)).batch(2)
    for metric in (likelihood.log_likelihood, likelihood.lower_bound):
        with pytest.raises(ValueError, match=r"all at hand\. Expected one array.*Received"):
            metric(model, batches)
    pairs = tf.data.Dataset.zip(batches, batches)
    with pytest.raises(ValueError, match=r"Expected batches of images alone.*Received"):
        likelihood.active_units(model, pairs)
    for num_samples in (0, 2.5):
        with pytest.raises(ValueError, match=THREE_PARTS):
            likelihood.log_likelihood(model, pictures(2), num_samples)
    with pytest.raises(ValueError, match=THREE_PARTS):
        likelihood.log_likelihood(model, pictures(2) * 255)
    with pytest.raises(ValueError, match=THREE_PARTS):
        likelihood.log_likelihood(encoding(np.zeros((2, 2))), pictures(2))
