"""The WGAN-GP: the contract, its gradient penalty."""

import keras
import numpy as np
import pytest
from contract import SHAPE, pictures
from families import SIZES, AdversarialContract

from keras_genzoo.models import WGANGP


class TestWGANGP(AdversarialContract):
    model_class = WGANGP
    judge = "critic"
    changed = {  # noqa: RUF012
        **SIZES,
        "critic_steps": 2,
        "gradient_penalty_weight": 5.0,
        "ema": 0.9,
        "architecture": "dcgan",
    }

    def custom_networks(self):
        """A critic with spectral normalization too."""
        layers = keras.layers
        critic = keras.Sequential(
            [
                keras.Input(SHAPE),
                layers.Conv2D(2, 3, strides=4, padding="same"),
                layers.LeakyReLU(),
                layers.Dropout(0.3, seed=1),
                layers.SpectralNormalization(layers.Conv2D(1, 1)),
            ]
        )
        return {**super().custom_networks(), "critic": critic}

    def misfits(self):
        return [*super().misfits(), {"gradient_penalty_weight": -1.0}]


def linear_critic(slope):
    """A critic whose gradient is of length `slope` everywhere."""
    critic = keras.Sequential([keras.Input(SHAPE), keras.layers.Flatten(), keras.layers.Dense(1)])
    critic.layers[-1].kernel.assign(np.full((64, 1), slope / 8))
    return critic


@pytest.mark.parametrize(("slope", "penalty"), [(1.0, 0.0), (3.0, 4.0), (0.0, 1.0)])
def test_the_penalty_is_of_the_slope(slope, penalty):
    gan = WGANGP(SHAPE, 2, hidden=(4,), critic=linear_critic(slope), seed=0)
    gan.compile()
    scores = gan.evaluate(pictures(20), verbose=0, return_dict=True)
    assert scores["gradient_penalty"] == pytest.approx(penalty, abs=1e-5)
    gan.fit(pictures(20), epochs=2, verbose=0)
    assert all(np.isfinite(weight).all() for weight in gan.get_weights())


def test_the_places_of_a_map_vote_before_the_penalty():
    each = keras.layers.Conv2D(1, 1, kernel_initializer=keras.initializers.Constant(8.0))
    critic = keras.Sequential([keras.Input(SHAPE), each])  # of slope 8 / 64 a pixel: 1 in all
    gan = WGANGP(SHAPE, 2, hidden=(4,), critic=critic, seed=0)
    gan.compile()
    scores = gan.evaluate(pictures(20), verbose=0, return_dict=True)
    assert scores["gradient_penalty"] == pytest.approx(0, abs=1e-5)


def test_the_critics_loss_is_the_distance_and_the_penalty():
    critic = linear_critic(3.0)
    gan = WGANGP(SHAPE, 2, hidden=(4,), critic=critic, gradient_penalty_weight=7.0, seed=0)
    gan.generator.layers[1].kernel.assign(np.zeros((2, 4)))  # fakes without noise
    gan.compile()
    images = pictures(20)
    fake = gan.generator(np.zeros((1, 2)))
    distance = float(keras.ops.mean(critic(fake)) - keras.ops.mean(critic(images)))
    scores = gan.evaluate(images, verbose=0, return_dict=True)
    assert scores["critic_loss"] == pytest.approx(distance + 7 * 4.0, rel=1e-4)
    assert scores["generator_loss"] == pytest.approx(-float(critic(fake)[0, 0]), rel=1e-4)
