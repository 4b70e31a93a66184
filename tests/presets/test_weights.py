"""What a preset's weights may be."""

import h5py
import keras
import pytest
from tiny_runs import contents
from toys import sign, small

from keras_genzoo import presets

# === Values ===


@pytest.mark.parametrize("value", [float("nan"), float("-inf")])
def test_weights_that_are_not_finite_are_neither_loaded_nor_saved(toy_preset, value):
    before = contents(toy_preset)
    model = small()
    model.layers[0].bias.assign([0.0, value])
    received = rf"not finite.*Received: weight='(small/)?dense/bias', with {value}"
    with pytest.raises(ValueError, match=received):
        presets.save(model, toy_preset)
    assert contents(toy_preset) == before
    with h5py.File(toy_preset / "model.weights.h5", "a") as file:
        file["layers/dense/vars/1"][1] = value
    sign(toy_preset)
    with pytest.raises(ValueError, match=received):
        presets.load(toy_preset)


def test_weights_of_any_type_may_be_finite(tmp_path):
    layers = [keras.layers.Dense(2, dtype=dtype) for dtype in ("bfloat16", "float16", "float64")]
    model = keras.Sequential([keras.Input((2,)), keras.layers.Normalization(), *layers])
    model.layers[-1].bias.assign([0.0, 1e300])
    presets.save(model, tmp_path)
    assert presets.load(tmp_path).layers[-1].bias.numpy()[1] == 1e300
