"""Pictures: what they show, and that they can be written."""

import numpy as np
import pytest
from contract import SHAPE, pictures

from keras_genzoo import plots
from keras_genzoo.models import VAE


def shown(figure):
    """The images of a figure, in order."""
    return [axes.images[0].get_array() for axes in figure.axes if axes.images]


def text(figure):
    return figure.get_suptitle()


@pytest.mark.parametrize(("n", "columns", "cells"), [(6, 3, 6), (7, 3, 9), (5, None, 6), (1, 4, 1)])
def test_image_grid(n, columns, cells, tmp_path):
    images = pictures(n)
    figure = plots.image_grid(images, "Noise", columns=columns)
    assert len(figure.axes) == cells
    for cell, image in zip(shown(figure), images, strict=True):
        np.testing.assert_array_equal(cell, image[..., 0])
    assert text(figure) == "Noise"
    figure.savefig(tmp_path / "grid.png")
    assert (tmp_path / "grid.png").stat().st_size > 1000


def test_grey_is_not_stretched():
    (axes,) = plots.image_grid(np.full((1, *SHAPE), 0.5)).axes
    assert axes.images[0].get_clim() == (0, 1)


def test_colours():
    images = np.random.default_rng(0).uniform(size=(2, 8, 8, 3))
    for cell, image in zip(shown(plots.image_grid(images)), images, strict=True):
        np.testing.assert_allclose(cell, image)


def test_reconstructions():
    model, images = VAE(SHAPE, latent_dim=2, hidden=(4,), seed=0), pictures(3)
    figure = plots.reconstructions(model, images)
    expected = np.concatenate([images, model.reconstruct(images)])[..., 0]
    np.testing.assert_allclose(shown(figure), expected)
    labels = [axes.get_ylabel() for axes in figure.axes if axes.get_ylabel()]
    assert labels == ["original", "reconstructed"]


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
    assert len(plots.history({"loss": [1.0]}).axes[0].lines) == 1
