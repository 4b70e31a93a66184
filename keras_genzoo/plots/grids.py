"""Grids of images: as a figure, or as an animation that walks through their columns; of `plots`."""

import math

import numpy as np
from matplotlib.animation import FuncAnimation
from matplotlib.figure import Figure


def image_grid(images, title="", columns=None):
    """Images side by side.

    Args:
        images: `(n, height, width, channels)` in [0, 1].
        title: Headline.
        columns: Images in a row; `None` makes the grid square.

    Returns:
        A matplotlib figure.

    Example:
        >>> figure = image_grid(np.zeros((6, 8, 8, 1)), "Six black squares", columns=3)
    """
    columns = columns or math.ceil(math.sqrt(len(images)))
    rows = math.ceil(len(images) / columns)
    return grid([images[row * columns : (row + 1) * columns] for row in range(rows)], title)


def grid(rows, title="", labels=(), headers=()):
    """Rows of images.

    Args:
        rows: `(rows, columns, height, width, channels)` in [0, 1]; the last row may be shorter.
        title: Headline.
        labels: Text before each row.
        headers: Text above each column.

    Returns:
        A matplotlib figure.

    Example:
        >>> figure = grid(np.zeros((2, 3, 8, 8, 1)), "Black squares", labels=["here", "there"])
    """
    columns = len(rows[0])
    margin = 0.1 + 0.09 * max(map(len, labels), default=0)
    figure = new_figure(title, 0.7 * columns + margin, 0.7 * len(rows) + 0.5)
    cells = figure.subplots(len(rows), columns, squeeze=False)
    for axes in cells.flat:
        axes.set(xticks=[], yticks=[], frame_on=False)
    for line, images in zip(cells, rows, strict=True):
        for axes, image in zip(line, images, strict=False):
            show(axes, image)
    for line, label in zip(cells, labels, strict=False):
        line[0].set_ylabel(label, rotation=0, ha="right", va="center")
    for axes, header in zip(cells[0], headers, strict=False):
        axes.set_title(header, fontsize="medium")
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
    figure = image_grid([images[0] for images in rows], title)
    side = max(1.1, 0.09 * max(map(len, labels), default=0))
    width, height = figure.get_axes()[0].get_gridspec().get_geometry()[::-1]
    figure.set_size_inches(max(side * width, 0.1 * len(title)), 1.3 * height + 0.8)
    cells = figure.axes[: len(rows)]
    for axes, label in zip(cells, labels, strict=False):
        axes.set_title(label, fontsize="medium")
    below = figure.supxlabel(caption.format(headers[0]))
    figure.draw_without_rendering()
    figure.set_layout_engine("none")  # what stands in a frame stands there in all of them

    def show_column(column):
        for axes, images in zip(cells, rows, strict=True):
            axes.images[0].set_data(np.squeeze(images[column]))
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
