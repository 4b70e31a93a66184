"""`genzoo train`: its flags, what it leaves and tells, and that it trains the same twice."""

import inspect
import itertools
import json
import os
import re
import shlex
import signal
import subprocess
import time
from pathlib import Path

import keras
import numpy as np
import pytest
from command import GENZOO, TINY
from contract import assert_same

import keras_genzoo as kg
from keras_genzoo.commands import train
from keras_genzoo.training import output, runs


def test_train_leaves_a_preset_and_pictures(trained):
    names = {path.name for path in trained.iterdir()}
    assert {"config.json", "model.weights.h5", "card.json"} <= names
    assert {"samples.png", "reconstructions.png", "history.png"} <= names
    assert kg.from_preset(str(trained)).sample(2, seed=0).shape == (2, 28, 28, 1)
    card = json.loads((trained / "card.json").read_text())
    assert card["command"].startswith("genzoo train vae --split 'train[:300]'")
    assert card["epochs"] == 2
    assert set(card["scores"]) == {"loss", "reconstruction", "kl"}


def test_flags_come_from_the_constructor(genzoo):
    code, out, _ = genzoo("train", "beta_vae", "--help")
    assert code == 0
    assert "--capacity-steps" in out
    assert re.search(r"--beta\s+FLOAT\s+Weight of the KL", out)
    assert "--encoder" not in out


@pytest.mark.parametrize(
    ("model", "flag"), [("conditional_vae", "--condition-shape"), ("pix2pix", "--target-shape")]
)
def test_what_the_data_tell_is_no_flag(genzoo, model, flag):
    code, out, err = genzoo("train", model, flag, 28, 28, 1)
    assert (code, out) == (2, "")
    assert f"Unknown option: {flag}" in err


def test_a_preset_is_named_where_a_model_may_be_given(genzoo, trained, tmp_path):
    _, out, _ = genzoo("train", "latent_diffusion", "--help")
    assert re.search(r"--autoencoder\s+\w*\s*A VAE without a condition", out)
    assert "--denoiser" not in out
    given = ["--autoencoder", trained, *TINY, "--epochs", 1, "--output", tmp_path / "run"]
    assert genzoo("train", "latent_diffusion", *given)[0] == 0
    model = kg.from_preset(tmp_path / "run")
    vae = kg.from_preset(trained)
    assert model.image_shape == (28, 28, 1)
    for mine, kept in zip(model.autoencoder.get_weights(), vae.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, kept)
    assert float(np.ptp(model.latent_stddev)) > 0
    assert genzoo("train", "latent_diffusion", *given, "--resume")[0] == 0


def steps_of(lines):
    return [shlex.split(line)[1:] for line in lines if line.startswith("genzoo")]


def test_the_next_steps_of_a_training_name_images_of_ones_own(genzoo, model, monkeypatch, tmp_path):
    """Which the card, a stranger's to whoever is given it, may not lead to."""
    monkeypatch.chdir(tmp_path)
    data = tmp_path / "my images.npz"
    images = np.random.default_rng(0).uniform(size=(20, 8, 8, 1)).astype("float32")
    np.savez(data, x_train=images, x_test=images)
    # As `--output vae_mnist_2d` leaves it, beside the preset of that name.
    model.save_to_preset("vae_mnist_2d", dataset=str(data))
    steps = steps_of(train.next_steps(kg.models.VAE, Path("vae_mnist_2d"), str(data), {}))
    verbs = ["sample", "reconstruct", "traverse", "evaluate", "export"]
    assert [step[0] for step in steps] == verbs
    assert {step[1] for step in steps} == {"./vae_mnist_2d"}
    for step in steps[1:4]:
        assert step[2:] == ["--dataset", str(data)]
    assert genzoo(*steps[3], "--metrics", "loss")[0] == 0
    code, _, err = genzoo(*steps[1][:2])
    assert code == 2
    assert "name the dataset yourself by --dataset" in err


@pytest.mark.parametrize(
    ("model_class", "options", "verbs"),
    [
        (kg.models.VAE, {"latent_dim": (2, 2, 1)}, ["sample", "reconstruct", "evaluate", "export"]),
        (kg.models.GAN, {}, ["sample", "traverse", "evaluate", "export"]),
        (kg.models.Diffusion, {}, ["sample", "evaluate", "export"]),
        (kg.models.PixelCNN, {}, ["sample", "complete", "evaluate", "export"]),
        (kg.models.SequenceVAE, {}, ["sample", "evaluate", "export"]),
        (kg.models.CycleGAN, {}, ["translate", "export"]),
    ],
)
def test_the_next_steps_are_what_the_model_can(model_class, options, verbs):
    steps = steps_of(train.next_steps(model_class, "mine", "mnist", options))
    assert [step[0] for step in steps] == verbs


