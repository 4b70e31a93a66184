"""A picture of who is rare in a set of images, and who is common."""

import numpy as np

from keras_genzoo.plots import grids


def representation(images, weights, columns=10, title="Who is rare, and who is common"):
    """The images that weigh the most, which are rare, above those that weigh the least.

    Args:
        images: `(n, height, width, channels)` in [0, 1].
        weights: `(n,)`, as of `sample_weights` of a `DebiasingVAE`.
        columns: Images in a row; at most n.
        title: Headline.

    Returns:
        A matplotlib figure.

    Raises:
        ValueError: If there is not one weight for each image, or there are no images.

    Example:
        >>> figure = representation(np.zeros((4, 8, 8, 1)), [0.5, 2.0, 1.0, 0.5], columns=2)
    """
    weights = np.asarray(weights)
    if weights.shape != (len(images),) or not len(images):
        raise ValueError(
            f"The weights do not fit. Expected one for each of at least one image, "
            f"({len(images)},). Received: weights of shape {weights.shape}"
        )
    rarest_first = np.argsort(-weights, kind="stable")
    columns = min(columns, len(weights))
    rows = [rarest_first[:columns], rarest_first[::-1][:columns]]
    names = ("least represented", "most represented")
    labels = [
        f"{name}, weight {weights[row[0]]:.2g}" for name, row in zip(names, rows, strict=True)
    ]
    return grids.grid([np.asarray(images)[row] for row in rows], title, labels)
