"""training.run: what it refuses, and what it leaves; the command's tests cover the rest."""

import contextlib
import csv
import errno
import functools
import gc
import io
import json
import resource
import shutil

import keras
import numpy as np
import PIL.Image
import processes
import pytest
from contract import THREE_PARTS, assert_same, state
from tiny_runs import sharp_judge

import keras_genzoo as kg
from keras_genzoo.training import Images, Training, callbacks, output, run

TINY = {"split": "train[:200]", "validation_split": "test[:100]", "epochs": 1, "batch_size": 50}


def train(folder, model_class=kg.models.VAE, name="vae", options=(), **changes):
    options = {"hidden": (8,), "latent_dim": 2, **dict(options)}
    return run(
        name, model_class, options, Training(**{**TINY, "output": folder, **changes}), "typed"
    )


def rows(folder):
    """The history: a dict for each epoch."""
    return list(csv.DictReader((folder / "history.csv").read_text().splitlines()))


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A run of two epochs, its logs and what it said; tests only read it."""
    folder = tmp_path_factory.mktemp("finished")
    with contextlib.redirect_stdout(io.StringIO()) as said:
        _, logs = train(folder, epochs=2)
    return folder, logs, said.getvalue()


def test_a_log_has_a_line_an_epoch(finished):
    *_, said = finished
    assert "━" not in said
    assert [line for line in said.splitlines() if "Epoch" in line] == ["Epoch 1/2", "Epoch 2/2"]
    assert said.count("val_loss: ") == 2


def test_a_batch_is_as_large_as_suits_the_model(tmp_path):
    options = {"split": "train[:20]", "validation_split": "none", "batch_size": None}
    folder, _ = train(tmp_path, kg.models.GAN, "gan", **options)
    assert output.claimed(folder)["batch_size"] == 16
    assert int(kg.from_preset(folder).steps_trained) == 2


def test_latents_are_watched(finished):
    folder, logs, _ = finished
    assert {"active_units", "mutual_information"} < logs.keys()
    assert set(kg.presets.card(folder)["scores"]) == {"loss", "reconstruction", "kl"}


def test_one_image_is_enough_to_validate_on(tmp_path):
    """A tenth of ten is one, by which no latent varies."""
    folder, logs = train(tmp_path, split="train[:9]", validation_split="test[:1]")
    assert "val_loss" in logs
    assert "active_units" not in logs
    assert train(folder, epochs=2, resume=True, split="train[:9]", validation_split="test[:1]")


def test_a_finished_run_goes_on_for_longer(finished, tmp_path):
    """Its latents are watched unless its history began without."""
    shutil.copytree(finished[0], tmp_path, dirs_exist_ok=True)
    before = rows(tmp_path)
    for row in before:  # as a version before them wrote it
        del row["active_units"], row["mutual_information"]
    lines = [",".join(cells) + "\n" for cells in (before[0], *(row.values() for row in before))]
    (tmp_path / "history.csv").write_text("".join(lines))
    folder, logs = train(tmp_path, epochs=4, resume=True)
    assert folder == tmp_path
    assert rows(tmp_path)[:2] == before
    assert [row.keys() for row in rows(tmp_path)] == [before[0].keys()] * 4  # no value too many
    assert kg.presets.card(tmp_path)["epochs"] == 4
    assert kg.presets.card(tmp_path)["scores"]["loss"] == logs["val_loss"]
    assert int(kg.callbacks.restore(tmp_path / "checkpoints")[0].steps_trained) == 4 * 4


def test_a_run_goes_on_under_another_cache(finished, tmp_path, monkeypatch):
    monkeypatch.setenv("GENZOO_CACHE_DIR", str(tmp_path / "kept"))
    shutil.copytree(finished[0], tmp_path / "run")
    assert train(tmp_path / "run", epochs=2, cache="disk", resume=True)[1] == finished[1]
    assert [each.shape for each in kg.datasets.caches()] == [(100, 28, 28, 1), (200, 28, 28, 1)]
    with pytest.raises(ValueError, match=r"one by one.*Received: cache=None"):
        train(tmp_path / "run", epochs=2, cache="none", resume=True)


def test_resuming_before_the_first_checkpoint_starts_anew(tmp_path):
    for resume in (False, True):
        train(tmp_path, kg.models.Autoencoder, "autoencoder", resume=resume)
        for name in ("checkpoints/epoch-0001.keras", "config.json"):  # as if it had come to neither
            (tmp_path / name).unlink()
    assert len(rows(tmp_path)) == 1


def test_another_run_is_not_resumed(finished):
    folder, *_ = finished
    before = {path: path.read_bytes() for path in folder.glob("*.*")}
    with pytest.raises(ValueError, match=r"Expected --resume"):
        train(folder)
    with pytest.raises(ValueError, match=r"batch_size=50. Received: batch_size=20"):
        train(folder, resume=True, batch_size=20)
    with pytest.raises(ValueError, match=r"likelihood='bernoulli'. Received: likelihood='gauss"):
        train(folder, resume=True, options={"likelihood": "gaussian"}, epochs=9)
    with output.locked(folder), pytest.raises(ValueError, match=r"in use by process \d+ on "):
        train(folder, resume=True, epochs=9)
    assert {path: path.read_bytes() for path in folder.glob("*.*")} == before


def test_a_finished_run_has_nothing_left_to_do(finished, tmp_path, capsys):
    """But what a kill left out after its last checkpoint."""
    shutil.copytree(finished[0], tmp_path, dirs_exist_ok=True)
    kg.presets.annotate(tmp_path, evaluation=[])
    before = {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    for epochs in (2, 1):
        _, logs = train(tmp_path, epochs=epochs, resume=True)
        assert f"Nothing was left to do: the run in {tmp_path} has" in capsys.readouterr().out
        assert logs == finished[1]
    assert {path: path.read_bytes() for path in before} == before

    train(tmp_path, epochs=2, resume=True, licence="MIT")
    assert kg.presets.card(tmp_path)["licence"] == "MIT"
    assert "evaluation" in kg.presets.card(tmp_path)
    assert "Nothing was left" in capsys.readouterr().out

    (tmp_path / "history.csv").unlink()
    (tmp_path / "card.json").unlink()
    with pytest.warns(UserWarning, match=r"history.csv is gone; it begins anew after epoch 2"):
        train(tmp_path, epochs=2, resume=True)
    assert "Nothing" not in capsys.readouterr().out
    assert kg.presets.card(tmp_path)["epochs"] == 2


def test_a_run_goes_on_where_its_files_are_damaged(finished, tmp_path):
    """Its history begins anew; of its arguments only the model's are known."""
    shutil.copytree(finished[0], tmp_path, dirs_exist_ok=True)
    (tmp_path / "run.json").write_bytes(b"")
    (tmp_path / "history.csv").write_bytes(b"\0\0")
    with pytest.raises(ValueError, match=r"latent_dim=2. Received: latent_dim=3"):
        train(tmp_path, epochs=3, resume=True, options={"latent_dim": 3})
    with (
        pytest.warns(UserWarning, match=r"run.json is gone or damaged"),
        pytest.warns(UserWarning, match=r"history.csv is damaged; .* kept as history.before.csv"),
    ):
        train(tmp_path, epochs=3, resume=True)
    assert [row["epoch"] for row in rows(tmp_path)] == ["2"]
    assert kg.presets.card(tmp_path)["epochs"] == 3
    claim = json.loads((tmp_path / "run.json").read_text())
    assert claim == json.loads((finished[0] / "run.json").read_text())


