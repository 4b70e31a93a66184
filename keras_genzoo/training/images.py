"""Which images a model is trained, shown and measured on, and how they are read."""

import dataclasses
from typing import Literal

from keras_genzoo import datasets, presets

IMAGE_OPTIONS = ("image_size", "grayscale", "binarize")


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

        Raises:
            ValueError: If neither the card nor the caller names a dataset.
        """
        card = presets.card(preset)
        dataset = dataset or card.get("dataset")
        if dataset is None:
            raise ValueError("The card names no images. Expected --dataset. Received: dataset=None")
        return cls(dataset=dataset, **card.get("images", {}))

    def load(self, split, **options):
        """The split as `datasets.load` gives it."""
        how = {name: getattr(self, name) for name in IMAGE_OPTIONS}
        return datasets.load(self.dataset, split, **how, **options)
