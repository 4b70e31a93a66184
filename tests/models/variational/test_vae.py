"""The VAE: the contract, a learned variance, the bound, learning on real images, serving."""

import resource

import keras
import numpy as np
import pytest
from contract import SHAPE, THREE_PARTS, pictures
from families import CODING_SIZES, EncoderDecoderContract

import keras_genzoo as kg
from keras_genzoo import models, networks
from keras_genzoo.models import VAE


class TestVAE(EncoderDecoderContract):
    model_class = VAE
    changed = {  # noqa: RUF012
        **CODING_SIZES,
        "likelihood": "gaussian",
        "variance": 0.5,
        "free_bits": 0.25,
    }

    def custom_networks(self):
        """Of a learned variance, which the decoder of others does not tell."""
        networks = super().custom_networks()
        latents, images = networks["decoder"].inputs[0], networks["decoder"].outputs[0]
        log_variances = keras.layers.Rescaling(1.0, -3.0)(images)
        both = keras.layers.Concatenate()([images, log_variances])
        decoder = keras.Model(latents, both)
        return {**networks, "decoder": decoder, "likelihood": "gaussian", "variance": "learned"}

    def misfits(self):
        # A learned variance asks for twice the channels; a fixed one does not.
        plain = networks.decoder(SHAPE, 2, hidden=(4,))
        double = networks.decoder(SHAPE, 2, hidden=(4,), log_variance=True)
        return [
            *super().misfits(),
            {"decoder": plain, "likelihood": "gaussian", "variance": "learned"},
            {"decoder": double, "likelihood": "gaussian", "variance": 1.0},
            {"likelihood": "poisson"},
            {"variance": 0.0},
            {"likelihood": "gaussian", "variance": True},
            {"variance": "fixed"},
            {"free_bits": -1.0},
            {"free_bits": np.nan},
            {"variance": np.inf},
            {"variance": np.nan},
            *({"likelihood": "bernoulli", "variance": each} for each in (0.5, "learned")),
            *({"seed": seed} for seed in (1.5, np.nan, "a")),
        ]


MAP = (4, 4, 2)


class TestVAEOfMaps(EncoderDecoderContract):
    model_class = VAE
    arguments = {"image_shape": SHAPE, "latent_dim": MAP, "filters": (4, 3), "seed": 0}  # noqa: RUF012
    changed = {  # noqa: RUF012
        **{"image_shape": SHAPE, "latent_dim": MAP, "hidden": None, "filters": (4,), "seed": 7},
        **{"likelihood": "gaussian", "variance": "learned", "free_bits": 0.25, "dense": None},
    }
    same_as_default = ("hidden", "dense")  # dense layers know no maps

    def custom_networks(self):
        layers = keras.layers
        encoder = [layers.Conv2D(2, 3, 2, "same", activation="relu"), layers.Dropout(0.3, seed=1)]
        decoder = [layers.Dropout(0.3, seed=2), layers.UpSampling2D(), layers.Conv2D(1, 1)]
        return {
            "encoder": keras.Sequential([keras.Input(SHAPE), *encoder]),
            "decoder": keras.Sequential(
                [keras.Input(MAP), *decoder, layers.Activation("sigmoid")],
            ),
        }

    def misfits(self):
        flat = networks.encoder(SHAPE, filters=(4,), units=2)
        return [
            {"hidden": (4,)},
            {"encoder": flat},
            {"encoder": networks.encoder(SHAPE, filters=(4, 4))},  # a map of other sides
            {"decoder": networks.decoder(SHAPE, 32, hidden=(4,))},
            {"filters": ()},
            *({"latent_dim": sides} for sides in [(1, 1, 2), (4, 2, 2), (3, 3, 2), (16, 16, 2)]),
            *({"latent_dim": sides} for sides in [(4, 4), (4, 4, 0), (4, 4, 2.5), "442"]),
        ]

    def test_likelihood_and_latents_are_measured_on_maps(self, trained):
        images = pictures(12)
        mean, log_variance = trained.posterior(images)
        kl = 0.5 * (np.exp(log_variance) + mean**2 - 1 - log_variance)
        nats = kg.metrics.kl_per_dimension(trained, images)
        np.testing.assert_allclose(nats, kl.mean(axis=0), rtol=1e-4, atol=1e-6)
        scores = trained.evaluate(images, verbose=0, return_dict=True)
        assert scores["kl"] == pytest.approx(nats.sum(), rel=1e-4)
        bound = kg.metrics.lower_bound(trained, images, 256)
        assert bound.mean() == pytest.approx(-scores["loss"], rel=0.02)
        assert (kg.metrics.log_likelihood(trained, images, 256) > bound).all()
        active = kg.metrics.is_active(trained, images, threshold=0)
        assert active.shape == MAP
        assert kg.metrics.active_units(trained, images, threshold=0) == active.sum() > 0
        # Estimates by draws fall below 0, too, where latents tell little: within 3 standard errors.
        nats = [kg.metrics.mutual_information(trained, images, seed) for seed in range(20)]
        assert -3 * np.std(nats) / np.sqrt(20) <= np.mean(nats) <= np.log(12)


