"""Checkpoints: what they hold, and what is left after kills, damage and full disks."""

import os
import random
import resource
import signal
import tempfile
import zipfile
from pathlib import Path

import keras
import numpy as np
import processes
import pytest
from contract import assert_same, state
from tiny_runs import contents, fit, names

import keras_genzoo as kg
from keras_genzoo.training import checkpoints
from keras_genzoo.training.callbacks import Checkpoint, StopWhenLost, restore


def test_checkpoint_keeps_the_newest(model, tmp_path):
    folder = tmp_path / "new" / "checkpoints"
    fit(model, Checkpoint(folder, keep=2), epochs=4)
    assert names(folder) == ["epoch-0003.keras", "epoch-0004.keras"]
    restored, epochs = restore(folder)
    assert epochs == 4
    assert_same(state(restored), state(model), 0)


def test_checkpoint_counts_on_after_a_resume(model, tmp_path):
    fit(model, Checkpoint(tmp_path), epochs=1)
    restored, epochs = restore(tmp_path)
    fit(restored, Checkpoint(tmp_path), epochs=3, initial_epoch=epochs)
    assert names(tmp_path) == [f"epoch-000{n}.keras" for n in (1, 2, 3)]


def test_epoch_10000_is_newer_than_epoch_9999(model, tmp_path):
    fit(model, Checkpoint(tmp_path, keep=1), epochs=10_000, initial_epoch=9_998)
    assert names(tmp_path) == ["epoch-10000.keras"]


def test_the_folder_of_a_longer_run_is_refused(model, tmp_path):
    fit(model, Checkpoint(tmp_path), epochs=2)
    before = contents(tmp_path)
    steps = int(model.steps_trained)
    with pytest.raises(ValueError, match=r"Expected another folder.*with epoch-0002.keras"):
        fit(model, Checkpoint(tmp_path), epochs=2, initial_epoch=1)
    assert int(model.steps_trained) == steps
    assert contents(tmp_path) == before


@pytest.mark.parametrize("damage", ["truncated", "empty", "flipped"])
def test_a_damaged_newest_is_passed_over(model, tmp_path, damage):
    fit(model, Checkpoint(tmp_path), epochs=2)
    newest = tmp_path / "epoch-0002.keras"
    content = bytearray(newest.read_bytes())
    middle = len(content) // 2
    if damage == "flipped":
        content[middle] ^= 0xFF
    newest.write_bytes(content[: {"truncated": middle, "empty": 0}.get(damage)])
    with pytest.warns(UserWarning, match="epoch-0002.keras is damaged"):
        restored, epochs = restore(tmp_path)
    assert epochs == 1
    assert int(restored.steps_trained) == 2
    fit(restored, Checkpoint(tmp_path), epochs=2, initial_epoch=epochs)  # over the damaged one
    assert restore(tmp_path)[1] == 2


