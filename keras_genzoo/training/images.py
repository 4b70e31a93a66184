"""Which images a model is trained, shown and measured on, and how they are read."""

import dataclasses
from typing import Literal

from keras_genzoo import datasets, presets

IMAGE_OPTIONS = ("image_size", "grayscale", "binarize", "skip_corrupt")
FEWEST = 5  # images of which a tenth can be held out


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
    validation_split: str | None = None
    """What to validate and score on; none leaves it out. Unless given it is test, or validation,
    or, where there is neither, the last tenth of train, which is not trained on then."""

    def __post_init__(self):
        match self.image_size:
            case [side]:
                self.image_size = side

    @classmethod
    def of(cls, preset, dataset=None):
        """The images that a preset was trained on, or another set read alike.

        Raises:
            ValueError: If neither the card nor the caller names a dataset.
        """
        card = presets.card(preset)
        own = card.get("dataset")
        dataset = dataset or own
        if dataset is None:
            raise ValueError("The card names no images. Expected --dataset. Received: dataset=None")
        how = card.get("images", {})
        if not isinstance(how, dict) or how.keys() - {*IMAGE_OPTIONS}:
            raise ValueError(
                f"The card does not say how images are read. Expected some of {IMAGE_OPTIONS}. "
                f"Received: preset={str(preset)!r}, images={how!r}"
            )
        if dataset == own:
            how = {**how, "validation_split": card.get("validation_split")}
        return cls(dataset=dataset, **how)

    def load(self, split, **options):
        """The split as `datasets.load` gives it."""
        how = {name: getattr(self, name) for name in IMAGE_OPTIONS}
        return datasets.load(self.dataset, split, **how, **options)

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


def parted(dataset, validation_split=None, split=None):
    """What to train on and what to validate on, where they are not named.

    Args:
        dataset: As of `Images`.
        validation_split: A split, `"none"`, or `None` where it is not named.
        split: A split, or `None` where it is not named.

    Returns:
        The two splits. Of a source that has nothing else to validate on the last tenth is held out.

    Raises:
        ValueError: If the source has several splits of which none is train, or a part of its one
            split is to be trained on and it is not said which part to validate on.

    Example:
        >>> parted("fashion_mnist_small")
        ('train', 'test')
    """
    if split and validation_split:
        return split, validation_split
    sizes = datasets.split_sizes(dataset)
    if "train" not in sizes and len(sizes) > 1 and not split:
        raise ValueError(
            "It is not said what to train on. Expected --split, and --validation-split, of "
            f"{', '.join(sizes)}. Received: dataset={dataset!r}, split=None"
        )
    whole = "train" if "train" in sizes else next(iter(sizes))
    others = [name for name in ("test", "validation") if name in sizes and len(sizes) > 1]
    if others or validation_split:
        rest = f"{whole}[90%:]"
        whole = f"{whole}[:90%]" if validation_split == rest else whole
        return split or whole, validation_split or others[0]
    if split:
        raise ValueError(
            "The source has no split to validate on. Expected --validation-split, the part that "
            "--split leaves out, or none. "
            f"Received: dataset={dataset!r} of the splits {sizes}, split={split!r}"
        )
    if sizes[whole] < FEWEST:
        return whole, "none"
    return f"{whole}[:90%]", f"{whole}[90%:]"


def count_classes(*labelled):
    """How many classes there are, from 0 on, in datasets of pairs (images, labels).

    Raises:
        ValueError: If the labels are no classes.
    """
    lowest, highest = 0, 0
    for dataset in labelled:
        # By number, for whoever iterates the dataset itself moves it on by an epoch.
        for _, labels in dataset.from_epoch(0).take(len(dataset)).as_numpy_iterator():
            if labels.ndim != 1 or labels.dtype.kind not in "iu":
                raise ValueError(
                    "The labels are no classes. Expected one whole number for each image. "
                    f"Received: labels of {labels.dtype}, shape={labels.shape}"
                )
            lowest, highest = min(lowest, labels.min()), max(highest, labels.max())
    if lowest < 0:
        raise ValueError(
            "The labels are no classes. Expected whole numbers from 0. "
            f"Received: labels from {lowest} to {highest}"
        )
    return int(highest) + 1
