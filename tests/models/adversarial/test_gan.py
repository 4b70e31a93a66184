"""The GAN: the contract, its games."""

import keras
import numpy as np
import pytest
from contract import SHAPE, THREE_PARTS, pictures
from families import SIZES, AdversarialContract

import keras_genzoo as kg
from keras_genzoo.models import GAN
from keras_genzoo.models.adversarial.gan import GAMES

TINY = {"image_shape": SHAPE, "latent_dim": 2, "hidden": (16,), "seed": 0}


class TestGAN(AdversarialContract):
    model_class = GAN
    changed = {  # noqa: RUF012
        **SIZES,
        "loss": "least_squares",
        "discriminator_steps": 2,
        "label_smoothing": 0.1,
        "ema": 0.9,
    }

    def misfits(self):
        return [
            *super().misfits(),
            {"loss": "mse"},
            {"label_smoothing": 1.0},
            {"loss": "hinge", "label_smoothing": 0.1},
        ]


@pytest.mark.parametrize("loss", GAMES)
def test_every_game_is_played(loss):
    gan = GAN(**TINY, loss=loss)
    gan.compile()
    before = gan.generator.get_weights(), gan.discriminator.get_weights()
    history = gan.fit(pictures(20), verbose=0).history
    assert all(np.isfinite(values).all() for values in history.values())
    after = gan.generator.get_weights(), gan.discriminator.get_weights()
    for old, new in zip(before, after, strict=True):
        assert any((a != b).any() for a, b in zip(old, new, strict=True))


def test_accuracies_are_shares_of_what_the_discriminator_gets_right():
    gan = GAN(**TINY)
    gan.compile()
    last = gan.discriminator.layers[-1]
    last.kernel.assign(keras.ops.zeros_like(last.kernel))
    for bias, real, fake in ((1.0, 1.0, 0.0), (-1.0, 0.0, 1.0)):
        last.bias.assign([bias])
        scores = gan.evaluate(pictures(20), verbose=0, return_dict=True)
        assert (scores["real_accuracy"], scores["fake_accuracy"]) == (real, fake)


@pytest.mark.parametrize(("loss", "border"), [("least_squares", 0.5), ("hinge", 0.0)])
def test_right_is_what_lies_on_the_games_own_side(loss, border):
    gan = GAN(**TINY, loss=loss)
    gan.judge = lambda images, flow: border + images
    one = np.ones((4, 1), "float32")
    for real, fake, expected in ((0.1, -0.1, 1.0), (-0.1, 0.1, 0.0)):
        terms = gan.discriminator_terms({"real": real * one, "fake": fake * one})
        shares = [float(np.mean(terms[f"{kind}_accuracy"])) for kind in ("real", "fake")]
        assert shares == [expected, expected]


def test_a_critic_is_neither_right_nor_wrong():
    gan = GAN(**TINY, loss="wasserstein")
    gan.compile()
    history = gan.fit(pictures(20), verbose=0).history
    assert set(history) == {"generator_loss", "discriminator_loss"}


def test_dcgan_has_batch_statistics_of_all_replicas():
    gan = GAN(SHAPE, latent_dim=2, filters=(4, 4), seed=0)
    norms = [
        layer
        for network in (gan.generator, gan.discriminator)
        for layer in network.layers
        if isinstance(layer, keras.layers.BatchNormalization)
    ]
    assert len(norms) == 3
    assert all(norm.synchronized for norm in norms)
    gan.compile()
    gan.fit(pictures(20), verbose=0)
    assert gan.sample(2, seed=0).shape == (2, *SHAPE)


def test_the_loss_survives_compile():
    gan = GAN(**TINY, loss="hinge")
    gan.compile()
    assert gan.get_config()["loss"] == "hinge"


def test_labels_that_cannot_be_smoothed():
    with pytest.raises(ValueError, match=THREE_PARTS):
        GAN(**TINY, loss="wasserstein", label_smoothing=0.1)


def test_float16_stays_finite_and_learns():
    images = kg.datasets.load("fashion_mnist_small", "train[:3000]", batch_size=50)
    mean = kg.datasets.arrays(images).mean(axis=0)
    options = {"filters": (8, 16), "ema": None, "seed": 0, "dtype": "mixed_float16"}
    gan = GAN((28, 28, 1), latent_dim=8, **options)
    gan.compile(keras.optimizers.Adam(1e-3, beta_1=0.5))

    def away():
        return np.abs(gan.sample(200, seed=0).mean(axis=0) - mean).mean()

    before = away()
    history = gan.fit(images, epochs=2, verbose=0).history
    assert all(np.isfinite(values).all() for values in history.values())
    assert all(np.isfinite(weight).all() for weight in gan.get_weights())
    assert away() < before / 2
