"""Sets made larger: how many samples, of which classes, in an order that is found again."""

import numpy as np
import pytest
import tensorflow as tf
from contract import THREE_PARTS

import keras_genzoo as kg
from keras_genzoo.datasets import arrays, augmented, load, resampled

SIZES = {"latent_dim": 2, "hidden": (4,), "seed": 0}


@pytest.fixture(scope="module")
def model():
    return kg.models.ConditionalVAE((28, 28, 1), 10, **SIZES)


def some(**options):
    return load(
        "fashion_mnist_small", "train[:40]", **{"batch_size": 16, "labels": True, **options}
    )


def test_samples_of_the_classes_of_the_images_are_mixed_in(model):
    mixed = augmented(some(shuffle=False), model, 0.6, seed=3)
    images, labels = arrays(mixed)
    own, classes = arrays(some(shuffle=False))
    assert (len(images), len(mixed)) == (100, 7)
    np.testing.assert_array_equal(images[:40], own)
    np.testing.assert_array_equal(labels[:40], classes)
    # Each class once for each of its images, and the rest of some.
    counts = np.bincount(labels[40:], minlength=10) - np.bincount(classes, minlength=10)
    assert (counts >= 0).all()
    assert counts.sum() == 20
    assert 0 <= images.min() <= images.max() <= 1
    again, _ = arrays(augmented(some(shuffle=False), model, 0.6, seed=3))
    np.testing.assert_array_equal(again, images)
    other, _ = arrays(augmented(some(shuffle=False), model, 0.6, seed=4))
    assert (other[40:] != images[40:]).any()


def test_the_order_is_the_datasets_own_and_is_found_again(model):
    mixed = augmented(some(seed=5), model, 0.5)
    labels = [batch.tolist() for _, batch in mixed.from_epoch(1).take(5).as_numpy_iterator()]
    resumed = augmented(some(seed=5), model, 0.5).from_epoch(1, 2).take(3)
    assert [batch.tolist() for _, batch in resumed.as_numpy_iterator()] == labels[2:]
    assert len(resampled(mixed, np.ones(80))) == 5


def test_what_cannot_be_mixed_is_refused(model):
    gan, vae = kg.models.GAN((28, 28, 1), **SIZES), kg.models.ConditionalVAE((8, 8, 1), 10, **SIZES)
    for dataset, drawn_from, share in (
        (some(labels=False), model, 0.5),
        (tf.data.Dataset.range(3), model, 0.5),
        (resampled(some(), np.ones(40)), model, 0.5),
        (some(), gan, 0.5),
        (some(), vae, 0.5),
        (some(), model, 1),
        (some(), model, 0),
        (some(), model, 0.01),  # less than one
    ):
        with pytest.raises(ValueError, match=THREE_PARTS):
            augmented(dataset, drawn_from, share)
