"""Flips and cuts: what is drawn for an example depends on seed, epoch and the example alone."""

import numpy as np
import pytest
import tensorflow as tf
from contract import THREE_PARTS

from keras_genzoo.datasets import variation

PICTURES = np.random.default_rng(0).uniform(size=(12, 6, 8, 2)).astype("float32")
PLACES = np.arange(12)


def varied(places=PLACES, seed=0, epoch=0, **how):
    return np.asarray(variation.varied(PICTURES[places], (seed, 4), epoch, places, **how))


def test_flips_are_whole_and_half_of_them():
    many = np.tile(PICTURES, (20, 1, 1, 1))
    flipped = np.asarray(variation.varied(many, (0, 4), 0, np.arange(len(many)), flip=True))
    is_mirrored = (flipped == many[:, :, ::-1]).all(axis=(1, 2, 3))
    assert (is_mirrored != (flipped == many).all(axis=(1, 2, 3))).all()
    assert 90 < is_mirrored.sum() < 150


def test_cuts_are_parts_at_various_places():
    cut = varied(crop=(3, 5))
    assert cut.shape == (12, 3, 5, 2)
    windows = np.lib.stride_tricks.sliding_window_view(PICTURES, (3, 5), axis=(1, 2))
    found = set()
    for image, places in zip(cut, np.moveaxis(windows, 3, -1), strict=True):
        ((row, column),) = np.argwhere((places == image).all(axis=(2, 3, 4)))
        found.add((row, column))
    assert len(found) > 5
    assert {row for row, _ in found} == {column for _, column in found} == {0, 1, 2, 3}
    larger = varied(jitter=3)
    assert larger.shape == PICTURES.shape
    assert not (larger == PICTURES).all(axis=(1, 2, 3)).any()


def test_draws_do_not_depend_on_the_batch():
    how = {"flip": True, "crop": (3, 5)}
    some = np.array([7, 2])
    np.testing.assert_array_equal(varied(some, **how), varied(**how)[some])
    for other in ({"seed": 1}, {"epoch": 1}):
        assert (varied(**other, **how) != varied(**how)).any()


@pytest.mark.parametrize("bad", [{"crop": 9}, {"crop": (3, 5, 1)}, {"crop": 0}, {"jitter": -1}])
def test_what_cannot_be_cut_is_refused(bad):
    with pytest.raises(ValueError, match=THREE_PARTS):
        variation.check(**{"crop": None, "jitter": 0, **bad}, shape=(6, 8, 2))
    assert variation.check(8, 2, tf.TensorShape((6, 8, 2))) == (8, 8)
