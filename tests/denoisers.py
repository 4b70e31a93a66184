"""Denoisers for tests: a user's tiny one, and the best one of data that is known."""

import keras
from contract import SHAPE

from keras_genzoo.models import Diffusion

MEAN, SPREAD = 0.3, 0.2  # of the data that a closed form denoises, on the scale of [-1, 1]


def users_denoiser(num_classes=None, dropout=0.3):
    """A tiny one, from a user's hands."""
    layers = keras.layers
    noisy, times = keras.Input(SHAPE), keras.Input(())
    told = layers.Reshape((1, 1, 1))(times)
    inputs = [noisy, times]
    if num_classes is not None:
        inputs.append(keras.Input((), dtype="int32"))
        shade = layers.Embedding(num_classes + 1, 1)(inputs[-1])
        told = layers.Add()([told, layers.Reshape((1, 1, 1))(shade)])
    x = layers.Conv2D(4, 3, padding="same", activation="relu")(layers.Add()([noisy, told]))
    x = layers.Conv2D(1, 3, padding="same")(layers.Dropout(dropout, seed=1)(x))
    return keras.Model(inputs, x)


@keras.saving.register_keras_serializable(package="tests")
class OfGaussian(keras.layers.Layer):
    """The best denoiser of data from N(MEAN, SPREAD^2), in closed form."""

    def __init__(self, schedule, prediction, **kwargs):
        super().__init__(**kwargs)
        self.prediction = prediction
        # A bound method, which Keras does not track as it would the model.
        self.ends = Diffusion(SHAPE, (4,), 1, schedule, ema=None).signal_and_noise

    def call(self, noisy, times):
        signal, noise = (keras.ops.reshape(x, (-1, 1, 1, 1)) for x in self.ends(times))
        apart = noisy - signal * MEAN
        variance = signal**2 * SPREAD**2 + noise**2
        clean = MEAN + signal * SPREAD**2 / variance * apart
        eps = noise / variance * apart
        told = {"velocity": signal * eps - noise * clean, "noise": eps, "image": clean}
        return told[self.prediction]


def denoiser_of_gaussian(schedule="cosine", prediction="velocity"):
    noisy, times = keras.Input(SHAPE), keras.Input(())
    return keras.Model([noisy, times], OfGaussian(schedule, prediction)(noisy, times))


def of_gaussian(schedule="cosine", prediction="velocity"):
    denoiser = denoiser_of_gaussian(schedule, prediction)
    return Diffusion(
        SHAPE, schedule=schedule, prediction=prediction, ema=None, denoiser=denoiser, seed=0
    )
