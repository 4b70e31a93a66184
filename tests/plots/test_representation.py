"""The picture of who is rare."""

import numpy as np
import pytest
from contract import THREE_PARTS
from figures import rows, shown, text

from keras_genzoo import plots


def test_the_rarest_stand_above_the_most_common():
    images = np.arange(5)[:, None, None, None] / 4 * np.ones((1, 8, 8, 1))
    figure = plots.representation(images, [1, 0.5, 3, 2, 0.25], columns=2, title="Faces")
    assert [image.mean() for image in shown(figure)] == [0.5, 0.75, 1, 0.25]
    assert rows(figure) == ["least represented, weight 3", "most represented, weight 0.25"]
    assert text(figure) == "Faces"
    for few in ([1, 2], np.ones((5, 1))):
        with pytest.raises(ValueError, match=THREE_PARTS):
            plots.representation(images, few)
