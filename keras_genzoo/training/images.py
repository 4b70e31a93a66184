"""Which images a model is trained, shown and measured on, and how they are read."""

import dataclasses
import reprlib
from typing import Literal

import lazy_loader
import numpy as np

from keras_genzoo import datasets, presets
from keras_genzoo.training.splits import parted

tfds = lazy_loader.load("tensorflow_datasets")

LEARNED = 5000  # at most so many images that an attribute is learned from
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
    "skip_corrupt": lambda value: type(value) is bool,
    "pairs": lambda value: value in (None, *datasets.KINDS),
    "source": lambda value: value is None or type(value) is str,
}
IMAGE_OPTIONS = (*_OPTIONS,)
_OF_PAIRS = ("pairs", "source")
VARIED = ("flip", "crop", "jitter")
_REFUSED = {  # of models by what they learn from
    "images": (*_OF_PAIRS, *VARIED),
    "pairs": ("grayscale", "binarize"),
    "unpaired": (*_OF_PAIRS, "binarize"),
}


@dataclasses.dataclass(kw_only=True)
class Images:
    """Which images, and how they are read."""

    dataset: str = "fashion_mnist_small"
    """A name of TensorFlow Datasets, a folder or zip, an .npz, sprites, or the embedded set."""
    image_size: tuple[int, ...] | None = None
    """Pixels that images are resized to: of a side, or height and width."""
    grayscale: bool = False
    """Turn colours to grey."""
    binarize: Literal["static", "dynamic"] | None = None
    """Draw black or white pixels, once or anew in each epoch."""
    skip_corrupt: bool = False
    """Leave out files that cannot be decoded, with a warning."""
    pairs: Literal["colorize", "super_resolution", "inpaint"] | None = None
    """Make pairs of single images, for a model that learns from pairs: grey and colour, four times
    smaller and large, or with a hole and whole. Unless given they are there, as two folders or side
    by side."""
    source: str | None = None
    """Which side of pairs that are there is the source: left or right, or the name of a folder."""
    flip: bool = False
    """Mirror pairs, or the images of two sets, left to right, by the toss of a coin."""
    crop: tuple[int, ...] | None = None
    """Of these, cut out a part at a random place: pixels of a side, or height and width."""
    jitter: int = 0
    """Of these, enlarge images by so many pixels first."""
    labels: str | None = None
    """For a model that learns from labels: a csv's column or a feature of TensorFlow Datasets; the
    folders, or what is called label, unless given."""
    validation_split: str | None = None
    """What to validate and score on; none leaves it out. Unless given it is test, or validation,
    or, where there is neither, the last tenth of train, which is not trained on then."""

    def __post_init__(self):
        match self.image_size:
            case [side]:
                self.image_size = side
        match self.crop:
            case [side]:
                self.crop = side

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
        if dataset is None:
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
        held_out = card.get("validation_split") if dataset == card.get("dataset") else None
        if not isinstance(held_out, str | None):
            raise ValueError(
                "The card does not say what was held out. Expected the name of a split. "
                f"Received: validation_split={reprlib.repr(held_out)}"
            )
        labels = card.get("labels")
        if not isinstance(labels, str | None):
            raise ValueError(
                "The card does not say what was learned of images. Expected the name of labels. "
                f"Received: labels={reprlib.repr(labels)}"
            )
        how = {"labels": labels, "validation_split": held_out}
        return cls(dataset=dataset, **how, **_how(card.get("images", {})))

    def load(self, split, labels=False, **options):
        """The split as `datasets.load` gives it; `labels=True` are those of the model."""
        labels = self.labels or True if labels is True else labels
        return datasets.load(self.dataset, split, labels=labels, **self._reading, **options)

    def coded(self, model, labels, split=None):
        """Latents of images, and what is known of each: what an attribute is learned from.

        Args:
            model: One that encodes images alone.
            labels: As of `datasets.load`.
            split: Unless given the first images of train.

        Returns:
            `(n, latent_dim)`, and `(n,)`, or `(n, names)` of a list of names.
        """
        part = {"split": "train", "take": LEARNED} if split is None else {"split": split}
        data = self.load(**part, shuffle=False, labels=labels)
        pairs = [(model.encode(images), known) for images, known in data]
        codes, known = zip(*pairs, strict=True)
        return np.concatenate(codes), np.concatenate(known)

    @property
    def _reading(self):
        return {name: getattr(self, name) for name in _OPTIONS if name not in _OF_PAIRS}

    def load_for(
        self,
        model_class,
        split,
        labels=False,
        varied=True,
        batch_size=128,
        cache="auto",
        **options,
    ):
        """The split as a model learns from it: images, pairs, or two sets side by side.

        Args:
            model_class: Whose `learns_from` says it.
            split: As of `datasets.load`.
            labels: As of `datasets.load`, where single images are read.
            varied: Whether pairs and sets are flipped, or only cut to the model's size.
            batch_size: As of `datasets.load`.
            cache: As of `datasets.load`.
            **options: Of batches' order.

        Raises:
            ValueError: If the images are to be read as the model does not learn from them.
        """
        kind = model_class.learns_from
        refused = [name for name in _REFUSED[kind] if getattr(self, name)]
        if refused:
            raise ValueError(
                f"The model learns from {kind}. Expected no {', '.join(refused)}, or another model."
                f" Received: {model_class.__name__}, {refused[0]}={getattr(self, refused[0])!r}"
            )
        options["batch_size"] = batch_size
        if kind == "images":
            return self.load(split, labels=labels, cache=cache, **options)
        options["crop"] = self.crop
        if varied:
            options |= {"flip": self.flip, "jitter": self.jitter}
        if kind == "unpaired":
            both = datasets.domains(self.dataset, split, cache=cache, **self._reading)
            return datasets.unpaired(*both, **options)
        how = {name: getattr(self, name) for name in ("source", "image_size", "skip_corrupt")}
        return datasets.pairs(self.dataset, self.pairs, split, cache=cache, **how, **options)

    def in_both(self, split, other):
        """How many images of a split are in another one too, and how many there are.

        Example:
            >>> Images().in_both("test[:100]", "train+test[90:]")
            (10, 100)
        """
        names, others = (datasets.file_names(self.dataset, part) for part in (split, other))
        return len({*names} & {*others}), len(names)

    def trained_on(self):
        """The split that was trained on, unless the run named another."""
        return parted(self.dataset, self.validation_split)[0]

    def held_out(self):
        """The split to show and to measure on: not trained on, where there is such a one."""
        sizes = datasets.split_sizes(self.dataset)
        if "test" in sizes and len(sizes) > 1:
            return "test"
        if self.validation_split not in (None, "none"):
            return self.validation_split
        whole, rest = (parted(self.dataset, split) for split in ("none", None))
        is_trained_on = self.validation_split == "none" and len(sizes) == 1
        return whole[0] if is_trained_on or rest[1] == "none" else rest[1]


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
            f"{_LARGEST}, grayscale and skip_corrupt, true or false, binarize, null, static or "
            "dynamic, pairs, a kind, and source, a name. "
            f"Received: images={reprlib.repr(unsound)}"
        )
    return options