@pytest.mark.parametrize(
    ("image_shape", "latent_dim"), [((12, 20, 3), (3, 5, 2)), ((8, 8, 1), (8, 8, 1))]
)
def test_strides_give_a_maps_sides(image_shape, latent_dim):
    model = VAE(image_shape, latent_dim=latent_dim, filters=(4, 5))
    assert model.encode(np.zeros((2, *image_shape))).shape == (2, *latent_dim)
    assert model.sample(2).shape == (2, *image_shape)


@pytest.mark.parametrize("variant", [models.BetaVAE, models.IWAE])
def test_variants_that_weigh_whole_latents_take_maps(variant):
    model = variant(SHAPE, latent_dim=MAP, filters=(4,), seed=0)
    model.compile()
    scores = model.evaluate(pictures(20), verbose=0, return_dict=True)
    assert np.isfinite(list(scores.values())).all()
    assert model.encode(pictures(2)).shape == (2, *MAP)


@pytest.mark.parametrize(
    "variant", [models.BetaTCVAE, models.DebiasingVAE, models.ConditionalVAE, models.Autoencoder]
)
def test_models_that_tell_latents_apart_refuse_maps(variant):
    condition = {"num_classes": 3} if variant is models.ConditionalVAE else {}
    with pytest.raises(ValueError, match=r"`latent_dim` is no count. Expected.*\(4, 4, 2\)"):
        variant(SHAPE, latent_dim=MAP, **condition)


def vae(**arguments):
    model = VAE(SHAPE, **{"latent_dim": 2, "hidden": (16,), "seed": 0, **arguments})
    model.compile("adam")
    return model


def without_noise(model):
    """The model with a posterior so narrow that its draws are its means."""
    model.log_variance_head.kernel.assign(keras.ops.zeros_like(model.log_variance_head.kernel))
    model.log_variance_head.bias.assign([-40.0] * model.latent_dim)
    return model


def test_loss_is_the_bound_in_nats_per_image():
    model, images = without_noise(vae()), pictures(20)
    mean, log_variance = model.posterior(images)
    kl = 0.5 * (np.exp(log_variance) + mean**2 - 1 - log_variance).sum(-1).mean()
    p = model.reconstruct(images)
    nats = -(images * np.log(p) + (1 - images) * np.log1p(-p)).sum((1, 2, 3)).mean()
    scores = model.evaluate(images, verbose=0, return_dict=True)
    expected = {"loss": nats + kl, "reconstruction": nats, "kl": kl}
    assert scores == pytest.approx(expected, rel=1e-4)
    log_prob = model.log_prob(images, model.encode(images))
    assert log_prob.shape == (20,)
    assert log_prob.mean() == pytest.approx(-nats, rel=1e-4)


