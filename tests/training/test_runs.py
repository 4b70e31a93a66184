"""training.run: what it refuses, and what it leaves; the command's tests cover the rest."""

import csv
import gc
import json

import numpy as np
import processes
import pytest
from contract import THREE_PARTS, assert_same, state

import keras_genzoo as kg
from keras_genzoo.training import Images, Training, run

TINY = {"split": "train[:200]", "validation_split": "test[:100]", "epochs": 1, "batch_size": 50}


def train(folder, model_class=kg.models.VAE, name="vae", **changes):
    options = {"hidden": (8,), "latent_dim": 2}
    return run(
        name, model_class, options, Training(**{**TINY, "output": folder, **changes}), "typed"
    )


def test_a_finished_run_goes_on_for_longer(tmp_path):
    train(tmp_path)
    folder, logs = train(tmp_path, epochs=3, resume=True)
    assert folder == tmp_path
    assert (tmp_path / "history.csv").read_text().count("\n") == 4  # a header, three epochs
    assert kg.presets.card(tmp_path)["epochs"] == 3
    assert kg.presets.card(tmp_path)["scores"]["loss"] == logs["val_loss"]
    assert int(kg.callbacks.restore(tmp_path / "checkpoints")[0].steps_trained) == 3 * 4


def test_a_log_has_a_line_an_epoch(tmp_path, capsys):
    train(tmp_path, epochs=2)
    said = capsys.readouterr().out
    assert "━" not in said
    assert [line for line in said.splitlines() if "Epoch" in line] == ["Epoch 1/2", "Epoch 2/2"]
    assert said.count("val_loss: ") == 2


def test_resuming_before_the_first_checkpoint_starts_anew(tmp_path):
    train(tmp_path)
    (tmp_path / "checkpoints" / "epoch-0001.keras").unlink()
    train(tmp_path, resume=True)
    assert (tmp_path / "history.csv").read_text().count("\n") == 2


def test_latents_are_watched_unless_the_history_began_without(tmp_path):
    def rows():
        return list(csv.DictReader((tmp_path / "history.csv").read_text().splitlines()))

    _, logs = train(tmp_path)
    assert {"active_units", "mutual_information"} < logs.keys()
    assert set(kg.presets.card(tmp_path)["scores"]) == {"loss", "reconstruction", "kl"}

    (row,) = rows()
    del row["active_units"], row["mutual_information"]  # as a version before them wrote it
    lines = [",".join(cells) + "\n" for cells in (row, row.values())]
    (tmp_path / "history.csv").write_text("".join(lines))
    train(tmp_path, epochs=2, resume=True)
    first, second = rows()
    assert first == row
    assert second.keys() == row.keys()  # no value too many


def test_another_run_is_not_resumed(tmp_path):
    train(tmp_path)
    weights = (tmp_path / "model.weights.h5").read_bytes()
    with pytest.raises(ValueError, match=r"Expected --resume"):
        train(tmp_path)
    with pytest.raises(ValueError, match=r"batch_size=50. Received: batch_size=20"):
        train(tmp_path, resume=True, batch_size=20)
    assert (tmp_path / "model.weights.h5").read_bytes() == weights


def test_a_run_that_diverges_leaves_no_preset(tmp_path, capsys):
    with pytest.raises(ValueError, match=r"loss.* not finite after epoch 1"):
        train(tmp_path, learning_rate=1e30, epochs=3)
    assert "Stopped" in capsys.readouterr().out
    assert not (tmp_path / "config.json").exists()


@pytest.mark.parametrize(
    "changes", [{"epochs": 0}, {"checkpoint_steps": 0}, {"learning_rate": -0.1}]
)
def test_a_training_that_is_none_claims_no_folder(tmp_path, changes):
    with pytest.raises(ValueError, match=rf"{THREE_PARTS}: {next(iter(changes))}="):
        train(tmp_path / "run", **changes)
    assert not (tmp_path / "run").exists()


