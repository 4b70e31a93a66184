"""Where presets are found by name."""

import shutil
from pathlib import Path

import keras
import pytest
from toys import small

from keras_genzoo import presets
from keras_genzoo.presets import shelves


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
    monkeypatch.setattr(shelves, "__file__", str(package / "presets" / "shelves.py"))
    monkeypatch.delenv("KERAS_GENZOO_PRESETS", raising=False)
    assert presets.list() == ["ours"]
    (package.parent / "pyproject.toml").touch()
    assert presets.list() == ["ours", "theirs"]


def test_a_name_is_found_without_a_list_of_all(monkeypatch):
    monkeypatch.setattr(shelves, "_known", None)
    assert presets.find("vae_mnist_2d").name == "vae_mnist_2d"


def test_what_is_there_may_be_half(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_GENZOO_PRESETS", str(tmp_path / "shelf"))
    for place in ("shelf/ours", "runs/theirs"):
        presets.save(small(), tmp_path / place)
    (tmp_path / "runs" / "theirs" / "card.json").unlink()
    (tmp_path / "runs" / "theirs" / "config.json").unlink()
    (tmp_path / "runs" / "export").mkdir()
    assert presets.is_there("ours")
    assert presets.is_there(tmp_path / "runs" / "theirs")
    assert presets.is_there("hf://user/name")
    assert not presets.is_there(tmp_path / "runs" / "export")


def test_what_a_preset_is_called(tmp_path, monkeypatch):
    (tmp_path / "runs" / "vae").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "runs" / "vae")
    names = {".": "vae", "..": "runs", "./": "vae", "vae_mnist": "vae_mnist"}
    names |= {"hf://user/faces": "faces", "kaggle://user/gan/keras/digits": "digits"}
    assert {name: presets.called(name) for name in names} == names
    assert presets.called("kaggle://user/gan/keras/digits/2") == "digits"


def test_named_is_what_lies_on_a_shelf(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_GENZOO_PRESETS", str(tmp_path / "shelf"))
    for place in ("shelf/ours", "runs/ours"):
        presets.save(small(), tmp_path / place)
    assert presets.is_named("ours")
    assert presets.is_named(tmp_path / "shelf" / "ours")
    assert not presets.is_named(tmp_path / "runs" / "ours")
    with pytest.raises(ValueError, match="There is no preset"):
        presets.is_named("theirs")


def test_a_bare_name_is_a_known_preset_else_a_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_GENZOO_PRESETS", str(tmp_path / "shelf"))
    presets.save(small(), tmp_path / "shelf" / "toy", licence="ours")
    for name in ("toy", "other"):
        presets.save(small(), tmp_path / "here" / name, licence="theirs")
    monkeypatch.chdir(tmp_path / "here")
    assert presets.card("toy")["licence"] == "ours"
    for folder in (Path("toy"), "./toy", "toy/", "other"):
        assert presets.card(folder)["licence"] == "theirs"
    for absent in ("./shelf", Path("vae_mnist_2d"), None, 7):
        with pytest.raises(ValueError, match=r"Expected .*Received: preset="):
            presets.card(absent)
