"""What is shown: pictures side by side, melodies with their sound."""

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


def test_melodies_are_seen_and_heard():
    picture, (rate, sound) = media.Melodies().values(np.array([[3 + 69] + [1] * 7]))
    assert picture.ndim == 3
    assert len(sound) == rate
