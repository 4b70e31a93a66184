"""The tab of edits: a picture with more or less of what the dataset knows of its images."""

import functools
from typing import NamedTuple

from keras_genzoo import latent
from keras_genzoo.explorer import controls
from keras_genzoo.explorer.uploads import told
from keras_genzoo.extras import extra

_REACH = 3.0  # strengths of a slider, to either side
_MOST = 100  # values of a label that are offered one by one


class Attribute(NamedTuple):
    """What an image may have.

    Attributes:
        label: Name of the label that tells it.
        number: That of images which have it.
    """

    label: str
    number: int


def attributes(labels):
    """The attributes that labels tell of, by their words.

    Of two values the higher one is the attribute, as for `latent.attribute_vector`; of more, as
    those of classes, each is one. Of hundreds, as of people, none is.

    Args:
        labels: As of `datasets.label_values`.

    Example:
        >>> found = attributes({"Smiling": {-1: "-1", 1: "1"}, "pet": {0: "cat", 1: "dog"}})
        >>> found["Smiling"].number, found["pet: dog"].number
        (1, 1)
    """
    found = {}
    for label, texts in labels.items():
        if len(texts) == 2:
            number = max(texts)
            is_bare = texts[number] in ("1", "True")
            found[label if is_bare else f"{label}: {texts[number]}"] = Attribute(label, number)
        elif 2 < len(texts) <= _MOST:
            for number, text in texts.items():
                found[f"{label}: {text}"] = Attribute(label, number)
    return found


class Ways:
    """Which way attributes lie among a model's latents, learned once one is asked for."""

    def __init__(self, subject):
        self.subject = subject
        self.found = attributes(subject.labels)
        self.vector = functools.cache(self._vector)

    @functools.cached_property
    def _coded(self):
        """Latents of images, and the numbers of each label."""
        labels = sorted({attribute.label for attribute in self.found.values()})
        codes, columns = self.subject.dataset.coded(self.subject.model, labels)
        return codes, dict(zip(labels, columns.T, strict=True))

    def _vector(self, words, method):
        """As of `latent.attribute_vector`."""
        codes, columns = self._coded
        label, number = self.found[words]
        return latent.attribute_vector(self.subject.model, codes, columns[label] == number, method)


def edits(subject, kind):
    """A picture as the model rebuilds it, and with more or less of an attribute, live."""
    gr = extra("gradio", "explore")
    ways = Ways(subject)
    with gr.Row():
        with gr.Column(min_width=280):
            picked = controls.picker(subject, "Picture", 0)
            words = gr.Dropdown([*ways.found], label="More or less of")
            method = gr.Radio(["mean", "logistic"], value="mean", label="Learned by")
            strength = gr.Slider(-_REACH, _REACH, 1, step=0.05, label="Strength", buttons=[])
        with gr.Column(scale=2, min_width=280):
            outputs = kind.components("Rebuilt, and edited")

    def edit(picked, words, method, strength):
        vector = ways.vector(words, method)
        image = picked.picture()
        return kind.values(latent.edit(subject.model, image, vector, [0, strength]))

    inputs = [picked.state, words, method, strength]
    shows = {"fn": told(edit), "inputs": inputs, "outputs": outputs}
    for asked in (words, method):
        asked.input(**shows)
    strength.input(**shows, queue=False, show_progress="hidden", trigger_mode="always_last")
    picked.on_change(told(edit), inputs, outputs)
    return shows