def test_a_run_that_diverges_at_once_begins_anew(tmp_path, capsys):
    """The way that its error names, and no --resume is needed."""
    message = r"before its first .* a lower --learning-rate may .*loss.* not finite after epoch 1"
    with pytest.raises(ValueError, match=message):
        train(tmp_path, kg.models.Autoencoder, "autoencoder", learning_rate=1e30, epochs=3)
    assert "Stopped" in capsys.readouterr().out
    assert not (tmp_path / "config.json").exists()
    lower = {"learning_rate": 1e-3, "validation_split": "none"}
    train(tmp_path, kg.models.Autoencoder, "autoencoder", **lower)
    assert len(rows(tmp_path)) == 1
    assert json.loads((tmp_path / "run.json").read_text())["learning_rate"] == 1e-3


def test_a_run_that_diverges_later_names_its_last_good_checkpoint(tmp_path, monkeypatch):
    def lose(self, epoch, logs):
        logs.update({"loss": float("nan")} if epoch == 1 else {})

    once = tmp_path / "once"
    with monkeypatch.context() as patch:
        patch.setattr(callbacks.StopWhenLost, "on_epoch_end", lose)
        with pytest.raises(ValueError, match=r"diverged; .*--learning-rate and another") as lost:
            train(once, kg.models.Autoencoder, "autoencoder", epochs=2)
    kept = once / "checkpoints" / "epoch-0001.keras"
    assert f"{kept} is its last good checkpoint" in str(lost.value)
    assert kg.callbacks.restore(kept.parent)[1] == 1
    lower = {"learning_rate": 1e-4}
    with pytest.raises(
        ValueError, match=r"Expected --resume with learning_rate=None .* or another"
    ):
        train(once, kg.models.Autoencoder, "autoencoder", epochs=2, **lower)
    train(tmp_path / "again", kg.models.Autoencoder, "autoencoder", **lower)
    train(once, kg.models.Autoencoder, "autoencoder", epochs=2, resume=True)  # the other way
    assert len(rows(once)) == 2


