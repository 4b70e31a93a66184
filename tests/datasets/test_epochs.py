"""Epochs: an order of their own each, found again at any place."""

import numpy as np
import pytest
import tensorflow as tf
from contract import THREE_PARTS
from orders import listed, made

from keras_genzoo import datasets
from keras_genzoo.datasets.epochs import epochs, from_python, untuned


def test_every_epoch_holds_every_example_once_in_an_order_of_its_own():
    dataset = made()
    assert len(dataset) == 3
    orders = [[index for _, batch in listed(dataset) for index in batch] for _ in range(3)]
    assert all(sorted(order) == list(range(7)) for order in orders)
    assert len(set(map(tuple, orders))) == 3


def test_the_order_follows_from_seed_and_epoch():
    first, again, other = (listed(made(seed=seed)) for seed in (0, 0, 1))
    assert again == first
    assert other != first


def test_no_iterator_waits_for_the_thread_that_tunes_it():
    assert all(not dataset.options().autotune.enabled for dataset in (made(), made().from_epoch(0)))
    options = tf.data.Options()
    options.autotune.enabled = True
    tuned = made().with_options(options)
    assert untuned(tuned).options().autotune.enabled


@pytest.mark.parametrize("step", [0, 2, 4])
def test_any_place_is_found_again_whatever_was_peeked_at(step):
    endless = listed(made().from_epoch(0).take(9))
    dataset = made()
    next(iter(dataset))
    assert listed(dataset.from_epoch(1, step).take(5 - step)) == endless[3 + step : 8]
    assert dataset.from_epoch(1).cardinality() == tf.data.INFINITE_CARDINALITY


def test_without_shuffle_and_without_the_rest():
    assert listed(made(shuffle=False)) == [(0, [0, 1, 2]), (0, [3, 4, 5]), (0, [6])]
    dataset = made(shuffle=False, drop_remainder=True)
    assert listed(dataset) == [(0, [0, 1, 2]), (0, [3, 4, 5])]
    assert dataset.element_spec[1].shape == (3,)


@pytest.mark.parametrize(
    "bad",
    [
        *({"batch_size": size} for size in (0, -1, 2.5, True)),
        *({"seed": seed} for seed in (None, 1.5, "1", 2**63)),
        {"batch_size": 8, "drop_remainder": True},
    ],
    ids=str,
)
def test_no_such_batches_whoever_asks(bad, monkeypatch):
    with pytest.raises(ValueError, match=THREE_PARTS):
        made(**bad)
    if "drop_remainder" not in bad:  # else nothing is read for it
        monkeypatch.delattr("keras_genzoo.datasets.loading.prepared")
    with pytest.raises(ValueError, match=THREE_PARTS):
        datasets.pairs("fashion_mnist_small", "inpaint", "test[:4]", **bad)


def test_readers_get_their_parts_of_each_batch_and_load_no_others():
    """Two of them, one for two replicas and one for one."""
    loaded = {0: [], 1: []}

    def reader(number, first, own):
        def load(epoch, indices):
            rows = tf.numpy_function(lambda x: loaded[number].append(x) or x, [indices], tf.int64)
            return epoch, tf.ensure_shape(rows, indices.shape)

        options = {"batch_size": 4, "shuffle": True, "seed": 0, "drop_remainder": False}
        return epochs(load, 9, **options).again(part=(first, own, 3))

    def there():
        return 1, 1

    whole = [batch for _, batch in listed(made(9, batch_size=4).moving(there))]
    firsts = [batch for _, batch in listed(reader(0, 0, 2).moving(there))]
    seconds = [batch for _, batch in listed(reader(1, 2, 1).moving(there))]
    for step, batch in enumerate(whole):
        assert firsts[2 * step] + firsts[2 * step + 1] + seconds[step] == batch
    assert firsts[2:4] == [[], []]  # the last of nine is the other's
    for number, given in ((0, firsts), (1, seconds)):
        assert sorted(np.concatenate(loaded[number])) == sorted(np.concatenate(given))
    assert len(listed(reader(0, 0, 2))) == 6
    assert len(reader(1, 2, 1)) == 3


def test_a_function_that_is_gone_ends_what_calls_it():
    """As the end of data, which TensorFlow does not log: batches may be prefetched for nobody."""
    held = [lambda x: 2 * x]
    doubled = tf.function(lambda x: from_python(held[0], [x], tf.int32), autograph=False)
    assert doubled(tf.constant(2)).numpy() == 4
    held.clear()
    with pytest.raises(tf.errors.OutOfRangeError, match="The dataset is gone"):
        doubled(tf.constant(2))


@pytest.mark.filterwarnings("ignore:To make it possible to preserve tf.data options")
def test_what_a_graph_reads_is_kept_with_it():
    with tf.Graph().as_default() as graph:
        dataset = made()
    kept = [each for key in graph.get_all_collection_keys() for each in graph.get_collection(key)]
    assert any(each is dataset for each in kept)
