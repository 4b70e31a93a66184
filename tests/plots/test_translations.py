"""Translations: a row each for what came, what was made, and what should be."""

import numpy as np
import pytest
from contract import SHAPE, THREE_PARTS, pictures
from figures import rows, shown

import keras_genzoo as kg


def by_row(figure, columns):
    cells = np.array(shown(figure)).reshape(-1, columns, 8, 8)
    return dict(zip(rows(figure), cells, strict=True))


def test_rows():
    sources, targets = pictures(3), pictures(2, seed=1)
    model = kg.models.Pix2Pix(SHAPE, filters=(2,), discriminator_filters=(2,))
    made = by_row(kg.plots.translations(model, sources, targets), 2)
    expected = {"source": sources, "output": model.translate(sources), "target": targets}
    assert [*made] == [*expected]
    for name, images in expected.items():
        np.testing.assert_allclose(made[name], images[:2, ..., 0], atol=1e-6)
    both = kg.models.CycleGAN(SHAPE, filters=(2,), num_blocks=1, discriminator_filters=(2,))
    made = by_row(kg.plots.translations(both, sources, targets), 2)
    assert [*made] == ["source", "output", "and back", "target", "back", "and there"]
    again = both.translate_back(both.translate(sources))[:2, ..., 0]
    np.testing.assert_allclose(made["and back"], again, atol=1e-6)
    with pytest.raises(ValueError, match=THREE_PARTS):
        kg.plots.translations(model, sources[..., 0])
