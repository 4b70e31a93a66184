"""How much colour images have."""

import numpy as np

from keras_genzoo.metrics.pixels import checked_images


def colourfulness(images):
    """Colourfulness of each image, as people were found to judge it.

    That is, `spread + 0.3 * shift` over the opponent colours `red - green` and
    `(red + green) / 2 - blue` of an image's pixels: the length of the vector of their standard
    deviations, and of that of their means.

    Args:
        images: `(n, height, width, 3)`, red, green and blue in [0, 1].

    Returns:
        `(n,)`, float64, in the paper's units, which are those of pixels from 0 to 255: 0 of what is
        grey, 15 "slightly", 33 "moderately", 59 "quite", 109 "extremely colourful".

    Raises:
        ValueError: If the images are no coloured ones.

    Example:
        >>> grey, red = np.full((8, 8, 3), 0.5), np.full((8, 8, 3), [1.0, 0.0, 0.0])
        >>> colourfulness([grey, red]).round(1).tolist()  # 0.3 * 255 * sqrt(1 + 1 / 4)
        [0.0, 85.5]

    Reference: Hasler and Suesstrunk (2003), https://doi.org/10.1117/12.477378.
    """
    images = checked_images(images, (3,), "The images are no coloured ones.")
    return np.array([_of_image(255 * image.astype("float64")) for image in images], "float64")


def _of_image(image):
    red, green, blue = np.moveaxis(image, -1, 0)
    opponents = np.stack([red - green, (red + green) / 2 - blue])
    spread, shift = opponents.std(axis=(1, 2)), opponents.mean(axis=(1, 2))
    return np.linalg.norm(spread) + 0.3 * np.linalg.norm(shift)
