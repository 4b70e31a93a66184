"""Epochs drawn by weight: how often each example comes, and that its place is found again."""

import collections
import weakref

import numpy as np
import pytest
import tensorflow as tf
from contract import THREE_PARTS
from orders import listed, made

from keras_genzoo.datasets import load, resampled


def drawn(dataset):
    return [index for _, batch in listed(dataset) for index in batch]


def test_examples_come_as_often_as_they_weigh():
    weights = np.array([0, 1, 3, 0, 4])
    dataset = resampled(made(5, batch_size=2), weights)
    assert len(dataset) == 3
    counts = collections.Counter(drawn(dataset.from_epoch(0).take(3 * 1000)))
    shares = np.array([counts[i] for i in range(5)]) / 5000
    np.testing.assert_allclose(shares, weights / 8, atol=0.02)
    assert shares[0] == shares[3] == 0


def test_the_order_follows_from_seed_epoch_and_weights():
    weights = [1, 2, 3, 4, 5, 6, 7]
    first, again, other, flat = (
        listed(resampled(made(seed=seed), w).from_epoch(0).take(6))
        for seed, w in ((0, weights), (0, weights), (1, weights), (0, np.ones(7)))
    )
    assert first == again
    assert other != first != flat
    assert drawn(resampled(made(), weights).from_epoch(1).take(3)) == [
        index for _, batch in first[3:] for index in batch
    ]
    assert listed(resampled(made(), weights).from_epoch(0, 2).take(4)) == first[2:]


def test_weights_move_between_epochs_and_fit_is_told_where_to_begin():
    dataset = resampled(made(), [1, 0, 0, 0, 0, 0, 0])
    dataset.go_to(0, 0)
    assert set(drawn(dataset.moving(dataset.place))) == {0}
    dataset.set_weights([0, 0, 0, 0, 0, 0, 2])
    assert dataset.get_weights().tolist() == [0, 0, 0, 0, 0, 0, 2]
    assert set(drawn(dataset.moving(dataset.place))) == {6}
    dataset.set_weights(np.ones(7))
    dataset.go_to(4, 1)
    rest = listed(dataset.moving(dataset.place))
    assert rest[:2] == listed(dataset.from_epoch(4, 1).take(2))
    assert (
        len(dataset.moving(dataset.place)) == len(rest) == 3
    )  # and then its beginning, for `fit` to stop at


@pytest.mark.parametrize(
    "weights", [[1, 2], np.ones((7, 1)), [-1, *[1] * 6], [np.nan, *[1] * 6], [0] * 7], ids=str
)
def test_weights_that_do_not_fit_are_refused(weights):
    with pytest.raises(ValueError, match=THREE_PARTS):
        resampled(made(), weights)
    with pytest.raises(ValueError, match=THREE_PARTS):
        resampled(made(), np.ones(7)).set_weights(weights)


def test_a_dataset_whose_examples_have_no_numbers_or_weights_already_is_refused():
    for dataset in (tf.data.Dataset.range(7).batch(3), resampled(made(), np.ones(7))):
        with pytest.raises(ValueError, match=THREE_PARTS):
            resampled(dataset, np.ones(7))


def test_images_of_any_source_are_drawn():
    images = load("fashion_mnist_small", "train[:6]", batch_size=6, labels=True)
    pixels, labels = next(iter(resampled(images, [0, 0, 0, 1, 0, 0])))
    one, label = next(iter(load("fashion_mnist_small", "train[3:4]", labels=True)))
    np.testing.assert_array_equal(pixels, np.repeat(one, 6, axis=0))
    assert set(labels.numpy()) == {int(label[0])}


def test_weights_are_freed_with_their_dataset():
    weights = np.ones(7, np.float32)
    next(iter(resampled(made(), weights)))
    held = weakref.ref(weights)
    del weights
    assert held() is None
