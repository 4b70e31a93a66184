"""Moments of drawn latents, and the epoch that they are taken from."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_genzoo.models.diffusion.whitening import SMALLEST, moments, one_epoch


def test_moments_of_batches_are_those_of_all():
    random = np.random.default_rng(0)
    mean = 100 + random.normal(size=(50, 2, 3)).astype("float32")
    log_variance = random.normal(size=(50, 2, 3)).astype("float32")
    weights = random.integers(0, 3, 50) / 2
    assert (weights == 0).any()
    parts = [np.split(each, [1, 20]) for each in (mean, log_variance, weights)]
    found = moments(zip(*parts, strict=True))
    repeated = [np.repeat(each, (2 * weights).astype(int), axis=0) for each in (mean, log_variance)]
    variance = repeated[0].var(axis=0, dtype="float64") + np.exp(repeated[1]).mean(axis=0)
    np.testing.assert_allclose(found[0], repeated[0].mean(axis=0, dtype="float64"), rtol=1e-9)
    np.testing.assert_allclose(found[1], np.sqrt(variance), rtol=1e-5)
    assert moments([(mean, log_variance, np.zeros(50))]) is None
    still = moments([(np.ones((3, 2)), np.full((3, 2), -90.0), np.ones(3))])
    assert (still[1] == SMALLEST).all()


class Sequence(keras.utils.PyDataset):
    """Three batches of two images; or, told so, without end."""

    endless = False

    @property
    def num_batches(self):
        return None if self.endless else 3

    def __getitem__(self, index):
        return IMAGES[2 * index : 2 * index + 2], np.zeros(2), np.arange(2) + index


IMAGES = np.arange(6.0)[:, None]


def epoch(x, **given):
    words = ("steps_per_epoch", "validation_split", "validation_data", "sample_weight")
    batches = [*one_epoch({**dict.fromkeys(words), "validation_split": 0.0, "x": x, **given})]
    return [np.concatenate(part).ravel().tolist() for part in zip(*batches, strict=True)]


def test_an_epoch_is_what_is_trained_on():
    ones = [1.0] * 6
    assert epoch(IMAGES) == [[0, 1, 2, 3, 4, 5], ones]
    assert epoch(IMAGES, sample_weight=np.arange(6)[:, None])[1] == [0, 1, 2, 3, 4, 5]
    assert epoch(IMAGES, validation_split=0.34)[0] == [0, 1, 2]
    assert epoch(IMAGES, validation_split=0.34, validation_data=(IMAGES,))[1] == ones
    dataset = tf.data.Dataset.from_tensor_slices((IMAGES, np.zeros(6))).batch(4)
    assert epoch(dataset) == [[0, 1, 2, 3, 4, 5], ones]
    assert epoch(dataset.repeat(), steps_per_epoch=1)[0] == [0, 1, 2, 3]
    assert epoch(Sequence(), steps_per_epoch=2) == [[0, 1, 2, 3], [0, 1, 1, 2]]
    assert epoch(Sequence())[1] == epoch(Sequence(), steps_per_epoch=9)[1] == [0, 1, 1, 2, 2, 3]


def test_what_cannot_be_gone_through_twice_is_refused():
    endless = tf.data.Dataset.from_tensor_slices(IMAGES).batch(2).repeat()
    with pytest.raises(ValueError, match=r"no end. Expected steps_per_epoch.*Received: "):
        epoch(endless)
    sequence = Sequence()
    sequence.endless = True
    with pytest.raises(ValueError, match=r"no end. Expected steps_per_epoch.*Received: "):
        epoch(sequence)
    assert epoch(sequence, steps_per_epoch=2)[0] == [0, 1, 2, 3]
    with pytest.raises(ValueError, match=r"Expected arrays.*Received: x=list_iterator"):
        epoch(iter([IMAGES]))