@pytest.mark.filterwarnings("ignore:.*is damaged")
def test_damaged_files_push_out_no_sound_ones(model, tmp_path):
    fit(model, Checkpoint(tmp_path, keep=3), epochs=3)
    sound = (tmp_path / "epoch-0001.keras").read_bytes()
    for epoch in (2, 3):
        (tmp_path / f"epoch-000{epoch}.keras").write_bytes(sound[: len(sound) // 2])
    (tmp_path / "epoch-0009.keras").write_bytes(b"")
    with zipfile.ZipFile(tmp_path / "epoch-0008.keras", "w") as archive:
        archive.writestr("progress.json", "{}")  # whole, and no model
    restored, epochs = restore(tmp_path)
    assert epochs == 1
    damaged = ["epoch-0008.keras", "epoch-0009.keras"]
    fit(restored, Checkpoint(tmp_path, keep=2), epochs=2, initial_epoch=1)
    assert names(tmp_path) == ["epoch-0001.keras", "epoch-0002.keras", "epoch-0003.keras", *damaged]
    fit(restored, Checkpoint(tmp_path, keep=1), epochs=3, initial_epoch=2)
    assert names(tmp_path) == ["epoch-0003.keras", *damaged]
    assert checkpoints.newest(tmp_path) == tmp_path / "epoch-0003.keras"
    assert restore(tmp_path)[1] == 3


@pytest.mark.filterwarnings("ignore:.*is damaged")
@pytest.mark.parametrize("files", [[], ["epoch-0001.keras"], ["notes.txt"]])
def test_nothing_to_resume(tmp_path, files):
    for name in files:
        (tmp_path / name).write_bytes(b"no zip")
    with pytest.raises(ValueError, match=r"Expected.*Received"):
        restore(tmp_path)


def test_a_kill_while_writing_leaves_the_file_before_it(model, tmp_path, monkeypatch):
    fit(model, Checkpoint(tmp_path), epochs=1)
    before = (tmp_path / "epoch-0001.keras").read_bytes()

    def killed(scratch, target):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", killed)
        with pytest.raises(KeyboardInterrupt):
            fit(model, Checkpoint(tmp_path), epochs=2, initial_epoch=1)
    assert (tmp_path / "epoch-0001.keras").read_bytes() == before
    assert not (tmp_path / "epoch-0002.keras").exists()
    assert restore(tmp_path)[1] == 1


class Logs(keras.callbacks.Callback):
    """Logs what a user measures, or does not."""

    def __init__(self, value):
        super().__init__()
        self.value = value

    def on_epoch_end(self, epoch, logs):
        logs["val_fid"] = self.value


@pytest.mark.parametrize("value", [float("nan"), None, np.ones(2)], ids=repr)
def test_terms_of_the_model_alone_decide_what_is_kept(model, tmp_path, capsys, value):
    fit(model, Logs(value), StopWhenLost(), Checkpoint(tmp_path), epochs=2)
    assert names(tmp_path) == ["epoch-0001.keras", "epoch-0002.keras"]
    assert capsys.readouterr().out == ""


def test_what_is_not_kept_is_said_once(model, tmp_path, capsys):
    fit(model, Checkpoint(tmp_path), epochs=1)
    model.optimizer.learning_rate = float("inf")
    fit(model, Checkpoint(tmp_path), epochs=3, initial_epoch=1)
    assert names(tmp_path) == ["epoch-0001.keras"]
    assert capsys.readouterr().out.count("No checkpoint is kept while a loss is not finite") == 1


@pytest.mark.parametrize("arguments", [{"keep": 0}, {"keep": 2.5}, {"every_steps": 0}])
def test_keeping_nothing_is_refused(tmp_path, arguments):
    with pytest.raises(ValueError, match=r"Expected.*Received"):
        Checkpoint(tmp_path, **arguments)


# === Kills ===


@pytest.mark.slow
def test_20_kills_do_not_change_the_end(tmp_path):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    for folder in (whole, killed):
        folder.mkdir()
    undisturbed = processes.start(processes.train, whole)

    writing, moments, while_writing = killed / ".writing.keras", random.Random(0), 0
    for number in range(20):
        run = processes.start(processes.train, killed)
        before = kg.checkpoints.found(killed)
        processes.wait_for(lambda kept=before: kg.checkpoints.found(killed) != kept, run)
        if number % 2:
            run.join(moments.uniform(0, 0.06))
        else:
            processes.wait_for(writing.exists, run)
        run.kill()
        run.join()
        assert run.exitcode == -signal.SIGKILL  # it had not ended, well or badly
        while_writing += writing.exists()
    last = processes.start(processes.train, killed)
    assert processes.ended(last, undisturbed) == [0, 0]

    assert while_writing > 0
    ends = [np.load(folder / "end.npz") for folder in (whole, killed)]
    for name in ends[0]:
        np.testing.assert_array_equal(ends[1][name], ends[0][name])
    rows = [(folder / "history.csv").read_text().split()[-1] for folder in (whole, killed)]
    assert rows[0] == rows[1]


# === Disks ===


def test_a_full_disk_is_named_and_the_last_checkpoint_is_whole(model, tmp_path):
    fit(model, Checkpoint(tmp_path), epochs=1)
    before = (tmp_path / "epoch-0001.keras").read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) // 2, limits[1]))
    try:
        with pytest.raises(OSError, match=r"checkpoints before it are whole.*epoch-0002.keras"):
            fit(model, Checkpoint(tmp_path), epochs=2, initial_epoch=1)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert names(tmp_path) == ["epoch-0001.keras"]
    assert (tmp_path / "epoch-0001.keras").read_bytes() == before
    assert restore(tmp_path)[1] == 1


def test_a_full_disk_promises_no_checkpoint_that_is_not_there(model, tmp_path):
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
    try:
        with pytest.raises(OSError, match=r"epoch-0001.keras") as refused:
            fit(model, Checkpoint(tmp_path), epochs=1)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert "whole" not in str(refused.value)
    assert names(tmp_path) == []


def test_a_folder_that_cannot_be_made_is_named_before_the_first_step(model, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OSError, match=str(tmp_path / "file" / "checkpoints")):
        fit(model, Checkpoint(tmp_path / "file" / "checkpoints"))
    assert int(model.steps_trained) == 0


def test_a_folder_that_may_not_be_written_is_named(model):
    with tempfile.TemporaryDirectory() as folder:  # not tmp_path, which others may not enter
        folder = Path(folder)
        fit(model, Checkpoint(folder), epochs=1)
        before = (folder / "epoch-0001.keras").read_bytes()
        (folder / "error.txt").touch(0o666)
        (folder / "error.txt").chmod(0o666)
        folder.chmod(0o555)
        processes.ended(processes.start(processes.write_without_permission, folder))
        assert str(folder / "epoch-0001.keras") in (folder / "error.txt").read_text()
        assert (folder / "epoch-0001.keras").read_bytes() == before
        folder.chmod(0o755)
