"""Presets on hubs: a local folder stands in for what the hubs' clients move, and for that alone."""

import shutil
from pathlib import Path

import huggingface_hub
import kagglehub
import pytest
from tiny_runs import names
from toys import rewrite, small

from keras_genzoo import presets
from keras_genzoo.presets import hubs

NAMES = {"hf": "hf://user/small_toy", "kaggle": "kaggle://user/toys/keras/small_toy"}


@pytest.fixture
def hub(monkeypatch, tmp_path):
    """A folder that both clients take for their hub, and what each left in its cache."""
    hub, cache = tmp_path / "hub", tmp_path / "cache"

    def copied(source, target, files):
        target.mkdir(parents=True, exist_ok=True)
        for file in files:
            shutil.copy(source / file, target / file)

    def snapshot_download(repo_id, allow_patterns):
        copied(hub / repo_id, cache / repo_id, allow_patterns)
        return str(cache / repo_id)

    def upload_folder(repo_id, folder_path, commit_message):
        assert (hub / repo_id).is_dir(), "the repository was not created"
        copied(Path(folder_path), hub / repo_id, names(Path(folder_path)))

    def create_repo(repo_id, exist_ok):
        (hub / repo_id).mkdir(parents=True, exist_ok=exist_ok)

    def model_download(handle, path):
        copied(hub / handle, cache / handle, [path])
        return str(cache / handle / path)

    def model_upload(handle, local_model_dir):
        copied(Path(local_model_dir), hub / handle, names(Path(local_model_dir)))

    for function in (snapshot_download, upload_folder, create_repo):
        monkeypatch.setattr(huggingface_hub, function.__name__, function)
    for function in (model_download, model_upload):
        monkeypatch.setattr(kagglehub, function.__name__, function)
    return hub


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_what_is_published_is_fetched(hub, name):
    model = small()
    presets.save(model, name, half_precision=True, licence="CC0-1.0")
    place = hub / name.partition("://")[2]
    assert names(place) == ["card.json", "config.json", "model.weights.h5"]
    (place / "huge.bin").touch()
    loaded = presets.load(name, name="loaded")
    assert loaded.name == "loaded"
    assert loaded.count_params() == model.count_params()
    assert presets.card(name)["licence"] == "CC0-1.0"
    fetched = hubs.fetched(name)
    assert names(fetched) == ["card.json", "config.json", "model.weights.h5"]
    with pytest.raises(ValueError, match=r"not written into.*Expected a folder.*Received: preset="):
        presets.annotate(name, licence="mine")


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_what_is_fetched_is_as_distrusted_as_any(hub, name):
    presets.save(small(), name)
    place = hub / name.partition("://")[2]
    whole = (place / "model.weights.h5").read_bytes()
    (place / "model.weights.h5").write_bytes(whole[:-1] + b"?")
    with pytest.raises(ValueError, match=rf"of the preset {name} is damaged"):
        presets.load(name)
    (place / "model.weights.h5").write_bytes(whole)
    attack = {"module": "keras.layers", "class_name": "Lambda", "config": {}}
    rewrite(place / "config.json", lambda config: config["config"]["layers"].append(attack))
    with pytest.raises(ValueError, match=r"what no preset may.*Lambda"):
        presets.load(name)


@pytest.mark.parametrize(
    "name",
    [
        *("s3://user/name", "hf://name", "hf://user/name/more", "hf://../name", "hf://user/..a"),
        *("hf:///etc/name", "://user/name", "kaggle://user/model", "kaggle://u/m/f/../1"),
    ],
)
def test_names_of_no_hub(hub, name):
    for action in (presets.load, presets.card, lambda name: presets.save(small(), name)):
        with pytest.raises(ValueError, match=r"No hub has .*Expected \w+://user/.*Received: pres"):
            action(name)
    assert not hub.exists()


def test_versions_are_the_hubs_to_count(hub):
    name = NAMES["kaggle"]
    presets.save(small(), name)
    shutil.copytree(hub / "user/toys/keras/small_toy", hub / "user/toys/keras/small_toy/2")
    assert presets.load(f"{name}/2").count_params() == 6
    with pytest.raises(ValueError, match=r"whose versions the hub counts\. Received"):
        presets.save(small(), f"{name}/3")


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_what_a_client_says_of_its_failure(hub, name, monkeypatch):
    with pytest.raises(OSError, match=r"cannot be fetched\. Expected .*Received: FileNotFound"):
        presets.load(name)

    def fails(*args, **kwargs):
        raise RuntimeError("who are you?\nmore")

    monkeypatch.setattr(huggingface_hub, "upload_folder", fails)
    monkeypatch.setattr(kagglehub, "model_upload", fails)
    with pytest.raises(OSError, match=r"was not published.*Received: RuntimeError: who are you\?$"):
        presets.save(small(), name)
