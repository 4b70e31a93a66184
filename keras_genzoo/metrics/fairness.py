"""How evenly a classifier does right by groups: rates, their spread, the worst, the largest gap.

Each function takes arrays, of any classifier: which examples it got right, and the group of each.
Values come with intervals of a bootstrap within the groups, whose sizes stay as they are. What
chance makes of the examples' own rates is in all of them, but for the variance beyond chance.
"""

from typing import NamedTuple

import numpy as np


class Interval(NamedTuple):
    """A value and where a bootstrap finds it.

    Attributes:
        value: Of the examples as they are.
        low: Lower end of the interval.
        high: Upper end.
    """

    value: float
    low: float
    high: float


def rates_by_group(hits, groups, confidence=0.95, draws=2000, seed=0):
    """Share of hits in each group.

    Args:
        hits: `(n,)`, booleans or 0 and 1: whether an example was classified as it should be.
        groups: `(n,)`, a number or name of each example's group.
        confidence: Share of the bootstrap's draws that the intervals hold.
        draws: Of the bootstrap.
        seed: Integer seed of the draws.

    Returns:
        A dict, group to `Interval`, in the groups' sorted order.

    Raises:
        ValueError: If hits and groups do not fit each other, or there are none.

    Example:
        >>> rates = rates_by_group([1, 1, 0, 1], ["a", "a", "b", "b"])
        >>> {group: rate.value for group, rate in rates.items()}
        {'a': 1.0, 'b': 0.5}
    """
    names, rates, counts = _rates(hits, groups)
    drawn = _drawn(rates, counts, draws, seed)
    intervals = (_interval(rates[i], drawn[:, i], confidence) for i in range(len(names)))
    return dict(zip(names, intervals, strict=True))


def rate_variance(hits, groups, beyond_chance=False, confidence=0.95, draws=2000, seed=0):
    """Variance of the rates over the groups, each of the same weight.

    Of small groups chance alone makes rates differ. That of a group of n, whose true rate is p, has
    a variance of `p (1 - p) / n`; about their own mean the rates vary by the mean of these, times
    `1 - 1 / groups`. In percent, as papers have them, variances are 10,000 times as large.

    Args:
        hits: As of `rates_by_group`, like `groups`, `confidence`, `draws` and `seed`.
        groups: `(n,)`.
        beyond_chance: Whether what chance alone makes is taken off; it may fall below 0 then.
        confidence: Of the interval.
        draws: Of the bootstrap.
        seed: Of the draws.

    Returns:
        An `Interval`.

    Raises:
        ValueError: As `rates_by_group`.

    Example:
        >>> rate_variance([1, 1, 0, 1], ["a", "a", "b", "b"]).value
        0.0625
    """

    def variance(rates, counts):
        chance = np.mean(rates * (1 - rates) / counts, axis=-1) * (1 - 1 / len(counts))
        return np.var(rates, axis=-1) - (chance if beyond_chance else 0.0)

    return _measured(variance, hits, groups, confidence, draws, seed)


def worst_rate(hits, groups, confidence=0.95, draws=2000, seed=0):
    """Rate of the group that fares worst.

    Args:
        hits: As of `rates_by_group`, like all others.
        groups: `(n,)`.
        confidence: Of the interval.
        draws: Of the bootstrap.
        seed: Of the draws.

    Returns:
        An `Interval`; `rates_by_group` tells which group it is.

    Raises:
        ValueError: As `rates_by_group`.

    Example:
        >>> worst_rate([1, 1, 0, 1], ["a", "a", "b", "b"]).value
        0.5
    """
    return _measured(lambda rates, _: rates.min(axis=-1), hits, groups, confidence, draws, seed)


def largest_gap(hits, groups, confidence=0.95, draws=2000, seed=0):
    """Difference of the rates of the group that fares best and the one that fares worst.

    Args:
        hits: As of `rates_by_group`, like all others.
        groups: `(n,)`.
        confidence: Of the interval.
        draws: Of the bootstrap.
        seed: Of the draws.

    Returns:
        An `Interval`.

    Raises:
        ValueError: As `rates_by_group`.

    Example:
        >>> largest_gap([1, 1, 0, 1], ["a", "a", "b", "b"]).value
        0.5
    """
    return _measured(lambda rates, _: np.ptp(rates, axis=-1), hits, groups, confidence, draws, seed)


def _rates(hits, groups):
    """Sorted names of the groups, their rates and their sizes."""
    hits, groups = np.asarray(hits), np.asarray(groups)
    if hits.ndim != 1 or hits.shape != groups.shape or not len(hits):
        raise ValueError(
            "The groups do not fit. Expected one for each hit, (n,), n at least 1. "
            f"Received: hits of shape {hits.shape}, groups of shape {groups.shape}"
        )
    if not np.isin(hits, (0, 1)).all():
        raise ValueError(
            "The hits are no decisions. Expected booleans, or 0 and 1 (take a threshold first). "
            f"Received: hits={hits[:8].tolist()} and so on"
        )
    names, of_group, counts = np.unique(groups, return_inverse=True, return_counts=True)
    return names.tolist(), np.bincount(of_group, hits) / counts, counts


def _drawn(rates, counts, draws, seed):
    """Rates of groups that are drawn again from themselves, `(draws, groups)`."""
    if draws < 1:
        raise ValueError(
            f"There is no bootstrap without draws. Expected at least one. Received: draws={draws}"
        )
    # So many hits has a group of n that is drawn n times with replacement.
    return np.random.default_rng(seed).binomial(counts, rates, (draws, len(counts))) / counts


def _measured(statistic, hits, groups, confidence, draws, seed):
    _, rates, counts = _rates(hits, groups)
    value, drawn = statistic(rates, counts), statistic(_drawn(rates, counts, draws, seed), counts)
    # A draw has the chance of the examples and its own, so that rates lie further apart in it.
    return _interval(value, drawn - (drawn.mean() - value), confidence)


def _interval(value, drawn, confidence):
    if not 0 < confidence < 1:
        raise ValueError(
            "The interval holds no share of the draws. Expected confidence between 0 and 1. "
            f"Received: confidence={confidence}"
        )
    outside = (1 - confidence) / 2
    return Interval(float(value), *np.quantile(drawn, [outside, 1 - outside]).tolist())
