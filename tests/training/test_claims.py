"""Whose run a folder holds, without a run: test_runs.py takes the ways that the errors name."""

import json

import pytest
from tiny_runs import fit

import keras_genzoo as kg
from keras_genzoo.training import Training, claims, output
from keras_genzoo.training.callbacks import Checkpoint, restore

OPTIONS = {"latent_dim": 2, "hidden": (4,)}


def asked(options=OPTIONS, counts=(20,), **training):
    training = Training(**{"batch_size": 128, **training})
    return claims.arguments("vae", kg.models.VAE, options, training, counts)


@pytest.fixture
def folder(model, tmp_path):
    """A run of one epoch, written down."""
    fit(model, Checkpoint(tmp_path / "checkpoints"), epochs=1)
    output.claim(tmp_path, asked()[0])
    return tmp_path


def test_every_argument_is_compared_given_or_default():
    arguments, defaults = asked(batch_size=20, epochs=3, output="elsewhere", licence="MIT")
    assert arguments["hidden"] == [4]
    assert arguments["likelihood"] == defaults["likelihood"] == "bernoulli"
    assert (arguments["batch_size"], defaults["batch_size"]) == (20, 128)
    assert not {"image_shape", "kwargs", "epochs", "output", "licence"} & arguments.keys()


def test_only_what_was_asked_for_goes_on(folder):
    arguments, defaults = asked({**OPTIONS, "likelihood": "gaussian"}, batch_size=20)
    was = "likelihood='bernoulli', batch_size=128"
    now = "likelihood='gaussian', batch_size=20"
    with pytest.raises(ValueError, match=f"{was}. Received: {now}"):
        claims.check_folder(folder, arguments, defaults, resume=True)
    with pytest.raises(ValueError, match=f"Expected --resume with {was} to go on"):
        claims.check_folder(folder, arguments, defaults, resume=False)
    claims.check_folder(folder, *asked(), resume=True)
    with pytest.raises(ValueError, match=r"examples=\[20\]. Received: examples=\[21\]"):
        claims.check_folder(folder, *asked(counts=(21,)), resume=True)
    with pytest.raises(ValueError, match=r"Expected --resume to go on with it, or another"):
        claims.check_folder(folder, *asked(), resume=False)


def test_a_claim_of_old_goes_on(folder):
    """It held what was given, and of a model's defaults nothing."""
    old = {"model": "vae", **OPTIONS, "dataset": asked()[0]["dataset"]}
    (folder / "run.json").write_text(json.dumps(old))
    claims.check_folder(folder, *asked(), resume=True)
    with pytest.raises(ValueError, match=r"started with, free_bits=0.0. Received"):
        claims.check_folder(folder, *asked({**OPTIONS, "free_bits": 0.5}), resume=True)


def test_where_the_claim_is_lost_the_model_is_compared(folder):
    model, _ = restore(folder / "checkpoints")
    arguments, defaults = asked()
    claims.check_model(folder, model, kg.models.VAE, arguments)  # it is there: nothing to say
    (folder / "run.json").write_bytes(b"")
    with pytest.raises(ValueError, match="holds a run already"):
        claims.check_folder(folder, arguments, defaults, resume=False)
    claims.check_folder(folder, arguments, defaults, resume=True)
    with pytest.warns(UserWarning, match=r"run.json is gone or damaged"):
        claims.check_model(folder, model, kg.models.VAE, arguments)
    with pytest.raises(ValueError, match=r"latent_dim=2. Received: latent_dim=3"):
        claims.check_model(folder, model, kg.models.VAE, {**arguments, "latent_dim": 3})
    with pytest.raises(ValueError, match=r"model='VAE'. Received: model='IWAE'"):
        claims.check_model(folder, model, kg.models.IWAE, arguments)


def test_a_run_without_a_sound_checkpoint_has_nothing_to_lose(folder):
    (folder / "checkpoints" / "epoch-0001.keras").write_bytes(b"no zip")
    other = asked({"latent_dim": 3})
    claims.check_folder(folder, *other, resume=False)
    with pytest.raises(ValueError, match=r"Expected no --resume.*epoch-0001.keras, damaged"):
        claims.check_folder(folder, *other, resume=True)
    (folder / "config.json").touch()  # but for its preset
    with pytest.raises(ValueError, match=r"Expected another --output\. .*, damaged"):
        claims.check_folder(folder, *other, resume=True)
    with pytest.raises(ValueError, match="holds a run already"):
        claims.check_folder(folder, *other, resume=False)


def test_a_preset_alone_is_not_trained_over(folder):
    (folder / "checkpoints" / "epoch-0001.keras").unlink()
    claims.check_folder(folder, *asked(), resume=True)  # nothing is there yet
    (folder / "config.json").touch()
    with pytest.raises(ValueError, match=r"Expected another --output\. .*with a preset alone$"):
        claims.check_folder(folder, *asked(), resume=True)


def test_what_diverged_promises_what_is_there(folder):
    said = str(claims.diverged(folder, "loss", 2))
    assert f"{folder / 'checkpoints' / 'epoch-0001.keras'} is its last good checkpoint" in said
    assert "--learning-rate and another --output" in said
    (folder / "checkpoints" / "epoch-0001.keras").unlink()
    said = str(claims.diverged(folder, "loss", 2))
    assert "diverged before its first checkpoint" in said
    assert "--learning-rate may give" in said
