"""Pictures that users upload: read, made to fit, or refused in words that the page shows."""

import functools
import html
from pathlib import Path

import numpy as np

from keras_genzoo import datasets
from keras_genzoo.extras import extra

MOST_PIXELS = 2**20  # of a picture for a model that takes any size, which keeps the page waiting


def read(path, field):
    """A picture that was uploaded, as a model's field wants it, and what was done to it.

    Args:
        path: Of the file.
        field: The model's images.

    Returns:
        `(height, width, channels)`, float32 in [0, 1]; what was done, in words, `""` for nothing;
        and its height and width before.

    Raises:
        ValueError: If it is no picture, or too large.
    """
    path = Path(path)
    if path.suffix.lower() == ".zip":
        raise ValueError(
            f"A zip may hold many pictures. Expected one. Received: file={path.name!r}"
        )
    try:
        ((_, picture),) = datasets.read_pictures(path, field.shape[-1])
    except ValueError as error:
        # The user gave it a name, the server a path.
        raise ValueError(str(error).replace(repr(str(path)), repr(path.name))) from error
    height, width, _ = picture.shape
    if None in field.shape and height * width > MOST_PIXELS:
        raise ValueError(
            f"The picture is too large for this page. Expected at most {MOST_PIXELS:,} pixels; "
            f"genzoo translate takes more. Received: file={path.name!r} of {width} x {height}"
        )
    fitted, done = datasets.fitted(picture, field.shape, field.multiple)
    said = [done] * bool(done)
    if field.whole:
        fitted, said = np.rint(fitted), [*said, "made black and white"]
    words = f"{path.name}: {', '.join(said)}." if said else ""
    return fitted.astype("float32"), words, (height, width)


def told(function):
    """Have a page show what a function of an event refuses, in place of a traceback."""

    @functools.wraps(function)
    def shown(*values):
        try:
            return function(*values)
        except (ValueError, OSError) as error:
            gr = extra("gradio", "explore")
            # A file's name is a stranger's text, and the page takes markup.
            text = html.escape(str(error))
            raise gr.Error(text, duration=20, print_exception=False) from error

    return shown
