"""Latent diffusion: the contract, what whitens its latents, and what it draws of a known VAE."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from contract import SHAPE, THREE_PARTS, assert_same, pictures
from denoisers import MEAN, SPREAD, denoiser_of_gaussian, users_denoiser
from families import DenoisingContract

import keras_genzoo as kg
from keras_genzoo.models import GAN, VAE, Autoencoder, ConditionalVAE, LatentDiffusion

TINY = {"hidden": (8,), "num_classes": 3, "seed": 0}


def new_vae(**sizes):
    return VAE(SHAPE, **{"latent_dim": 2, "hidden": (4,), "seed": 0, **sizes})


def of_maps():
    return new_vae(latent_dim=(4, 4, 2), hidden=None, filters=(3,))


def test_to_thaw_it_thaws_no_autoencoder():
    model = LatentDiffusion(new_vae(), **TINY)
    model.trainable = False
    model.trainable = True
    model.compile()
    assert not model.autoencoder.trainable_weights
    assert model.denoiser.trainable_weights


class TestLatentDiffusion(DenoisingContract):
    model_class = LatentDiffusion
    arguments = TINY
    changed = {  # noqa: RUF012
        **{"hidden": (9, 5), "filters": None, "num_blocks": None, "num_classes": 3, "seed": 7},
        **{"schedule": "flow", "prediction": "image", "label_dropout": 0.2, "ema": 0.9},
    }
    same_as_default = ("filters", "num_blocks")  # which flat latents' denoiser does not have
    networks = ("autoencoder", "denoiser")

    def make(self, **overrides):
        """Of a VAE that was just trained, so that it is compiled."""
        vae = new_vae()
        vae.compile()
        return super().make(**{"autoencoder": vae, **overrides})

    def custom_networks(self, dropout=0.3):
        layers = keras.layers
        noisy, times, labels = keras.Input((2,)), keras.Input(()), keras.Input((), dtype="int32")
        told = layers.Add()([layers.Reshape((1,))(times), layers.Embedding(4, 1)(labels)])
        x = layers.Dense(4, activation="relu")(layers.Concatenate()([noisy, told]))
        x = layers.Dense(2)(layers.Dropout(dropout, seed=1)(x))
        return {"denoiser": keras.Model([noisy, times, labels], x)}

    def tiny(self):
        return self.make(**self.custom_networks(dropout=0))

    def misfits(self):
        return [
            *(
                {"autoencoder": model}
                for model in (GAN(SHAPE, 2, (4,)), Autoencoder(SHAPE, 2, (4,)))
            ),
            {"autoencoder": ConditionalVAE(SHAPE, num_classes=3, latent_dim=2, hidden=(4,))},
            {"autoencoder": keras.Sequential([keras.Input(SHAPE), keras.layers.Flatten()])},
            {"autoencoder": "no_such_preset"},
            {"autoencoder": of_maps()},  # with `hidden`
            {"filters": (4,)},
            {"num_blocks": 1},
            {"hidden": ()},
            {"denoiser": users_denoiser(3)},
            {"schedule": "quadratic"},
            {"ema": 1.0},
        ]

    def test_the_denoiser_alone_learns(self, run):
        model = run.model
        assert not model.autoencoder.trainable_weights
        assert model.trainable_weights == model.denoiser.trainable_weights
        verbs = {"inpaint", "log_prob", "reconstruct"}
        assert not any(hasattr(model, verb) for verb in verbs)


def statistics(model):
    return [np.asarray(model.latent_mean), np.asarray(model.latent_stddev)]


def test_latents_of_the_training_set_are_whitened_once():
    images, others = np.split(pictures(400) ** 2, [300])
    model = LatentDiffusion(new_vae(), hidden=(4,), seed=0)
    assert_same(statistics(model), [np.zeros(2), np.ones(2)], 0)
    model.compile()
    frozen = model.autoencoder.get_weights()
    model.fit(images, validation_data=others, batch_size=100, verbose=0)
    assert_same(model.autoencoder.get_weights(), frozen, 0)
    mean, log_variance = model.autoencoder.posterior(images)
    spread = np.sqrt(mean.var(axis=0) + np.exp(log_variance).mean(axis=0))
    assert_same(statistics(model), [mean.mean(axis=0), spread], 1e-5)
    drawn = np.concatenate([model.learned_states(images) for _ in range(20)])
    assert np.abs(drawn.mean(axis=0)).max() < 0.05
    assert drawn.std(axis=0) == pytest.approx(1, abs=0.03)
    before = statistics(model)
    model.fit(others, verbose=0)  # which the denoiser has not learned so
    assert_same(statistics(model), before, 0)


def test_a_refused_fit_leaves_no_statistics():
    model = LatentDiffusion(new_vae(), hidden=(4,), seed=0)
    model.compile()
    bad = np.concatenate([pictures(20), np.full((1, *SHAPE), np.nan, "float32")])
    endless = tf.data.Dataset.from_tensor_slices(pictures(4)).batch(2).repeat()
    once = (pictures(2) for _ in range(2))
    for images in (tf.data.Dataset.from_tensor_slices(bad).batch(7), endless, once):
        with pytest.raises(ValueError, match=THREE_PARTS):
            model.fit(images, verbose=0)
    assert_same(statistics(model), [np.zeros(2), np.ones(2)], 0)
    assert int(model.steps_trained) == 0


def test_maps_are_denoised_by_the_u_net(tmp_path):
    of_maps().save_to_preset(tmp_path / "vae")
    model = LatentDiffusion(str(tmp_path / "vae"), filters=(4,), num_blocks=1, seed=0)
    model.latent_mean.assign(np.arange(32).reshape(4, 4, 2))
    assert model.latent_dim == model.fields["latents"].shape == (4, 4, 2)
    model.save_to_preset(tmp_path / "whole", half_precision=True)
    (tmp_path / "vae" / "config.json").unlink()  # of which nothing is needed any more
    again = kg.from_preset(tmp_path / "whole")
    assert type(again.autoencoder) is VAE
    assert_same(statistics(again), statistics(model), 1e-3)
    with pytest.raises(ValueError, match=r"does not name.*Expected.*Received: autoencoder='vae_"):
        kg.from_preset(tmp_path / "whole", autoencoder="vae_mnist_2d")
    both = [[each.sample(2, seed=0, steps=2)] for each in (again, model)]
    assert_same(*both, 0.01)


@pytest.mark.parametrize(
    ("latent_dim", "levels"), [((8, 8, 2), 2), ((7, 7, 2), 1), (3, None)], ids=str
)
def test_the_denoiser_fits_the_latents(latent_dim, levels):
    sizes = {"filters": (4,)} if levels else {"hidden": (4,)}
    shape = (14, 14, 1) if levels == 1 else (16, 16, 1)
    vae = VAE(shape, latent_dim=latent_dim, **sizes)
    model = LatentDiffusion(vae, ema=None, **({"num_blocks": 1} if levels else {}))
    halving = [x for x in model.denoiser.layers if getattr(x, "strides", 1) == (2, 2)]
    assert len(halving) == (levels or 1) - 1


def of_gaussian_latents():
    """Of images whose latents are known, for the VAE's decoder is a sigmoid, and so distributed."""
    sigmoid = keras.Sequential([keras.Input(SHAPE), keras.layers.Activation("sigmoid")])
    encoder = keras.Sequential([keras.Input(SHAPE), keras.layers.Rescaling(4.0, -2.0)])
    vae = VAE(SHAPE, latent_dim=SHAPE, encoder=encoder, decoder=sigmoid)
    vae.mean_head.kernel.assign(np.ones((1, 1, 1, 1)))
    model = LatentDiffusion(vae, denoiser=denoiser_of_gaussian(), ema=None, seed=0)
    model.latent_mean.assign(np.full(SHAPE, 0.5))
    model.latent_stddev.assign(np.full(SHAPE, 2.0))
    return model


def test_samples_are_of_the_latents_distribution():
    images = of_gaussian_latents().sample(96, seed=0, steps=25)
    latents = np.log(images) - np.log1p(-images)
    assert latents.mean() == pytest.approx(0.5 + 2 * MEAN, abs=0.02)
    assert latents.std() == pytest.approx(2 * SPREAD, rel=0.06)


def test_encode_and_decode_are_inverse():
    model = of_gaussian_latents()
    latents = 0.5 + 2 * np.random.default_rng(0).normal(MEAN, SPREAD, (50, *SHAPE))
    images = (latents + 2) / 4  # of which they are the means
    noise = model.encode(images.clip(0, 1))
    assert noise.std() == pytest.approx(1, abs=0.05)
    again = model.autoencoder.reconstruct(images.clip(0, 1))
    assert np.abs(model.decode(noise) - again).max() < 0.01
