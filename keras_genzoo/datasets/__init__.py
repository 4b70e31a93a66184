"""Images, and their labels, as `tf.data`: loaded, drawn, in an order that a resume finds again."""

from keras_genzoo.datasets.augmentation import augmented
from keras_genzoo.datasets.epochs import epochs
from keras_genzoo.datasets.loading import arrays, file_names, load, split_sizes
from keras_genzoo.datasets.pairs import KINDS, pairs
from keras_genzoo.datasets.reading import read_pictures
from keras_genzoo.datasets.resampling import resampled
from keras_genzoo.datasets.sprites import Sprites, sprites
from keras_genzoo.datasets.unpaired import domains, letter_of, unpaired

__all__ = [
    "KINDS",
    "Sprites",
    "arrays",
    "augmented",
    "domains",
    "epochs",
    "file_names",
    "letter_of",
    "load",
    "pairs",
    "read_pictures",
    "resampled",
    "split_sizes",
    "sprites",
    "unpaired",
]
