"""Which part of a picture is kept."""

import pytest

from keras_genzoo.explorer import of_pictures


@pytest.mark.parametrize("kept", [*of_pictures._KEPT, of_pictures._ALL_BUT_THE_MIDDLE])
def test_a_mask_keeps_a_part_and_leaves_one(kept):
    mask = of_pictures.mask(kept, 8, 12)
    assert mask.shape == (8, 12, 1)
    assert {*mask.ravel().tolist()} == {0, 1}
    share = 0.75 if kept == of_pictures._ALL_BUT_THE_MIDDLE else 0.5
    assert mask.mean() == pytest.approx(share, abs=0.01)


def test_halves_lie_where_they_are_said_to():
    assert of_pictures.mask("upper half", 4, 4)[:2].all()
    assert of_pictures.mask("right half", 4, 4)[:, 2:].all()
