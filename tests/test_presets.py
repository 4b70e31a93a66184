"""Presets: what goes in comes out, and nothing of a stranger's preset runs."""

import json
import shutil

import keras
import numpy as np
import pytest

from keras_genzoo import presets

IMAGES = np.linspace(0, 1, 48, dtype="float32").reshape(3, 4, 4, 1)


@keras.saving.register_keras_serializable("keras_genzoo")
class Scale(keras.Model):
    """A model whose argument begins a variable, as BetaVAE's beta does."""

    def __init__(self, beta=4.0, network=None, **kwargs):
        super().__init__(**kwargs)
        self.beta = beta
        self.network = network or keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)])
        self.scale = self.add_weight(initializer=keras.initializers.Constant(beta), name="scale")
        self.built = True

    def call(self, inputs):
        return self.scale * self.network(inputs)

    def on_preset_loaded(self, overrides):
        if "beta" in overrides:
            self.scale.assign(overrides["beta"])

    def get_config(self):
        network = keras.saving.serialize_keras_object(self.network)
        return super().get_config() | {"beta": self.beta, "network": network}

    @classmethod
    def from_config(cls, config):
        network = keras.saving.deserialize_keras_object(config.pop("network"))
        return cls(network=network, **config)


def classifier():
    """A functional model of all that presets may hold: branches, constants, policies, functions."""
    images = keras.Input((4, 4, 1))
    features = keras.layers.Conv2D(2, 3, activation="silu", kernel_regularizer="l2")(images)
    features = keras.layers.BatchNormalization(dtype="mixed_bfloat16")(features)
    features = keras.layers.Flatten(dtype="float32")(features)
    shifted = keras.layers.Add()([features, keras.ops.ones((1, 8))])
    constant = keras.initializers.Constant(np.ones((8, 3)))
    heads = keras.Sequential(
        [keras.Input((8,)), keras.layers.Dense(3, kernel_initializer=constant)]
    )
    heads.compile("adam", "mse")
    return keras.Model(images, [heads(shifted), keras.layers.LeakyReLU()(features)], name="heads")


def small():
    return keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, name="dense")], name="small")


@pytest.fixture
def folder(tmp_path):
    presets.save(small(), tmp_path / "small_toy", dataset="toy")
    return tmp_path / "small_toy"


def rewrite(path, change):
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


# === Saving and loading ===


def test_round_trip(tmp_path):
    model = classifier()
    model.compile("adam", "mse")
    presets.save(model, tmp_path / "new" / "preset")
    loaded = presets.load(tmp_path / "new" / "preset")
    for expected, received in zip(model(IMAGES), loaded(IMAGES), strict=True):
        np.testing.assert_array_equal(received, expected)
    assert not loaded.compiled
    assert "compile_config" not in (tmp_path / "new" / "preset" / "config.json").read_text()


def test_card_says_what_the_preset_is(folder):
    card = presets.card(folder)
    assert card["model"] == "Sequential"
    assert card["dataset"] == "toy"
    assert card["parameters"] == 6
    assert set(card["versions"]) == {"keras_genzoo", "keras", "tensorflow", "python"}
    assert {path.name for path in folder.iterdir()} == {
        "card.json",
        "config.json",
        "model.weights.h5",
    }


def test_saving_again_keeps_other_files_and_mends_the_card(folder):
    (folder / "samples.png").write_bytes(b"picture")
    presets.save(small(), folder, **presets.card(folder))
    presets.load(folder)
    assert (folder / "samples.png").read_bytes() == b"picture"


def test_a_failing_save_leaves_the_former_preset_whole(folder):
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(TypeError, match="not JSON serializable"):
        presets.save(small(), folder, scores=object())
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_what_could_not_be_loaded_is_not_saved(tmp_path):
    inputs = keras.Input((2,))
    with pytest.raises(ValueError, match="class_name='Multiply'"):
        presets.save(keras.Model(inputs, inputs * 2), tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_an_unbuilt_model_is_not_saved(tmp_path):
    with pytest.raises(ValueError, match="built"):
        presets.save(keras.Sequential([keras.layers.Dense(1)]), tmp_path)


# === Overrides ===


def test_an_override_replaces_an_argument_and_the_stored_state(tmp_path):
    model = Scale()
    model.scale.assign(3.0)
    presets.save(model, tmp_path)
    assert presets.load(tmp_path, cls=Scale).scale.numpy() == 3.0
    loaded = presets.load(tmp_path, beta=1.0)
    assert (loaded.beta, loaded.scale.numpy()) == (1.0, 1.0)
    np.testing.assert_array_equal(loaded.network(np.eye(2)), model.network(np.eye(2)))


def test_an_override_may_be_a_keras_object(tmp_path):
    presets.save(Scale(), tmp_path)
    network = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, activation="tanh")])
    assert presets.load(tmp_path, network=network).network.layers[0].activation.__name__ == "tanh"


