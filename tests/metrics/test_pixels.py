"""What passes for images, and what is refused."""

import numpy as np
import pytest

from keras_genzoo.metrics.pixels import checked_images

IMAGES = np.random.default_rng(0).uniform(size=(5, 6, 4, 3))


def test_images_pass_as_they_are():
    assert checked_images(IMAGES, (1, 3), "None.") is IMAGES
    assert checked_images(IMAGES[:0], (3,), "None.").shape == (0, 6, 4, 3)
    assert np.array_equal(checked_images(IMAGES.tolist(), (3,), "None."), IMAGES)
    checked_images(IMAGES.round() * 1.0005, (3,), "None.")  # resizing overshoots a little


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (IMAGES[..., :2], r"of 1 or 3 channels.*\(5, 6, 4, 2\)"),
        (IMAGES[0], r"Received: \(6, 4, 3\)"),
        ((255 * IMAGES).astype("uint8"), "divide bytes.*pixels from 0 to 25"),
        (IMAGES - 0.5, "pixels from -0"),
        (np.full((1, 8, 8, 3), np.nan), "pixels from nan"),
    ],
)
def test_refusals(images, message):
    with pytest.raises(ValueError, match=r"(?s)^No such picture\. Expected.*" + message):
        checked_images(images, (1, 3), "No such picture.")
