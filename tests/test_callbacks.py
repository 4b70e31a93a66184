"""Checkpoints that survive a kill, and warm-ups that survive a resume."""

import os

import keras
import numpy as np
import pytest
from contract import SHAPE, assert_same, pictures, state

from keras_genzoo.callbacks import BetaWarmUp, Checkpoint, restore
from keras_genzoo.models import VAE, Autoencoder, BetaVAE

IMAGES = pictures(20)


@pytest.fixture
def model():
    model = VAE(SHAPE, latent_dim=2, hidden=(4,), seed=0)
    model.compile("adam")
    return model


def fit(model, *callbacks, **options):
    return model.fit(
        IMAGES, **{"batch_size": 10, "verbose": 0, "callbacks": [*callbacks], **options}
    )


def names(folder):
    return sorted(path.name for path in folder.iterdir())


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


def test_keep_of_none_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"Expected.*Received"):
        Checkpoint(tmp_path, keep=0)


# === Warm-up ===


@pytest.mark.parametrize(
    ("arguments", "shares"),
    [
        ({"steps": 4}, [0, 0.25, 0.5, 0.75, 1, 1]),
        ({"steps": 4, "rise": 0.5}, [0, 0.5, 1, 1, 1, 1]),
        ({"steps": 8, "cycles": 2}, [0, 0.25, 0.5, 0.75, 0, 0.25, 0.5, 0.75, 1, 1]),
        ({"steps": 8, "cycles": 2, "rise": 0.5}, [0, 0.5, 1, 1, 0, 0.5, 1, 1, 1, 1]),
    ],
)
def test_schedules(arguments, shares):
    warm_up = BetaWarmUp(**arguments)
    assert [warm_up.share(step) for step in range(len(shares))] == pytest.approx(shares)


class Betas(keras.callbacks.Callback):
    """Writes down beta before every step."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def on_train_batch_begin(self, batch, logs=None):
        self.seen.append(float(self.model.sampler.beta))


def test_beta_rises_from_start_to_the_models(tmp_path):
    model = BetaVAE(SHAPE, latent_dim=2, hidden=(4,), beta=4.0, seed=0)
    model.compile("adam")
    betas = Betas()
    fit(model, BetaWarmUp(steps=4, start=2.0), betas, epochs=3)
    assert betas.seen == [2.0, 2.5, 3.0, 3.5, 4.0, 4.0]
    assert model.beta == 4.0


def test_a_resumed_warm_up_goes_on(model, tmp_path):
    whole, after = Betas(), Betas()
    fit(model, BetaWarmUp(steps=8), whole, Checkpoint(tmp_path), epochs=3)
    model, epochs = restore(tmp_path)
    fit(model, BetaWarmUp(steps=8), after, epochs=5, initial_epoch=epochs)
    assert whole.seen == pytest.approx(np.arange(6) / 8)
    assert after.seen == pytest.approx([6 / 8, 7 / 8, 1, 1])


def test_a_model_without_a_weighted_kl_is_refused():
    autoencoder = Autoencoder(SHAPE, latent_dim=2, hidden=(4,))
    capacity = BetaVAE(SHAPE, latent_dim=2, hidden=(4,), capacity=5.0)
    for model in (autoencoder, capacity):
        model.compile("adam")
        with pytest.raises(ValueError, match=r"Expected.*Received"):
            fit(model, BetaWarmUp(steps=4))


@pytest.mark.parametrize(
    "arguments", [{"steps": 0}, {"steps": 4, "cycles": 0}, {"steps": 4, "rise": 0}]
)
def test_schedules_that_are_none_are_refused(arguments):
    with pytest.raises(ValueError, match=r"Expected.*Received"):
        BetaWarmUp(**arguments)
