"""How good generated images are, and how varied: as a set beside real ones, or as classes.

`precision_recall` takes features of a network, one row per image; `inception_score` a classifier's
probabilities. Compare numbers of the same network and number of images only.
"""

import numbers

import lazy_loader
import numpy as np
import scipy

from keras_genzoo.metrics.distance import feature_arrays

sklearn = lazy_loader.load("sklearn")


def precision_recall(real_features, generated_features, k=3):
    """Share of generated images that could be real, and of real ones that could be generated.

    That is, of those in the other set's manifold: the balls around its points, each as far as the
    k-th nearest other point. Poor samples lower precision, missing modes recall.

    Args:
        real_features: `(n, d)`.
        generated_features: `(m, d)`.
        k: Which nearest neighbour a ball reaches.

    Returns:
        `(precision, recall)`, floats in [0, 1].

    Raises:
        ValueError: If features are not `(n, d)` of one d, not finite, or too few for `k`.

    Example:
        >>> real, generated = [[0.0], [1.0], [2.0], [3.0]], [[0.1], [1.1], [8.0], [9.0]]
        >>> precision_recall(real, generated, k=1)  # 8 and 9 are not real, 3 is never generated
        (0.5, 0.75)

    Reference: Kynkaanniemi et al. (2019), https://arxiv.org/abs/1904.06991.
    """
    real, generated = feature_arrays(real_features, generated_features)
    if not isinstance(k, numbers.Integral) or not 1 <= k < min(len(real), len(generated)):
        raise ValueError(
            "There are too few neighbours. Expected k from 1 to one less than the smaller side. "
            f"Received: k={k}, {len(real)} real and {len(generated)} generated samples"
        )
    return _share_inside(generated, real, k), _share_inside(real, generated, k)


def inception_score(probabilities, splits=10, seed=0):
    """Exponential of the mean KL divergence of an image's class probabilities from all images'.

    Args:
        probabilities: `(n, classes)`, a classifier's softmax of generated images.
        splits: Parts that are scored one by one; the scores are averaged.
        seed: Integer seed of the shuffle before, as images may come sorted by class.

    Returns:
        A float from 1 (all images look alike) to the number of classes (each image is sure, and
        all classes are equally frequent).

    Raises:
        ValueError: If a row is no distribution over classes, or `splits` is not from 1 to n.

    Example:
        >>> round(inception_score([[1.0, 0.0], [0.0, 1.0]], splits=1), 6)
        2.0

    Reference: Salimans et al. (2016), https://arxiv.org/abs/1606.03498.
    """
    probabilities = np.asarray(probabilities, "float64")
    is_whole = isinstance(splits, numbers.Integral)
    if probabilities.ndim != 2 or not is_whole or not 1 <= splits <= len(probabilities):
        raise ValueError(
            "The images cannot be split. Expected probabilities of shape (n, classes) and splits "
            f"from 1 to n. Received: probabilities.shape={probabilities.shape}, splits={splits}"
        )
    sums = probabilities.sum(axis=1)
    # Wide enough for a softmax in float16; NaN compares as false.
    if not (np.all(probabilities >= 0) and np.allclose(sums, 1, atol=1e-3)):
        raise ValueError(
            "The rows are no probabilities. Expected values of at least 0 that sum to 1 (of logits "
            f"take the softmax). Received: a least value of {probabilities.min()}, sums from "
            f"{sums.min()} to {sums.max()}"
        )
    order = np.random.default_rng(seed).permutation(len(probabilities))
    scores = []
    for part in np.array_split(probabilities[order], splits):
        kl = scipy.special.rel_entr(part, part.mean(axis=0)).sum(axis=1)
        scores.append(np.exp(kl.mean()))
    return float(np.mean(scores))


def _share_inside(points, centres, k):
    """Share of points in a ball around any centre, as far as its k-th nearest other centre."""
    points, centres = points.astype("float64"), centres.astype("float64")
    neighbours = sklearn.neighbors.NearestNeighbors(n_neighbors=k, algorithm="brute")
    radii = neighbours.fit(centres).kneighbors()[0][:, -1]
    # Copies of an image are apart by rounding, here and in features of another batch.
    radii += 1e-6 * np.linalg.norm(centres, axis=1)
    blocks = sklearn.metrics.pairwise_distances_chunked(points, centres, working_memory=64)  # MiB
    return float(np.mean(np.concatenate([np.any(block <= radii, axis=1) for block in blocks])))
