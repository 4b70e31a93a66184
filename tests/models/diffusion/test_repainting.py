"""Inpainting: what is kept, what is drawn, what is hidden."""

import numpy as np
import pytest
from contract import SHAPE, THREE_PARTS, assert_same, pictures
from denoisers import users_denoiser

from keras_genzoo.models import Diffusion


@pytest.fixture(scope="module")
def of_classes():
    return Diffusion(SHAPE, num_classes=2, denoiser=users_denoiser(2), seed=0)


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
