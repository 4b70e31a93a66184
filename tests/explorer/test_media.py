"""What is shown: pictures side by side, the sound of notes."""

import numpy as np

from keras_genzoo import datasets
from keras_genzoo.explorer import media


def test_pictures_lie_side_by_side_and_nothing_is_between():
    images = np.linspace(0, 1, 3)[:, None, None, None] * np.ones((3, 28, 28, 3))
    canvas = media.tiled(images, columns=2)
    assert canvas.shape == (57, 57, 4)
    assert [canvas[0, 0, 0], canvas[0, 29, 0], canvas[29, 0, 0]] == [0, 128, 255]
    assert canvas[29, 29, 3] == canvas[28, 0, 3] == 0
    grey = datasets.as_bytes(images[1][..., :1])
    assert (grey.shape, grey.dtype, grey[0, 0]) == ((28, 28), np.uint8, 128)


def test_small_pictures_show_their_pixels():
    assert media.Pictures((28, 28, 1)).is_small
    assert not media.Pictures((64, 64, 3)).is_small
    assert not media.Pictures((None, None, 1)).is_small


def test_a_note_sounds_as_high_as_it_is():
    wave = media.sound([[3 + 69] + [1] * 7 + [2] * 8])
    half = media.SAMPLE_RATE  # a second of sound, a second of rest
    assert len(wave) == 2 * half
    assert not wave[half:].any()
    spectrum = np.abs(np.fft.rfft(wave[:half].astype("float64")))
    assert abs(spectrum.argmax() - 440) <= 1
    assert 10_000 < np.abs(wave).max() <= 2**15 - 1


def test_silence_is_silent():
    assert not media.sound([[2, 2, 2, 2]]).any()
