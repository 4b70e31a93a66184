"""What translating models share: which sizes are checked."""

import keras
import numpy as np
import pytest
from contract import SHAPE, THREE_PARTS

from keras_genzoo.models import Pix2Pix
from keras_genzoo.models.translation.translating import GAMES, absolute_error, fitting


def test_a_generator_of_ones_own_says_which_sizes_it_takes():
    layers = keras.layers
    for sides, others in (((8, 8), False), ((None, None), True)):
        convolution = layers.Conv2D(1, 3, padding="same", activation="sigmoid")
        own = keras.Sequential([keras.Input((*sides, 1)), convolution])
        model = Pix2Pix(SHAPE, discriminator_filters=(2,), filters=(2,), generator=own)
        images = np.zeros((1, 9, 10, 1))
        if others:
            assert model.translate(images).shape == (1, 9, 10, 1)
        else:
            with pytest.raises(ValueError, match=THREE_PARTS):
                model.translate(images)


def test_as_many_filters_as_the_sides_allow():
    filters = (64, 128, 256, 512)
    for side, count in ((8, 2), (12, 2), (28, 2), (32, 4), (9, 1), (256, 4)):
        assert fitting((side, 64, 1), filters) == filters[:count]


def test_games_are_the_pairs_of_losses():
    assert GAMES == (
        "minimax",
        "non_saturating",
        "least_squares",
        "hinge",
        "wasserstein",
        "relativistic",
    )


def test_the_absolute_error_is_of_each_example():
    ours = np.zeros((2, 2, 2, 1))
    theirs = np.float32([0.5, 1.0]).reshape(2, 1, 1, 1) * np.ones_like(ours)
    assert absolute_error(ours, theirs).numpy().tolist() == [0.5, 1.0]
