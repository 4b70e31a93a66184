"""What every model stands on: the step, its verbs and export, and what `tf.distribute` needs."""

from keras_genzoo.base import distribution, input_checks, workers
from keras_genzoo.base.generative_model import GenerativeModel, Player
from keras_genzoo.base.samples_prior import SamplesPrior
from keras_genzoo.base.verbs import verb

__all__ = [
    "GenerativeModel",
    "Player",
    "SamplesPrior",
    "distribution",
    "input_checks",
    "verb",
    "workers",
]
