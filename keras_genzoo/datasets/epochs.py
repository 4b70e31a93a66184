"""The order of epochs, which a resumed run finds again."""

import itertools
import weakref

import numpy as np
import tensorflow as tf

from keras_genzoo.datasets.names import check_positive


def epochs(load, count, *, batch_size, shuffle, seed, drop_remainder, order=None, part=None):
    """A dataset whose iterations are epochs, in an order that depends on `(seed, epoch)` alone.

    Args:
        load: Gives a batch, of the epoch and of the examples' indices, as tensors.
        count: Number of examples in an epoch.
        batch_size: Number of examples in a batch.
        shuffle: Whether to shuffle; otherwise indices come in their order.
        seed: An int, for the order.
        drop_remainder: Whether to leave out a last batch that is not full.
        order: Gives the indices of an epoch, a tensor of its number, in place of `shuffle`.
        part: For one of several readers, which part of each batch is its own: `(first, own, all)`
            cuts each into `all` and gives `own` of them one after the other, from number `first`
            on. Others are not loaded; with few examples some are empty.

    Returns:
        A `tf.data.Dataset` with `len` and `from_epoch(epoch, step=0)`: the endless dataset that
        starts with batch `step` of `epoch`. Its `again(**changes)` is the dataset with other
        options, its `moving(place)` the one whose iterations begin at the epoch and step that
        `place()` tells then, its `next_place()` where an iteration of its own would.

    Raises:
        ValueError: If there are no such batches, or no such seed.

    Example:
        >>> dataset = epochs(lambda epoch, indices: indices, 5, batch_size=2, shuffle=False, seed=0,
        ...                  drop_remainder=False)
        >>> [batch.numpy().tolist() for batch in dataset]
        [[0, 1], [2, 3], [4]]
    """
    check_batches(batch_size, seed)
    if drop_remainder and count < batch_size:
        raise ValueError(
            "With drop_remainder there is no batch left. Expected a batch_size of at most the "
            f"number of examples, {count}. Received: batch_size={batch_size}"
        )
    settings = {
        "batch_size": batch_size,
        "shuffle": shuffle,
        "seed": seed,
        "drop_remainder": drop_remainder,
        "order": order,
        "part": part,
    }
    first_part, own, parts = part or (0, 1, 1)
    steps = count // batch_size if drop_remainder else -(-count // batch_size)
    order_seed = tf.constant([seed, 0], tf.int64)

    @tf.autograph.experimental.do_not_convert
    def indices_of(epoch, first=0):
        if order is not None:
            ordered = order(epoch)
        else:
            ordered = tf.range(count, dtype=tf.int64)
            if shuffle:
                epoch_seed = tf.random.experimental.stateless_fold_in(order_seed, epoch)
                ordered = tf.random.experimental.stateless_shuffle(ordered, epoch_seed)

        def batch(place):
            step = (first + place // own) % steps
            indices = ordered[step * batch_size : (step + 1) * batch_size]
            if part is None:
                return epoch, tf.ensure_shape(indices, [batch_size if drop_remainder else None])
            number, size = first_part + place % own, tf.size(indices, tf.int64)
            return epoch, indices[number * size // parts : (number + 1) * size // parts]

        return tf.data.Dataset.range(steps * own).map(batch)

    def finish(indices, cardinality):
        if own == 1:  # else there are more elements than batches
            # Asserted, for flat_map forgets it; on indices, so that nothing skipped is loaded.
            indices = indices.apply(tf.data.experimental.assert_cardinality(cardinality))
        plain = tf.autograph.experimental.do_not_convert(load)
        made = untuned(indices.map(plain, tf.data.AUTOTUNE).prefetch(tf.data.AUTOTUNE))
        if not tf.executing_eagerly():  # within a function, whose graph alone goes on to read it
            tf.compat.v1.add_to_collection("datasets", made)
        return made

    def from_epoch(epoch, step=0):
        """The endless dataset that starts with batch `step` of `epoch`, both from 0."""
        numbers = tf.data.Dataset.range(epoch, tf.int64.max)
        return finish(numbers.flat_map(indices_of).skip(step * own), tf.data.INFINITE_CARDINALITY)

    def moving(place):
        """The dataset of one epoch's length that begins, each time, where `place()` says.

        From a step in the middle on it gives the rest of the epoch, and then its beginning.
        """

        def there():
            return np.array(place(), np.int64)

        @tf.autograph.experimental.do_not_convert
        def from_there(_):
            epoch, step = tf.unstack(tf.ensure_shape(from_python(there, (), tf.int64), (2,)))
            return indices_of(epoch, step)

        return finish(tf.data.Dataset.range(1).flat_map(from_there), steps)

    iterations = itertools.count()

    def next_place():
        return next(iterations), 0

    dataset = moving(next_place)
    dataset.from_epoch, dataset.moving, dataset.next_place = from_epoch, moving, next_place
    dataset.load, dataset.count, dataset.settings = load, count, settings
    dataset.again = lambda **changes: epochs(load, count, **{**settings, **changes})
    return dataset


def from_python(function, inputs, dtype):
    """What a function makes of arrays in a graph, which `tf.numpy_function` would keep for ever.

    The function lives for as long as what calls this: a dataset keeps what it maps.

    Args:
        function: Of arrays; whoever calls this holds on to it.
        inputs: Tensors.
        dtype: Of what it returns.

    Example:
        >>> def double(x):
        ...     return 2 * x
        >>> int(from_python(double, [tf.constant(2)], tf.int32))
        4
    """
    held = weakref.ref(function)

    def called(*arrays):
        function = held()
        if function is None:  # batches that are still prefetched, for nobody
            raise StopIteration("The dataset is gone.")  # which alone TensorFlow does not log
        return function(*arrays)

    return tf.numpy_function(called, inputs, dtype)


def check_batches(batch_size, seed):
    """Refuse what makes no batches, and no order, before anything is read for them."""
    check_positive("batch_size", batch_size)
    if not isinstance(seed, int | np.integer) or not -(2**63) <= seed < 2**63:
        raise ValueError(
            f"There is no such seed. Expected an int of 64 bits. Received: seed={seed!r}"
        )


def untuned(dataset):
    """The dataset, not tuned while it runs, unless its own options say otherwise.

    The thread that tunes may miss that the iterator ends, which then waits for it: for as long as
    it has lived, or a minute. What is parallel is so from the start, by a thread a core.

    Args:
        dataset: A `tf.data.Dataset`.

    Example:
        >>> untuned(tf.data.Dataset.range(3)).options().autotune.enabled
        False
    """
    if dataset.options().autotune.enabled is not None:
        return dataset
    options = tf.data.Options()
    options.autotune.enabled = False
    return dataset.with_options(options)
