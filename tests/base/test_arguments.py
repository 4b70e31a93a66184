"""Arguments that are no counts, sizes or shapes."""

import numpy as np
import pytest
from contract import THREE_PARTS

from keras_genzoo.base import arguments


@pytest.mark.parametrize("value", [0, -1, 1.5, True, "2", None, np.inf, np.nan, 2**63, 10**400])
def test_counts(value):
    with pytest.raises(ValueError, match=rf"{THREE_PARTS}: units="):
        arguments.whole("units", value)
    assert arguments.whole("units", np.int64(3)) == 3
    if value is None:
        assert arguments.whole_or_none("units", value) is None
    else:
        with pytest.raises(ValueError, match=rf"{THREE_PARTS}: units="):
            arguments.whole_or_none("units", value)


@pytest.mark.parametrize("values", [64, (), "64", None, (64, 0)])
def test_sizes(values):
    with pytest.raises(ValueError, match=rf"{THREE_PARTS}: filters="):
        arguments.sizes("filters", values)
    assert arguments.sizes("filters", [3, 4]) == (3, 4)


@pytest.mark.parametrize("shape", [28, None, "888", (8.5, 8, 1)])
def test_image_shapes(shape):
    with pytest.raises(ValueError, match=rf"{THREE_PARTS}: image_shape="):
        arguments.image_shape(shape)


def test_one_of_names_and_none():
    names = (None, "r1", "r1r2")
    assert [arguments.one_of("penalty", name, names) for name in names] == [*names]
    with pytest.raises(ValueError, match=r"one of None, 'r1', 'r1r2', perhaps .*: penalty='r11'"):
        arguments.one_of("penalty", "r11", names)


@pytest.mark.parametrize("shape", [4, None, "442", (4, 4), (4, 4, 0), (4, 4.5, 2), [4, 4, True]])
def test_shapes_of_maps(shape):
    with pytest.raises(ValueError, match=rf"{THREE_PARTS}: latent_dim="):
        arguments.map_shape("latent_dim", shape)
    assert arguments.map_shape("latent_dim", [4, np.int64(3), 2]) == (4, 3, 2)
