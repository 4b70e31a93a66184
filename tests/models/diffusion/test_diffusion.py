"""Diffusion: the contract, drawing from known distributions, classes, inpainting, likelihood."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from contract import SHAPE, THREE_PARTS, ModelContract, assert_same, pictures

from keras_genzoo import networks as zoo
from keras_genzoo.models import Diffusion

MEAN, SPREAD = 0.3, 0.2  # of the data that a closed form denoises, on the scale of [-1, 1]


class TestDiffusion(ModelContract):
    model_class = Diffusion
    arguments = {  # noqa: RUF012
        **{"image_shape": SHAPE, "filters": (4, 4), "num_blocks": 1, "num_classes": 3, "seed": 0},
    }
    changed = {  # noqa: RUF012
        **arguments,
        "seed": 7,
        "schedule": "flow",
        "prediction": "image",
        "label_dropout": 0.2,
        "ema": 0.9,
    }
    networks = ("denoiser",)

    def to_predict(self, n):
        return self.words(n)["latents"], self.words(n)["labels"]

    def custom_networks(self):
        return {"denoiser": users_denoiser(num_classes=3)}

    def outputs(self, model, n=5):
        """By the denoiser and by its settings, which is all that a model can differ in."""
        return [model.decode(**self.given("decode", n)), model.sample(n, seed=1, steps=3)]

    def tiny(self):
        return self.make(denoiser=users_denoiser(3, dropout=0))

    def misfits(self):
        return [
            {"denoiser": users_denoiser()},
            {"denoiser": zoo.unet((16, 8, 1), filters=(4,), num_classes=3)},
            {"denoiser": "unet"},
            {"filters": (4, 4, 4, 4, 4)},
            {"schedule": "quadratic"},
            {"prediction": "score"},
            {"label_dropout": 1.5},
            {"num_classes": 0},
            {"ema": 1.0},
            {"image_shape": (8, 8, 2)},
        ]


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


def of_gaussian(schedule="cosine", prediction="velocity"):
    noisy, times = keras.Input(SHAPE), keras.Input(())
    denoiser = keras.Model([noisy, times], OfGaussian(schedule, prediction)(noisy, times))
    return Diffusion(
        SHAPE, schedule=schedule, prediction=prediction, ema=None, denoiser=denoiser, seed=0
    )


@pytest.mark.parametrize("schedule", ["cosine", "linear", "flow"])
@pytest.mark.parametrize(
    ("solver", "steps"), [("ddpm", 400), ("ddim", 200), ("heun", 25), ("dpm++2m", 25)]
)
def test_samples_are_of_the_datas_distribution(schedule, solver, steps):
    images = of_gaussian(schedule).sample(192, seed=0, steps=steps, solver=solver)
    states = 2 * images - 1
    assert states.mean() == pytest.approx(MEAN, abs=0.01)
    assert states.std() == pytest.approx(SPREAD, rel=0.06)


@pytest.mark.parametrize("prediction", ["noise", "image"])
def test_what_is_predicted_makes_no_difference(prediction):
    expected = of_gaussian().sample(4, seed=0)
    assert_same([of_gaussian(prediction=prediction).sample(4, seed=0)], [expected], 1e-3)


def test_the_density_is_that_of_the_data():
    diffusion = of_gaussian()
    states = np.random.default_rng(0).normal(MEAN, SPREAD, (5, *SHAPE))
    # The flow ends at a noise of 0.67 %, and a scale twice as wide halves a density.
    variance = SPREAD**2 + np.exp(-10.0)
    squares = np.square(states - MEAN).sum(axis=(1, 2, 3)) / variance
    expected = -0.5 * squares - 64 * (0.5 * np.log(2 * np.pi * variance) - np.log(2))
    images = ((states + 1) / 2).astype("float32").clip(0, 1)
    np.testing.assert_allclose(diffusion.log_prob(images), expected, atol=0.5)


def test_encode_and_decode_are_inverse():
    diffusion = of_gaussian()
    images = ((np.random.default_rng(0).normal(MEAN, SPREAD, (70, *SHAPE)) + 1) / 2).clip(0, 1)
    noise = diffusion.encode(images)
    assert abs(noise.mean()) < 0.05
    assert noise.std() == pytest.approx(1, abs=0.05)
    assert np.abs(diffusion.decode(noise) - images).mean() < 0.005


def test_signal_and_noise_inside_and_outside_of_layers():
    diffusion = of_gaussian("flow")
    for times in ([0.0, 0.25, 1.0], np.array([0.0, 0.25, 1.0])):
        signal, noise = diffusion.signal_and_noise(times)
        assert isinstance(signal, np.ndarray)
        assert (signal.tolist(), noise.tolist()) == ([1.0, 0.75, 0.0], [0.0, 0.25, 1.0])
    assert tf.is_tensor(diffusion.signal_and_noise(tf.constant(0.5))[0])
    assert keras.utils.is_keras_tensor(diffusion.signal_and_noise(keras.Input(()))[0])


@pytest.fixture(scope="module")
def of_classes():
    """Learned in a moment: class 0 is black, class 1 is white."""
    model = Diffusion(SHAPE, num_classes=2, denoiser=users_denoiser(2), label_dropout=0.5, seed=0)
    model.compile(keras.optimizers.Adam(0.02))
    labels = np.arange(512) % 2
    images = np.zeros((512, *SHAPE)) + labels[:, None, None, None]
    model.fit(images, labels, epochs=12, verbose=0)
    return model


def test_classes(of_classes):
    images = of_classes.sample(labels=[0, 1] * 8, seed=0)
    shades = images.mean(axis=(1, 2, 3))
    assert shades[1::2].mean() > shades[::2].mean() + 0.3
    led = of_classes.sample(labels=[0, 1] * 8, seed=0, guidance=3.0).mean(axis=(1, 2, 3))
    assert led[1::2].mean() - led[::2].mean() > shades[1::2].mean() - shades[::2].mean()
    without = of_classes.sample(16, seed=0).mean(axis=(1, 2, 3))
    assert without.std() > 0  # and of no class
    assert (of_classes.sample(labels=[1, 1], seed=0)[0] != images[0]).any()


def test_nothing_is_traced_again(of_classes):
    traces = []

    def counted(given, training=False):
        traces.append(1)
        return network(given, training=training)

    network, of_classes.compiled_verbs = of_classes.averaged_denoiser, {}
    asked, of_classes._asked = (
        of_classes._asked,
        lambda network, *rest: (traces.append(1), asked(network, *rest))[1],
    )
    try:
        of_classes.sample(labels=[0, 1], seed=0)
        first = len(traces)
        for labels in ([1], [0] * 70):
            of_classes.sample(labels=labels, seed=1, steps=7, guidance=2.5)
    finally:
        del of_classes._asked
    assert len(traces) == first > 0


def test_inpaint(of_classes):
    images, masks = pictures(66), np.zeros((66, 8, 8, 1))
    masks[:, :4] = 1
    options = {"masks": masks, "labels": np.ones(66, int), "steps": 5}
    drawn = of_classes.inpaint(images, seed=0, **options)
    assert_same([drawn[:, :4]], [images[:, :4]], 0)
    assert (drawn[:, 4:] != images[:, 4:]).any(axis=(1, 2, 3)).all()
    # What is hidden says nothing.
    hidden = np.where(masks == 1, images, 0.5)
    assert_same([of_classes.inpaint(hidden, seed=0, **options)], [drawn], 0)
    assert (of_classes.inpaint(images, seed=1, **options) != drawn).any()
    for bad in (masks[:5], masks * 0.5, masks[..., 0]):
        with pytest.raises(ValueError, match=THREE_PARTS):
            of_classes.inpaint(images, bad)


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"num_samples": 3, "labels": [0, 1]},
        {"labels": [0, 2]},
        {"num_samples": 2, "steps": 0},
        {"num_samples": 2, "solver": "euler"},
        {"num_samples": 2, "guidance": 2.0},
        {"labels": [0, 1], "guidance": -1.0},
        {"num_samples": 2, "seed": 1.5},
        {"num_samples": 10**9},
    ],
)
def test_samples_of_what(of_classes, arguments):
    with pytest.raises(ValueError, match=THREE_PARTS):
        of_classes.sample(**arguments)


def test_without_classes_labels_are_no_word():
    diffusion = of_gaussian()
    with pytest.raises(ValueError, match="has no labels"):
        diffusion.sample(labels=[1, 1])
    assert [spec.name for spec in diffusion.endpoints()["sample"][1]] == ["num_samples", "seed"]
    served = diffusion.endpoints()["sample"][0](tf.constant(70), tf.constant(3))["images"]
    assert_same([served.numpy()], [diffusion.sample(70, seed=3)], 1e-5)


def test_interpolation_is_spherical():
    diffusion = of_gaussian()
    noise = np.random.default_rng(0).normal(size=(2, *SHAPE))
    start, end = diffusion.decode(noise)
    way = diffusion.interpolate(start, end, steps=3)
    straight = diffusion.interpolate(start, end, steps=3, method="linear")
    assert way.shape == (3, *SHAPE)
    assert_same([way[[0, 2]]], [np.stack([start, end])], 0.02)
    assert way[1].std() > 1.2 * straight[1].std()  # which leave the sphere of the prior
