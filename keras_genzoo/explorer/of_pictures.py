"""The tabs of what a model makes of a picture: rebuilt, completed, filled in, translated, named."""

import numpy as np

from keras_genzoo import datasets
from keras_genzoo.explorer import controls, media
from keras_genzoo.explorer.uploads import told
from keras_genzoo.extras import extra

_COUNT = 8  # ways that a picture is completed in
# What is kept of a picture whose rest is drawn.
_KEPT = {
    "upper half": (slice(0, 0.5), slice(0, 1)),
    "lower half": (slice(0.5, 1), slice(0, 1)),
    "left half": (slice(0, 1), slice(0, 0.5)),
    "right half": (slice(0, 1), slice(0.5, 1)),
}
_ALL_BUT_THE_MIDDLE = "all but the middle"


def reconstruction(subject, kind):
    """A picture beside what the model makes of its latent."""

    def rebuild(picked, of_class):
        images = picked.picture()[None]
        label = subject.condition("reconstruct", picked.label_or(of_class), 1)
        rebuilt = subject.model.reconstruct(images, **label)
        return kind.values(np.concatenate([images, rebuilt]))

    def asked():
        return [controls.classes(subject, "reconstruct")]

    return _tab(subject, lambda: kind.components("Picture and reconstruction"), rebuild, asked)


def completion(subject, kind):
    """The first rows of a picture, and several ways to go on."""
    gr = extra("gradio", "explore")

    def complete(picked, kept, seed, of_class):
        images = np.repeat(picked.picture()[None], _COUNT, axis=0)
        labels = subject.condition("complete", picked.label_or(of_class), _COUNT)
        drawn = subject.model.complete(images, kept, seed=controls.seed_of(seed), **labels)
        return kind.values(drawn, columns=4)

    def asked():
        height = subject.fields["images"].shape[0]
        return [
            gr.Slider(0, height, height // 2, step=1, label="Rows kept"),
            gr.Number(0, precision=0, label="Seed"),
            controls.classes(subject, "complete"),
        ]

    return _tab(subject, lambda: kind.components("Completions"), complete, asked)


def inpainting(subject, kind):
    """A part of a picture is kept, and the rest is drawn, several times."""
    gr = extra("gradio", "explore")

    def inpaint(picked, kept, seed, steps):
        images = np.repeat(picked.picture()[None], _COUNT, axis=0)
        masks = np.broadcast_to(mask(kept, *images.shape[1:3]), (*images.shape[:3], 1))
        drawn = subject.model.inpaint(images, masks, seed=controls.seed_of(seed), steps=steps)
        return kind.values(drawn, columns=4)

    def asked():
        return [
            gr.Radio([*_KEPT, _ALL_BUT_THE_MIDDLE], value="upper half", label="Kept"),
            gr.Number(0, precision=0, label="Seed"),
            gr.Slider(1, 100, 20, step=1, label="Steps"),
        ]

    return _tab(subject, lambda: kind.components("Fillings"), inpaint, asked)


def mask(kept, height, width):
    """Which pixels of a picture are kept, `(height, width, 1)`, 1 where they are.

    Example:
        >>> mask("left half", 2, 2)[..., 0].tolist()
        [[1.0, 0.0], [1.0, 0.0]]
    """
    if kept == _ALL_BUT_THE_MIDDLE:
        marks = np.ones((height, width, 1), "float32")
        marks[height // 4 : height - height // 4, width // 4 : width - width // 4] = 0
        return marks
    marks = np.zeros((height, width, 1), "float32")
    down, across = _KEPT[kept]
    marks[_scaled(down, height), _scaled(across, width)] = 1
    return marks


def _scaled(part, side):
    return slice(round(part.start * side), round(part.stop * side))


def translation(subject, kind, verb="translate"):
    """A picture of one kind, and of the other."""

    def translate(picked):
        image = picked.picture()
        made = getattr(subject.model, verb)(image[None])[0]
        if None in subject.fields["images"].shape:
            made = datasets.cut_again(made, image, picked.size)
        return datasets.as_bytes(made)

    return _tab(subject, lambda: [media.picture("Translation", kind.is_small)], translate)


def translation_back(subject, kind):
    """The other way."""
    return translation(subject, kind, "translate_back")


def classification(subject, kind):
    """What classes a picture may be of."""
    gr = extra("gradio", "explore")

    def classify(picked):
        images = picked.picture()[None]
        own = getattr(subject.model, "classify", None)
        (odds,) = own(images) if own else subject.model.predict(images, verbose=0)
        if len(odds) == 1:  # of one class against the rest
            odds = [1 - odds[0], odds[0]]
        return {str(label): float(value) for label, value in enumerate(odds)}

    return _tab(subject, lambda: [gr.Label(label="Probabilities", num_top_classes=10)], classify)


def _tab(subject, show, function, ask=list):
    """A picture to choose, what else is asked and a button, beside what comes of them.

    Args:
        subject: What the page shows.
        show: Makes the components of what comes.
        function: Of a `Picked` and of what else is asked.
        ask: Makes the components that ask.
    """
    gr = extra("gradio", "explore")
    with gr.Row():
        with gr.Column(min_width=280):
            picked = controls.picker(subject, "Picture", 0)
            inputs = [picked.state, *ask()]
            button = gr.Button("Go", variant="primary")
        with gr.Column(scale=2, min_width=280):
            outputs = show()
    event = {"fn": told(function), "inputs": inputs, "outputs": outputs}
    button.click(**event)
    picked.on_change(event["fn"], inputs, outputs)
    return event if subject.pool is not None else None
