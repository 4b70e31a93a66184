"""What every model stands on: the step, its fields, verbs and export, and what replicas need."""

from keras_genzoo.base import arguments, distribution, fields, inputs, workers
from keras_genzoo.base.averages import DrawsFromAverage
from keras_genzoo.base.draws import DrawsBatches
from keras_genzoo.base.generative_model import GenerativeModel, Player
from keras_genzoo.base.latents import (
    DecodesLatents,
    SamplesPrior,
    asked_condition,
    decoded,
)
from keras_genzoo.base.verbs import checked, compiled, endpoint, of_noise, verb

__all__ = [
    "DecodesLatents",
    "DrawsBatches",
    "DrawsFromAverage",
    "GenerativeModel",
    "Player",
    "SamplesPrior",
    "arguments",
    "asked_condition",
    "checked",
    "compiled",
    "decoded",
    "distribution",
    "endpoint",
    "fields",
    "inputs",
    "of_noise",
    "verb",
    "workers",
]
