"""What every model stands on: the step, its fields, verbs and export, and what replicas need."""

from keras_genzoo.base import arguments, distribution, fields, inputs, workers
from keras_genzoo.base.averages import DrawsFromAverage
from keras_genzoo.base.draws import DrawsBatches
from keras_genzoo.base.generative_model import GenerativeModel, Player
from keras_genzoo.base.latents import (
    DecodesLatents,
    SamplesPrior,
    asked_condition,
    bounded,
    checked_count,
    decoded,
    in_batches,
    seed_pair,
)
from keras_genzoo.base.verbs import checked, compiled, endpoint, verb

__all__ = [
    "DecodesLatents",
    "DrawsBatches",
    "DrawsFromAverage",
    "GenerativeModel",
    "Player",
    "SamplesPrior",
    "arguments",
    "asked_condition",
    "bounded",
    "checked",
    "checked_count",
    "compiled",
    "decoded",
    "distribution",
    "endpoint",
    "fields",
    "in_batches",
    "inputs",
    "seed_pair",
    "verb",
    "workers",
]