def test_an_unknown_override_names_the_nearest(tmp_path):
    presets.save(Scale(), tmp_path)
    with pytest.raises(ValueError, match=r"Did you mean 'beta'.*Received: betta=1"):
        presets.load(tmp_path, betta=1)


def test_an_override_that_the_weights_do_not_fit(tmp_path):
    presets.save(Scale(), tmp_path)
    network = keras.Sequential([keras.Input((2,)), keras.layers.Dense(7)])
    with pytest.raises(ValueError, match="weights that fit"):
        presets.load(tmp_path, network=network)


def test_another_class_is_refused(folder):
    with pytest.raises(ValueError, match=r"Expected a Scale\. Received: class_name='Sequential'"):
        presets.load(folder, cls=Scale)


# === Names ===


def test_names_come_from_the_environment_and_the_first_wins(tmp_path, monkeypatch):
    for shelf, units in (("first", 1), ("second", 2)):
        model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(units)])
        presets.save(model, tmp_path / shelf / "dense_toy")
    presets.save(model, tmp_path / "second" / "other_toy")
    (tmp_path / "second" / "no_preset").mkdir()
    presets.save(model, tmp_path / "here" / "unnamed_toy")
    monkeypatch.chdir(tmp_path / "here")  # an empty entry, as in "a::b", is not the working folder
    monkeypatch.setenv("KERAS_GENZOO_PRESETS", f"{tmp_path}/first::{tmp_path}/second:{tmp_path}/no")
    names = presets.list()
    assert {"dense_toy", "other_toy"} <= set(names)
    assert names == sorted(names)
    assert not {"no_preset", "unnamed_toy"} & set(names)
    assert presets.load("dense_toy").output_shape == (None, 1)
    with pytest.raises(ValueError, match=r"Did you mean 'dense_toy'.*Received: preset='dense_toi'"):
        presets.load("dense_toi")


def test_names_come_from_the_package_and_from_its_checkout_only(tmp_path, monkeypatch):
    package = tmp_path / "site-packages" / "keras_genzoo"
    presets.save(small(), package / "saved_models" / "ours")
    shutil.copytree(package / "saved_models" / "ours", package.parent / "saved_models" / "theirs")
    monkeypatch.setattr(presets, "__file__", str(package / "presets.py"))
    monkeypatch.delenv("KERAS_GENZOO_PRESETS", raising=False)
    assert presets.list() == ["ours"]
    (package.parent / "pyproject.toml").touch()
    assert presets.list() == ["ours", "theirs"]


# === Damage ===


@pytest.mark.parametrize("name", ["config.json", "model.weights.h5", "card.json"])
def test_a_missing_or_truncated_file_is_named(folder, name):
    whole = (folder / name).read_bytes()
    (folder / name).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match="weights" if name.endswith("h5") else name):
        presets.load(folder)
    (folder / name).unlink()
    with pytest.raises(ValueError, match=f"lacks {name}"):
        presets.load(folder)


def test_other_weights_than_the_cards_are_refused(folder, tmp_path):
    presets.save(keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)]), tmp_path / "other")
    shutil.copy(tmp_path / "other" / "model.weights.h5", folder)
    with pytest.raises(ValueError, match=r"Expected sha256=.*Received: sha256="):
        presets.load(folder)


SEQUENTIAL = '{"module": "keras", "class_name": "Sequential"}'


@pytest.mark.parametrize("text", ["[1]", "null", "{}", SEQUENTIAL, "[" * 100_000])
def test_a_config_that_is_none(folder, text):
    (folder / "config.json").write_text(text)
    with pytest.raises(ValueError, match="Expected"):
        presets.load(folder)


def test_a_malformed_config_that_names_nothing_forbidden(folder):
    rewrite(folder / "config.json", lambda config: config["config"].update(layers=[7]))
    with pytest.raises(ValueError, match="No model can be made of the preset") as error:
        presets.load(folder)
    assert error.value.__cause__ is not None


# === Attacks ===


def node(module, class_name, config, registered_name=None, **more):
    return {
        "module": module,
        "class_name": class_name,
        "config": config,
        "registered_name": registered_name,
        **more,
    }


def function(module, name, registered_name=None):
    return node(module, "function", name, registered_name)


@keras.saving.register_keras_serializable("stranger")
class Spy(keras.layers.Layer):
    def __init__(self, **kwargs):
        pytest.fail("a class of a stranger was made")


@keras.saving.register_keras_serializable("stranger", name="swish")
def spy(*args, **kwargs):
    pytest.fail("a function of a stranger was called")