def test_a_run_that_its_discriminator_has_won_stays_stopped(tmp_path, monkeypatch, capsys):
    """Where a kill left it no preset it gets one."""
    stop = functools.partial(callbacks.StopWhenLost, patience=1)
    monkeypatch.setattr(callbacks, "StopWhenLost", stop)
    options = {"discriminator": sharp_judge((28, 28, 1)), "gradient_penalty": None}
    how = {"options": options, "learning_rate": 1e-9, "epochs": 3}
    how |= {"split": "train[:20]", "validation_split": "none"}
    train(tmp_path, kg.models.GAN, "gan", **how)
    (tmp_path / "card.json").unlink()  # as a kill leaves it
    train(tmp_path, kg.models.GAN, "gan", **how, resume=True)
    assert "Nothing was left to do" not in capsys.readouterr().out
    kg.presets.annotate(tmp_path, evaluation=[])
    train(tmp_path, kg.models.GAN, "gan", **how, resume=True)
    assert "Nothing was left to do" in capsys.readouterr().out
    assert "evaluation" in kg.presets.card(tmp_path)
    assert len(rows(tmp_path)) == kg.presets.card(tmp_path)["epochs"] == 1
    assert int(kg.from_preset(tmp_path).steps_trained) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"epochs": 0},
        {"checkpoint_steps": 0},
        {"learning_rate": -0.1},
        {"learning_rate": float("nan")},
        {"seed": -1},
    ],
)
def test_a_training_that_is_none_claims_no_folder(tmp_path, changes):
    with pytest.raises(ValueError, match=rf"{THREE_PARTS}: {next(iter(changes))}="):
        train(tmp_path / "run", **changes)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("name", "options", "changes"),
    [
        ("VAE", {}, {"binarize": "sometimes"}),
        ("VAE", {"latent_dim": 0}, {}),
        ("ConditionalGAN", {"num_classes": 3}, {}),
    ],
)
def test_what_does_not_fit_claims_no_folder(tmp_path, name, options, changes):
    with pytest.raises(ValueError, match=THREE_PARTS):
        train(tmp_path / "run", getattr(kg.models, name), name, options, **changes)
    assert not (tmp_path / "run").exists()