def test_what_to_type_next_is_told_and_can_be_typed(genzoo, tmp_path):
    folder = tmp_path / "my run"
    code, out, _ = genzoo("train", "vae", *TINY, "--epochs", 1, "--output", folder)
    _, _, told = out.partition("Next:\n")
    lines = [line.strip() for line in told.splitlines() if line]
    assert code == 0
    assert ["sample", str(folder)] in steps_of(lines)
    name, _, code = shlex.split(lines[-1])
    assert name == "python"
    compile(code, "<told>", "exec")


def test_a_run_is_not_overwritten(genzoo, trained):
    code, _, err = genzoo("train", "vae", *TINY, "--output", trained)
    assert code == 2
    assert "--resume" in err
    code, _, err = genzoo("train", "vae", *TINY, "--output", trained, "--resume", "--seed", 1)
    assert code == 2
    assert "seed=0" in err


def smallest_of_each_family():
    """Presets that are trained by the command on images as large as the embedded ones."""
    cards = {name: kg.presets.card(name) for name in kg.presets.list()}
    found = {}
    for name, card in sorted(cards.items(), key=lambda item: item[1]["parameters"]):
        trained_by, on = card.get("command") or "", card.get("dataset") or ""
        if trained_by.startswith("genzoo train") and "mnist" in on:
            family = getattr(kg.models, card["model"]).__module__.split(".")[-2]
            found.setdefault(family, name)
    return found


def of_other_images(command, model, folder):
    """A card's command, told to take 20 small steps on the embedded images, by small networks."""
    images = {"dataset": "fashion_mnist_small", "split": "train[:80]", "validation-split": "none"}
    flags = {**images, "batch-size": "4", "epochs": "1", "output": str(folder)}
    parameters = inspect.signature(getattr(kg.models, model)).parameters
    sizes = parameters["filters"].default
    if "num_blocks" in parameters:
        flags |= {"filters": "4", "num-blocks": "1"}
    elif sizes or "--filters" in command:
        flags["filters"] = "4 8"
    tokens = shlex.split(command)[1:]
    for flag in flags:
        if f"--{flag}" in tokens:
            place = tokens.index(f"--{flag}")
            rest = itertools.dropwhile(lambda text: not text.startswith("--"), tokens[place + 1 :])
            tokens[place:] = rest
    told = (text for flag, value in flags.items() for text in (f"--{flag}", *value.split()))
    return [*tokens, *told]


@pytest.mark.slow
@pytest.mark.parametrize("name", smallest_of_each_family().values())
def test_a_cards_command_run_twice_trains_the_same(genzoo, name, tmp_path, monkeypatch):
    monkeypatch.setattr(kg.callbacks, "SampleGrid", lambda *_: keras.callbacks.Callback())
    monkeypatch.setattr(runs, "_draw", lambda *_: None)
    card = kg.presets.card(name)
    command = card.get("float32_command", card["command"])  # bfloat16 is of the whole process
    for state, folder in enumerate(("one", "other")):
        keras.utils.set_random_seed(state)  # that what went before left
        tokens = of_other_images(command, card["model"], tmp_path / folder)
        assert genzoo(*tokens, "--seed", card["seed"])[0] == 0
    (one, _), (other, _) = (output.rows(tmp_path / x / "history.csv") for x in ("one", "other"))
    assert len(one) > 0
    # To the last digits of float32: threads may add up the gradient of a kernel in another order.
    assert other == {loss: pytest.approx(values, rel=1e-6) for loss, values in one.items()}
    one, other = (kg.from_preset(tmp_path / x) for x in ("one", "other"))
    assert int(one.steps_trained) == 20
    assert_same(one.get_weights(), other.get_weights(), 1e-5)


@pytest.mark.slow
def test_an_interrupted_run_says_how_to_go_on_and_nothing_of_tensorflow(tmp_path):
    run = subprocess.Popen(
        [*GENZOO, "train", "autoencoder", *TINY, "--epochs", "1000", "--output", tmp_path],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env={k: v for k, v in os.environ.items() if k != "TF_CPP_MIN_LOG_LEVEL"},
        # A shell ignores it for what it starts in the background, as a test run may be.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    while run.poll() is None and not list(tmp_path.glob("checkpoints/epoch-*.keras")):
        time.sleep(0.02)
    run.send_signal(signal.SIGINT)
    _, said = run.communicate()
    assert run.returncode == 130
    assert said == "\nInterrupted. The same command with --resume goes on.\n"
