"""The U-Net: shapes, what it is told, where it begins."""

import keras
import numpy as np
import pytest

from keras_genzoo import networks


@pytest.mark.parametrize(
    ("shape", "filters"), [((8, 8, 1), (4,)), ((12, 20, 3), (4, 6, 10)), ((28, 28, 1), (3, 5))]
)
def test_shapes(shape, filters):
    network = networks.unet(shape, filters=filters, num_blocks=1, num_classes=2)
    assert [tuple(x.shape[1:]) for x in network.inputs] == [shape, (), ()]
    noisy = np.random.default_rng(0).normal(size=(2, *shape))
    told = network([noisy, np.array([0.1, 0.9]), np.array([0, 2])])
    assert told.shape == (2, *shape)
    assert (np.asarray(told) == 0).all()  # where every training begins


def test_times_and_labels_are_heard():
    network = networks.unet((8, 8, 1), filters=(8, 8), num_blocks=1, num_classes=2)
    for weight in network.trainable_weights:
        weight.assign(keras.random.normal(weight.shape, stddev=0.3, seed=1))
    noisy = np.ones((3, 8, 8, 1))
    told = np.asarray(network([noisy, np.array([0.5, 0.5, 0.51]), np.array([0, 1, 0])]))
    assert (told[0] != told[1]).any()
    assert (told[0] != told[2]).any()


def test_it_is_served_without_keras(serve, tmp_path):
    """As no contract sees, for there it is a user's denoiser that is exported."""
    network = networks.unet((8, 8, 1), filters=(4, 6), num_blocks=1, num_classes=2)
    for weight in network.trainable_weights:
        weight.assign(keras.random.normal(weight.shape, stddev=0.3, seed=1))
    random = np.random.default_rng(0)
    given = {
        "noisy": random.normal(size=(3, 8, 8, 1)).astype("float32"),
        "times": random.uniform(size=3).astype("float32"),
        "labels": np.array([0, 1, 2], "int32"),
    }
    network.export(tmp_path / "1", verbose=False)
    np.savez(tmp_path / "requests.npz", **{f"serve 3 {word}": x for word, x in given.items()})
    (answer,) = serve(tmp_path).values()
    np.testing.assert_allclose(answer, network([*given.values()]), rtol=1e-3, atol=1e-4)


def test_sides_that_strides_do_not_divide():
    with pytest.raises(ValueError, match=r"halved 2 times.*4 divides. Received"):
        networks.unet((10, 12, 1), filters=(4, 4, 4))


def test_half_precision_ends_in_float32():
    network = networks.unet((8, 8, 1), filters=(4,), num_blocks=1, dtype="mixed_bfloat16")
    assert network.output.dtype == "float32"
    kinds = {layer.compute_dtype for layer in network.layers if layer.weights}
    assert "bfloat16" in kinds
