"""Augmentation for discriminators: what it changes, how often, and how it adapts."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from contract import pictures

from keras_genzoo.models.adversarial.discriminator_augmentation import STEPS, Augmentation


def new(probability):
    return Augmentation(probability, keras.random.SeedGenerator(0))


def test_images_are_changed_as_often_as_the_probability_says():
    images = np.random.default_rng(0).uniform(size=(400, 8, 8, 3)).astype("float32")
    for probability, share in ((0.0, 0.0), (0.2, 1 - 0.8**5), (1.0, 1.0)):
        changed = np.asarray(new(probability)(images))
        assert 0 <= changed.min() <= changed.max() <= 1
        # Some that are struck are moved by 0 pixels, so that a few less change.
        differ = (changed != images).any(axis=(1, 2, 3)).mean()
        assert share - 0.15 <= differ <= share + 0.07


def test_each_change(monkeypatch):
    """Every draw is 0.9, and strikes: towards white by 0.45, up and left by a pixel, a corner."""
    monkeypatch.setattr(keras.random, "uniform", lambda shape, seed: tf.fill(shape, 0.9))
    images = pictures(2)
    changed = np.asarray(new(1.0)(images))
    expected = np.zeros_like(images)
    toned = images + 0.45 * (0.9 - images)
    expected[:, :7, :7] = toned[:, 1:, 1:]
    expected[:, 5:, 5:] = 0  # places within 2 of 7.2
    np.testing.assert_allclose(changed, expected, rtol=1e-5)


def test_a_generator_learns_through_it():
    images = tf.constant(pictures(8))
    with tf.GradientTape() as tape:
        tape.watch(images)
        total = tf.reduce_sum(new(1.0)(images))
    assert (tape.gradient(total, images).numpy() != 0).any(axis=(1, 2, 3)).all()


@pytest.mark.parametrize(
    ("shares", "weights", "moves"),
    [
        ([1.0, 1.0], None, 1),  # too sure of both
        ([1.0, 0.5], None, -1),  # 0.5 on average, which is below 0.6
        ([1.0, 0.0], [1.0, 0.1], 1),
        ([1.0, 1.0], [0.0, 0.0], 0),
    ],
)
def test_the_probability_follows_the_discriminator(shares, weights, moves):
    augmentation = new("adaptive")
    assert float(augmentation.probability) == 0
    augmentation.probability.assign(0.5)
    given = [None if values is None else tf.constant(values) for values in (shares, weights)]
    augmentation.adapt(*given)
    assert float(augmentation.probability) == pytest.approx(0.5 + moves / STEPS)
    for start, end in ((0.0, max(moves, 0) / STEPS), (1.0, 1 + min(moves, 0) / STEPS)):
        augmentation.probability.assign(start)
        augmentation.adapt(*given)
        assert float(augmentation.probability) == pytest.approx(end)
