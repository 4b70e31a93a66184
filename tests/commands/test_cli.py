import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest
from command import GENZOO, TINY
from toys import rewrite

import keras_genzoo as kg


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


def test_export_numbers_the_versions(genzoo, trained, tmp_path):
    for version in ("1", "2"):
        assert genzoo("export", trained, tmp_path)[0] == 0
        assert (tmp_path / version / "saved_model.pb").exists()


def test_export_in_other_formats(genzoo, model, tmp_path):
    model.save_to_preset(tmp_path / "vae")
    folder = tmp_path / "onnx"
    code, out, _ = genzoo(
        "export", tmp_path / "vae", folder, "--format", "onnx", "--verbs", "encode"
    )
    assert (code, out) == (0, f"{folder} holds the model.\n")
    assert [path.name for path in folder.iterdir()] == ["encode.onnx"]


def test_list_names_the_presets(genzoo, trained, monkeypatch):
    monkeypatch.setenv("KERAS_GENZOO_PRESETS", str(trained.parent))
    code, out, _ = genzoo("list")
    assert code == 0
    assert re.search(r"vae\s+│ VAE\s+│ fashion_mnist_small", out)


@pytest.mark.parametrize(
    ("entries", "score"),
    [
        ({"scores": {"loss": 12.345}}, "loss 12.3"),
        ({"scores": {"accuracy": 0.5}}, "50.0% right"),
        (
            {
                "scores": {},
                "evaluation": [
                    {"metric": "precision", "value": 0.7},
                    {"metric": "frechet_distance", "value": 3.38},
                ],
            },
            "Frechet distance 3.4",
        ),
    ],
)
def test_list_says_how_good_a_preset_is(genzoo, toy_preset, monkeypatch, entries, score):
    kg.presets.annotate(toy_preset, **entries)
    monkeypatch.setenv("KERAS_GENZOO_PRESETS", str(toy_preset.parent))
    _, out, _ = genzoo("list")
    assert re.search(rf"small_toy .* {score}", out)


@pytest.mark.parametrize(
    ("entries", "shown"),
    [
        ({"parameters": None}, "lacks 'parameters'"),
        ({"dataset": "[/nothing] [red]\x1b[31m \ud800 :cat:"}, "[/nothing] [red]�[31m � :cat:"),
        ({"parameters": "6"}, "its entry 'parameters' is none"),
        ({"scores": {"loss": "[/]"}}, "its entry 'scores' is none"),
        ({"evaluation": "x"}, "its entry 'evaluation' is none"),
        ({"model": "VAE", "sha256": 7}, "VAE"),
    ],
)
def test_list_outlives_any_card(genzoo, toy_preset, monkeypatch, entries, shown):
    def alter(card):
        card.update(entries)
        for name in [name for name, value in card.items() if value is None]:
            del card[name]

    rewrite(toy_preset / "card.json", alter)
    shutil.copytree(toy_preset, toy_preset.parent / "[bold]no card")
    (toy_preset.parent / "[bold]no card" / "card.json").unlink()
    monkeypatch.setenv("KERAS_GENZOO_PRESETS", str(toy_preset.parent))
    code, out, _ = genzoo("list")
    assert code == 0
    line = next(line for line in out.splitlines() if "small_toy" in line)
    assert shown in line
    assert re.search(r"\[bold\]no card +│ damaged .*lacks card.json", out)
    assert "vae_mnist_2d" in out


def test_the_next_steps_of_a_training_name_images_of_ones_own(genzoo, model, monkeypatch, tmp_path):
    """Which the card, a stranger's to whoever is given it, may not lead to."""
    monkeypatch.chdir(tmp_path)
    data = tmp_path / "my images.npz"
    images = np.random.default_rng(0).uniform(size=(20, 8, 8, 1)).astype("float32")
    np.savez(data, x_train=images, x_test=images)
    model.save_to_preset("vae_mnist_2d", dataset=str(data))
    # As `--output vae_mnist_2d` leaves it, beside the preset of that name.
    monkeypatch.setattr(kg.training, "run", lambda *_: (Path("vae_mnist_2d"), {"loss": 1.0}))
    _, out, _ = genzoo("train", "vae", "--dataset", data)
    steps = [shlex.split(line)[1:] for line in out.splitlines() if line.startswith("  genzoo")]
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
    ("tokens", "message"),
    [
        (["train", "vea"], "Did you mean"),
        (["train", "vae", "--laten-dim", "3"], "Did you mean --latent-dim"),
        (["train", "vae", "--dataset", "mnits"], "mnist"),
        (["train", "vae", "--filters", "8", "8", "8", "--output", "unused"], "that 8 divides"),
        (["sample", "no_such_preset"], "Received: preset='no_such_preset'"),
    ],
)
def test_errors_are_one_line_and_exit_code_2(genzoo, tokens, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, _, err = genzoo(*tokens)
    assert code == 2
    assert err.count("\n") == 1
    assert message in err


def test_a_run_is_not_overwritten(genzoo, trained):
    code, _, err = genzoo("train", "vae", *TINY, "--output", trained)
    assert code == 2
    assert "--resume" in err
    code, _, err = genzoo("train", "vae", *TINY, "--output", trained, "--resume", "--seed", 1)
    assert code == 2
    assert "seed=0" in err


def test_a_failing_import_shows_what_tensorflow_said(tmp_path):
    (tmp_path / "tensorflow.py").write_text(
        "import os; os.write(2, b'chatter'); raise ImportError('no such library')"
    )
    done = subprocess.run(
        [*GENZOO, "list"],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
    )
    assert done.returncode == 2
    assert "chatter" in done.stderr
    assert "no such library" in done.stderr


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
