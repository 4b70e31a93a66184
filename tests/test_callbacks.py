"""Warm-ups that survive a resume, sample grids, and the end of lost runs."""

import keras
import matplotlib.image
import numpy as np
import PIL.Image
import pytest
import tensorflow as tf
from contract import SHAPE
from runs import fit, names

from keras_genzoo.callbacks import BetaWarmUp, Checkpoint, SampleGrid, StopWhenLost, restore
from keras_genzoo.models import GAN, Autoencoder, BetaVAE

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


# === Sample grids ===


def test_the_same_latents_after_each_epoch(model, tmp_path):
    still = SampleGrid(tmp_path / "still", num_samples=4)
    model.optimizer.learning_rate = 0.0
    fit(model, still, epochs=2)
    model.optimizer.learning_rate = 0.1
    fit(model, SampleGrid(tmp_path / "moving", num_samples=4), epochs=3)

    def pictures_in(folder):
        assert names(folder)[-1] == "training.gif"
        return [matplotlib.image.imread(path)[50:] for path in sorted(folder.glob("*.png"))]

    first, second = pictures_in(tmp_path / "still")  # below the title, which counts epochs
    assert (first == second).all()
    first, second, _ = pictures_in(tmp_path / "moving")
    assert (first != second).any()
    with PIL.Image.open(tmp_path / "moving" / "training.gif") as animation:
        assert animation.n_frames == 3


def test_grids_go_to_tensorboard(model, tmp_path):
    fit(model, SampleGrid(tmp_path, num_samples=4, log_dir=tmp_path / "logs"), epochs=2)
    (events,) = (tmp_path / "logs").iterdir()
    shown = [
        (event.step, value.tag)
        for event in tf.compat.v1.train.summary_iterator(str(events))
        for value in event.summary.value
    ]
    assert shown == [(1, "samples"), (2, "samples")]


def test_a_model_that_draws_nothing_is_refused(tmp_path):
    autoencoder = Autoencoder(SHAPE, latent_dim=2, hidden=(4,))
    autoencoder.compile("adam")
    with pytest.raises(ValueError, match=r"Expected.*Received"):
        fit(autoencoder, SampleGrid(tmp_path))


# === Lost runs ===


def test_a_discriminator_that_always_wins_ends_the_run(tmp_path, capsys):
    gan = GAN(SHAPE, latent_dim=2, hidden=(4,), seed=0)
    gan.compile("sgd", keras.optimizers.Adam(0.05))  # noise against a constant fake: easily told
    history = fit(gan, StopWhenLost(patience=2), Checkpoint(tmp_path), epochs=200)
    lost = min(history.history["real_accuracy"][-1], history.history["fake_accuracy"][-1])
    assert lost >= 0.99
    assert len(history.epoch) < 200
    assert "the discriminator has been right" in capsys.readouterr().out
    assert restore(tmp_path)[1] == len(history.epoch)


def test_a_loss_that_is_not_finite_ends_the_run(model, tmp_path, capsys):
    fit(model, Checkpoint(tmp_path), epochs=1)
    model.optimizer.learning_rate = float("inf")
    history = fit(model, StopWhenLost(), Checkpoint(tmp_path), epochs=9, initial_epoch=1)
    assert history.epoch == [1]
    assert "not finite, kl, loss" in capsys.readouterr().out
    assert names(tmp_path) == ["epoch-0001.keras"]  # the last good one


@pytest.mark.parametrize("arguments", [{"patience": 0}, {"threshold": 0.5}, {"threshold": 1.1}])
def test_watches_that_see_nothing_are_refused(arguments):
    with pytest.raises(ValueError, match=r"Expected.*Received"):
        StopWhenLost(**arguments)
