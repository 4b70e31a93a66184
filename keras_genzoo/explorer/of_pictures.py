"""The tabs of what a model makes of a picture: rebuilt, completed, filled in, translated, named."""

import numpy as np

from keras_genzoo.explorer import controls, media
from keras_genzoo.explorer.uploads import told
from keras_genzoo.extras import extra

_COUNT = 8  # completions of a picture
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
    label = controls.classes(subject, "reconstruct")

    def rebuild(picked, of_class):
        known = of_class if picked.label is None else picked.label
        images = picked.picture()[None]
        rebuilt = subject.model.reconstruct(images, **subject.condition("reconstruct", known, 1))
        return kind.values(np.concatenate([images, rebuilt]))

    return _tab(subject, kind.components("Picture and reconstruction"), rebuild, [label])


def completion(subject, kind):
    """The first rows of a picture, and several ways to go on."""
    gr = extra("gradio", "explore")
    height = subject.fields["images"].shape[0]
    rows = gr.Slider(0, height, height // 2, step=1, label="Rows kept")
    seed = gr.Number(0, precision=0, label="Seed")
    label = controls.classes(subject, "complete")

    def complete(picked, kept, seed, of_class):
        known = of_class if picked.label is None else picked.label
        images = np.repeat(picked.picture()[None], _COUNT, axis=0)
        labels = subject.condition("complete", known, _COUNT)
        return kind.values(subject.model.complete(images, kept, seed=seed, **labels), columns=4)

    return _tab(subject, kind.components("Completions"), complete, [rows, seed, label])


def inpainting(subject, kind):
    """A part of a picture is kept, and the rest is drawn, several times."""
    gr = extra("gradio", "explore")
    part = gr.Radio([*_KEPT, _ALL_BUT_THE_MIDDLE], value="upper half", label="Kept")
    seed = gr.Number(0, precision=0, label="Seed")
    steps = gr.Slider(1, 100, 20, step=1, label="Steps")

    def inpaint(picked, kept, seed, count):
        images = np.repeat(picked.picture()[None], _COUNT // 2, axis=0)
        masks = np.broadcast_to(mask(kept, *images.shape[1:3]), (*images.shape[:3], 1))
        drawn = subject.model.inpaint(images, masks, seed=seed, steps=count)
        return kind.values(np.concatenate([images[:1], drawn]), columns=5)

    return _tab(subject, kind.components("Picture and fillings"), inpaint, [part, seed, steps])


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
    outputs = [media.picture("Translation", kind.is_small)]

    def translate(picked):
        image = picked.picture()
        made = getattr(subject.model, verb)(image[None])[0]
        if None in subject.fields["images"].shape:  # what was mirrored to fit is cut again
            scale = made.shape[0] // image.shape[0]
            made = made[: scale * picked.size[0], : scale * picked.size[1]]
        return media.as_bytes(made)

    return _tab(subject, outputs, translate, [])


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

    return _tab(subject, gr.Label(label="Probabilities", num_top_classes=10), classify, [])


def _tab(subject, outputs, function, further):
    """A picture to choose, further components that stand already, a button, and what comes out."""
    gr = extra("gradio", "explore")
    picked = controls.picker(subject, "Picture", 0)
    button = gr.Button("Go", variant="primary")
    event = {"fn": told(function), "inputs": [picked.state, *further], "outputs": outputs}
    button.click(**event)
    picked.on_change(event["fn"], event["inputs"], event["outputs"])
    return event if subject.pool is not None else None
