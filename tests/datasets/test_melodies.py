"""Melodies: there and back, windows, splits, what is rounded, left out and refused."""

import mido
import numpy as np
import pytest
from contract import THREE_PARTS

from keras_genzoo import datasets
from keras_genzoo.datasets import melodies, notes_of, to_midi

TUNE = [63, 1, 1, 2, 67, 67, 1, 1, 70, 1, 72, 1, 2, 2, 60, 1, 1, 1, 62, 1]  # 20 sixteenths
ALL = {"split": "train+validation+test", "shuffle": False}


def tokens_in(path, **options):
    return np.concatenate(list(melodies(path, **{**ALL, **options}).as_numpy_iterator()))


def test_a_tune_goes_there_and_back(tmp_path):
    to_midi(TUNE, tmp_path / "tune.mid", tempo=90)
    midi = mido.MidiFile(tmp_path / "tune.mid")
    assert midi.length == pytest.approx(20 / 4 * 60 / 90)
    windows = tokens_in(tmp_path / "tune.mid", bars=1)
    assert windows.dtype == np.int32
    assert windows.tolist() == [TUNE[:16], TUNE[16:] + [0] * 12]  # the note is held over the bar
    to_midi(windows, tmp_path / "again.mid")
    assert notes_of(windows)[0] == notes_of(TUNE)[0]
    assert (tokens_in(tmp_path / "again.mid", bars=1)[:, :16] == windows[:, :16]).all()
    to_midi([63, 1, 1, 0], tmp_path / "waltz.mid", meter=(3, 4))
    assert tokens_in(tmp_path / "waltz.mid", meter=(3, 4)).shape == (1, 24)
    with pytest.raises(ValueError, match=f"{THREE_PARTS}.*3/4"):
        melodies(tmp_path / "tune.mid", meter=(3, 4))


def test_windows_are_moved_anew_in_each_epoch_within_the_keys(tmp_path):
    to_midi([3, 1, 1, 1] * 40, tmp_path / "low.mid")
    dataset = melodies(tmp_path, bars=1, transpose=3, split="train+validation+test")
    first, second, again = (
        np.sort(next(iter(dataset.from_epoch(epoch))).numpy()[:, 0]) for epoch in (0, 1, 0)
    )
    assert (first == again).all()
    assert (first != second).any()
    assert set(first) | set(second) == {3, 4, 5, 6}  # there is no lower key
    assert next(iter(dataset))[0, 1] == 1
    assert len(dataset) == 1


def test_what_are_no_tokens_is_refused_and_nothing_is_written(tmp_path):
    for tokens in ([131], [-1], [0.5], [[[1]]], ["a"]):
        with pytest.raises(ValueError, match=THREE_PARTS):
            to_midi(tokens, tmp_path / "bad.mid")
    assert not list(tmp_path.iterdir())
    meters = [{"meter": meter} for meter in ((4, 3), (0, 4), (256, 4), 4)]
    for options in meters:
        with pytest.raises(ValueError, match=THREE_PARTS):
            to_midi(TUNE, tmp_path / "bad.mid", **options)
    assert not list(tmp_path.iterdir())
    transpositions = [{"transpose": semitones} for semitones in (-1, 1.5, "2", 128)]
    for options in (*meters, *transpositions, {"split": "dev"}):
        to_midi(TUNE, tmp_path / "tune.mid")
        with pytest.raises(ValueError, match=THREE_PARTS):
            datasets.melodies(tmp_path, **options)
    with pytest.raises(ValueError, match=THREE_PARTS):
        melodies(tmp_path / "none.mid")
