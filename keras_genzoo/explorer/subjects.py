"""What a page shows: a model, its card, and some images of its dataset where they are at hand."""

import dataclasses
import functools

import keras
import numpy as np

from keras_genzoo import datasets, latent, presets, training
from keras_genzoo.base import fields

SHOWN = 200  # images that rank the latents, and that a user may choose from
_POOL = 8  # samples to choose from where there are no images
_DRAWS, _MOVE = 4, 2.0  # how many latents are moved, and how far, where no images rank them


@dataclasses.dataclass
class Subject:
    """A model, and what its page needs beside.

    Attributes:
        name: Of the preset.
        model: The model.
        card: Its card.
        images: Of its dataset, `(n, *image_shape)`, or `None`.
        classes: Theirs, where the model encodes images beside them.
        pool: Images to choose from: these, or else samples of the model; `None` if there are none.
        pool_classes: Theirs, where they have some.
        order: Its latent dimensions, those that tell most first, where they have sliders.
        dataset: The images that these are of, and how they are read, or `None`.
    """

    name: str
    model: keras.Model
    card: dict
    images: np.ndarray | None = None
    classes: np.ndarray | None = None
    pool: np.ndarray | None = None
    pool_classes: np.ndarray | None = None
    order: np.ndarray | None = None
    dataset: training.Images | None = None

    def does(self, *verbs):
        """Whether the model has all of some verbs."""
        return all(hasattr(self.model, verb) for verb in verbs)

    @property
    def fields(self):
        """The model's words; of a plain Keras model, a classifier, the images that it takes."""
        if hasattr(self.model, "fields"):
            return self.model.fields
        return {"images": fields.images(self.model.input_shape[1:])}

    @property
    def is_of_images(self):
        return "images" in self.fields

    @property
    def draws_from_noise(self):
        """Whether latents are noise, of which a single number stands for nothing."""
        return self.does("trajectory")

    @property
    def has_sliders(self):
        """Whether single latents stand for something, and can be decoded."""
        is_flat = self.does("decode") and len(self.fields["latents"].shape) == 1
        return is_flat and not self.draws_from_noise

    @functools.cached_property
    def labels(self):
        """What the numbers of its dataset's labels stand for, as of `datasets.label_values`."""
        return {} if self.dataset is None else datasets.label_values(self.dataset.dataset)

    @property
    def edits(self):
        """Whether latents of images alone can be moved along a vector, and be decoded."""
        is_alone = getattr(self.model, "condition_word", None) is None
        return self.has_sliders and self.does("encode") and self.is_of_images and is_alone

    @property
    def tells_classes(self):
        """Whether the model gives probabilities: a `classify` of its own, or a classifier."""
        return self.does("classify") or not self.does("fields")

    def takes(self, verb, word):
        """Whether a verb may be told a word; a plain Keras model's takes none."""
        return self.does("takes", verb) and self.model.takes(verb, word)

    def condition(self, verb, label, count=None):
        """What a verb is told of a class, one for all or for each of `count`; nothing of `None`."""
        if label is None or not self.takes(verb, "labels"):
            return {}
        return {"labels": label if count is None else [label] * count}

    def prior(self, seed):
        """A latent of the standard normal distribution."""
        shape = self.fields["latents"].shape
        return np.random.default_rng(seed).standard_normal(shape).astype("float32")

    def ranked(self):
        """The latent dimensions, those that tell most first.

        By KL of images where there are some and a posterior, else by how much of what is decoded
        changes as each is moved, from a few draws of the prior.
        """
        if self.images is not None and self.does("posterior"):
            return latent.rank_dimensions(self.model, self.images, self.classes)[0]
        (size,) = self.fields["latents"].shape
        draws = np.stack([self.prior(seed) for seed in range(_DRAWS)])
        moves = _MOVE * np.array([-1, 1])[:, None, None] * np.eye(size)
        ends = (draws[:, None, None] + moves).reshape(-1, size)
        decoded = self.model.decode(ends, **self.condition("decode", 0, len(ends)))
        low, high = np.moveaxis(decoded.reshape(_DRAWS, 2, size, -1), 1, 0)
        change = low != high if decoded.dtype.kind in "iu" else np.abs(low - high)
        return np.argsort(-change.mean(axis=(0, 2)), kind="stable")


def load(preset, dataset=None):
    """Load a preset and, where its dataset is named or lies on this machine, images of it.

    Args:
        preset: Name or folder of a model.
        dataset: Images to begin from, as of `datasets.load`, read as the model's own were; `None`
            takes the model's own dataset where it is public and needs no download.

    Raises:
        ValueError: If there is no such preset, or its model depends on images; or if the named
            dataset does not fit it.
    """
    subject = Subject(presets.called(preset), presets.load(preset), presets.card(preset))
    if getattr(subject.model, "condition_word", None) == "conditions":
        raise ValueError(
            "The model depends on images, of which a page asks none. Expected a model of classes, "
            f"or of none. Received: preset={str(preset)!r}, {type(subject.model).__name__}"
        )
    if getattr(subject.model, "learns_from", "images") == "images":
        if dataset or _is_at_hand(subject.card.get("dataset")):
            _add_images(subject, preset, dataset)
        subject.pool, subject.pool_classes = subject.images, subject.classes
        if subject.pool is None and subject.does("sample"):
            _add_samples(subject)
    if subject.has_sliders:
        subject.order = subject.ranked()
    return subject


def _is_at_hand(dataset):
    return dataset and training.is_public(dataset) and datasets.is_at_hand(dataset)


def _add_images(subject, preset, dataset):
    """Images of the dataset, and their classes where the model wants them."""
    images = subject.dataset = training.Images.of(preset, dataset)
    needs_labels = getattr(subject.model, "condition_word", None) == "labels"
    how = {"labels": needs_labels, "batch_size": SHOWN, "take": SHOWN, "cache": "memory"}
    batch = next(images.load(images.held_out(), shuffle=False, **how).as_numpy_iterator())
    subject.images, subject.classes = batch if needs_labels else (batch, None)


def _add_samples(subject):
    """Have a user choose from what the model draws."""
    labels = {}
    if subject.takes("sample", "labels"):
        subject.pool_classes = np.arange(_POOL) % subject.model.num_classes
        labels = {"labels": subject.pool_classes}
    subject.pool = np.asarray(subject.model.sample(_POOL, seed=0, **labels))
