"""REST's bodies: answers by rows and by columns, of one output and of several."""

import json

import numpy as np
import pytest
import tensorflow as tf

from keras_genzoo.serving import rest

SIGNATURES = {
    "both": {"labels": tf.TensorSpec((None,), "int32"), "x": tf.TensorSpec((None, 2), "float32")},
    "one": {"x": tf.TensorSpec((None, 2), "float32")},
}
ROWS = [{"labels": 1, "x": [1.0, 2.0]}, {"labels": 0, "x": [3, 4]}]


def request(**body):
    return rest.Request(json.dumps(body).encode(), SIGNATURES)


def test_rows_become_columns():
    rows = request(signature_name="both", instances=ROWS)
    columns = request(signature_name="both", inputs={"x": [[1, 2], [3, 4]], "labels": [1, 0]})
    for asked in (rows, columns):
        assert asked.count == 2
        assert [asked.arrays[word].dtype for word in ("labels", "x")] == ["int32", "float32"]
        np.testing.assert_array_equal(asked.arrays["x"], [[1, 2], [3, 4]])


def test_answers():
    by_rows = request(signature_name="one", instances=[[1, 2], [3, 4]])
    by_columns = request(signature_name="one", inputs=[[1, 2], [3, 4]])
    x, y = np.array([[0.1], [0.2]], "float32"), np.array([1, 2], "int32")
    assert json.loads(by_rows.answer({"x": x})) == {"predictions": [[0.1], [0.2]]}
    assert json.loads(by_columns.answer({"x": x.T})) == {"outputs": [[0.1, 0.2]]}
    both = {"x": x, "y": y}
    assert json.loads(by_columns.answer(both)) == {"outputs": {"x": [[0.1], [0.2]], "y": [1, 2]}}
    rows = [{"x": [0.1], "y": 1}, {"x": [0.2], "y": 2}]
    assert json.loads(by_rows.answer(both)) == {"predictions": rows}


@pytest.mark.parametrize(
    ("inputs", "told"),
    [
        ({"labels": [1], "x": [[1, 2], [3, 4]]}, "differ in length.*'labels': 1, 'x': 2"),
        ({"labels": [1.0], "x": [[1, 2]]}, r"labels do not fit.*shape \(n\) of int32"),
        ([[1, 2]], "no names. Expected labels, x"),
    ],
)
def test_what_does_not_fit(inputs, told):
    with pytest.raises(ValueError, match=told):
        request(signature_name="both", inputs=inputs)
