"""Whitening: where latents lie on average and how far they spread, gone through once."""

import keras
import numpy as np
import tensorflow as tf

SMALLEST = 1e-3  # standard deviation, of a number that never changes


def moments(posteriors):
    """Mean and standard deviation of each number of latents that are drawn from posteriors.

    Batches are merged one after another, so that memory does not grow with them.

    Args:
        posteriors: Iterable of means and log-variances, `(batch, ...)`, and weights, `(batch,)`.

    Returns:
        Both, float64 and `(...)`; `None` where nothing weighs anything.

    Example:
        >>> zeros = np.zeros((1, 2))
        >>> mean, stddev = moments([(zeros, zeros, np.ones(1)), (zeros + 2, zeros, np.ones(1))])
        >>> mean.tolist(), (stddev**2).round(6).tolist()
        ([1.0, 1.0], [2.0, 2.0])

    Reference: Chan et al. (1979), http://i.stanford.edu/pub/cstr/reports/cs/tr/79/773/.
    """
    total = mean = squares = 0.0
    for means, log_variances, weights in posteriors:
        weight = np.sum(weights, dtype="float64")
        if not weight:
            continue
        centre = np.average(means.astype("float64"), axis=0, weights=weights)
        apart = np.square(means - centre) + np.exp(log_variances, dtype="float64")
        share = weight / (total + weight)
        squares += weight * np.average(apart, axis=0, weights=weights)
        squares += total * share * np.square(centre - mean)
        mean += share * (centre - mean)
        total += weight
    if not total:
        return None
    return mean, np.maximum(np.sqrt(squares / total), SMALLEST)


def one_epoch(given):
    """Images and weights, batch by batch, of the epoch that `fit` is about to train on.

    Args:
        given: Arguments of `fit` by name, as the model's own checks leave them.

    Raises:
        ValueError: If the images can be gone through but once, or have no end.
    """
    x, steps = given["x"], given["steps_per_epoch"]
    if isinstance(x, np.ndarray):
        held_out = given["validation_split"] if given["validation_data"] is None else 0.0
        count = int(len(x) * (1 - held_out))
        weights = given["sample_weight"]
        batches = [(x[:count], None, None if weights is None else np.asarray(weights)[:count])]
    elif isinstance(x, tf.data.Dataset):
        _check_end(steps, x.cardinality() == tf.data.INFINITE_CARDINALITY)
        batches = x.take(-1 if steps is None else steps).as_numpy_iterator()
    elif isinstance(x, keras.utils.PyDataset):
        _check_end(steps, x.num_batches is None)
        ends = [each for each in (steps, x.num_batches) if each is not None]
        batches = (x[index] for index in range(min(ends)))
    else:
        raise ValueError(
            "The images are gone through once before the first step, to whiten their latents. "
            f"Expected arrays, a tf.data.Dataset or a PyDataset. Received: x={type(x).__name__}"
        )
    for batch in batches:
        images, _, weights = keras.utils.unpack_x_y_sample_weight(batch)
        yield images, np.ones(len(images)) if weights is None else np.reshape(weights, -1)


def _check_end(steps, is_endless):
    if steps is None and is_endless:
        raise ValueError(
            "The dataset has no end. Expected steps_per_epoch beside it. "
            "Received: steps_per_epoch=None"
        )
