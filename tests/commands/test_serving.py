"""Exports and serving by the command: what lies where, which model is found, by which name."""

import pytest
from toys import small

from keras_genzoo import presets
from keras_genzoo.serving import server


def test_export_numbers_the_versions(genzoo, trained, tmp_path):
    for version in ("1", "2"):
        assert genzoo("export", trained, tmp_path)[0] == 0
        assert (tmp_path / version / "saved_model.pb").exists()


def test_export_in_other_formats(genzoo, model, tmp_path):
    model.save_to_preset(tmp_path / "vae")
    folder = tmp_path / "onnx"
    given = ["--format", "onnx", "--verbs", "encode"]
    code, out, _ = genzoo("export", tmp_path / "vae", folder, *given)
    assert (code, out) == (0, f"{folder} holds the model.\n")
    assert [path.name for path in folder.iterdir()] == ["encode.onnx"]


def test_a_preset_is_served(genzoo, model, started, tmp_path):
    model.save_to_preset(tmp_path / "vae")
    code, out, _ = genzoo("serve", tmp_path / "vae", "--port", 8123)
    assert (code, started[0]["host"], started[0]["port"]) == (0, "127.0.0.1", 8123)
    serves = "decode, encode, reconstruct, sample, serving_default"
    assert out == f"http://127.0.0.1:8123/v1/models/vae serves {serves}.\n"


@pytest.mark.parametrize("port", [0, 65536])
@pytest.mark.parametrize("command", ["serve", "explore"])
def test_a_port_that_there_is_not_is_told_before_the_work(genzoo, started, command, port):
    code, _, err = genzoo(command, "vae_fashion_mnist_small", "--port", port)
    assert (code, started) == (2, [])
    assert "--port" in err


def test_a_name_that_no_address_reaches(genzoo, tmp_path):
    code, _, err = genzoo("serve", tmp_path / "none", "--name", "faces/vae")
    assert code == 2
    assert "No address reaches a model of this name" in err


def test_the_last_version_of_an_export_is_served(genzoo, started, tmp_path, monkeypatch):
    loaded = []

    class Served:
        specs, run = {}, None

        def __init__(self, *told):
            loaded.append(told)

    monkeypatch.setattr(server, "Served", Served)
    for version in ("2", "10", "kept"):
        (tmp_path / "shoes" / version).mkdir(parents=True)
        (tmp_path / "shoes" / version / "saved_model.pb").touch()
    folder = tmp_path / "shoes"
    for path, told in {
        folder: (folder / "10", "shoes", "10"),
        folder / "2": (folder / "2", "shoes", "2"),
        folder / "kept": (folder / "kept", "kept", "1"),
    }.items():
        assert genzoo("serve", path)[0] == 0
        assert loaded.pop() == told
    assert genzoo("serve", folder, "--name", "hats")[0] == 0
    assert loaded.pop()[1:] == ("hats", "10")


def test_of_a_preset_nothing_is_run(genzoo, model, started, tmp_path):
    for name in ("whole", "half"):
        model.save_to_preset(tmp_path / name)
        (tmp_path / name / "1").mkdir()
        for place in ("", "1"):  # a program, which nobody asked for
            (tmp_path / name / place / "saved_model.pb").touch()
    (tmp_path / "half" / "config.json").unlink()
    code, out, _ = genzoo("serve", tmp_path / "whole")
    assert (code, len(started)) == (0, 1)
    assert "whole serves decode, encode" in out
    code, _, err = genzoo("serve", tmp_path / "half")
    assert (code, len(started)) == (2, 1)
    assert "lacks config.json" in err


@pytest.mark.parametrize("given", [("--format", "onnx"), ("--verbs", "classify")])
def test_a_plain_model_has_no_verbs_to_write(genzoo, tmp_path, given):
    presets.save(small(), tmp_path / "plain")
    code, _, err = genzoo("export", tmp_path / "plain", tmp_path / "files", *given)
    assert (code, err.count("\n")) == (2, 1)
    assert "A plain Keras model has no verbs" in err
    assert genzoo("export", tmp_path / "plain", tmp_path / "served")[0] == 0
    assert (tmp_path / "served" / "1" / "saved_model.pb").exists()


def test_what_is_neither_is_refused(genzoo, tmp_path):
    for tokens in (("serve",), ("export", tmp_path / "serving" / "vae")):
        code, _, err = genzoo(tokens[0], tmp_path / "nothing", *tokens[1:])
        assert (code, err.count("\n")) == (2, 1)
        assert "Received" in err
    assert not list(tmp_path.iterdir())


def test_what_a_server_wants_beside_the_model(genzoo, model, tmp_path):
    model.save_to_preset(tmp_path / "preset")
    folder = tmp_path / "serving" / "vae"
    given = ["--warm-up", "--models-config", "--verbs", "decode"]
    code, out, err = genzoo("export", tmp_path / "preset", folder, *given)
    assert (code, err) == (0, "")
    assert out.endswith(f"batching.config.\n{folder / '1'} holds the model.\n")
    assert (folder / "1" / "assets.extra" / "tf_serving_warmup_requests").exists()
    assert {path.name for path in folder.parent.iterdir()} == {
        *("vae", "models.config", "batching.config"),
    }
    assert [path.name for path in folder.iterdir()] == ["1"]
    (folder.parent / "models.config").write_text("mine")
    assert genzoo("export", tmp_path / "preset", folder, "--models-config")[0] == 2
    assert [path.name for path in folder.iterdir()] == ["1"]  # refused before the work


@pytest.mark.parametrize("flag", ["--warm-up", "--models-config"])
def test_a_servers_files_are_of_saved_models_alone(genzoo, flag, tmp_path):
    code, _, err = genzoo("export", "vae_mnist_2d", tmp_path / "x", "--format", "onnx", flag)
    assert (code, "Expected --format tf_saved_model" in err) == (2, True)
