"""Losses against their closed forms."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_genzoo import losses

RNG = np.random.default_rng(0)
IMAGES = RNG.uniform(size=(5, 4, 4, 2)).astype("float32")
OTHERS = RNG.uniform(0.01, 0.99, size=(5, 4, 4, 2)).astype("float32")


def per_example(values):
    return values.reshape(5, -1).sum(-1)


def test_bernoulli():
    expected = per_example(-(IMAGES * np.log(OTHERS) + (1 - IMAGES) * np.log1p(-OTHERS)))
    np.testing.assert_allclose(losses.bernoulli(IMAGES, OTHERS), expected, rtol=1e-5)


@pytest.mark.parametrize("compiled", [False, True])
def test_bernoulli_uses_the_logits_of_a_sigmoid(compiled):
    logits = np.array([[-200.0, 200.0]], "float32")  # their sigmoid is 0 and 1 in float32

    def loss(values):
        return losses.bernoulli([[1.0, 0.0]], keras.layers.Activation("sigmoid")(values))

    loss = tf.function(loss) if compiled else loss
    assert float(loss(logits)[0]) == pytest.approx(400.0)


def test_bernoulli_is_finite_where_the_decoder_is_sure_and_wrong():
    assert 10 < float(losses.bernoulli([[1.0]], [[0.0]])[0]) < 100


@pytest.mark.parametrize("log_variance", [0.0, -3.0, 2.0 * (OTHERS - 0.5)], ids=str)
def test_gaussian(log_variance):
    variance = np.exp(log_variance) * np.ones_like(IMAGES)
    density = np.exp(-((IMAGES - OTHERS) ** 2) / (2 * variance)) / np.sqrt(2 * np.pi * variance)
    expected = per_example(-np.log(density.astype("float64")))
    np.testing.assert_allclose(losses.gaussian(IMAGES, OTHERS, log_variance), expected, rtol=1e-4)


def test_squared_error():
    expected = per_example((IMAGES - OTHERS) ** 2)
    np.testing.assert_allclose(losses.squared_error(IMAGES, OTHERS), expected, rtol=1e-5)


def test_gaussian_kl():
    mean, log_variance = RNG.normal(size=(2, 6, 3))
    expected = 0.5 * (np.exp(log_variance) + mean**2 - 1 - log_variance).sum(-1)
    np.testing.assert_allclose(losses.gaussian_kl(mean, log_variance), expected, rtol=1e-5)
    assert (expected > 0).all()


@pytest.mark.parametrize(
    "loss", [losses.bernoulli, losses.gaussian, losses.squared_error, losses.gaussian_kl]
)
def test_shape_and_dtype(loss):
    for images, others in ((IMAGES, OTHERS), (IMAGES.astype("float16"), OTHERS.astype("float16"))):
        if loss is losses.gaussian_kl:
            images, others = images.reshape(5, -1), others.reshape(5, -1)
        values = loss(images, keras.ops.convert_to_tensor(others))
        assert values.shape == (5,)
        assert values.dtype == "float32"


@pytest.mark.parametrize(
    ("weights", "mean"),
    [(None, 3.0), ([1, 1, 1], 3.0), ([3, 1, 0], 1.25), ([0, 0, 0.5], 6.0), ([0, 0, 0], 0.0)],
)
def test_batch_mean(weights, mean):
    weights = None if weights is None else np.array(weights)
    values = np.array([1.0, 2.0, 6.0], "float32")
    assert float(losses.batch_mean(values, weights)) == pytest.approx(mean)


PAIRS = ("minimax", "non_saturating", "least_squares", "hinge", "wasserstein", "relativistic")


@pytest.mark.parametrize("shape", [(5, 1), (5, 3, 3, 1)])
@pytest.mark.parametrize("name", PAIRS)
def test_adversarial_pairs(name, shape):
    real, fake = RNG.normal(size=(2, *shape)).astype("float32") * 2

    def sigmoid(x):
        return 1 / (1 + np.exp(-x))

    entropy = -np.log(sigmoid(real)) - np.log(1 - sigmoid(fake))
    discriminator, generator = {
        "minimax": (entropy, np.log(1 - sigmoid(fake))),
        "non_saturating": (entropy, -np.log(sigmoid(fake))),
        "least_squares": (((real - 1) ** 2 + fake**2) / 2, (fake - 1) ** 2 / 2),
        "hinge": (np.maximum(0, 1 - real) + np.maximum(0, 1 + fake), -fake),
        "wasserstein": (fake - real, -fake),
        "relativistic": (-np.log(sigmoid(real - fake)), -np.log(sigmoid(fake - real))),
    }[name]
    pair = getattr(losses, name)
    for ours, expected in (
        (pair.discriminator(real, fake), discriminator),
        (pair.generator(*((fake, real) if pair.paired else (fake,))), generator),
    ):
        mean = expected.reshape(5, -1).mean(-1)
        np.testing.assert_allclose(ours, mean, rtol=1e-4, atol=1e-5)


def test_label_smoothing_is_one_sided():
    real, fake = RNG.normal(size=(2, 5, 1)).astype("float32")
    p, q = 1 / (1 + np.exp(-real)), 1 / (1 + np.exp(-fake))
    entropy = -(0.9 * np.log(p) + 0.1 * np.log(1 - p)) - np.log(1 - q)
    for pair in (losses.minimax, losses.non_saturating):
        ours = pair.discriminator(real, fake, label_smoothing=0.1)
        np.testing.assert_allclose(ours, entropy[:, 0], rtol=1e-4)
    ours = losses.least_squares.discriminator(real, fake, label_smoothing=0.1)
    np.testing.assert_allclose(ours, (((real - 0.9) ** 2 + fake**2) / 2)[:, 0], rtol=1e-4)


def test_padding_of_sequences_costs_nothing_and_no_logits():
    tokens = np.array([[3, 0, 5], [1, 2, 4]])
    logits = np.random.default_rng(0).normal(size=(2, 3, 6)).astype("float32")
    seen = []
    nats = losses.sequence(tokens, 2 * logits, lambda numbers: seen.append(numbers) or numbers / 2)
    log_probabilities = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
    paid = -np.take_along_axis(log_probabilities, tokens[..., None], axis=-1)[..., 0]
    assert np.allclose(nats, [paid[0, :2].sum(), paid[1].sum()], atol=1e-5)
    assert [numbers.shape for numbers in seen] == [(5, 6)]
    assert losses.sequence(tokens[:0], logits[:0]).shape == (0,)
