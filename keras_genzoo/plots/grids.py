"""Grids of images: as a figure, or as an animation that walks through their columns; of `plots`."""

import math

import numpy as np
from matplotlib.animation import FuncAnimation
from matplotlib.figure import Figure

from keras_genzoo import metrics

GAP = 0.1  # between images, in widths of one


def image_grid(images, title="", columns=None):
    """Images side by side.

    Args:
        images: `(n, height, width, channels)` in [0, 1].
        title: Headline.
        columns: Images in a row; `None` makes the grid square.

    Returns:
        A matplotlib figure.

    Raises:
        ValueError: If there are no images, or they are none.

    Example:
        >>> figure = image_grid(np.zeros((6, 8, 8, 1)), "Six black squares", columns=3)
    """
    return grid(_in_rows(images, columns or _square(images) or 1), title)


def grid(rows, title="", labels=(), headers=()):
    """Rows of images.

    Args:
        rows: `(rows, columns, height, width, channels)` in [0, 1]; the last row may be shorter.
        title: Headline.
        labels: Text before each row.
        headers: Text above each column.

    Returns:
        A matplotlib figure.

    Raises:
        ValueError: As `image_grid`.

    Example:
        >>> figure = grid(np.zeros((2, 3, 8, 8, 1)), "Black squares", labels=["here", "there"])
    """
    _check(rows)
    margin = 0.1 + 0.09 * max(map(len, labels), default=0)
    figure = new_figure(title, 0.7 * len(rows[0]) + margin, 0.7 * len(rows) + 0.5)
    axes = _lay(figure, rows)
    middles = [sum(image.get_extent()[2:]) / 2 for image in axes.images[:: len(rows[0])]]
    axes.set_yticks(middles[: len(labels)], labels)
    _write_above(axes, headers)
    if labels:
        figure.draw_without_rendering()  # a first layout does not see how wide they are
    return figure


def animation(rows, headers, caption="{}", title="", labels=()):
    """A walk through the columns, forwards and back again, all rows at once.

    Args:
        rows: `(rows, columns, height, width, channels)` in [0, 1]. A frame is a grid of one column.
        headers: Text of each column.
        caption: Text below a frame; its `{}` is the column's.
        title: Headline of all frames.
        labels: Text above each row's image.

    Returns:
        A `matplotlib.animation.Animation`; its `save("walk.gif", writer="pillow")` writes it.

    Example:
        >>> import tempfile
        >>> shades = np.linspace(0, 1, 5)[None, :, None, None, None] * np.ones((2, 1, 8, 8, 1))
        >>> walk = animation(shades, "01234", "step {}", title="From black to white")
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     walk.save(f"{folder}/walk.gif", writer="pillow")
    """
    _check(rows)
    first = _in_rows([images[0] for images in rows], _square(rows))
    side = max(1.1, 0.09 * max(map(len, labels), default=0))
    figure = new_figure(title, side * len(first[0]), 1.3 * len(first) + 0.8)
    axes = _lay(figure, first, across=side, between=0.3 if labels else GAP)
    _write_above(axes, labels)
    below = figure.supxlabel(caption.format(headers[0]))
    figure.draw_without_rendering()
    figure.set_layout_engine("none")  # what stands in a frame stands there in all of them

    def show_column(column):
        for shown, images in zip(axes.images, rows, strict=True):
            shown.set_data(np.squeeze(images[column]))
        below.set_text(caption.format(headers[column]))

    columns = range(len(rows[0]))
    return FuncAnimation(figure, show_column, [*columns, *columns[-2:0:-1]], interval=150)


def new_figure(title, width, height):
    """A figure of `width` by `height` inches, wider where the title needs it."""
    figure = Figure(figsize=(max(width, 0.1 * len(title)), height), layout="constrained")
    figure.suptitle(title)
    return figure


def show(axes, image, **placed):
    """Show an image, its grey not stretched."""
    axes.imshow(np.squeeze(image), cmap="gray", vmin=0, vmax=1, **placed)


def _check(rows):
    """Raise a `ValueError` where there are no images; what a lost model draws, NaN, stays blank."""
    images = [np.asarray(image) for row in rows for image in row]
    fit = images and all(image.ndim == 3 for image in images)
    if not fit or any(map(metrics.out_of_range, images)):
        highest = max((image.max(initial=0) for image in images), default=None)
        raise ValueError(
            "There are no images to show. Expected some of (height, width, channels), floats in "
            f"[0, 1] (divide bytes by 255). Received: {len(images)} images, of shape "
            f"{images[0].shape if images else None}, pixels up to {highest}"
        )


def _square(images):
    """How many stand in a row where there are as many rows."""
    return math.ceil(math.sqrt(len(images)))


def _in_rows(images, columns):
    return [images[first : first + columns] for first in range(0, len(images), columns)]


def _lay(figure, rows, across=1 + GAP, between=GAP):
    """Show images, each one wide, on one axes: an axes for each would take four times as long.

    Args:
        figure: The figure.
        rows: Of images, as for `grid`.
        across: From one image to the next of a row.
        between: From one row to the next.
    """
    height, width = rows[0][0].shape[:2]
    height /= width
    axes = figure.subplots()
    for row, images in enumerate(rows):
        top = row * (height + between)
        for column, image in enumerate(images):
            left = column * across
            show(axes, image, extent=(left, left + 1, top + height, top))
    right, bottom = (len(rows[0]) - 1) * across + 1, len(rows) * (height + between) - between
    axes.set(xlim=(0, right), ylim=(bottom, 0), xticks=[], yticks=[], frame_on=False)
    axes.tick_params(left=False)  # what `yticks` are called stands before rows
    return axes


def _write_above(axes, texts):
    """Write a text above each image, from the first on."""
    for image, text in zip(axes.images, texts, strict=False):
        left, right, _, top = image.get_extent()
        place = {"ha": "center", "va": "bottom", "fontsize": "medium"}
        axes.text((left + right) / 2, top - 0.05, text, **place)
