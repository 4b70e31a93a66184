"""Rates by group: by hand, their intervals by simulation, chance taken off."""

import numpy as np
import pytest
from contract import THREE_PARTS

from keras_genzoo.metrics import largest_gap, rate_variance, rates_by_group, worst_rate

HITS = np.repeat([1, 0, 1, 0, 1, 0], [90, 10, 60, 40, 75, 25])
GROUPS = np.repeat(["a", "b", "c"], 100)


def test_values_by_hand():
    rates = rates_by_group(HITS, GROUPS)
    assert [(group, rate.value) for group, rate in rates.items()] == [
        *(("a", 0.9), ("b", 0.6), ("c", 0.75)),
    ]
    assert worst_rate(HITS, GROUPS).value == pytest.approx(0.6)
    assert largest_gap(HITS, GROUPS).value == pytest.approx(0.3)
    variance = (0.15**2 + 0.15**2) / 3
    assert rate_variance(HITS, GROUPS).value == pytest.approx(variance)
    chance = np.mean([0.9 * 0.1, 0.6 * 0.4, 0.75 * 0.25]) / 100 * 2 / 3
    beyond = rate_variance(HITS, GROUPS, beyond_chance=True).value
    assert beyond == pytest.approx(variance - chance)
    shuffled = np.random.default_rng(0).permutation(300)
    assert rates_by_group(HITS[shuffled], GROUPS[shuffled]) == rates


def test_intervals_are_those_of_groups_drawn_again_from_themselves():
    random = np.random.default_rng(1)
    again = [np.mean(random.choice(HITS[GROUPS == "b"], 100)) for _ in range(4000)]
    low, high = np.quantile(again, [0.05, 0.95])
    found = rates_by_group(HITS, GROUPS, confidence=0.9, draws=4000)["b"]
    assert found[1:] == pytest.approx((low, high), abs=0.011)
    wider = rates_by_group(HITS, GROUPS, confidence=0.99)["b"]
    assert wider.low < found.low < found.value < found.high < wider.high
    assert worst_rate(HITS, GROUPS, seed=1) == worst_rate(HITS, GROUPS, seed=1)


def test_chance_makes_a_variance_that_is_taken_off():
    """Of 7 groups of 100 with one true rate of 0.92: some 7 in percent squared."""
    random = np.random.default_rng(0)
    groups = np.repeat(np.arange(7), 100)
    raw, beyond = [], []
    for _ in range(300):
        hits = random.uniform(size=700) < 0.92
        raw.append(rate_variance(hits, groups, draws=2).value)
        beyond.append(rate_variance(hits, groups, beyond_chance=True, draws=2).value)
    assert 1e4 * np.mean(raw) == pytest.approx(0.92 * 0.08 * 100 * 6 / 7, rel=0.1)
    assert abs(np.mean(beyond)) < np.mean(raw) / 12  # a seventh too much would be half of this more


@pytest.mark.parametrize("true_spread", [0.0, 0.03])
def test_intervals_of_many_groups_hold_their_values_and_the_true_variance(true_spread):
    """Of 50 groups chance alone makes rates differ, once in the examples and again in a draw."""
    random, groups = np.random.default_rng(0), np.repeat(np.arange(50), 100)
    held = []
    for _ in range(40):
        rates = random.normal(0.9, true_spread, 50).clip(0, 1)
        hits = random.uniform(size=5000) < rates[groups]
        beyond = rate_variance(hits, groups, beyond_chance=True, draws=300)
        held.append(beyond.low <= np.var(rates) <= beyond.high)
        others = (measure(hits, groups, draws=300) for measure in (rate_variance, largest_gap))
        for each in (beyond, *others, worst_rate(hits, groups, draws=300)):
            assert each.low <= each.value <= each.high
    assert np.mean(held) >= 0.9


@pytest.mark.parametrize(
    ("hits", "groups"),
    [
        ([1, 0], ["a"]),
        ([], []),
        ([[1]], [["a"]]),
        ([0.5, 1], ["a", "b"]),
        ([2, 1], [0, 1]),
        (["yes", "no"], [0, 1]),
    ],
)
def test_what_are_no_decisions_of_groups_is_refused(hits, groups):
    for measure in (rates_by_group, rate_variance, worst_rate, largest_gap):
        with pytest.raises(ValueError, match=THREE_PARTS):
            measure(hits, groups)
    with pytest.raises(ValueError, match=THREE_PARTS):
        worst_rate([1, 0], [0, 1], confidence=95)
    with pytest.raises(ValueError, match=THREE_PARTS):
        worst_rate([1, 0], [0, 1], draws=0)
