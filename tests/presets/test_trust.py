"""Nothing of a stranger's preset runs."""

import keras
import numpy as np
import pytest
from toys import rewrite

from keras_genzoo import presets
from keras_genzoo.presets import folders


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
def test_attacks_are_refused_before_anything_is_made(toy_preset, attack, place, monkeypatch):
    monkeypatch.setattr(keras.saving, "deserialize_keras_object", spy)
    rewrite(toy_preset / "config.json", lambda config: place(config, attack))
    with pytest.raises(ValueError, match="holds what no preset may"):
        presets.load(toy_preset)


@pytest.mark.parametrize("given", [{"mean": 0.0, "variance": [1.0]}, {"variance": 1.0}])
def test_numbers_that_a_layer_would_spread_are_refused(toy_preset, given):
    huge = node("keras.layers", "Normalization", {"axis": None, **given})
    rewrite(toy_preset / "config.json", lambda config: PLACES["layer"](config, huge))
    with pytest.raises(ValueError, match=r"Expected a Normalization that was adapted.*variance="):
        presets.load(toy_preset)


@pytest.mark.parametrize("attack", ["Dense", "Sequential", "relu", "zeros"])
def test_names_that_somebody_took_over_are_refused(toy_preset, attack):
    def name_it(config):
        config["config"]["layers"][1]["config"].update(activation="relu", bias_initializer="zeros")

    rewrite(toy_preset / "config.json", name_it)
    presets.load(toy_preset)
    with keras.saving.custom_object_scope({attack: Spy}), pytest.raises(ValueError, match=attack):
        presets.load(toy_preset)


@pytest.mark.parametrize("module", ["builtins", "keras.activations"])
def test_functions_of_keras_activations_are_allowed(toy_preset, module):
    attack = function(module, "relu", "function")
    rewrite(toy_preset / "config.json", lambda config: PLACES["activation"](config, attack))
    assert presets.load(toy_preset).layers[0].activation is keras.activations.relu


@pytest.mark.parametrize(
    ("place", "attack"),
    [
        ("layer", "stranger's class as Keras'"),
        ("initializer", "stranger's function as a string"),
        ("activation", "stranger's function by an alias"),
    ],
)
def test_without_the_check_keras_runs_what_the_config_names(toy_preset, place, attack, monkeypatch):
    monkeypatch.setattr(folders, "check_config", lambda *_: None)
    rewrite(toy_preset / "config.json", lambda config: PLACES[place](config, ATTACKS[attack]))
    with pytest.raises(pytest.fail.Exception, match="of a stranger was"):
        presets.load(toy_preset)(np.ones((1, 2)))
