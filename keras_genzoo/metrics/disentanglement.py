"""How well single latents match single factors of the images: six scores, 1 is best.

Four compare the latents of random images with the factors that the images were made of; two draw
and encode images themselves. Settings are those of disentanglement_lib, by Locatello et al. (2019),
https://arxiv.org/abs/1811.12359, except for the trees of `dci`.
"""

from typing import NamedTuple

import lazy_loader
import numpy as np
from scipy.stats import entropy

sklearn = lazy_loader.load("sklearn")

BINS = 20  # of equal width, for each latent
BATCH = 64  # images, or pairs of them, that share a factor
COLLAPSED = 0.05  # standard deviation below which a latent says nothing of an image
ENCODED = 4096  # images drawn and encoded at a time


class DCI(NamedTuple):
    """What `dci` returns, each in [0, 1]."""

    disentanglement: float
    completeness: float
    informativeness: float


def mutual_information_gap(latents, factors):
    """How much more the most informative latent says of a factor than the second does (MIG).

    Mean over the factors of the gap between the two highest mutual informations, divided by the
    factor's entropy. Latents are put into 20 bins: a factor of more values cannot reach 1.

    Args:
        latents: `(n, latent_dim)`; n is 10,000 in the literature.
        factors: `(n, num_factors)`, integers.

    Returns:
        A float in [0, 1].

    Raises:
        ValueError: If the arrays do not fit each other, have fewer than 100 rows or 2 columns, a
            factor is no integer or does not vary, or a latent is not finite.

    Example:
        >>> factors = np.random.default_rng(0).integers(5, size=(10_000, 2))
        >>> round(mutual_information_gap(factors, factors), 1)
        1.0
        >>> round(mutual_information_gap(factors @ [[1, 1], [1, -1]], factors), 1)  # rotated
        0.0

    Reference: Chen et al. (2018), https://arxiv.org/abs/1802.04942.
    """
    latents, factors = _checked(latents, factors)
    *_, second, first = np.sort(_mutual_information(latents, factors), axis=0)
    entropies = [sklearn.metrics.mutual_info_score(factor, factor) for factor in factors.T]
    return float(np.mean((first - second) / entropies))


def modularity(latents, factors):
    """Whether each latent informs of one factor only; several may inform of the same.

    Mean over the latents of 1 less the mean squared mutual information with the other factors,
    relative to the best. Of a constant latent 0; noise may score anything, for in a finite sample
    it knows a little more of some factor than of others.

    Args:
        latents: `(n, latent_dim)`; n is 10,000 in the literature.
        factors: `(n, num_factors)`, integers.

    Returns:
        A float in [0, 1].

    Raises:
        ValueError: As `mutual_information_gap`.

    Example:
        >>> factors = np.random.default_rng(0).integers(5, size=(10_000, 2))
        >>> round(modularity(factors[:, [0, 0, 1]], factors), 2)
        1.0

    Reference: Ridgeway and Mozer (2018), https://arxiv.org/abs/1802.05312.
    """
    latents, factors = _checked(latents, factors)
    squares = _mutual_information(latents, factors) ** 2
    best = squares.max(axis=1)
    others = (squares.sum(axis=1) - best) / (factors.shape[1] - 1)
    return float(np.mean(1 - np.divide(others, best, out=np.ones_like(best), where=best > 0)))


def dci(latents, factors):
    """Disentanglement, completeness and informativeness.

    For each factor a random forest learns to predict it; a latent matters as much as it contributes
    to the splits. Forests as in the paper: disentanglement_lib boosts one tree for each value of a
    factor and round, which takes dozens of times longer for much the same importances.

    Args:
        latents: `(n, latent_dim)`; n is 15,000 in the literature. Two thirds are learned from.
        factors: `(n, num_factors)`, integers.

    Returns:
        A `DCI`: `disentanglement` is 1 where each latent matters for one factor only,
        `completeness` where one latent only matters for each factor, both 0 where all matter alike;
        `informativeness` is the accuracy with which all latents together predict the factors.

    Raises:
        ValueError: As `mutual_information_gap`.

    Example:
        >>> factors = np.random.default_rng(0).integers(5, size=(3_000, 2))
        >>> dci(factors, factors).informativeness
        1.0

    Reference: Eastwood and Williams (2018), https://openreview.net/forum?id=By-7dz-AZ.
    """
    latents, factors = _checked(latents, factors)
    train, test = _split(len(latents))
    importances, accuracies = [], []
    for factor in factors.T:
        # Splits choose among all latents, lest they use poor ones; large leaves learn no noise.
        forest = sklearn.ensemble.RandomForestClassifier(
            10, max_features=None, min_samples_leaf=20, n_jobs=-1, random_state=0
        ).fit(latents[train], factor[train])
        importances.append(forest.feature_importances_)
        accuracies.append(forest.score(latents[test], factor[test]))
    disentanglement, completeness = _purity(np.transpose(importances)), _purity(importances)
    return DCI(disentanglement, completeness, float(np.mean(accuracies)))


