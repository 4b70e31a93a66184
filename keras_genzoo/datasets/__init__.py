"""Images with labels, melodies, texts, as `tf.data` in an order that a resume finds again."""

from keras_genzoo.datasets.augmentation import augmented
from keras_genzoo.datasets.cached import caches, clear_caches
from keras_genzoo.datasets.epochs import epochs
from keras_genzoo.datasets.loading import arrays, file_names, load, split_sizes
from keras_genzoo.datasets.melodies import melodies, notes_of, to_midi
from keras_genzoo.datasets.resampling import resampled
from keras_genzoo.datasets.sprites import Sprites, sprites

__all__ = [
    "Sprites",
    "arrays",
    "augmented",
    "caches",
    "clear_caches",
    "epochs",
    "file_names",
    "load",
    "melodies",
    "notes_of",
    "resampled",
    "split_sizes",
    "sprites",
    "to_midi",
]
