"""SequenceVAE: the contract, what is paid for, what is drawn, and that the latent is used."""

import itertools

import keras
import numpy as np
import pytest
from contract import THREE_PARTS, ModelContract, assert_same

import keras_genzoo as kg
from keras_genzoo.models import SequenceVAE

SIZES = {"vocabulary_size": 7, "length": 5, "latent_dim": 3, "units": 4}


class TestSequenceVAE(ModelContract):
    model_class = SequenceVAE
    arguments = {**SIZES, "seed": 0}  # noqa: RUF012
    changed = {  # noqa: RUF012
        **{"vocabulary_size": 7, "length": 5, "latent_dim": 2, "units": 4, "seed": 7},
        **{"decoder": "hierarchical", "bars": 3, "word_dropout": 0.2, "beta": 0.5},
        **{"free_bits": 0.25, "vocabulary": ["", *"abcdef"]},
    }
    networks = ("encoder",)
    predicted = "tokens"

    def custom_networks(self):
        layers = keras.layers
        encoder = keras.Sequential(
            [
                keras.Input((5,), dtype="int32"),
                layers.Embedding(7, 3),
                layers.Dropout(0.3, seed=1),
                layers.Conv1D(2, 5, activation="relu"),
            ]
        )
        options = {"decoder": "hierarchical", "word_dropout": 0.3, "units": 2}
        return {"encoder": encoder, **options}

    def tiny(self):
        return self.make(units=2, decoder="hierarchical", word_dropout=0.3)

    def misfits(self):
        sizes = ({"vocabulary_size": 1}, {"length": 0}, {"latent_dim": 0}, {"units": 2.5})
        bars = ({"decoder": "flat", "bars": 2}, {"bars": 6, "decoder": "hierarchical"})
        words = ({"vocabulary": ["a"] * 6}, {"vocabulary": [1] * 7})
        wrong = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        others = ({"decoder": "deep"}, {"word_dropout": 1.0}, {"beta": -1}, {"free_bits": np.nan})
        return [*sizes, *bars, *words, *others, {"encoder": "lstm"}, {"encoder": wrong}]


def tokens_of(n, seed=0):
    return np.random.default_rng(seed).integers(7, size=(n, 5))
