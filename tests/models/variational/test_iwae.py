"""The IWAE: the contract, its bound against closed forms and loops, its gradients, its draws."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from contract import SHAPE, pictures
from families import CODING_SIZES, EncoderDecoderContract

import keras_genzoo as kg
from keras_genzoo.models import IWAE, VAE

TINY = {"latent_dim": 2, "hidden": (16,), "seed": 0}


class TestIWAE(EncoderDecoderContract):
    model_class = IWAE
    changed = {  # noqa: RUF012
        **CODING_SIZES,
        "num_samples": 3,
        "gradient": "bound",
        "likelihood": "gaussian",
        "variance": 0.5,
    }

    def misfits(self):
        return [
            *super().misfits(),
            {"num_samples": 0},
            {"num_samples": 2.5},
            {"variance": 0.0},
            {"gradient": "own"},
        ]


def iwae(num_samples, weights=None, **arguments):
    model = IWAE(SHAPE, num_samples=num_samples, **{**TINY, **arguments})
    model.compile("adam")
    if weights is not None:
        model.set_weights(weights)
    return model


def scores_of(model, images):
    return model.evaluate(images, batch_size=len(images), verbose=0, return_dict=True)


def hold(monkeypatch, noise):
    monkeypatch.setattr(keras.random, "normal", lambda shape, **_: keras.ops.reshape(noise, shape))


# === The bound ===


@pytest.mark.parametrize("variance", [1.0, "learned"])
def test_loss_is_the_importance_weighted_bound(monkeypatch, variance):
    """Against a loop over images and draws, in float64."""
    model, images = iwae(3, likelihood="gaussian", variance=variance), pictures(5)
    mean, log_variance = np.asarray(model.posterior(images), "float64")
    noise = np.random.default_rng(0).normal(size=(5, 3, 2)).astype("float32")
    losses, reconstructions = [], []
    for n in range(5):
        weights = []
        for eps in noise[n]:
            z = mean[n] + np.exp(log_variance[n] / 2) * eps
            log_prob = model.log_prob(images[n : n + 1], z[None])[0].astype("float64")
            log_prior = -0.5 * np.sum(z**2 + np.log(2 * np.pi))
            log_posterior = -0.5 * np.sum(eps**2 + log_variance[n] + np.log(2 * np.pi))
            weights.append(np.exp(log_prob + log_prior - log_posterior))
            reconstructions.append(-log_prob)
        losses.append(-np.log(np.mean(weights)))
    hold(monkeypatch, noise)
    kl = 0.5 * (np.exp(log_variance) + mean**2 - 1 - log_variance).sum(-1)
    expected = {"loss": np.mean(losses), "reconstruction": np.mean(reconstructions)}
    assert scores_of(model, images) == pytest.approx({**expected, "kl": kl.mean()}, rel=1e-5)


def test_one_draw_has_the_bound_of_a_vae():
    images = np.repeat(pictures(4), 2000, axis=0)
    model, vae = iwae(1), VAE(SHAPE, **TINY)
    vae.compile("adam")
    for network in ("encoder", "mean_head", "log_variance_head", "decoder"):
        getattr(vae, network).set_weights(getattr(model, network).get_weights())
    one, elbo = scores_of(model, images), scores_of(vae, images)
    assert one["reconstruction"] == pytest.approx(elbo["reconstruction"], rel=1e-6)  # same noise
    assert one["kl"] == pytest.approx(elbo["kl"], rel=1e-5)
    assert one["loss"] == pytest.approx(elbo["loss"], abs=0.05)
    assert one["loss"] != elbo["loss"]  # the draws' KL, not the closed form


def linear_gaussian(num_samples, widened):
    """Of p(x|z) = N(z, 1), so that p(x) = N(0, 2); and q(z|x), p(z|x) with its variance widened."""
    pixels, latents = keras.Input(SHAPE), keras.Input((64,))
    model = IWAE(
        SHAPE,
        latent_dim=64,
        num_samples=num_samples,
        likelihood="gaussian",
        encoder=keras.Model(pixels, keras.layers.Flatten()(pixels)),
        decoder=keras.Model(latents, keras.layers.Reshape(SHAPE)(latents)),
        seed=0,
    )
    model.compile("adam")
    model.mean_head.set_weights([np.eye(64) / 2, np.zeros(64)])
    model.log_variance_head.set_weights([np.zeros((64, 64)), np.full(64, np.log(widened / 2))])
    return model


@pytest.mark.parametrize("num_samples", [1, 7])
def test_bound_is_exact_where_the_posterior_is(num_samples):
    images = pictures(5)
    nats = 0.5 * (np.log(4 * np.pi) + images**2 / 2).sum((1, 2, 3))
    model = linear_gaussian(num_samples, widened=1.0)
    assert scores_of(model, images)["loss"] == pytest.approx(nats.mean(), rel=1e-5)


def test_one_draw_falls_short_by_the_divergence_from_the_posterior():
    images = np.repeat(pictures(1), 4000, axis=0)
    nats = 0.5 * (np.log(4 * np.pi) + images[0] ** 2 / 2).sum()
    divergence = 64 / 2 * (1.2 - 1 - np.log(1.2))
    model = linear_gaussian(1, widened=1.2)
    assert scores_of(model, images)["loss"] == pytest.approx(nats + divergence, abs=0.1)


def test_bound_tightens_with_the_draws():
    images = np.repeat(pictures(8).round(), 64, axis=0)
    model = iwae(5)
    model.compile(keras.optimizers.Adam(0.01))
    model.fit(images, batch_size=256, epochs=30, verbose=0)
    one, five, fifty = (scores_of(iwae(k, model.get_weights()), images) for k in (1, 5, 50))
    assert one["loss"] > five["loss"] + 0.5 > fifty["loss"] + 0.6
    log_likelihood = kg.metrics.log_likelihood(model, images, num_samples=50)
    assert fifty["loss"] == pytest.approx(-log_likelihood.mean(), abs=0.1)
    elbo = one["reconstruction"] + one["kl"]
    assert fifty["reconstruction"] + fifty["kl"] == pytest.approx(elbo, abs=1)


def test_bound_is_computed_in_logarithms():
    """Densities of some exp(-30,000), which are 0 in float64."""
    model = iwae(5, likelihood="gaussian", variance=1e-3, dtype="mixed_float16")
    scores = scores_of(model, np.ones((4, *SHAPE), "float32"))
    assert scores["loss"] > 5000
    assert scores["loss"] == pytest.approx(scores["reconstruction"], rel=0.1)


# === Learning ===


def gradient_and_slope(model, images, weight):
    """The gradient by the weight as a step takes it, and the bound's slope, all by one noise."""

    def loss():
        return tf.reduce_mean(model.terms(model.flow(images))["loss"])

    with tf.GradientTape() as tape:
        at_start = loss()
    slope = []
    for step in 0.01 * np.eye(weight.shape[0], dtype="float32"):
        weight.assign_add(step)
        above = loss()
        weight.assign_sub(2 * step)
        below = loss()
        weight.assign_add(step)
        slope.append(float(above - below) / 0.02)
    return np.asarray(tape.gradient(at_start, weight.value)), np.array(slope)


