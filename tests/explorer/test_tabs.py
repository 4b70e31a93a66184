"""The ends of a way: the same draw for the same seed, a seed that must be there."""

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
