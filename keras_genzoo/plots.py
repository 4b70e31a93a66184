"""Pictures, each a matplotlib figure that reads without the code."""

import math

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator


def image_grid(images, title="", columns=None):
    """Images side by side.

    Args:
        images: `(n, height, width, channels)` in [0, 1].
        title: Headline.
        columns: Images in a row; `None` makes the grid square.

    Returns:
        A matplotlib figure.

    Example:
        >>> import numpy as np
        >>> figure = image_grid(np.zeros((6, 8, 8, 1)), "Six black squares", columns=3)
    """
    columns = columns or math.ceil(math.sqrt(len(images)))
    rows = math.ceil(len(images) / columns)
    return _grid([images[row * columns : (row + 1) * columns] for row in range(rows)], title)


def reconstructions(model, images, title="Reconstructions"):
    """Images above what the model makes of them.

    Args:
        model: A model with `reconstruct`.
        images: `(n, *image_shape)` in [0, 1].
        title: Headline.

    Returns:
        A matplotlib figure.

    Example:
        >>> import keras_genzoo as kg
        >>> vae = kg.models.VAE((8, 8, 1), latent_dim=2, hidden=(16,))
        >>> figure = reconstructions(vae, np.zeros((4, 8, 8, 1)))
    """
    return _grid([images, model.reconstruct(images)], title, ["original", "reconstructed"])


def history(logs, title="Training history"):
    """Each logged term over the epochs, training and validation together.

    Args:
        logs: Term to its values, one an epoch, as `History.history` holds them.
        title: Headline.

    Returns:
        A matplotlib figure.

    Example:
        >>> figure = history({"loss": [300.0, 260.0], "val_loss": [290.0, 265.0]})
    """
    terms = [name for name in logs if not name.startswith("val_")]
    figure = Figure(figsize=(4 * len(terms), 3.2), layout="constrained")
    figure.suptitle(title)
    for axes, term in zip(figure.subplots(1, len(terms), squeeze=False)[0], terms, strict=True):
        for name, label in ((term, "training"), (f"val_{term}", "validation")):
            if name in logs:
                axes.plot(range(1, len(logs[name]) + 1), logs[name], marker=".", label=label)
        axes.set(title=term, xlabel="epoch", ylabel="nats per image")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.legend()
    return figure


def _grid(rows, title, labels=()):
    columns = len(rows[0])
    margin = 0.9 if labels else 0.1
    figure = Figure(figsize=(0.7 * columns + margin, 0.7 * len(rows) + 0.5), layout="constrained")
    figure.suptitle(title)
    cells = figure.subplots(len(rows), columns, squeeze=False)
    for axes in cells.flat:
        axes.set(xticks=[], yticks=[])
        axes.spines[:].set_visible(False)
    for line, images in zip(cells, rows, strict=True):
        for axes, image in zip(line, np.asarray(images), strict=False):
            axes.imshow(image.squeeze(), cmap="gray", vmin=0, vmax=1)
    for line, label in zip(cells, labels, strict=False):
        line[0].set_ylabel(label, rotation=0, ha="right", va="center")
    return figure
