"""Scores of sequences, by hand."""

import numpy as np
import pytest
from contract import THREE_PARTS

from keras_genzoo.metrics import edit_distance, token_scores


def test_places_after_the_end_do_not_count():
    tokens = np.array([[63, 1, 0, 0], [65, 1, 67, 1]])
    others = np.array([[63, 1, 0, 9], [65, 69, 67, 2]])
    scores = token_scores(tokens, others, onsets_from=3)
    assert scores == {
        **{"tokens": pytest.approx(5 / 7), "whole": 0.5, "onsets": 1.0},
        "onset_f1": pytest.approx(2 * 3 / (3 + 4)),
    }
    assert token_scores(tokens, tokens) == {"tokens": 1.0, "whole": 1.0}
    assert token_scores([[1, 1]], [[2, 1]], onsets_from=3)["onset_f1"] == 0
    for other in (others[:1], others[0]):
        with pytest.raises(ValueError, match=THREE_PARTS):
            token_scores(tokens, other)


def test_edit_distance_against_the_textbook():
    def slow(a, b):
        if not a or not b:
            return len(a) + len(b)
        steps = (slow(a[1:], b) + 1, slow(a, b[1:]) + 1, slow(a[1:], b[1:]) + (a[0] != b[0]))
        return min(steps)

    random = np.random.default_rng(0)
    for _ in range(20):
        a, b = (random.integers(3, size=random.integers(6)).tolist() for _ in range(2))
        assert edit_distance(a, b) == slow(a, b)
