"""A preset's files: of one save to every reader, at every moment."""

import os
import shutil
import threading

import keras
import pytest
from tiny_runs import names
from toys import rewrite

from keras_genzoo import presets
from keras_genzoo.presets import files

WHOLE = ["card.json", "config.json", "model.weights.h5"]


class Killed(BaseException):
    """As SIGKILL: nothing that was written is cleared."""


def killed_at(moment, monkeypatch, save, *args, **entries):
    """Save, and die instead of the rename of this number; returns whether it came to that."""
    count = 0

    def replace(source, target, plain=os.replace):
        nonlocal count
        if count == moment:
            raise Killed
        count += 1
        plain(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", replace)
        try:
            save(*args, **entries)
        except Killed:
            return True
    return False


def biased(bias):
    """A model whose config and whose weights both hold a number."""
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)], name=f"bias_{bias:g}")
    model.layers[0].bias.assign([bias, bias])
    return model


def bias(folder):
    model = presets.load(folder)
    (bias, _) = model.layers[0].bias.numpy()
    assert model.name == f"bias_{bias:g}"
    return bias


@pytest.mark.parametrize("is_of_old", [False, True])
def test_a_save_that_is_killed_leaves_the_former_preset_or_the_new(
    toy_preset, monkeypatch, is_of_old
):
    found = []
    for moment in range(6):
        presets.save(biased(1.0), toy_preset)
        if is_of_old:
            rewrite(toy_preset / "card.json", lambda card: card.pop("config_sha256"))
        killed = killed_at(moment, monkeypatch, presets.save, biased(2.0), toy_preset)
        (toy_preset / ".saving_killed").mkdir()
        if is_of_old and moment < 3:
            with pytest.warns(UserWarning, match="is of before"):
                found.append(bias(toy_preset))
            presets.save(biased(1.0), toy_preset)
        else:
            found.append(bias(toy_preset))
            presets.annotate(toy_preset, licence="CC0-1.0")  # what was cut off is ended first
            assert bias(toy_preset) == found[-1]
            assert presets.card(toy_preset)["licence"] == "CC0-1.0"
        assert names(toy_preset) == WHOLE
    assert found == [1, 1, 1, 2, 2, 2]
    assert not killed  # a save renames five times


def test_a_first_save_that_is_killed_is_there_or_is_not(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_GENZOO_PRESETS", str(tmp_path))
    for moment in range(5):
        folder = tmp_path / f"moment_{moment}"
        assert killed_at(moment, monkeypatch, presets.save, biased(2.0), folder)
        if moment < 3:
            with pytest.raises(ValueError, match=r"lacks card\.json"):
                presets.load(folder)
            assert folder.name not in presets.list()
        else:
            assert bias(folder.name) == 2
        presets.save(biased(3.0), folder)
        assert bias(folder) == 3


def test_an_annotation_that_is_killed_leaves_the_card(toy_preset, monkeypatch):
    assert killed_at(0, monkeypatch, presets.annotate, toy_preset, dataset="other")
    assert presets.card(toy_preset)["dataset"] == "toy"
    assert not killed_at(1, monkeypatch, presets.annotate, toy_preset, dataset="other")
    assert presets.card(toy_preset)["dataset"] == "other"


def test_readers_beside_a_saving_loop_find_the_files_of_one_save(toy_preset, tmp_path):
    kept = [toy_preset, tmp_path / "other"]
    presets.save(keras.Sequential([keras.Input((3,)), keras.layers.Dense(5)]), kept[1])
    known = {files.sha256_of(k / "config.json"): files.sha256_of(k / WHOLE[2]) for k in kept}
    folder = shutil.copytree(toy_preset, tmp_path / "saved")
    reading = threading.Event()

    def save():
        while not reading.is_set():
            for each in kept:
                with files.replaced(folder) as scratch:
                    for name in WHOLE:
                        shutil.copy(each / name, scratch)

    saver = threading.Thread(target=save)
    saver.start()
    found = set()
    try:
        for _ in range(1000):
            with files.opened(folder, "saved") as opened:
                config, weights = (files.sha256(file) for file in opened.files.values())
            assert known[config] == weights
            assert presets.card(folder)["sha256"] in known.values()
            found.add(config)
    finally:
        reading.set()
        saver.join()
    assert found == {*known}


def test_savers_of_one_folder_wait_for_each_other(toy_preset):
    with files.replaced(toy_preset) as scratch:
        other = threading.Thread(target=presets.annotate, args=[toy_preset], kwargs={"seed": 7})
        other.start()
        other.join(0.1)
        assert other.is_alive()
        shutil.copy(toy_preset / "card.json", scratch)
        rewrite(scratch / "card.json", lambda card: card.update(epochs=3))
    other.join()
    card = presets.card(toy_preset)
    assert (card["epochs"], card["seed"]) == (3, 7)


@pytest.mark.parametrize("name", ["model.weights.h5", "config.json", "copy"])
def test_a_file_that_is_altered_while_it_is_read_is_refused(toy_preset, monkeypatch, name):
    def altered(model, copy, plain=keras.Model.load_weights, **options):
        plain(model, copy, **options)
        with (copy if name == "copy" else toy_preset / name).open("ab") as file:
            file.write(b" ")

    monkeypatch.setattr(keras.Model, "load_weights", altered)
    with pytest.raises(ValueError, match=r"is damaged.*Expected sha256=.*Received: sha256="):
        presets.load(toy_preset)
