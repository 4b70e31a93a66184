"""Completions: what is given, and several ways on."""

import matplotlib.figure
import numpy as np
import pytest
from contract import THREE_PARTS
from figures import headers, shown
from pixel_models import images_of, labels_of, moved

import keras_genzoo as kg


def test_a_row_shows_an_image_what_was_given_and_completions():
    model = moved(num_classes=3)
    images, labels = images_of(model, 2), labels_of(model, 2)["labels"]
    figure = kg.plots.completions(model, images, rows=3, count=2, seed=7, labels=labels)
    assert isinstance(figure, matplotlib.figure.Figure)
    cells = np.array(shown(figure)).reshape(2, 4, 8, 8)
    np.testing.assert_array_equal(cells[:, 0], images[..., 0])
    np.testing.assert_array_equal(cells[:, 1, :3], images[:, :3, :, 0])
    assert (cells[:, 1, 3:] == 0.5).all()
    for column, seed in ((2, 7), (3, 8)):
        drawn = model.complete(images, 3, seed, labels)
        np.testing.assert_array_equal(cells[:, column], drawn[..., 0])
    assert headers(figure) == ["original", "given", "1", "2"]
    with pytest.raises(ValueError, match=THREE_PARTS):
        kg.plots.completions(model, images, rows=9, labels=labels)
