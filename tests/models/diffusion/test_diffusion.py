"""Diffusion: the contract, and what is drawn where the answer is known."""

import numpy as np
import pytest
from contract import SHAPE, assert_same
from denoisers import MEAN, SPREAD, of_gaussian, users_denoiser
from families import DenoisingContract

import keras_genzoo as kg
from keras_genzoo import networks as zoo
from keras_genzoo.models import Diffusion


class TestDiffusion(DenoisingContract):
    model_class = Diffusion
    arguments = {  # noqa: RUF012
        **{"image_shape": SHAPE, "filters": (4,), "num_blocks": 1, "num_classes": 3, "seed": 0},
    }
    changed = {  # noqa: RUF012
        **arguments,
        "seed": 7,
        "schedule": "flow",
        "prediction": "image",
        "label_dropout": 0.2,
        "ema": 0.9,
    }

    def custom_networks(self):
        return {"denoiser": users_denoiser(num_classes=3)}

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
            {"label_dropout": 0.0},
            {"num_classes": 0},
            {"ema": 1.0},
            {"image_shape": (8, 8, 2)},
        ]


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


def test_encode_and_decode_are_inverse():
    diffusion = of_gaussian()
    images = ((np.random.default_rng(0).normal(MEAN, SPREAD, (70, *SHAPE)) + 1) / 2).clip(0, 1)
    noise = diffusion.encode(images)
    assert abs(noise.mean()) < 0.05
    assert noise.std() == pytest.approx(1, abs=0.05)
    assert np.abs(diffusion.decode(noise) - images).mean() < 0.005


def test_one_step_is_one():
    diffusion = of_gaussian()
    images = ((np.random.default_rng(0).normal(MEAN, SPREAD, (70, *SHAPE)) + 1) / 2).clip(0, 1)
    # Of none the images come back as they are, 0.0067 times as large.
    assert diffusion.encode(images, steps=1).std() > 0.04 * (2 * images - 1).std()


def test_a_density_takes_seeds_as_samples_do():
    diffusion, images = of_gaussian(), np.full((2, *SHAPE), 0.5)
    of_large, of_small = (diffusion.log_prob(images, steps=2, seed=seed) for seed in (2**40, 0))
    assert_same([of_large], [of_small], 1e-3)  # of this one the divergence is the same everywhere


def test_interpolation_is_spherical():
    diffusion = of_gaussian()
    noise = np.random.default_rng(0).normal(size=(2, *SHAPE))
    start, end = diffusion.decode(noise)
    way = diffusion.interpolate(start, end, steps=3)
    straight = diffusion.interpolate(start, end, steps=3, method="linear")
    assert way.shape == (3, *SHAPE)
    assert_same([way[[0, 2]]], [np.stack([start, end])], 0.02)
    assert way[1].std() > 1.2 * straight[1].std()  # which leave the sphere of the prior


def test_a_trained_model_finds_images_again_and_keeps_what_it_is_told_to():
    model = kg.from_preset("diffusion_mnist")
    images = model.sample(labels=[2, 5, 8], seed=0)
    again = model.decode(model.encode(images, steps=20), steps=20)
    assert np.abs(again - images).mean() < 0.02
    masks = np.zeros((3, 28, 28, 1))
    masks[:, :14] = 1
    completed = model.inpaint(images, masks, steps=5)
    assert (completed[:, :14] == images[:, :14]).all()
    assert 0.02 < completed[:, 14:].mean() < 0.4  # digits are thin
