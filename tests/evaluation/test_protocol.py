import pytest

from keras_genzoo.evaluation.protocol import Protocol, Score, merged, words

HOW = {"dataset": "mnist", "split": "test", "images": 100, "standard_error": 0.51, "seed": 0}


def test_a_score_takes_the_place_of_one_that_was_measured_alike():
    entries = merged([], [Score("log_likelihood", -90.0, HOW)], {"keras": "3.15.0"})
    again = Score("log_likelihood", -91.0, {**HOW, "standard_error": 0.49})
    other = Score("log_likelihood", -92.0, {**HOW, "seed": 1})
    entries = merged(entries, [other, again], {"keras": "3.15.1"})
    assert [entry["value"] for entry in entries] == [-91.0, -92.0]
    assert entries[0] == {**again._asdict(), "versions": {"keras": "3.15.1"}}
    of_others = [{"metric": "log_likelihood", "value": -1.0}]  # a card's, without a protocol
    assert merged(of_others, [again], {})[0] == of_others[0]


def test_words():
    assert words(HOW) == "mnist test, images 100, standard error 0.51, seed 0"
    how = {"dataset": "d", "split": "s", "extractor": "x", "resize": "no resize", "real": 10_000}
    assert words(how) == "d s, extractor x, no resize, real 10,000"


def test_defaults():
    assert Protocol() == Protocol(split="test", num_images=10_000, draws=5000, seed=0)


@pytest.mark.parametrize("name", ["num_images", "draws", "steps"])
def test_counts_of_nothing_are_refused_by_name(name):
    with pytest.raises(ValueError, match=f"Expected {name} of at least 1. Received: {name}=0"):
        Protocol(**{name: 0})