@pytest.mark.parametrize("gradient", ["dreg", "bound"])
def test_gradients_flow_through_all_draws(monkeypatch, gradient):
    model, images = iwae(3, gradient=gradient), pictures(5)
    hold(monkeypatch, np.random.default_rng(0).normal(size=(5, 3, 2)).astype("float32"))
    weights = [model.decoder.trainable_weights[-1]]
    if gradient == "bound":  # the other is that of the encoder on average alone
        weights += [model.mean_head.bias, model.log_variance_head.bias]
    for weight in weights:
        found, slope = gradient_and_slope(model, images, weight)
        np.testing.assert_allclose(found, slope, atol=2e-3)


def test_files_of_before_go_on_by_the_bounds_own_gradient():
    config = iwae(3).get_config()
    assert IWAE.from_config({**config}).gradient == config.pop("gradient") == "dreg"
    assert IWAE.from_config(config).gradient == "bound"


@pytest.mark.parametrize("sizes", [{}, {"hidden": None, "filters": (4,), "latent_dim": (4, 4, 2)}])
def test_encoder_descends_the_bound_on_average(monkeypatch, sizes):
    """Draws of one image, so many that chance moves either by less than a tenth."""
    model = iwae(3, likelihood="gaussian", variance=0.05, **sizes)
    images = np.repeat(pictures(1), 4000, axis=0)
    noise = np.random.default_rng(0).normal(size=(len(images) * 3, *model.latent_shape))
    hold(monkeypatch, noise.astype("float32"))
    heads = (model.mean_head, model.log_variance_head)
    pairs = [gradient_and_slope(model, images, head.bias) for head in heads]
    gradient, slope = np.concatenate(pairs, axis=1)
    assert np.linalg.norm(gradient - slope) < 0.1 * np.linalg.norm(slope)


@pytest.mark.parametrize("num_samples", [1, 7])
def test_encoder_stands_still_at_the_posterior_whatever_is_drawn(num_samples):
    model, images = linear_gaussian(num_samples, widened=1.0), pictures(5)
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(model.terms(model.flow(images))["loss"])
    weights = [*model.mean_head.trainable_weights, *model.log_variance_head.trainable_weights]
    for gradient in tape.gradient(loss, weights):
        np.testing.assert_allclose(gradient, 0, atol=1e-5)


def test_images_that_weigh_nothing_move_nothing():
    model, images = iwae(3), pictures(4)
    before = [weight.numpy() for weight in model.trainable_weights]
    model.compile(keras.optimizers.SGD(0.1))
    model.fit(images, sample_weight=np.zeros(4), verbose=0)
    for weight, start in zip(model.trainable_weights, before, strict=True):
        np.testing.assert_array_equal(weight, start)


def test_an_image_is_encoded_once_and_its_draws_are_decoded_at_once(monkeypatch):
    model, images = iwae(7), pictures(5)
    flow = model.flow(images)
    assert flow["decoded"].shape == (35, *SHAPE)
    np.testing.assert_array_equal(flow["images"][7:14], np.repeat(images[1:2], 7, axis=0))
    assert len(np.unique(flow["latents"][7:14], axis=0)) == 7
    rows = []
    plain = model.features
    monkeypatch.setattr(model, "features", lambda x, training: rows.append(len(x)) or plain(x))
    model.flow(images)
    assert rows == [5]


def test_free_bits_are_no_argument():
    with pytest.raises(TypeError, match="free_bits"):
        iwae(3, free_bits=1.0)
