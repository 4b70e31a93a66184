"""What several tabs ask users for: a class, a picture."""

from typing import NamedTuple

import numpy as np

from keras_genzoo import datasets
from keras_genzoo.explorer import media, uploads
from keras_genzoo.extras import extra

IN_TURN = -1  # in the place of a class: one after the other


class Picked(NamedTuple):
    """A picture that was chosen.

    Attributes:
        image: As the model takes it; `None` where there is none yet.
        label: Its class, where that is known.
        size: Height and width before it was made to fit.
    """

    image: np.ndarray | None = None
    label: int | None = None
    size: tuple | None = None

    def picture(self):
        """The image; a `ValueError` where none was chosen."""
        if self.image is None:
            raise ValueError(
                "There is no picture yet. Expected one that was uploaded. Received: none"
            )
        return self.image

    def label_or(self, of_class):
        """Its class where that is known, else the one that was chosen."""
        return of_class if self.label is None else self.label


class Picker(NamedTuple):
    """The components by which a picture is chosen.

    Attributes:
        state: Holds the `Picked`.
        changes: Events after which it is another.
    """

    state: object
    changes: list

    def on_change(self, function, inputs, outputs, then=None):
        """Call a function when another picture was chosen, and then another one."""
        for event in self.changes:
            called = event.success(function, inputs, outputs)
            if then:
                called.success(**then)


def classes(subject, verb, in_turn=False):
    """A choice of a class; of a model whose verb takes none a state that holds `None`."""
    gr = extra("gradio", "explore")
    if not subject.takes(verb, "labels"):
        return gr.State(None)
    choices = [(str(label), label) for label in range(subject.model.num_classes)]
    if in_turn:
        return gr.Dropdown([("all in turn", IN_TURN), *choices], value=IN_TURN, label="Class")
    return gr.Dropdown(choices, value=0, label="Class")


def seed_of(number):
    """A seed that was typed; a `ValueError` where none was."""
    if number is None:
        raise ValueError("There is no seed. Expected a whole number. Received: seed=None")
    return number


def is_asked(component):
    """Whether a user sees a component, and a `State` is none of those."""
    return not isinstance(component, extra("gradio", "explore").State)


def picker(subject, label, begin):
    """A picture that is uploaded, or is one after the other of those at hand.

    Args:
        subject: What the page shows.
        label: Above the picture.
        begin: Which of those at hand it is at first; -1 for none.
    """
    gr = extra("gradio", "explore")
    field = subject.fields["images"]
    is_small = media.Pictures(field.shape).is_small
    has_pool = subject.pool is not None
    first = _of_pool(subject, begin) if has_pool and begin >= 0 else Picked()
    with gr.Column(min_width=200):
        start = None if first.image is None else datasets.as_bytes(first.image)
        shown = media.picture(label, is_small, start, "thumb")
        note = gr.Markdown(visible=False, elem_classes=["note"])
        with gr.Row():
            upload = gr.UploadButton("Upload a picture", size="sm", min_width=80)
            another = gr.Button("Another", size="sm", min_width=80, visible=has_pool)
    state, place = gr.State(first), gr.State(begin)

    def uploaded(path):
        image, done, size = uploads.read(path, field)
        note = gr.Markdown(done, visible=bool(done))
        return datasets.as_bytes(image), note, Picked(image, None, size)

    def following(number):
        number = (number + 1) % len(subject.pool)
        picked = _of_pool(subject, number)
        return datasets.as_bytes(picked.image), gr.Markdown(visible=False), picked, number

    outputs = [shown, note, state]
    changes = [
        upload.upload(uploads.told(uploaded), upload, outputs),
        another.click(following, place, [*outputs, place], show_progress="hidden"),
    ]
    return Picker(state, changes)


def _of_pool(subject, number):
    number %= len(subject.pool)
    image = subject.pool[number]
    label = None if subject.pool_classes is None else int(subject.pool_classes[number])
    return Picked(image, label, image.shape[:2])
