"""Precision, recall and the Inception score against known cases, direct loops, torch-fidelity."""

import tracemalloc

import fidelity
import numpy as np
import pytest
import scipy
from contract import THREE_PARTS

from keras_genzoo.metrics.sample_quality import inception_score, precision_recall

RNG = np.random.default_rng(0)
REAL, GENERATED = RNG.normal(size=(60, 12)), RNG.normal(size=(45, 12))
LINE = np.arange(10.0)[:, None]


@pytest.mark.parametrize(
    ("real", "generated", "k", "expected"),
    [
        (REAL, REAL, 3, (1.0, 1.0)),
        (REAL, REAL + 1e3, 3, (0.0, 0.0)),
        # One of two modes is generated, well.
        (np.concatenate([LINE, LINE + 100]), LINE + 0.25, 1, (1.0, 0.5)),
        # Half of the samples belong to no mode.
        (LINE, np.concatenate([LINE + 0.25, LINE + 100]), 1, (0.5, 1.0)),
        # A ball's rim belongs to it; a farther neighbour makes a wider ball.
        (LINE, [[10.0], [10.5], [50.0], [60.0]], 1, (0.25, 0.0)),
        (LINE, [[10.0], [10.5], [50.0], [60.0]], 2, (0.5, 1.0)),
        # Copies are neighbours of each other: balls of no size hold only their centres.
        ([[0.0], [0.0], [5.0], [5.0]], [[0.0], [5.0], [4.0], [6.0]], 1, (0.5, 1.0)),
    ],
)
def test_precision_recall(real, generated, k, expected):
    assert precision_recall(real, generated, k=k) == pytest.approx(expected)


@pytest.mark.parametrize("seed", range(4))
def test_copies_are_neighbours_of_each_other_but_for_rounding(seed):
    """As features of 60 blank frames among others, or of one image in batches of two sizes."""
    random = np.random.default_rng(seed)
    real = np.maximum(random.normal(size=(300, 128)), 0)
    real[:60] = real[0]
    rounded = (real * (1 + 1e-7 * random.normal(size=real.shape))).astype("float32")
    assert precision_recall(real, rounded) == (1.0, 1.0)
    assert precision_recall(real, real[[0] * 200]) == (1.0, 60 / 300)


@pytest.mark.parametrize("k", [1, 3, 10])
def test_precision_recall_by_a_direct_loop(k):
    real, generated = RNG.normal(size=(80, 3)), RNG.normal(size=(70, 3)) + 0.7

    def share_inside(points, centres):
        radii = [np.sort(np.linalg.norm(centres - centre, axis=1))[k] for centre in centres]
        inside = [(np.linalg.norm(centres - x, axis=1) <= radii).any() for x in points]
        return np.mean(inside)

    expected = share_inside(generated, real), share_inside(real, generated)
    assert 0 < min(expected) < max(expected) < 1
    assert precision_recall(real, generated, k=k) == pytest.approx(expected)


def test_inception_score():
    logits = RNG.normal(size=(100, 5)) * 2
    probabilities = scipy.special.softmax(logits, axis=1)
    kl = np.sum(probabilities * np.log(probabilities / probabilities.mean(axis=0)), axis=1)
    expected = np.exp(kl.mean())
    assert inception_score(probabilities, splits=1) == pytest.approx(expected, rel=1e-9)
    # Parts look more alike each for itself.
    assert 1 < inception_score(probabilities, splits=25) < expected
    assert inception_score(probabilities.astype("float16"), splits=1) == pytest.approx(
        expected, rel=1e-2
    )


def test_inception_score_between_its_bounds():
    sure = np.repeat(np.eye(4), 1000, axis=0)  # sorted by class, as a conditional GAN's may be
    assert inception_score(sure) == pytest.approx(4.0, rel=1e-2)
    assert inception_score(sure, splits=1) == pytest.approx(4.0)
    assert inception_score(np.full((20, 4), 0.25)) == pytest.approx(1.0)
    assert inception_score(np.eye(4)[np.zeros(20, int)]) == pytest.approx(1.0)


@fidelity.is_installed
def test_agrees_with_torch_fidelity(tmp_path):
    generated, real = RNG.normal(size=(300, 16)) * 0.9 + 0.3, RNG.normal(size=(300, 16))
    expected = fidelity.scores(tmp_path, real, generated)
    precision, recall = precision_recall(real, generated)
    assert precision != recall
    assert precision == pytest.approx(expected["precision"], abs=1e-6)
    assert recall == pytest.approx(expected["recall"], abs=1e-6)
    score = inception_score(scipy.special.softmax(generated, axis=1), splits=1)
    assert score == pytest.approx(expected["inception_score_mean"], abs=1e-6)


def test_memory_does_not_grow_with_the_square():
    samples = RNG.normal(size=(2, 6000, 4))
    tracemalloc.start()
    precision_recall(*samples)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 200e6  # one matrix of all pairs is 288e6


@pytest.mark.parametrize(
    ("real", "generated"),
    [(REAL[:, 0], GENERATED), (REAL, GENERATED[:, :5]), (REAL, REAL * np.inf)],
)
def test_bad_features_are_refused(real, generated):
    with pytest.raises(ValueError, match=THREE_PARTS):
        precision_recall(real, generated)


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda: precision_recall(REAL, GENERATED, k=45), "less than.*k=45"),
        (lambda: precision_recall(REAL[:3], GENERATED), "k=3, 3 real and 45 generated"),
        (lambda: precision_recall(REAL, GENERATED, k=0), "k from 1.*k=0"),
        (lambda: precision_recall(REAL, GENERATED, k=2.5), "k from 1.*k=2.5"),
        (lambda: inception_score([0.5, 0.5]), r"\(n, classes\).*shape=\(2,\)"),
        (lambda: inception_score(np.full((9, 2), 0.5)), "splits from 1 to n.*splits=10"),
        (lambda: inception_score(np.full((9, 2), 0.5), splits=0), "splits=0"),
        (lambda: inception_score(np.full((9, 2), 0.5), splits=1.5), "splits=1.5"),
        (lambda: inception_score(REAL), "sum to 1.*least value of -"),
        (lambda: inception_score(np.full((10, 2), 0.6)), "sums from 1.2 to 1.2"),
        (lambda: inception_score([[1.5, -0.5]] * 10), "least value of -0.5"),
        (lambda: inception_score([[np.nan, 1.0]] * 10), "sums from nan"),
    ],
)
def test_refusals(function, message):
    with pytest.raises(ValueError, match=f"(?s){message}"):
        function()
