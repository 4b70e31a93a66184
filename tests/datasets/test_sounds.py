"""Melodies as sound: how high, how loud and how long notes are, and that nothing clicks."""

import wave

import numpy as np
import pytest
from contract import THREE_PARTS

from keras_genzoo.datasets import SAMPLE_RATE, sound, to_midi, to_wav

A = 3 + 69  # the token of 440 Hz


def test_a_note_sounds_as_high_as_it_is():
    heard = sound([[A] + [1] * 7 + [2] * 8])
    second = SAMPLE_RATE  # of sound, and one of rest
    assert len(heard) == 2 * second
    assert not heard[second:].any()
    spectrum = np.abs(np.fft.rfft(heard[:second].astype("float64")))
    assert abs(spectrum.argmax() - 440) <= 1
    assert 10_000 < np.abs(heard).max() <= 2**15 - 1
    assert not sound([[2, 2, 2, 2]]).any()
    for pitch in (0, 127):
        assert np.abs(sound([[3 + pitch, 1]])).max() > 10_000


def test_nothing_clicks():
    """Where a low note ends no step between samples is larger than on the way of a long one."""
    low = 3 + 24
    tokens = [low, 2, low + 1, low + 2, 1, low + 3, 2, 2, low]
    on_the_way = np.abs(np.diff(sound([low + 3] + [1] * 7).astype(int)))[: SAMPLE_RATE // 2].max()
    assert np.abs(np.diff(np.r_[0, sound(tokens), 0].astype(int))).max() < 2 * on_the_way


def test_a_file_holds_what_sounds_and_is_written_whole(tmp_path):
    path = tmp_path / "new" / "tune.wav"
    to_wav([A, 1, 2, A + 2], path, tempo=90)
    with wave.open(str(path)) as file:
        how = file.getnchannels(), file.getsampwidth(), file.getframerate()
        written = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    assert how == (1, 2, SAMPLE_RATE)
    assert len(written) == round(SAMPLE_RATE * 60 / 90)
    assert (written == sound([A, 1, 2, A + 2], tempo=90)).all()
    for options in ({"tempo": 0}, {"tempo": 1e9}, {"tempo": "fast"}, {"tokens": [131]}):
        for write in (to_wav, to_midi):
            with pytest.raises(ValueError, match=THREE_PARTS):
                write(**{"tokens": [A], "path": path, **options})
    assert [each.name for each in path.parent.iterdir()] == ["tune.wav"]
    assert len(path.read_bytes()) == 44 + written.nbytes
