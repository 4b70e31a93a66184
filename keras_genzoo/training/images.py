"""Which images a model is trained, shown and measured on, and how they are read."""

import dataclasses
import reprlib
from typing import Literal

import tensorflow_datasets as tfds

from keras_genzoo import datasets, presets

_LARGEST = 4096  # pixels of a side that a card may ask for
# How images are read, and what a card, a stranger's, may say of it.
_OPTIONS = {
    "image_size": lambda value: (
        value is None
        or all(
            type(side) is int and 0 < side <= _LARGEST
            for side in (value if isinstance(value, list) and len(value) == 2 else [value])
        )
    ),
    "grayscale": lambda value: type(value) is bool,
    "binarize": lambda value: value in (None, "static", "dynamic"),
}
IMAGE_OPTIONS = (*_OPTIONS,)


@dataclasses.dataclass(kw_only=True)
class Images:
    """Which images, and how they are read."""

    dataset: str = "fashion_mnist_small"
    """A name of TensorFlow Datasets, a folder or zip, an .npz, sprites, or the embedded set."""
    image_size: int | None = None
    """Pixels of a side that images are resized to."""
    grayscale: bool = False
    """Turn colours to grey."""
    binarize: Literal["static", "dynamic"] | None = None
    """Draw black or white pixels, once or anew in each epoch."""

    @classmethod
    def of(cls, preset, dataset=None):
        """The images that a preset was trained on, or another set read alike.

        The card is a stranger's: where it names a path, or anything but a public set, the caller
        must name it.

        Raises:
            ValueError: If neither the caller names a dataset nor the card one that a card may, or
                if the card does not say how images are read.
        """
        card = presets.card(preset)
        if not dataset:
            dataset = card.get("dataset")
            if dataset is None:
                raise ValueError(
                    "The card names no images. Expected --dataset. Received: dataset=None"
                )
            if not is_public(dataset):
                raise ValueError(
                    "The card names images that it may not lead to. Expected the name, or "
                    "name/config, of a public dataset: name the dataset yourself by --dataset. "
                    f"Received: dataset={reprlib.repr(dataset)}"
                )
        return cls(dataset=dataset, **_how(card.get("images", {})))

    def load(self, split, **options):
        """The split as `datasets.load` gives it."""
        how = {name: getattr(self, name) for name in IMAGE_OPTIONS}
        return datasets.load(self.dataset, split, **how, **options)


def is_public(dataset):
    """Whether a name means the same images to everybody, and no path, option or server.

    Example:
        >>> [is_public(name) for name in ("mnist", "cmaterdb/bangla", "mnist/data_dir=x", "x.zip")]
        [True, True, False, False]
    """
    name, _, config = dataset.partition("/")
    if dataset in (Images.dataset, "sprites"):
        return True
    if name not in tfds.list_builders(with_community_datasets=False):
        return False
    return name == dataset or config in tfds.builder_cls(name).builder_configs


def _how(options):
    """A card's word on how images are read."""
    if unsound := {k: v for k, v in options.items() if k not in _OPTIONS or not _OPTIONS[k](v)}:
        raise ValueError(
            "The card does not say how images are read. Expected image_size, null or 1 to "
            f"{_LARGEST}, grayscale, true or false, and binarize, null, static or dynamic. "
            f"Received: images={reprlib.repr(unsound)}"
        )
    return options
