"""What models make, as components of a page: pictures, lines of text, melodies with their sound.

`values` gives what an event returns: the value of one component alone, a list of several.
"""

import io

import numpy as np
import PIL.Image

from keras_genzoo import datasets, plots, training
from keras_genzoo.extras import extra

SMALL = 40  # pixels of a side up to which each is shown as a square


class Pictures:
    """Images, several of them side by side in one picture."""

    usual = 32  # samples drawn at first

    def __init__(self, shape):
        self.is_small = max(shape[0] or 2 * SMALL, shape[1] or 2 * SMALL) <= SMALL

    def components(self, label):
        return [picture(label, self.is_small)]

    def values(self, images, columns=8):
        return tiled(images, columns) if len(images) > 1 else datasets.as_bytes(images[0])


class Lines:
    """Texts, one a line."""

    usual = 16  # samples drawn at first

    def __init__(self, vocabulary):
        self.vocabulary = vocabulary

    def components(self, label):
        gr = extra("gradio", "explore")
        copies = {"buttons": ["copy"], "elem_classes": ["lines"]}
        return [gr.Textbox(label=label, lines=8, max_lines=24, interactive=False, **copies)]

    def values(self, tokens, columns=None):
        return "\n".join(datasets.as_text(tokens, self.vocabulary))


class Melodies:
    """Melodies, as piano rolls and as the sound of all, one after another."""

    usual = 4  # samples drawn at first

    def components(self, label):
        gr = extra("gradio", "explore")
        shown = picture(label, is_small=False)
        # An editable one loads a script from outside.
        asks = {"interactive": False, "editable": False, "buttons": ["download"]}
        return [shown, gr.Audio(label=f"{label}: sound", **asks)]

    def values(self, tokens, columns=2):
        written = io.BytesIO()
        plots.piano_rolls(tokens, columns=min(columns, 2, len(tokens))).savefig(written, dpi=100)
        return [np.asarray(PIL.Image.open(written)), (datasets.SAMPLE_RATE, datasets.sound(tokens))]


def of(subject):
    """The kind of what a model makes."""
    if subject.is_of_images:
        return Pictures(subject.fields["images"].shape)
    if training.sequences.is_of_melodies(subject.model):
        return Melodies()
    return Lines(subject.model.vocabulary)


def picture(label, is_small, value=None, looks="picture"):
    """A picture to look at and to download; `looks="thumb"` keeps it small."""
    gr = extra("gradio", "explore")
    classes = [looks, *(["pixels"] if is_small else [])]
    buttons = ["download", "fullscreen"]
    asks = {"interactive": False, "buttons": buttons, "elem_classes": classes}
    return gr.Image(value, format="png", label=label, **asks)


def tiled(images, columns):
    """Images side by side, in rows, as one picture; what lies between is transparent.

    Args:
        images: `(n, height, width, channels)` in [0, 1].
        columns: At most so many in a row.

    Example:
        >>> tiled(np.ones((3, 8, 8, 1)), columns=2).shape
        (17, 17, 4)
    """
    count, height, width, _ = images.shape
    columns = min(columns, count)
    rows, gap = -(-count // columns), max(height // 28, 1)
    size = rows * (height + gap) - gap, columns * (width + gap) - gap
    canvas = np.zeros((*size, 4), np.uint8)
    for index, image in enumerate(images):
        row, column = divmod(index, columns)
        top, left = row * (height + gap), column * (width + gap)
        cell = canvas[top : top + height, left : left + width]
        cell[..., :3] = np.rint(np.clip(image, 0, 1) * 255)
        cell[..., 3] = 255
    return canvas