CODE = ["c29tZSBjb2Rl", None, None]
LAMBDA = {"class_name": "__lambda__", "config": {"value": CODE}}
DENSE = {"units": 1}
ATTACKS = {
    "lambda layer": node("keras.layers", "Lambda", {"function": "relu"}),
    "lambda": LAMBDA,
    "lambda with a name of ours": node(
        "keras_genzoo", "__lambda__", {"value": CODE}, "keras_genzoo>Scale"
    ),
    "saved model": node("keras.layers", "TFSMLayer", {"filepath": "/evil"}),
    "torch": node("keras.layers", "TorchModuleWrapper", {"module": CODE}),
    "torch by its private path": node(
        "keras.src.utils.torch_utils", "TorchModuleWrapper", {"module": CODE}
    ),
    "jax": node("keras.layers", "JaxLayer", {"call_fn": "relu"}),
    "file": node("keras.layers", "StringLookup", {"vocabulary": "/etc/passwd"}),
    "legacy class": {"class_name": "Lambda", "config": {"function": CODE}},
    "class of none": {"module": None, "class_name": "Dense", "config": DENSE},
    "stranger's class": node("stranger", "Spy", {}, "stranger>Spy"),
    "stranger's class as Keras'": node("keras.layers", "Dense", DENSE, "stranger>Spy"),
    "stranger's class by name": node("keras.layers", "stranger>Spy", {}),
    "name of ours that is not": node("keras_genzoo.layers", "Dense", DENSE, "keras_genzoo>None"),
    "Keras' class as ours": node("keras.layers", "Lambda", {}, "keras_genzoo>Scale"),
    "Keras' internals": node("keras.src.saving.saving_lib", "DiskIOStore", {}),
    "optimizer": node("keras.optimizers", "Adam", {}),
    "operation": node("keras.ops", "Map", {}),
    "module": node("os", "system", {"command": "true"}),
    "typespec": node("os", "__typespec__", ["true"], spec_name="system"),
    "download": function("keras.datasets.mnist", "load_data"),
    "download as activation": function("keras.activations", "load_data", "load_data"),
    "file function": function("keras.utils", "get_file"),
    "shell": function("os", "system"),
    "activation of another module": function("os", "relu"),
    "builtin": function("builtins", "eval"),
    "deserializer": function("builtins", "deserialize"),
    "loss": function("builtins", "mean_squared_error"),
    "function of no name": function("builtins", ["relu"]),
    "function of two names": function("keras.activations", "relu", "keras_genzoo>Scale"),
    "stranger's function": function("builtins", "stranger>swish"),
    "stranger's function by an alias": function("builtins", "swish"),
    "stranger's function as a string": "stranger>swish",
    "stranger's class as a string": "stranger>Spy",
    "class name that is none": node("keras.layers", ["Dense"], DENSE),
    "compiled": node("keras.layers", "Dense", DENSE, compile_config={"loss": "mse"}),
}
PLACES = {
    "layer": lambda config, attack: config["config"]["layers"].append(attack),
    "initializer": lambda config, attack: config["config"]["layers"][1]["config"].update(
        kernel_initializer=attack
    ),
    "activation": lambda config, attack: config["config"]["layers"][1]["config"].update(
        activation=attack
    ),
    "wrapped": lambda config, attack: config["config"]["layers"].append(
        node("keras.layers", "TimeDistributed", {"layer": attack})
    ),
    "call": lambda config, attack: config["config"]["layers"][1].update(
        inbound_nodes=[{"args": [], "kwargs": {"registered_name": attack}}]
    ),
    "build": lambda config, attack: config["build_config"].update(shapes_dict={"a": [attack]}),
}


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_attacks_are_refused_before_anything_is_made(folder, attack, place, monkeypatch):
    monkeypatch.setattr(keras.saving, "deserialize_keras_object", spy)
    rewrite(folder / "config.json", lambda config: place(config, attack))
    with pytest.raises(ValueError, match="holds what no preset may"):
        presets.load(folder)


@pytest.mark.parametrize("attack", ["Dense", "Sequential", "relu", "zeros"])
def test_names_that_somebody_took_over_are_refused(folder, attack):
    def name_it(config):
        config["config"]["layers"][1]["config"].update(activation="relu", bias_initializer="zeros")

    rewrite(folder / "config.json", name_it)
    presets.load(folder)
    with keras.saving.custom_object_scope({attack: Spy}), pytest.raises(ValueError, match=attack):
        presets.load(folder)


@pytest.mark.parametrize("module", ["builtins", "keras.activations"])
def test_functions_of_keras_activations_are_allowed(folder, module):
    attack = function(module, "relu", "function")
    rewrite(folder / "config.json", lambda config: PLACES["activation"](config, attack))
    assert presets.load(folder).layers[0].activation is keras.activations.relu


@pytest.mark.parametrize(
    ("place", "attack"),
    [
        ("layer", "stranger's class as Keras'"),
        ("initializer", "stranger's function as a string"),
        ("activation", "stranger's function by an alias"),
    ],
)
def test_without_the_check_keras_runs_what_the_config_names(folder, place, attack, monkeypatch):
    monkeypatch.setattr(presets, "_check_config", lambda *_: None)
    rewrite(folder / "config.json", lambda config: PLACES[place](config, ATTACKS[attack]))
    with pytest.raises(pytest.fail.Exception, match="of a stranger was"):
        presets.load(folder)(np.ones((1, 2)))