def test_a_full_disk_leaves_a_way_on(tmp_path):
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
    try:
        with pytest.raises(OSError, match=str(tmp_path / "run" / "run.json")):
            train(tmp_path / "run", kg.models.Autoencoder, "autoencoder")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert not (tmp_path / "run").exists()

    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "run.json").touch()  # as a version before left it
    train(tmp_path / "run", kg.models.Autoencoder, "autoencoder", validation_split="none")


def check_of_a_model_that_only_samples(folder, epochs):
    names = {path.name for path in folder.iterdir()}
    assert {"samples.png", "history.png", "card.json"} <= names
    assert "reconstructions.png" not in names
    pictures = {path.name for path in (folder / "samples").iterdir()}
    assert pictures == {*(f"epoch-{n:04d}.png" for n in range(1, epochs + 1)), "training.gif"}
    card = kg.presets.card(folder)
    assert card["scores"] == {}
    assert "protocol" not in card


def test_models_that_only_sample(tmp_path):
    """And learn from labels; the GAN that is killed below learns from none."""
    train(tmp_path, kg.models.ConditionalGAN, "conditional_gan", validation_split="none")
    check_of_a_model_that_only_samples(tmp_path, epochs=1)


def test_a_model_that_encodes_images_beside_their_classes(tmp_path):
    _, logs = train(tmp_path, kg.models.ConditionalVAE, "conditional_vae")
    assert logs["active_units"] > 0
    assert kg.from_preset(str(tmp_path)).num_classes == 10
    assert (tmp_path / "reconstructions.png").exists()


