"""Colourfulness by a direct reckoning of the paper's formula, and what it refuses."""

import numpy as np
import pytest
from contract import THREE_PARTS

from keras_genzoo.metrics.colour import colourfulness

RNG = np.random.default_rng(0)
IMAGES = RNG.uniform(size=(5, 6, 4, 3))


def test_by_the_papers_formula():
    for image, found in zip(IMAGES, colourfulness(IMAGES), strict=True):
        red, green, blue = (255 * image[..., channel] for channel in range(3))
        rg, yb = red - green, 0.5 * (red + green) - blue
        spread = np.sqrt(np.var(rg) + np.var(yb))
        shift = np.sqrt(np.mean(rg) ** 2 + np.mean(yb) ** 2)
        assert found == pytest.approx(spread + 0.3 * shift, rel=1e-12)


def test_known_images():
    grey = np.repeat(RNG.uniform(size=(1, 8, 8, 1)), 3, axis=-1)
    assert colourfulness(grey) == pytest.approx(0, abs=1e-9)
    # Half of it yellow, half blue: the opponents lie at 0 and at 255 and -255.
    halves = np.zeros((1, 8, 8, 3))
    halves[:, :4, :, :2], halves[:, 4:, :, 2] = 1.0, 1.0
    assert colourfulness(halves) == pytest.approx(255)


def test_each_image_has_its_own_and_places_do_not_matter():
    found = colourfulness(IMAGES)
    assert (found.shape, found.dtype) == ((5,), "float64")
    assert colourfulness(IMAGES[:0]).shape == (0,)
    assert colourfulness(IMAGES[2:3]) == pytest.approx(found[2:3])
    assert colourfulness(IMAGES[:, ::-1].swapaxes(1, 2)) == pytest.approx(found)
    assert colourfulness(IMAGES.astype("float16")) == pytest.approx(found, rel=1e-2)


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (IMAGES[..., :1], r"of 3 channels.*\(5, 6, 4, 1\)"),
        (IMAGES[0], r"\(6, 4, 3\)"),
        ((255 * IMAGES).astype("uint8"), "divide bytes"),
        (IMAGES - 0.5, "pixels from -0"),
        (np.full((1, 8, 8, 3), np.nan), "pixels from nan"),
    ],
)
def test_refusals(images, message):
    with pytest.raises(ValueError, match=THREE_PARTS) as caught:
        colourfulness(images)
    assert caught.match(message)
