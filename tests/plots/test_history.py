"""The course of a training, and its units."""

import numpy as np
import pytest

from keras_genzoo import plots


def test_history():
    logs = {"loss": [3.0, 2.0], "kl": [0.5, 0.4], "val_loss": [4.0, 3.0], "val_kl": [0.6, 0.5]}
    figure = plots.history(logs)
    assert [axes.get_title() for axes in figure.axes] == ["loss", "kl"]
    for axes in figure.axes:
        lines = {line.get_label(): line for line in axes.lines}
        assert list(lines) == ["training", "validation"]
        np.testing.assert_array_equal(lines["training"].get_xdata(), [1, 2])
        np.testing.assert_array_equal(lines["training"].get_ydata(), logs[axes.get_title()])
        np.testing.assert_array_equal(
            lines["validation"].get_ydata(), logs[f"val_{axes.get_title()}"]
        )
        assert [each.get_text() for each in axes.get_legend().get_texts()] == list(lines)
    (alone,) = plots.history({"loss": [1.0]}).axes
    assert len(alone.lines) == 1
    assert alone.get_legend() is None


def test_validation_stands_at_its_epochs():
    logs = {"loss": [8.0, 7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0], "val_loss": [4.0, 3.0]}
    for frequency, epochs in ((3, [3, 6]), ([2, 7, 9], [2, 7])):
        (axes,) = plots.history(logs, validation_freq=frequency).axes
        training, validation = axes.lines
        assert list(training.get_xdata()) == [*range(1, 9)]
        assert list(validation.get_xdata()) == epochs
    with pytest.raises(ValueError, match=r"Expected validation_freq.*Received: 2 values in 8"):
        plots.history(logs)


def test_units_of_history():
    units = {
        "kl": "nats per image",
        "mutual_information": "nats per image",
        "active_units": "latents",
        "fake_accuracy": "share of images",
        "critic_loss": "mean over images",
        "gradient_penalty": "mean over images",
        "l1": "mean over images",
        "loss": "nats per image",
        "learning_rate": "in the epoch",
    }

    def shown(units, **how):
        figure = plots.history({term: [1.0] for term in units}, **how)
        return {axes.get_title(): axes.get_ylabel() for axes in figure.axes}

    assert shown(units) == units
    # Of an autoencoder it is a squared error.
    of_error = {"loss": "mean over images", "reconstruction": "mean over images"}
    assert shown(of_error) == of_error
    of_melodies = {"loss": "nats per sequence", "kl": "nats per sequence"}
    assert shown(of_melodies, per="sequence") == of_melodies