def test_precision_and_rate_reach_the_model(tmp_path):
    changes = {"mixed_precision": "float16", "learning_rate": 0.5}
    train(tmp_path, kg.models.Autoencoder, "autoencoder", **changes)
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
def test_a_full_disk_is_named(tmp_path, monkeypatch):
    """Where a write in the middle of a file failed, too; and what a killed run left is gone."""

    def fill(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    left = tmp_path / "samples" / ".writing_0123"
    left.mkdir(parents=True)
    monkeypatch.setattr(keras.callbacks.CSVLogger, "on_epoch_end", fill)
    with pytest.raises(OSError, match=rf"No space left.*{tmp_path}"):
        train(tmp_path, validation_split="none")
    assert not left.exists()
    gc.collect()


@pytest.mark.slow
def test_a_run_moves_from_two_devices_to_one(tmp_path):
    """In processes of their own: a CPU can be split before its first use only."""
    for change in ({"strategy": "mirrored", "devices": 2, "epochs": 1}, {"epochs": 2}):
        options = {"split": "train[:640]", **change}
        process = processes.start(processes.run, tmp_path, "autoencoder", options)
        assert processes.ended(process) == [0]
    progress = [row.split(",")[0] for row in (tmp_path / "history.csv").read_text().split()]
    assert progress == ["epoch", "0", "1"]
    assert int(kg.callbacks.restore(tmp_path / "checkpoints")[0].steps_trained) == 2 * 20


@pytest.mark.slow
def test_a_killed_gan_resumes_to_the_same_end(tmp_path):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    options = {"split": "train[:3200]", "epochs": 2}
    undisturbed = processes.start(processes.run, whole, "gan", options)

    run = processes.start(processes.run, killed, "gan", options)
    processes.wait_for((killed / "checkpoints" / "epoch-0001.keras").exists, run)
    run.join(0.2)  # into the second epoch
    run.kill()
    run.join()
    assert not (killed / "config.json").exists()
    again = processes.start(processes.run, killed, "gan", options)
    assert processes.ended(undisturbed, again) == [0, 0]

    check_of_a_model_that_only_samples(whole, epochs=2)
    ends = [kg.callbacks.restore(folder / "checkpoints")[0] for folder in (whole, killed)]
    assert_same(state(ends[1]), state(ends[0]), 1e-5)
    assert [(f / "history.csv").read_text().count("\n") for f in (whole, killed)] == [3, 3]


def test_a_tenth_is_held_out_and_said(tmp_path, capfd, genzoo):
    images = np.random.default_rng(0).random((20, 8, 8), np.float32)
    np.savez(tmp_path / "own.npz", images=images)
    own = str(tmp_path / "own.npz")
    changes = {"dataset": own, "split": None, "validation_split": None}
    train(tmp_path / "run", kg.models.Autoencoder, "autoencoder", **changes)
    assert "train[:90%] is trained on, train[90%:] held out" in capfd.readouterr().out
    card = kg.presets.card(tmp_path / "run")
    assert (card["split"], card["validation_split"]) == ("train[:90%]", "train[90%:]")
    assert json.loads((tmp_path / "run" / "run.json").read_text())["split"] == "train[:90%]"
    train(tmp_path / "run", kg.models.Autoencoder, "autoencoder", **changes, resume=True, epochs=2)
    code, out, _ = genzoo("evaluate", tmp_path / "run", "--dataset", own)
    assert code == 0
    assert "train[90%:], images 2" in out
    output = ["--output", tmp_path / "x.png"]
    assert genzoo("reconstruct", tmp_path / "run", "--dataset", own, *output)[0] == 0


def test_classes_come_from_the_data(tmp_path):
    images = np.random.default_rng(0).random((9, 8, 8), np.float32)
    np.savez(tmp_path / "own.npz", images=images, labels=np.arange(9) % 3)
    changes = {"dataset": str(tmp_path / "own.npz"), "split": "train", "validation_split": "none"}
    folder, _ = train(tmp_path / "run", kg.models.ConditionalGAN, "conditional_gan", **changes)
    assert kg.from_preset(folder).num_classes == 3


def test_classes_that_are_too_many_or_have_no_image(tmp_path, capsys):
    images = np.zeros((9, 8, 8, 1), "uint8")
    np.savez(tmp_path / "years.npz", images=images, labels=[2] * 5 + [4] * 4)
    how = {"dataset": str(tmp_path / "years.npz"), "split": "train[:5]", "output": tmp_path / "run"}
    how |= {"validation_split": "train[5:]"}
    with pytest.raises(ValueError, match=r"Expected num_classes of at least 5.*num_classes=4"):
        train(None, kg.models.ConditionalVAE, "cvae", {"num_classes": 4}, **how)
    assert not (tmp_path / "run").exists()
    train(None, kg.models.ConditionalVAE, "cvae", **how)
    assert "Of 5 classes 4 have no image to learn from: 0, 1, 3, 4." in capsys.readouterr().out


def test_a_rate_falls_to_nothing_over_the_updates_of_each_player(tmp_path):
    options = {"options": {"discriminator_steps": 2}, "decay": "linear", "epochs": 2}
    train(tmp_path, kg.models.GAN, "gan", **options)
    gan, _ = kg.callbacks.restore(tmp_path / "checkpoints")
    rates = [gan.optimizer.learning_rate, gan.discriminator_optimizer.learning_rate]
    assert np.asarray(rates) == pytest.approx(0, abs=1e-9)
    assert int(gan.discriminator_optimizer.iterations) == 2 * int(gan.optimizer.iterations)
    with pytest.raises(ValueError, match=r"epochs=2. Received: epochs=3"):
        train(tmp_path, kg.models.GAN, "gan", **{**options, "epochs": 3}, resume=True)


def test_diffusion_learns_from_labels_where_it_is_asked_to(tmp_path):
    images = np.random.default_rng(0).random((9, 8, 8), np.float32)
    np.savez(tmp_path / "own.npz", images=images, labels=np.arange(9) % 3)
    tiny = {"filters": (4,), "num_blocks": 1}
    own = {"dataset": str(tmp_path / "own.npz"), "split": "train", "validation_split": "none"}
    for num_classes, asked in {None: {}, 4: {"num_classes": 4}}.items():
        how = kg.training.Training(**own, epochs=1, output=tmp_path / str(num_classes))
        folder, _ = kg.training.run("diffusion", kg.models.Diffusion, {**tiny, **asked}, how, "")
        assert kg.from_preset(folder).num_classes == num_classes


def test_labels_that_a_model_does_not_learn_from(tmp_path):
    with pytest.raises(ValueError, match=r"learns from no labels. Expected.*labels='kind'"):
        train(tmp_path / "run", labels="kind")
    with pytest.raises(ValueError, match=r"no such labels.*Received: labels='kind'"):
        train(tmp_path / "run", kg.models.ConditionalGAN, labels="kind")
    assert not (tmp_path / "run").exists()


def test_two_classes_may_be_any_column(tmp_path):
    """Of a model whose number of classes is none of its arguments."""
    (tmp_path / "data").mkdir()
    rows = ["file,old,smiles"]
    for index in range(6):
        PIL.Image.new("L", (8, 8), 40 * index).save(tmp_path / "data" / f"{index}.png")
        rows.append(f"{index}.png,7,{index % 2}")
    (tmp_path / "data" / "faces.csv").write_text("\n".join(rows) + "\n")
    images = {"dataset": str(tmp_path / "data"), "split": "train", "validation_split": "none"}
    how = {**images, "labels": "smiles", "batch_size": 6}
    folder, logs = train(tmp_path / "run", kg.models.DebiasingVAE, "debiasing_vae", **how)
    assert np.isfinite(logs["classification"])
    assert output.claimed(folder)["labels"] == "smiles"
    read = Images.of(folder, images["dataset"]).load("train", labels=True)
    assert kg.datasets.stored_labels(read).tolist() == [0, 1] * 3  # by whoever evaluates it


@pytest.mark.parametrize(
    ("model", "changes", "count"),
    [
        ("Pix2Pix", {"pairs": "inpaint"}, 12),
        ("CycleGAN", {"split": "train", "validation_split": "none", "batch_size": 1}, 3),
    ],
)
def test_models_that_translate(tmp_path, monkeypatch, model, changes, count):
    """Of pairs that are made, and of two folders; pictures show more than a batch of one."""
    shown, draw = [], kg.plots.translations

    def translations(model, *images, **options):
        shown.append([len(each) for each in images])
        return draw(model, *images, **options)

    monkeypatch.setattr("keras_genzoo.plots.translations", translations)
    options = {"filters": (2,), "discriminator_filters": (2,)}
    if model == "CycleGAN":
        options["num_blocks"] = 1
        random = np.random.default_rng(0)
        for index in range(6):
            path = tmp_path / "data" / ("cats", "dogs")[index % 2] / f"{index}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            PIL.Image.fromarray(random.integers(256, size=(8, 8), dtype=np.uint8)).save(path)
        changes = {**changes, "dataset": str(tmp_path / "data")}
    else:
        changes = {**changes, "split": "train[:100]", "validation_split": "test[:20]"}
    model_class = getattr(kg.models, model)
    training = Training(epochs=1, output=tmp_path / "run", **{"batch_size": 50, **changes})
    _, logs = run(model.lower(), model_class, options, training, "typed")
    assert shown == 3 * [[count, count]]  # before, after an epoch, at the end
    assert {"generator_loss", "discriminator_loss"} < logs.keys()
    assert type(kg.from_preset(tmp_path / "run")) is model_class
    assert kg.presets.card(tmp_path / "run")["images"]["pairs"] == training.pairs
    for picture in ("samples.png", "history.png", "samples/epoch-0001.png"):
        assert (tmp_path / "run" / picture).exists()
