"""What takes a batch by its indices, for `epochs`: from tensors, or from files as it is needed."""

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import tensorflow as tf
from tqdm import tqdm

from keras_genzoo.datasets.epochs import from_python
from keras_genzoo.datasets.names import as_array
from keras_genzoo.datasets.sources import check_size


def gathered(images, labels, binarize, seed):
    """What takes a batch from all images.

    Args:
        images: `(n, height, width, channels)`, uint8 or floats in [0, 1]; held, or of a mapped
            file.
        labels: `(n,)` or `(n, names)`; `None` gives images alone.
        binarize: `"dynamic"`, `"static"` or `None`.
        seed: Integer seed of the draws.

    Returns:
        A function from an epoch and indices, `(batch,)`, to float32 images in [0, 1], or to pairs
        (images, labels); its `labels` are those given.

    Example:
        >>> images = np.array([[[[0]]], [[[255]]]], np.uint8)
        >>> gathered(images, None, None, 0)(0, tf.constant([1])).numpy().tolist()
        [[[[1.0]]]]
    """
    like = tf.TensorSpec(images.shape, images.dtype)
    labels = None if labels is None else tf.constant(labels)
    return _batches(taking(images), labels, like, binarize, seed)


def taking(images):
    """What takes images of an array by their indices.

    The array becomes no tensor, of which TensorFlow would make two copies on the way.
    """

    def rows(indices):
        return np.take(images, indices, axis=0)

    def take(indices):
        taken = from_python(rows, [indices], images.dtype)
        return tf.ensure_shape(taken, (indices.shape[0], *images.shape[1:]))

    return take


def decoded(source, slices, fitted, labels, binarize, seed):
    """What decodes a batch, as `gathered` takes it.

    Args:
        source: A `Source` whose images are to be had by index.
        slices: Triples (split, start, stop) of it.
        fitted: A function of a shape, what the source makes of an image of that shape.
        labels: Whether to give labels too.
        binarize: `"dynamic"`, `"static"` or `None`.
        seed: Integer seed of the draws.

    Returns:
        The function, and how many images there are.
    """
    places = [(split, index) for split, start, stop in slices for index in range(start, stop)]
    pool = ThreadPoolExecutor(os.cpu_count())
    shapes = pool.map(lambda place: fitted(source.by_index.shape(*place)), places)
    shape = _common(shown(shapes, "looking at", len(places)))
    given = None
    if labels:
        parts = [source.by_index.labels(split)[start:stop] for split, start, stop in slices]
        given = tf.constant(as_array(np.concatenate(parts)))

    def read(indices):
        images = np.empty((len(indices), *shape), np.uint8)
        found = pool.map(lambda index: source.by_index.image(*places[index]), indices)
        for row, image in zip(images, found, strict=True):
            row[...] = image
        return images

    def take(indices):
        images = from_python(read, [indices], tf.uint8)
        return tf.ensure_shape(images, (indices.shape[0], *shape))

    like = tf.TensorSpec((None, *shape), tf.uint8)
    return _batches(take, given, like, binarize, seed), len(places)


def stored_labels(dataset):
    """The labels of a dataset, in the order in which they are stored.

    No image is read for it, unless the dataset is drawn, or made of another.

    Args:
        dataset: Of `load` with labels, or of what is made of such a one.

    Returns:
        An array, `(n,)` or `(n, names)`.

    Example:
        >>> from keras_genzoo.datasets import load
        >>> stored_labels(load("fashion_mnist_small", "test[:5]", labels=True)).tolist()
        [4, 4, 9, 7, 5]
    """
    if getattr(dataset.load, "labels", None) is not None:
        return dataset.load.labels.numpy()
    stored = dataset.again(shuffle=False, drop_remainder=False)
    # By number, for whoever iterates a dataset itself moves it on by an epoch.
    batches = stored.from_epoch(0).take(len(stored)).as_numpy_iterator()
    return np.concatenate([labels for _, labels in batches])


def shown(examples, what, count):
    """The examples, with a bar of how many are done and of the time that is left."""
    return tqdm(examples, what, count, unit=" images", delay=1, leave=False, disable=None)


def _batches(take, labels, like, binarize, seed):
    """What turns the pixels that `take` gives of indices into examples."""
    scale = 255.0 if like.dtype == tf.uint8 else 1.0
    draw_seed = tf.constant([seed, 1], tf.int64)

    def batch(epoch, indices):
        pixels = tf.cast(take(indices), tf.float32) / scale
        if binarize:
            draw = draw_seed
            if binarize == "dynamic":
                draw = tf.random.experimental.stateless_fold_in(draw_seed, epoch)
            pixels = tf.cast(uniform(draw, indices, like.shape[1:]) < pixels, tf.float32)
        return pixels if labels is None else (pixels, tf.gather(labels, indices))

    batch.labels = labels  # of all, for who needs no images
    return batch


def _common(shapes):
    """The shape that all images have; colours where any has them."""
    first, channels = None, 1
    for shape in shapes:
        first = first or shape
        check_size(shape, first)
        channels = max(channels, shape[2])
    return *first[:2], channels


def uniform(seed, indices, shape):
    """Draws from [0, 1) of `shape` for each index, the same whatever the rest of the batch is.

    TensorFlow draws a batch from one seed only, so random keys are hashed with the indices.
    """
    keys = tf.random.stateless_uniform(
        [1 + shape.num_elements()], seed, minval=None, maxval=None, dtype=tf.uint32
    )
    rows = _hash(tf.cast(indices, tf.uint32) + keys[0])
    bits = tf.bitwise.right_shift(_hash(rows[:, None] + keys[1:]), 8)  # all that a float32 can hold
    return tf.reshape(tf.cast(bits, tf.float32) * 2.0**-24, [-1, *shape])


def _hash(x):
    """Mixes the bits of uint32 integers (lowbias32 of Chris Wellons' hash-prospector)."""
    shift, xor = tf.bitwise.right_shift, tf.bitwise.bitwise_xor
    x = xor(x, shift(x, 16)) * tf.constant(0x7FEB352D, tf.uint32)
    x = xor(x, shift(x, 15)) * tf.constant(0x846CA68B, tf.uint32)
    return xor(x, shift(x, 16))