def test_a_model_that_does_not_fit_claims_no_folder(tmp_path):
    with pytest.raises(ValueError, match="Expected"):
        train(tmp_path / "run", binarize="sometimes")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("name", "model_class"), [("gan", kg.models.GAN), ("conditional_gan", kg.models.ConditionalGAN)]
)
def test_models_that_only_sample(tmp_path, name, model_class):
    train(tmp_path, model_class, name, validation_split="none")
    names = {path.name for path in tmp_path.iterdir()}
    assert {"samples.png", "history.png", "card.json"} <= names
    assert "reconstructions.png" not in names
    assert {path.name for path in (tmp_path / "samples").iterdir()} == {
        "epoch-0001.png",
        "training.gif",
    }
    card = kg.presets.card(tmp_path)
    assert card["scores"] == {}
    assert "protocol" not in card


def test_precision_and_rate_reach_the_model(tmp_path):
    train(tmp_path, mixed_precision="float16", learning_rate=0.5, epochs=1)
    model, _ = kg.callbacks.restore(tmp_path / "checkpoints")
    assert model.dtype_policy.name == "mixed_float16"
    assert np.isclose(float(model.optimizer.inner_optimizer.learning_rate), 0.5)
    assert json.loads((tmp_path / "run.json").read_text())["mixed_precision"] == "float16"


def test_sprites_are_drawn_as_a_run_asks_for_them(genzoo, tmp_path):
    tiny = ["--split", "train[:60]", "--validation-split", "test[:20]", "--hidden", "4"]
    images = ["--dataset", "sprites", "--epochs", "1", *tiny]
    assert genzoo("train", "autoencoder", *images, "--output", tmp_path)[0] == 0
    assert kg.presets.card(tmp_path)["scores"]["loss"] > 0
    assert len(Images.of(tmp_path).load("test")) == 79


@pytest.mark.filterwarnings("ignore:unclosed file")  # Keras' CSVLogger, where a run breaks off
def test_a_full_disk_is_named(tmp_path):
    (tmp_path / "samples").mkdir()
    (tmp_path / "samples" / "epoch-0001.png").symlink_to("/dev/full")
    with pytest.raises(OSError, match=rf"No space left.*{tmp_path}"):
        train(tmp_path)
    gc.collect()


@pytest.mark.slow
def test_a_run_moves_from_two_devices_to_one(tmp_path):
    """In processes of their own: a CPU can be split before its first use only."""
    for change in ({"strategy": "mirrored", "devices": 2, "epochs": 1}, {"epochs": 2}):
        options = {"split": "train[:640]", **change}
        process = processes.start(processes.run, tmp_path, "autoencoder", options)
        process.join()
        assert process.exitcode == 0
    progress = [row.split(",")[0] for row in (tmp_path / "history.csv").read_text().split()]
    assert progress == ["epoch", "0", "1"]
    assert int(kg.callbacks.restore(tmp_path / "checkpoints")[0].steps_trained) == 2 * 20


@pytest.mark.slow
def test_a_killed_gan_resumes_to_the_same_end(tmp_path):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    options = {"split": "train[:6400]", "epochs": 2}
    undisturbed = processes.start(processes.run, whole, "gan", options)
    undisturbed.join()

    run = processes.start(processes.run, killed, "gan", options)
    while not (killed / "checkpoints" / "epoch-0001.keras").exists():
        run.join(0.02)
    run.join(0.2)  # into the second epoch
    run.kill()
    run.join()
    assert not (killed / "config.json").exists()
    again = processes.start(processes.run, killed, "gan", options)
    again.join()

    ends = [kg.callbacks.restore(folder / "checkpoints")[0] for folder in (whole, killed)]
    assert_same(state(ends[1]), state(ends[0]), 1e-5)
    assert [(f / "history.csv").read_text().count("\n") for f in (whole, killed)] == [3, 3]
