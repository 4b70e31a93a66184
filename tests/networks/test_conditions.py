"""What networks are told beside their input: classes and images, as vectors and as maps."""

import keras
import numpy as np

from keras_genzoo.networks.conditions import as_map, as_vector, condition_inputs


def test_a_class_begins_one_hot_as_a_vector_and_is_one_channel_as_a_map():
    assert condition_inputs() == []
    (labels,) = condition_inputs(num_classes=3)
    vector = keras.Model(labels, as_vector(labels, 3, None))
    assert np.array_equal(vector(np.array([2, 0])), [[0, 0, 1], [1, 0, 0]])
    assert keras.Model(labels, as_map(labels, 3, (4, 6, 1), None)).output_shape == (None, 4, 6, 1)


def test_images_are_flat_as_a_vector_and_resized_to_the_sides_of_a_map():
    (images,) = condition_inputs(condition_shape=(2, 3, 5))
    given = np.random.default_rng(0).uniform(size=(1, 2, 3, 5)).astype("float32")
    assert np.array_equal(as_vector(images, None, None).shape, (None, 30))
    assert as_map(images, None, (2, 3, 1), None) is images
    resized = keras.Model(images, as_map(images, None, (4, 6, 1), None))(given)
    assert resized.shape == (1, 4, 6, 5)
    assert np.allclose(np.mean(resized, axis=(1, 2)), given.mean(axis=(1, 2)), atol=0.1)