def sap(latents, factors):
    """Separated attribute predictability: how much better the best latent predicts than the second.

    Mean over the factors of the gap between the two best linear classifiers of one latent each, in
    accuracy. The second is no worse than chance, so a factor of two values reaches 0.5 at most; of
    many values a linear classifier knows only the outer ones.

    Args:
        latents: `(n, latent_dim)`; n is 15,000 in the literature. Two thirds are learned from.
        factors: `(n, num_factors)`, integers.

    Returns:
        A float in [0, 1].

    Raises:
        ValueError: As `mutual_information_gap`.

    Example:
        >>> factors = np.random.default_rng(0).integers(2, size=(10_000, 2))
        >>> round(sap(factors, factors), 1)
        0.5

    Reference: Kumar et al. (2018), https://arxiv.org/abs/1711.00848.
    """
    latents, factors = _checked(latents, factors)
    train, test = _split(len(latents))

    def accuracy(latent, factor):
        classifier = sklearn.svm.LinearSVC(C=0.01, class_weight="balanced", random_state=0)
        return classifier.fit(latent[train], factor[train]).score(latent[test], factor[test])

    accuracies = [[accuracy(z[:, None], factor) for factor in factors.T] for z in latents.T]
    *_, second, first = np.sort(accuracies, axis=0)
    return float(np.mean(first - second))


def beta_vae_score(encode, factor_data, seed=0, num_train=10_000, num_test=5_000):
    """Accuracy with which a linear classifier says which factor pairs of images share.

    It sees the distances in each latent, averaged over 64 pairs that share the same factor.

    Args:
        encode: From images to latents, `(n, latent_dim)`, as `model.encode`.
        factor_data: With `factor_sizes` and `images(factors)`, as `kg.datasets.sprites()`.
        seed: Integer seed of the images.
        num_train: Batches to learn from; by default 1.9 million images are encoded in all.
        num_test: Batches to predict.

    Returns:
        A float in [0, 1]; chance is one over the number of factors.

    Raises:
        ValueError: If `encode` does not return one row of finite latents for each image, or there
            are no batches.

    Example:
        >>> import keras_genzoo as kg
        >>> vae = kg.models.VAE((64, 64, 1), latent_dim=4, hidden=(8,), seed=0)
        >>> score = beta_vae_score(vae.encode, kg.datasets.sprites(), num_train=50, num_test=50)

    Reference: Higgins et al. (2017), https://openreview.net/forum?id=Sy2fzU9gl.
    """
    counts = (num_train, num_test)
    shared, latents = _sharing_a_factor(encode, factor_data, seed, counts, (BATCH, 2))
    distances = abs(latents[:, :, 0] - latents[:, :, 1]).mean(axis=1)
    classifier = sklearn.linear_model.LogisticRegression(max_iter=1000).fit(
        distances[:num_train], shared[:num_train]
    )
    return float(classifier.score(distances[num_train:], shared[num_train:]))


