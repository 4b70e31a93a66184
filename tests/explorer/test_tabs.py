"""Ends of a way: the same draw for the same seed, a seed that must be there. Sliders' reach."""

import numpy as np
import pytest

from keras_genzoo.explorer import controls, subjects, tabs


def test_ends_are_draws_by_seed_or_pictures(model):
    subject = subjects.Subject("vae", model, {})
    np.testing.assert_array_equal(tabs._end(subject, 3, None), tabs._end(subject, 3, None))
    assert not np.array_equal(tabs._end(subject, 3, None), tabs._end(subject, 4, None))
    image = np.zeros((8, 8, 1), "float32")
    assert tabs._end(subject, controls.Picked(image), None) is image
    with pytest.raises(ValueError, match="Received: seed=None"):
        tabs._end(subject, None, None)


def test_a_slider_reaches_where_it_begins():
    start = np.zeros(220)
    start[[1, 219]] = -2.0, 3.07
    near, far = (tabs._slider(dimension, start) for dimension in (1, 219))
    assert (near.minimum, near.value, near.maximum) == (-3.0, -2.0, 3.0)
    assert (far.minimum, far.value, far.maximum) == (-4.0, 3.07, 4.0)
