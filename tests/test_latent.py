"""Ways through a latent space."""

import numpy as np
import pytest
from contract import SHAPE, pictures

from keras_genzoo import latent
from keras_genzoo.models import VAE


@pytest.fixture(scope="module")
def model():
    return VAE(SHAPE, latent_dim=2, hidden=(4,), seed=0)


def test_the_way_is_straight(model):
    start, end = np.array([0.0, 1.0]), np.array([2.0, -3.0])
    way = [[0.0, 1.0], [0.5, 0.0], [1.0, -1.0], [1.5, -2.0], [2.0, -3.0]]
    images = latent.interpolate(model, start, end, steps=5)
    np.testing.assert_allclose(images, model.decode(way), rtol=1e-5)


def test_many_ways_at_once(model):
    starts, ends = np.random.default_rng(0).normal(size=(2, 3, 2))
    images = latent.interpolate(model, starts, ends, steps=4)
    assert images.shape == (3, 4, *SHAPE)
    for way, start, end in zip(images, starts, ends, strict=True):
        alone = latent.interpolate(model, start, end, steps=4)
        np.testing.assert_allclose(way, alone, rtol=1e-5)


def test_between_images(model):
    start, end = pictures(2)
    images = latent.interpolate(model, start, end, steps=3)
    assert images.shape == (3, *SHAPE)
    codes = model.encode(np.stack([start, end]))
    np.testing.assert_allclose(images, latent.interpolate(model, *codes, steps=3), rtol=1e-5)


def test_from_an_image_to_a_latent(model):
    images = latent.interpolate(model, pictures(1)[0], np.zeros(2), steps=2)
    np.testing.assert_allclose(images[1], model.decode([[0.0, 0.0]])[0], rtol=1e-5)


@pytest.mark.parametrize(
    ("start", "end", "steps"),
    [
        (np.zeros(2), np.zeros((1, 2)), 5),
        (np.zeros((3, 2)), np.zeros((4, 2)), 5),
        (np.zeros(2), np.zeros(2), 1),
        (np.zeros(3), np.zeros(3), 4),
        (np.zeros((2, 4)), np.zeros((2, 4)), 4),
        (np.zeros((1, 2, 2)), np.zeros((1, 2, 2)), 4),
        (np.zeros((9, 8, 1)), np.zeros((9, 8, 1)), 4),
        (0.0, 1.0, 4),
    ],
)
def test_no_way(model, start, end, steps):
    with pytest.raises(ValueError, match=r"Expected.*Received"):
        latent.interpolate(model, start, end, steps)