def factor_vae_score(encode, factor_data, seed=0, num_train=10_000, num_test=5_000):
    """Accuracy with which the latent that varies least says which factor a batch of images shares.

    Variances over 64 images are relative to those over all. A latent votes for the factor for which
    it varied least most often. Latents of a standard deviation below 0.05 have collapsed to the
    prior and are left out.

    Args:
        encode, factor_data, seed, num_train, num_test: As `beta_vae_score`, for a million images.

    Returns:
        A float in [0, 1]; chance is one over the number of factors.

    Raises:
        ValueError: If `encode` does not return one row of finite latents for each image, or there
            are no batches.

    Example:
        >>> import keras_genzoo as kg
        >>> vae = kg.models.VAE((64, 64, 1), latent_dim=4, hidden=(8,), seed=0)
        >>> score = factor_vae_score(vae.encode, kg.datasets.sprites(), num_train=50, num_test=50)

    Reference: Kim and Mnih (2018), https://arxiv.org/abs/1802.05983.
    """
    counts = (num_train, num_test)
    shared, latents = _sharing_a_factor(encode, factor_data, seed, counts, (BATCH,))
    overall, within = latents.var(axis=(0, 1)), latents.var(axis=1)
    active = overall >= COLLAPSED**2
    relative = np.divide(within, overall, out=np.full_like(within, np.inf), where=active)
    least = relative.argmin(axis=1)
    votes = np.zeros((len(factor_data.factor_sizes), len(overall)))
    np.add.at(votes, (shared[:num_train], least[:num_train]), 1)
    return float(np.mean(votes.argmax(axis=0)[least[num_train:]] == shared[num_train:]))


def _sharing_a_factor(encode, factor_data, seed, counts, batch):
    """Random factors, one per batch, and latents of `batch` that share it along the last axis."""
    if min(counts) < 1:
        raise ValueError(
            "There is nothing to learn from, or to predict. Expected num_train and num_test of at "
            "least 1. Received: num_train={}, num_test={}".format(*counts)
        )
    shape = (sum(counts), *batch)
    random = np.random.default_rng(seed)
    sizes = factor_data.factor_sizes
    shared = random.integers(len(sizes), size=shape[0])
    factors = random.integers(sizes, size=(*shape, len(sizes)))
    for factor in range(len(sizes)):
        batches = shared == factor
        factors[batches, ..., factor] = factors[batches, ..., :1, factor]
    factors = factors.reshape(-1, len(sizes))
    chunks = np.split(factors, range(ENCODED, len(factors), ENCODED))
    latents = [_encoded(encode, factor_data.images(chunk)) for chunk in chunks]
    return shared, np.concatenate(latents).reshape(*shape, -1)


def _encoded(encode, images):
    latents = np.asarray(encode(images))
    if latents.ndim != 2 or len(latents) != len(images) or not np.isfinite(latents).all():
        raise ValueError(
            f"`encode` gives no latents. Expected finite numbers, ({len(images)}, latent_dim). "
            f"Received: shape={latents.shape}, finite={np.isfinite(latents).all()}"
        )
    return latents


def _checked(latents, factors):
    latents, factors = np.asarray(latents, "float64"), np.asarray(factors)
    matrices = latents.ndim == factors.ndim == 2 and len(latents) == len(factors) >= 100
    if not matrices or latents.shape[1] < 2 or factors.shape[1] < 2:
        raise ValueError(
            "The latents and the factors cannot be compared. Expected (n, latent_dim) and "
            "(n, num_factors), of the same n of at least 100, with at least two columns. "
            f"Received: latents of {latents.shape}, factors of {factors.shape}"
        )
    values = [len(np.unique(factor)) for factor in factors.T]
    if factors.dtype.kind not in "iu" or min(values) < 2:
        raise ValueError(
            "The factors are no indices that vary. Expected integers, at least two in a column. "
            f"Received: factors of {factors.dtype}, with {values} different values"
        )
    if not (finite := np.isfinite(latents)).all():
        raise ValueError(
            "The latents are not finite. Expected neither NaN nor infinity. "
            f"Received: {np.sum(~finite)} such latents of {latents.size}"
        )
    return latents, factors


def _split(count):
    """Indices to train on, two thirds, and to test on; mixed, for images may come in order."""
    return np.split(np.random.default_rng(0).permutation(count), [2 * count // 3])


def _mutual_information(latents, factors):
    """In nats, `(latent_dim, num_factors)`."""
    binned = [np.digitize(z, np.histogram(z, BINS)[1][:-1]) for z in latents.T]
    return np.array(
        [[sklearn.metrics.mutual_info_score(z, factor) for factor in factors.T] for z in binned]
    )


def _purity(importances):
    """How far rows are from uniform: 1 less their relative entropy, weighted by their sums."""
    importances = np.add(importances, 1e-11)  # where all is zero, no row is pure
    impurity = entropy(importances, axis=1, base=importances.shape[1])
    return float(np.average(1 - impurity, weights=importances.sum(axis=1)))
