"""Which images a model is trained, shown and measured on, and how they are read."""

import dataclasses
from typing import Literal

from keras_genzoo import datasets, presets
from keras_genzoo.training.splits import parted

IMAGE_OPTIONS = ("image_size", "grayscale", "binarize", "skip_corrupt")


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
