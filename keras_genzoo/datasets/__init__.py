"""Images, melodies and texts as `tf.data`: loaded, drawn, in an order that a resume finds again."""

from keras_genzoo.datasets.augmentation import augmented
from keras_genzoo.datasets.batches import stored_labels
from keras_genzoo.datasets.cached import caches, clear_caches
from keras_genzoo.datasets.epochs import epochs, untuned
from keras_genzoo.datasets.loading import arrays, file_names, label_values, load, split_sizes
from keras_genzoo.datasets.melodies import (
    FIRST_PITCH,
    MELODY_TOKENS,
    melodies,
    notes_of,
    to_midi,
)
from keras_genzoo.datasets.midi_files import holds_midi
from keras_genzoo.datasets.names import split_of
from keras_genzoo.datasets.pairs import KINDS, pairs
from keras_genzoo.datasets.reading import (
    as_bytes,
    cut_again,
    fitted,
    picture_names,
    read_pictures,
)
from keras_genzoo.datasets.resampling import resampled
from keras_genzoo.datasets.sounds import SAMPLE_RATE, sound, to_wav
from keras_genzoo.datasets.sources import is_at_hand
from keras_genzoo.datasets.sprites import Sprites, sprites
from keras_genzoo.datasets.texts import as_text, text
from keras_genzoo.datasets.unpaired import domains, letter_of, unpaired

__all__ = [
    "FIRST_PITCH",
    "KINDS",
    "MELODY_TOKENS",
    "SAMPLE_RATE",
    "Sprites",
    "arrays",
    "as_bytes",
    "as_text",
    "augmented",
    "caches",
    "clear_caches",
    "cut_again",
    "domains",
    "epochs",
    "file_names",
    "fitted",
    "holds_midi",
    "is_at_hand",
    "label_values",
    "letter_of",
    "load",
    "melodies",
    "notes_of",
    "pairs",
    "picture_names",
    "read_pictures",
    "resampled",
    "sound",
    "split_of",
    "split_sizes",
    "sprites",
    "stored_labels",
    "text",
    "to_midi",
    "to_wav",
    "unpaired",
    "untuned",
]
