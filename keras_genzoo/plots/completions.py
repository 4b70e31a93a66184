"""What a model makes of images' first rows; of `plots`."""

import numpy as np

from keras_genzoo.plots import grids


def completions(model, images, rows, count=6, seed=0, labels=None, title="Completions"):
    """Images, their first rows, and several ways to complete them, a row for each.

    Args:
        model: A model with `complete`.
        images: `(n, *image_shape)` in [0, 1].
        rows: How many are kept.
        count: Completions of each image.
        seed: Of the first completion; each further one takes the next.
        labels: Of a conditional model, `(n,)`.
        title: Headline.

    Returns:
        A matplotlib figure.

    Raises:
        ValueError: As the model's `complete` does.

    Example:
        >>> import keras_genzoo as kg
        >>> pixels = kg.models.PixelCNN((8, 8, 1), filters=4, num_blocks=1)
        >>> figure = completions(pixels, np.zeros((2, 8, 8, 1)), rows=4, count=3)
    """
    beside = {} if labels is None else {"labels": labels}
    drawn = [model.complete(images, rows, seed + i, **beside) for i in range(count)]
    shown = np.array(images, "float32")
    shown[:, rows:] = 0.5  # neither black nor white
    columns = np.stack([images, shown, *drawn], axis=1)
    headers = ["original", "given", *(str(i + 1) for i in range(count))]
    return grids.grid(columns, title, headers=headers)
