"""Scores of sequences under a protocol."""

import numpy as np
import pytest

import keras_genzoo as kg
from keras_genzoo.evaluation import Protocol, sequence_scores


def test_melodies_are_scored_by_their_onsets_too():
    model = kg.models.SequenceVAE(131, 8, latent_dim=2, units=4, free_bits=0.0, seed=0)
    tokens = np.random.default_rng(0).integers(1, 131, size=(6, 8))
    model.compile()
    optimizer = model.optimizer
    scores = {s.metric: s for s in sequence_scores(model, tokens, "tunes", Protocol(draws=400))}
    assert [*scores] == [
        *("loss", "reconstruction", "kl", "bound", "log_likelihood"),
        *("tokens", "whole", "onsets", "onset_f1"),
    ]
    assert scores["bound"].protocol == {
        **{"dataset": "tunes", "split": "test", "sequences": 6, "draws": 16, "seed": 0}
    }
    assert scores["bound"].value == pytest.approx(-scores["loss"].value, rel=0.02)
    assert scores["bound"].value <= scores["log_likelihood"].value
    assert "draws" not in scores["whole"].protocol
    assert model.optimizer is optimizer  # a run that goes on keeps its own
