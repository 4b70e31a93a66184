"""Drawing in steps: what is refused, ways that are seen, what is served."""

import numpy as np
import pytest
import tensorflow as tf
from contract import SHAPE, THREE_PARTS, assert_same
from denoisers import of_gaussian, users_denoiser

from keras_genzoo.models import Diffusion


@pytest.fixture(scope="module")
def of_classes():
    return Diffusion(SHAPE, num_classes=2, denoiser=users_denoiser(2), seed=0)


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


def test_no_verb_is_led_to_no_class(of_classes):
    latents = np.zeros((2, *SHAPE))
    for verb, given in ((of_classes.decode, latents), (of_classes.trajectory, 2)):
        with pytest.raises(ValueError, match=r"no class to lead to.*Expected.*Received"):
            verb(given, guidance=3.0)


def test_without_classes_labels_are_no_word():
    diffusion = of_gaussian()
    with pytest.raises(ValueError, match="has no labels"):
        diffusion.sample(labels=[1, 1])
    assert [spec.name for spec in diffusion.endpoints()["sample"][1]] == ["num_samples", "seed"]
    served = diffusion.endpoints()["sample"][0](tf.constant(70), tf.constant(3))["images"]
    assert_same([served.numpy()], [diffusion.sample(70, seed=3)], 1e-5)


def test_trajectories_end_in_samples(of_classes):
    asked = {"seed": 0, "steps": 3, "guidance": 2.0, "labels": [0, 1] * 40}
    ways = of_classes.trajectory(**asked)
    assert ways.shape == (80, 4, *SHAPE)
    assert_same([ways[:, -1]], [of_classes.sample(**asked)], 1e-6)
    assert of_classes.trajectory(0, steps=3).shape == (0, 4, *SHAPE)
    assert ways[:, 0].std() > 0.3  # pure noise, cut to what a picture can show
