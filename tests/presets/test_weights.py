"""What a preset's weights may be."""

import h5py
import keras
import numpy as np
import pytest
from tiny_runs import contents
from toys import rewrite, sign, small

import keras_genzoo as kg
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


# === Sizes ===


@pytest.mark.parametrize("name", kg.models.__all__)
def test_a_config_beyond_its_weights_is_refused_before_it_takes_memory(tmp_path, name):
    units = 10**13  # which no machine holds
    sizes, beyond = {"latent_dim": 2, "hidden": (3,)}, {"hidden": [units]}
    given = [(8, 8, 1)]
    match name:
        case "ConditionalGAN" | "ConditionalVAE":
            sizes["num_classes"] = 3
        case "Diffusion":
            sizes, beyond = {"filters": (4,), "num_blocks": 1}, {"filters": [units]}
        case "LatentDiffusion":
            given, sizes = [kg.models.VAE(*given, **sizes)], {"hidden": (3,)}
        case "PixelCNN":
            sizes, beyond = {"filters": 2, "num_blocks": 1}, {"filters": units}
        case "Pix2Pix" | "CycleGAN":
            sizes = {"filters": (2, 4), "discriminator_filters": (2,)}
            beyond = {"filters": [2, units]}
            if name == "CycleGAN":
                sizes["num_blocks"] = 1
        case "SequenceVAE":
            given, sizes, beyond = [5, 4], {"latent_dim": 2, "units": 3}, {"units": units}
    model = getattr(kg.models, name)(*given, **sizes)
    model.save_to_preset(tmp_path)
    rewrite(tmp_path / "config.json", lambda config: config["config"].update(beyond))
    refused = r"do not fit .*Expected .*0{13}[,)].*Received: \("  # an LSTM has four gates of them
    if name == "PixelCNN":  # whose blocks trip over such a size before it is compared
        refused = r"No model can be made .*Expected.*Received"
    with pytest.raises(ValueError, match=refused):
        presets.load(tmp_path)
    with keras.StatelessScope():
        pass  # at whose end Keras gives memory to what was made without


def test_weights_that_do_not_fit_are_named_with_their_shapes(tmp_path):
    def model(inputs, *units):
        return keras.Sequential([keras.Input((inputs,)), *map(keras.layers.Dense, units)])

    presets.save(model(2, 3, 2), tmp_path / "ours")
    presets.save(model(2, 3, 4), tmp_path / "wider")
    presets.save(model(3, 2, 3), tmp_path / "of the same shapes")
    for name, expected in {
        "wider": r"fit .*kernel \(3, 4\), .*bias \(4,\), or .*\. Received: \(2,\), \(3, 2\)",
        "of the same shapes": r"shape=\(3, 2\), Received: value\.shape=\(2, 3\).*weights that fit",
    }.items():
        (tmp_path / "ours" / "model.weights.h5").replace(tmp_path / name / "model.weights.h5")
        sign(tmp_path / name)
        with pytest.raises(ValueError, match=expected):
            presets.load(tmp_path / name)
        presets.save(model(2, 3, 2), tmp_path / "ours")


def declared(file):
    file.create_dataset("big", (2**28,), "float32")


def compressed(file):
    file.create_dataset("big", data=np.zeros(10**6, "float32"), compression="gzip")


def of_another_file(file):
    file.create_dataset("big", (4,), "float32", external=[("/etc/passwd", 0, 16)])


def virtual(file):
    layout = h5py.VirtualLayout((2**28,), "float32")
    layout[:4] = h5py.VirtualSource("/etc/passwd", "data", (4,))
    file.create_virtual_dataset("big", layout)


@pytest.mark.parametrize("alter", [declared, compressed, of_another_file, virtual])
def test_a_file_that_stores_less_than_it_declares_is_refused(toy_preset, alter, monkeypatch):
    with h5py.File(toy_preset / "model.weights.h5", "a") as file:
        file.create_dataset("none", dtype="float32", shape=None)  # as is no array at all
    sign(toy_preset)
    presets.load(toy_preset)
    with h5py.File(toy_preset / "model.weights.h5", "a") as file:
        alter(file)
    sign(toy_preset)
    monkeypatch.setattr(keras.saving, "deserialize_keras_object", None)  # before anything is made
    with pytest.raises(ValueError, match=r"do not store\. Expected .*Received: .*big of shape"):
        presets.load(toy_preset)


def test_arrays_that_share_their_bytes_are_refused(toy_preset):
    weights, count = toy_preset / "model.weights.h5", 2**14
    with h5py.File(weights, "a") as file:
        file.create_dataset("first", data=np.ones(count, "float32"))
        file.create_dataset("second", (count,), "float32")
        place = file["first"].id.get_offset()
    size, nowhere = (4 * count).to_bytes(8, "little"), b"\xff" * 8
    content = weights.read_bytes()
    assert content.count(nowhere + size) == 1
    weights.write_bytes(content.replace(nowhere + size, place.to_bytes(8, "little") + size))
    with h5py.File(weights) as file:
        assert file["second"][0] == 1
    sign(toy_preset)
    with pytest.raises(ValueError, match=r"do not store.* bytes for .*shared by several arrays"):
        presets.load(toy_preset)


def test_an_array_under_two_names_is_one(tmp_path):
    layers = [keras.layers.Dense(3), keras.layers.Dense(3)]
    presets.save(keras.Sequential([keras.Input((3,)), *layers]), tmp_path)
    with h5py.File(tmp_path / "model.weights.h5", "a") as file:
        del file["layers/dense_1"]
        file["layers/dense_1"] = file["layers/dense"]
    sign(tmp_path)
    with pytest.raises(ValueError, match=r"do not fit .*kernel \(3, 3\).*Received: no others"):
        presets.load(tmp_path)


def test_a_file_that_is_no_hdf5(toy_preset):
    (toy_preset / "model.weights.h5").write_text("no weights")
    sign(toy_preset)
    with pytest.raises(ValueError, match=r"Expected an HDF5 file.*Received: 10 bytes"):
        presets.load(toy_preset)
