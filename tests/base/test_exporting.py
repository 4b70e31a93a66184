"""Exports: what they replace, what they leave alone, how often they trace."""

import errno
import os

import keras
import pytest
import tensorflow as tf
from contract import SHAPE

from keras_genzoo.models import VAE


@pytest.fixture(scope="module")
def model():
    return VAE(SHAPE, latent_dim=2, hidden=(4,), seed=0)


def test_an_export_replaces_the_one_before_it(model, tmp_path):
    (tmp_path / "1").mkdir()
    model.export(tmp_path / "1")
    (tmp_path / "1" / "assets.extra").mkdir()  # as a server's warm-up requests
    model.export(tmp_path / "1", format="tf_saved_model", verbose=False)
    assert [path.name for path in tmp_path.iterdir()] == ["1"]
    assert not (tmp_path / "1" / "assets.extra").exists()
    assert (tmp_path / "1" / "saved_model.pb").exists()


@pytest.mark.parametrize("held", [["thesis.txt"], ["saved_model.pb", "thesis.txt"], ["variables"]])
def test_an_export_deletes_nothing_else(model, tmp_path, monkeypatch, held):
    monkeypatch.setattr(keras.export, "ExportArchive", None)  # before any work
    (tmp_path / "1").mkdir()
    for name in held:
        (tmp_path / "1" / name).write_text("kept")
    (tmp_path / "nowhere").symlink_to(tmp_path / "gone")
    for place, there in (("1", held[-1]), (f"1/{held[0]}", "no folder"), ("nowhere", "no folder")):
        with pytest.raises(ValueError, match=rf"would delete.*{place}', there: {there}$"):
            model.export(tmp_path / place)
    assert [(tmp_path / "1" / name).read_text() for name in held] == ["kept"] * len(held)


def test_an_export_that_fails_leaves_the_one_before_it(model, tmp_path, monkeypatch):
    model.export(tmp_path / "1")
    before = sorted(path.name for path in (tmp_path / "1").iterdir())
    monkeypatch.setattr(tf.saved_model, "save", None)  # as a full disk
    with pytest.raises(TypeError):
        model.export(tmp_path / "1")
    assert sorted(path.name for path in (tmp_path / "1").iterdir()) == before
    assert [path.name for path in tmp_path.iterdir()] == ["1"]


def test_where_the_last_rename_fails_the_export_before_it_is_there_again(
    model, tmp_path, monkeypatch
):
    model.export(tmp_path / "1", verbs=("encode",))
    rename = os.replace

    def fails(source, target):
        if target == tmp_path / "1":
            raise OSError(errno.ENOSPC, "No space left on device")
        rename(source, target)

    monkeypatch.setattr(os, "replace", fails)
    with pytest.raises(OSError, match="No space left"):
        model.export(tmp_path / "1", verbs=("decode",))
    served = tf.saved_model.load(tmp_path / "1")
    assert "encode" in served.signatures


def test_other_formats_replace_their_own_files_alone(model, tmp_path):
    folder = tmp_path / "onnx"
    model.export(folder, format="onnx", verbs=("encode",))
    model.export(folder, format="onnx", verbs=("decode",))
    assert [path.name for path in tmp_path.rglob("*")] == ["onnx", "decode.onnx"]
    for format, verb in (("litert", "decode"), ("tf_saved_model", "decode")):
        with pytest.raises(ValueError, match=r"would delete.*Expected an? .*there: decode.onnx$"):
            model.export(folder, format=format, verbs=(verb,))


def test_the_default_endpoint_is_traced_as_one(tmp_path):
    model, traces = VAE(SHAPE, latent_dim=2, hidden=(4,), seed=0), []
    images_of = model.images_of
    model.images_of = lambda *args: traces.append(1) or images_of(*args)
    model.export(tmp_path / "1", verbs=("decode", "reconstruct"))
    assert len(traces) == 4  # each twice, by Keras; the default not for its other name
    served = tf.saved_model.load(tmp_path / "1")
    assert {*served.signatures} == {"decode", "reconstruct", "serving_default"}
    assert [*served.signatures["serving_default"].structured_input_signature[1]] == ["images"]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"format": "onx"}, r"no such format\. Expected.*perhaps 'onnx'.*format='onx'"),
        ({"verbs": ("decod",)}, r"no such verb\. Expected.*perhaps 'decode'.*verb='decod'"),
        ({"verbs": ("log_prob",), "format": "onnx"}, r"no such verb.*verb='log_prob'"),
        ({"verbs": "decode"}, r"nothing to write\. Expected.*Received: verbs='decode'"),
        ({"verbs": [], "format": "onnx"}, r"nothing to write\. Expected.*Received: verbs=\[\]"),
    ],
)
def test_what_there_is_not(model, tmp_path, options, told):
    with pytest.raises(ValueError, match=told):
        model.export(tmp_path / "1", **options)
    assert [*tmp_path.iterdir()] == []
