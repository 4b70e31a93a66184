"""Drawing in batches: any number, each batch with its own noise, served as in Python."""

import numpy as np
import pytest
import tensorflow as tf
from contract import THREE_PARTS

from keras_genzoo.base import DrawsBatches, GenerativeModel, fields


class Noise(DrawsBatches, GenerativeModel):
    """Draws noise, of classes as bright as their number."""

    at_once = 4
    num_classes = None

    @property
    def players(self):
        return ()

    @property
    def fields(self):
        words = {"images": fields.images((8, 8, 1)), "rows": fields.Scalar(least=0)}
        if self.num_classes:
            words["labels"] = fields.labels(self.num_classes)
        return {**super().fields, **words}

    def draw(self, count, key, images=0.0, rows=8, labels=None):
        noise = tf.random.stateless_uniform((count, 8, 8, 1), key, alg="philox")
        kept = tf.cast(tf.range(8)[:, None, None] < rows, "float32")
        shades = 1.0 if labels is None else tf.cast(labels, "float32")[:, None, None, None]
        return images + kept * shades * noise


def test_batches_are_drawn_apart_and_alike():
    model = Noise(seed=0)
    drawn = model.drawn(Noise.draw, 10, 3, {"rows": 5})
    assert drawn.shape == (10, 8, 8, 1)
    assert len(np.unique(drawn[:, :5])) > 0.99 * 10 * 5 * 8
    assert not drawn[:, 5:].any()
    np.testing.assert_array_equal(model.drawn(Noise.draw, 7, 3, {"rows": 5}), drawn[:7])
    shades = np.arange(10, dtype="float32")[:, None, None, None] * np.ones((10, 8, 8, 1), "float32")
    shaded = model.drawn(Noise.draw, 10, 3, {"images": shades, "rows": 5})
    np.testing.assert_array_equal(shaded, shades + drawn)
    served = model.served(Noise.draw, tf.constant(10), tf.constant(3), images=shades, rows=5)
    np.testing.assert_array_equal(served["images"], shaded)
    assert model.drawn(Noise.draw, 0, 3, {}).shape == (0, 8, 8, 1)
    assert (model.drawn(Noise.draw, 3, None, {}) != model.drawn(Noise.draw, 3, None, {})).any()


@pytest.mark.parametrize("num_classes", [None, 3])
def test_the_endpoint_takes_a_number_or_labels(num_classes):
    model = Noise(seed=0)
    model.num_classes = num_classes
    function, specs = model.endpoints()["sample"]
    labels = np.array([2, 1, 2, 2, 1], "int32")
    assert [spec.name for spec in specs] == ["labels" if num_classes else "num_samples", "seed"]
    given = {"labels": labels} if num_classes else {}
    expected = model.drawn(Noise.draw, 5, 3, given)
    served = function(tf.constant(labels if num_classes else 5), tf.constant(3))
    np.testing.assert_array_equal(served["images"], expected)


def test_how_many():
    model = Noise(seed=0)
    assert (model.count_of(3), model.count_of(None, [1, 2]), model.count_of(2, [1, 2])) == (3, 2, 2)
    for wrong in ((None,), (None, 7), (3, [1, 2]), (-1,), (10**9,), ("a",)):
        with pytest.raises(ValueError, match=THREE_PARTS):
            model.count_of(*wrong)
    drawn = []
    model.drawn(lambda self, count, key: drawn.append(count) or tf.zeros((count, 8)), 9, 0, {})
    assert len(drawn) == 1  # traced once, whatever a batch's size
