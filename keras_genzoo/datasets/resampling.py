"""Epochs whose examples are drawn by weight."""

import numpy as np
import tensorflow as tf

from keras_genzoo.datasets.epochs import from_python


def resampled(dataset, weights):
    """Draws the examples of each epoch by weight, with replacement, as many as there are.

    An example of weight 2 comes twice as often as one of weight 1. What an epoch holds depends on
    `(seed, epoch, weights)` alone, and is drawn as it is needed: nothing is copied. The weights may
    be changed between two epochs, by `callbacks.Resample` or by `set_weights`; `fit` asks for each
    epoch anew.

    Args:
        dataset: Of `load`, or `epochs`; its seed and batches are kept.
        weights: `(n,)`, at least 0, one for each example in the order in which they are stored.

    Returns:
        A `tf.data.Dataset` of one epoch, with `len` and `from_epoch` as of `load`, and with
        `set_weights(weights)` and `get_weights()`.

    Raises:
        ValueError: If the dataset is none of `load`, or is resampled already, or the weights do not
            fit it.

    Example:
        >>> from keras_genzoo.datasets import load
        >>> images = load("fashion_mnist_small", "train[:4]", batch_size=4)
        >>> of_one = resampled(images, [0, 0, 1, 0])
        >>> batch = next(iter(of_one))
        >>> bool(tf.reduce_all(batch == batch[:1]))
        True
    """
    if not hasattr(dataset, "again"):
        raise ValueError(
            "The examples are not to be had by number. Expected a dataset of datasets.load. "
            f"Received: {type(dataset).__name__}"
        )
    if dataset.settings["order"] is not None:
        raise ValueError(
            "The dataset is drawn by weight already. Expected one of datasets.load, or its own "
            "set_weights. Received: a resampled dataset"
        )
    state = {"place": (0, 0)}

    def set_weights(weights):
        """Give the examples other weights, from the next epoch that is begun."""
        state["weights"] = _checked(weights, dataset.count)
        state["cumulative"] = np.cumsum(state["weights"], dtype="float64")

    set_weights(weights)
    draw_seed = tf.constant([dataset.settings["seed"], 2], tf.int64)

    def so_far():
        return state["cumulative"]

    def drawn(epoch):
        cumulative = tf.ensure_shape(from_python(so_far, (), tf.float64), (dataset.count,))
        epoch_seed = tf.random.experimental.stateless_fold_in(draw_seed, epoch)
        uniform = tf.random.stateless_uniform([dataset.count], epoch_seed, dtype=tf.float64)
        indices = tf.searchsorted(cumulative, uniform * cumulative[-1], side="right")
        return tf.cast(tf.minimum(indices, dataset.count - 1), tf.int64)

    made = dataset.again(order=drawn)

    def go_to(epoch, step):
        """Let `place` tell of there, for `moving` to begin at when it is iterated next."""
        state["place"] = epoch, step

    made.go_to, made.place = go_to, lambda: state["place"]
    made.set_weights, made.get_weights = set_weights, lambda: state["weights"].copy()
    return made


def _checked(weights, count):
    weights = np.asarray(weights, "float32")
    fits = weights.shape == (count,) and np.isfinite(weights).all()
    if not fits or weights.min() < 0 or not weights.any():
        extremes = f", from {weights.min()} to {weights.max()}" if weights.size else ""
        raise ValueError(
            f"The weights do not fit. Expected finite numbers of at least 0, one for each example, "
            f"({count},), and one above 0. Received: weights of shape {weights.shape}{extremes}"
        )
    return weights