def test_evaluate_samples_and_reconstruct_takes_the_mean():
    model, images = vae(), pictures(20)
    first = model.evaluate(images, verbose=0, return_dict=True)
    second = model.evaluate(images, verbose=0, return_dict=True)
    assert first["reconstruction"] != second["reconstruction"]
    assert first["kl"] == pytest.approx(second["kl"], rel=1e-6)
    np.testing.assert_array_equal(model.reconstruct(images), model.reconstruct(images))
    np.testing.assert_array_equal(model.encode(images), model.posterior(images)[0])


@pytest.mark.parametrize("variance", [1.0, 0.5, 0.01])
def test_fixed_variance_is_the_weighted_squared_error(variance):
    model, images = vae(likelihood="gaussian", variance=variance), pictures(5)
    latents = model.encode(images)
    error = np.square(images - model.decode(latents)).sum((1, 2, 3))
    constant = 64 / 2 * np.log(2 * np.pi * variance)
    expected = -error / (2 * variance) - constant
    np.testing.assert_allclose(model.log_prob(images, latents), expected, rtol=1e-5)


def test_learned_variance_is_a_density_of_the_decoder():
    model = vae(likelihood="gaussian", variance="learned")
    latents = model.encode(pictures(5))
    decoded = np.asarray(model.decoder(latents))
    mean, raw = decoded[..., :1], decoded[..., 1:]
    np.testing.assert_allclose(model.decode(latents), mean, rtol=1e-6)
    lowest = -2 * np.log(256)
    log_variance = lowest + np.logaddexp(0, raw - lowest)
    nats = 0.5 * (np.log(2 * np.pi) + log_variance)
    at_the_mean = model.log_prob(mean, latents)
    np.testing.assert_allclose(at_the_mean, -nats.sum((1, 2, 3)), rtol=1e-5)


def test_free_bits_lower_the_price_and_not_the_logged_kl():
    model, images = vae(free_bits=1000.0), pictures(20)
    scores = model.evaluate(images, verbose=0, return_dict=True)
    assert 0 < scores["kl"] < 1000
    assert scores["loss"] == pytest.approx(scores["reconstruction"] + 1000, rel=1e-5)


@pytest.mark.parametrize("image_shape", [(8, 8, 1), (28, 28, 1), (12, 20, 3)])
def test_convolutional_networks_of_any_size(image_shape):
    model = VAE(image_shape, latent_dim=3, filters=(4, 4), seed=0)
    images = np.zeros((2, *image_shape))
    assert model.reconstruct(images).shape == images.shape


def test_sizes_that_strides_do_not_divide_are_refused():
    with pytest.raises(ValueError, match=THREE_PARTS):
        VAE((10, 8, 1), latent_dim=2)
    assert VAE((10, 8, 1), latent_dim=2, hidden=(4,)).image_shape == (10, 8, 1)


def test_learns_real_images_and_its_memory_does_not_grow():
    images = kg.datasets.load("fashion_mnist_small", split="train", batch_size=128, take=2000)
    model = VAE((28, 28, 1), latent_dim=4, hidden=(64,), seed=0)
    model.compile(keras.optimizers.Adam(5e-3))
    peak = []
    memory = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda *_: peak.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    )
    history = model.fit(images, epochs=6, callbacks=[memory], verbose=0).history
    assert history["loss"][-1] < history["loss"][1] < history["loss"][0]
    assert history["loss"][-1] < 340  # 543 where nothing is learned
    assert peak[-1] - peak[1] < 30_000  # kB
    assert history["kl"][-1] > 1  # the latents are in use


def test_a_variance_that_meant_nothing_is_left_out_of_a_config_and_told():
    config = VAE(SHAPE, 2, hidden=(4,)).get_config() | {"variance": 0.5}
    with pytest.warns(UserWarning, match=r"has no variance.*Received: variance=0.5"):
        assert VAE.from_config(config).variance == 1.0


def test_a_seed_may_be_numpys():
    vae = VAE(SHAPE, 2, hidden=(4,), seed=np.int64(3))
    assert (vae.seed, vae.sampler.seed) == (3, 3)
