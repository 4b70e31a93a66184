"""The pool: what is shown is new or was new once, and nothing is there twice."""

import keras
import numpy as np

from keras_genzoo.models.translation.image_pool import ImagePool


def numbered(*numbers):
    return np.float32(numbers).reshape(-1, 1, 1, 1) * np.ones((1, 2, 2, 1), "float32")


def numbers(images):
    return np.asarray(images)[:, 0, 0, 0].tolist()


def test_every_image_is_shown_once_or_lies_in_the_pool():
    pool, seed = ImagePool(5, (2, 2, 1)), keras.random.SeedGenerator(0)
    shown, former, last = [], 0, 0
    for size in (3, 3, 7, 1, 4):  # fills it in the second, overflows it in the third
        new = [*range(last + 1, last + 1 + size)]
        last += size
        got = numbers(pool.exchanged(numbered(*new), seed))
        assert len(got) == size
        former += len(set(got) - set(new))
        shown += got
        held = [n for n in numbers(pool.images) if n]
        assert sum(pool.filled.numpy()) == len(held) == min(last, 5)
        # What filled the pool was shown, too; what came out of it went in before.
        assert set(shown) | set(held) == set(range(1, last + 1))
        assert len(set(held)) == len(held)
    assert former > 2
    assert shown[:5] == [1, 2, 3, 4, 5]


def test_half_of_the_new_ones_change_places():
    pool, seed = ImagePool(50, (2, 2, 1)), keras.random.SeedGenerator(0)
    pool.exchanged(numbered(*range(1, 51)), seed)
    former = sum(
        number <= 50 + 20 * turn
        for turn in range(20)
        for number in numbers(
            pool.exchanged(numbered(*range(51 + 20 * turn, 71 + 20 * turn)), seed)
        )
    )
    assert 160 < former < 240


def test_what_weighs_nothing_stays_out():
    pool, seed = ImagePool(2, (2, 2, 1)), keras.random.SeedGenerator(0)
    for _ in range(3):
        shown = pool.exchanged(numbered(1, 2, 3), seed, np.float32([0, 0.5, 0]))
        assert numbers(shown) == [1, 2, 3]
    assert set(numbers(pool.images)) == {0, 2} or set(numbers(pool.images)) == {2}
