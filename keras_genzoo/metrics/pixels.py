"""What metrics of pixels, not of features, ask of images."""

import numpy as np

TOLERANCE = 1e-3  # which models allow too: resizing and float16 overshoot a little


def out_of_range(pixels):
    """Whether any of them is less than black or more than white; NaN is neither."""
    lowest = np.fmin.reduce(pixels, axis=None, initial=0)
    highest = np.fmax.reduce(pixels, axis=None, initial=1)
    return not _between(lowest, highest)


def checked_images(images, channels, wrong):
    """Images as an array; a `ValueError` that begins with `wrong` where they are none.

    Args:
        images: `(n, height, width, channels)` in [0, 1].
        channels: Tuple of the counts that are allowed.
        wrong: What is wrong, a sentence.

    Returns:
        An array.
    """
    images = np.asarray(images)
    fits = images.ndim == 4 and images.shape[-1] in channels
    lowest, highest = (images.min(), images.max()) if images.size else (0, 1)
    if not fits or not _between(lowest, highest):
        raise ValueError(
            f"{wrong} Expected (n, height, width, channels) of "
            f"{' or '.join(map(str, channels))} channels, floats in [0, 1], none NaN (divide "
            f"bytes by 255). Received: {images.shape}, pixels from {lowest} to {highest}"
        )
    return images


def _between(lowest, highest):
    """Whether pixels from one to the other are in [0, 1]; NaN compares as false."""
    return bool(lowest >= -TOLERANCE and highest <= 1 + TOLERANCE)
