"""The package's own words: where they stand now, and that they are found where they stood."""

import importlib
import subprocess
import sys

import pytest
from contract import pictures

import keras_genzoo as kg

# Of version 0.1.0, whose modules moved into rooms.
WORDS = (
    *("callbacks", "checkpoints", "datasets", "distribution", "evaluation", "features", "grids"),
    *("latent", "layers", "losses", "metrics", "models", "plots", "presets", "protocol"),
    *("training", "workers"),
)
NAMES = {
    "callbacks": "BetaWarmUp Checkpoint LatentHealth SampleGrid StopWhenLost restore",
    "checkpoints": "Checkpoint broken found restore",
    "cli": "app main",
    "datasets": "arrays load sprites",
    "distribution": "batch_mean check_strategy draw_seed gathered replicas spread",
    "evaluation": "Evaluation Protocol",
    "features": "CLASSIFIERS FeatureNetwork",
    "grids": "FuncAnimation animation grid image_grid new_figure show",
    "latent": "aggregate_posterior attribute_vector edit gaussian_quantiles interpolate latents_of "
    "manifold nearest rank_dimensions traverse",
    "models.generative_model": "GenerativeModel Player",
    "plots": "aggregate_posterior edits history image_grid interpolations kl_per_dimension "
    "manifold reconstructions traversals",
    "presets": "annotate card list load save versions",
    "protocol": "Protocol Score merged words",
    "training": "Images Training run",
    "workers": "check_agreement is_chief loggable named_failures new_strategy share_data",
}

DOORS = (
    "import keras_genzoo, keras; keras.saving.load_model('epoch-0001.keras')",
    "from keras_genzoo.callbacks import restore; restore('.')",
    "from keras_genzoo import presets; presets.load('preset')",
)
# TensorFlow, which takes seconds, is imported once; Keras, which it brings, in each door anew.
ENTER = """
import os, sys
import tensorflow
for name in [name for name in sys.modules if name.partition(".")[0] == "keras"]:
    del sys.modules[name]
for door in sys.argv[1:]:
    assert not {"keras", "keras_genzoo"} & sys.modules.keys()
    if not os.fork():
        exec(door)
        assert not {"sklearn.ensemble", "tensorflow_datasets.core"} & sys.modules.keys(), "unused"
        os._exit(0)
    _, status = os.wait()
    if status:
        sys.exit(f"failed: {door}")
    print(door)
"""


@pytest.mark.parametrize("word", WORDS)
def test_words_are_found_as_they_were(word):
    assert word in kg.__all__
    assert importlib.import_module(f"keras_genzoo.{word}") is getattr(kg, word)


@pytest.mark.parametrize("module", NAMES)
def test_a_words_names_are_there(module):
    found = importlib.import_module(f"keras_genzoo.{module}")
    assert [name for name in NAMES[module].split() if not hasattr(found, name)] == []
    assert importlib.util.find_spec(found.__name__).name == found.__name__


def test_other_words_are_none():
    with pytest.raises(AttributeError, match="no attribute 'model'"):
        _ = kg.model
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("keras_genzoo.model")


def test_a_backend_that_is_not_installed_is_named(monkeypatch):
    def start(name):
        raise ModuleNotFoundError("No module named 'jax'", name="jax")

    monkeypatch.setattr(importlib, "import_module", start)
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    with pytest.raises(ImportError, match=r"Expected KERAS_BACKEND=tensorflow.*Received.*=jax"):
        kg.__getattr__("models")


def test_a_file_is_loaded_where_the_package_is_merely_imported(model, tmp_path):
    """By whatever door it is entered, each in a process of its own."""
    model.fit(pictures(8), callbacks=[kg.callbacks.Checkpoint(tmp_path)], verbose=0)
    model.save_to_preset(tmp_path / "preset")
    done = subprocess.run(
        [sys.executable, "-c", ENTER, *DOORS], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == list(DOORS)


def test_the_command_is_there_before_tensorflow():
    code = "import sys, keras_genzoo.commands.cli; sys.exit('tensorflow' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
