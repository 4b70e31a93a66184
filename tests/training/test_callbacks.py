"""Warm-ups that survive a resume, latents' health, sample grids, and the end of lost runs."""

import csv
import os
import resource

import keras
import matplotlib.image
import numpy as np
import PIL.Image
import pytest
import tensorflow as tf
from contract import SHAPE, THREE_PARTS, assert_same, batches, state
from tiny_runs import IMAGES, fit, names, sharp_judge

from keras_genzoo import datasets, metrics
from keras_genzoo.models import (
    GAN,
    VAE,
    Autoencoder,
    BetaTCVAE,
    BetaVAE,
    ConditionalVAE,
    Pix2Pix,
)
from keras_genzoo.training.callbacks import (
    BetaWarmUp,
    Checkpoint,
    LatentHealth,
    SampleGrid,
    StopWhenLost,
    restore,
)

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
    "arguments",
    [
        *({"steps": 0}, {"steps": 2.5}, {"start": np.nan}),
        *({"rise": 0}, {"rise": "all"}, {"cycles": 1.5}),
    ],
)
def test_schedules_that_are_none_are_refused(arguments):
    with pytest.raises(ValueError, match=r"Expected.*Received"):
        BetaWarmUp(**{"steps": 4, **arguments})


# === Latents' health ===


def scalars(folder):
    """What TensorBoard was given: name to values."""
    (events,) = folder.iterdir()
    found = {}
    for event in tf.compat.v1.train.summary_iterator(str(events)):
        for value in event.summary.value:
            found.setdefault(value.tag, []).append(tf.make_ndarray(value.tensor))
    return found


def test_health_is_logged_for_the_callbacks_after_it(model, tmp_path):
    history = fit(
        model,
        LatentHealth(IMAGES),
        keras.callbacks.CSVLogger(tmp_path / "history.csv"),
        keras.callbacks.TensorBoard(tmp_path / "logs"),
        epochs=3,
    ).history
    rows = list(csv.DictReader((tmp_path / "history.csv").read_text().splitlines()))
    shown = scalars(tmp_path / "logs" / "train")
    for name in ("active_units", "mutual_information"):
        assert history[name][-1] == getattr(metrics, name)(model, IMAGES)
        assert [float(row[name]) for row in rows] == history[name]
        assert shown[f"epoch_{name}"] == pytest.approx(history[name])
    assert len(set(history["mutual_information"])) == 3
    assert model.compiled_verbs["posterior images"].experimental_get_tracing_count() == 1


def test_health_leaves_the_terms_that_a_model_descends():
    model = BetaTCVAE(SHAPE, latent_dim=2, hidden=(16,), seed=0)
    model.compile("adam")
    logs = {name: values[0] for name, values in fit(model, LatentHealth(IMAGES)).history.items()}
    parts = logs["mutual_information"] + 6 * logs["total_correlation"] + logs["dimension_wise_kl"]
    assert logs["loss"] == pytest.approx(logs["reconstruction"] + parts, rel=1e-5)
    assert logs["active_units"] == metrics.active_units(model, IMAGES)


def test_collapse_is_told_once_also_of_a_resumed_run(tmp_path, capsys):
    model = BetaVAE(SHAPE, latent_dim=2, hidden=(16,), beta=100.0, seed=0)
    model.compile(keras.optimizers.Adam(0.03))
    history = fit(model, LatentHealth(IMAGES), Checkpoint(tmp_path), epochs=5).history
    assert history["active_units"][0] > history["active_units"][-2] == 0
    assert history["mutual_information"][-1] == pytest.approx(0, abs=0.01)
    model, epochs = restore(tmp_path)
    fit(model, LatentHealth(IMAGES), epochs=7, initial_epoch=epochs)
    told = capsys.readouterr().out
    assert told.count("Posterior collapse") == 1
    assert "0 of 2 latents are active" in told
    assert "free_bits" in told
    fit(model, LatentHealth(IMAGES))  # another run, of an epoch that may be too short
    assert "collapse" not in capsys.readouterr().out
    fit(model, LatentHealth(IMAGES), epochs=2)
    assert "collapse: after epoch 2," in capsys.readouterr().out


def test_a_user_says_how_few_latents_are_a_collapse(model, capsys):
    fit(model, LatentHealth(IMAGES), epochs=2)
    assert "collapse" not in capsys.readouterr().out
    health = LatentHealth(IMAGES)

    def ask_for_more_in_two_epochs(epoch, logs):
        health.fewest = 3 if epoch < 2 else 1

    asking = keras.callbacks.LambdaCallback(on_epoch_begin=ask_for_more_in_two_epochs)
    fit(model, asking, health, epochs=3)
    told = capsys.readouterr().out
    assert "after epoch 2, 2 of 2 latents are active, fewer than 3" in told
    assert told.count("collapse") == 1


def test_watching_health_changes_no_run(tmp_path):
    def new_model():
        keras.utils.set_random_seed(0)
        model = VAE(SHAPE, latent_dim=2, hidden=(4,))
        model.compile("adam")
        return model

    fit(alone := new_model(), epochs=4, shuffle=False)
    fit(new_model(), LatentHealth(IMAGES), Checkpoint(tmp_path), epochs=2, shuffle=False)
    watched, epochs = restore(tmp_path)
    fit(watched, LatentHealth(IMAGES), epochs=4, initial_epoch=epochs, shuffle=False)
    assert_same(state(watched), state(alone))


def test_a_dataset_gives_its_first_images_and_stays_where_it_is():
    options = {"batch_size": 25, "labels": True, "binarize": "dynamic"}
    dataset = datasets.load("fashion_mnist_small", "train[:60]", **options)
    some, all_ = LatentHealth(dataset, num_images=40), LatentHealth(dataset)
    of_first_epoch = datasets.arrays(dataset)[0]
    np.testing.assert_array_equal(all_.images, of_first_epoch)
    np.testing.assert_array_equal(some.images, of_first_epoch[:40])
    plain = LatentHealth(batches(IMAGES, size=8), num_images=12)
    np.testing.assert_array_equal(plain.images, IMAGES[:12])


def test_callbacks_tell_a_conditional_model_its_condition(tmp_path):
    model = ConditionalVAE(SHAPE, condition_shape=SHAPE, latent_dim=2, hidden=(4,), seed=0)
    model.compile("adam")
    conditions = IMAGES[::-1]
    grid = SampleGrid(tmp_path, num_samples=3, conditions=conditions[:3])
    options = {"y": conditions, "verbose": 0}
    watch = LatentHealth((IMAGES, conditions))
    history = model.fit(IMAGES, callbacks=[grid, watch], **options).history
    expected = metrics.mutual_information(model, IMAGES, conditions=conditions)
    assert history["mutual_information"] == [expected]
    assert (tmp_path / "epoch-0001.png").exists()
    steps = int(model.steps_trained)
    for bad in (SampleGrid(tmp_path), LatentHealth(IMAGES), SampleGrid(tmp_path, 2, conditions=3)):
        with pytest.raises(ValueError, match=THREE_PARTS):
            model.fit(IMAGES, callbacks=[bad], **options)
    assert int(model.steps_trained) == steps  # before the first of them


def test_health_of_a_model_without_posterior_is_refused():
    autoencoder = Autoencoder(SHAPE, latent_dim=2, hidden=(4,))
    autoencoder.compile("adam")
    with pytest.raises(ValueError, match=rf"{THREE_PARTS}.*Autoencoder"):
        fit(autoencoder, LatentHealth(IMAGES))
    assert int(autoencoder.steps_trained) == 0


@pytest.mark.parametrize("images", [IMAGES * 255, IMAGES[:, 1:]])
def test_images_that_no_health_is_measured_on(model, images):
    with pytest.raises(ValueError, match=THREE_PARTS):
        fit(model, LatentHealth(images))
    assert int(model.steps_trained) == 0
    for few in ({"images": images[:1]}, {"num_images": 1}, {"fewest": None}):
        with pytest.raises(ValueError, match=THREE_PARTS):
            LatentHealth(**{"images": images, **few})
    with pytest.raises(ValueError, match=THREE_PARTS):
        LatentHealth(batches(images).take(0))


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
    for epochs in (3, 1):  # a shorter run shows no picture of the one before it
        with PIL.Image.open(tmp_path / "moving" / "training.gif") as animation:
            assert animation.n_frames == epochs
        fit(model, SampleGrid(tmp_path / "moving", num_samples=4))


def test_more_pictures_than_a_process_may_open(model, tmp_path):
    for epoch in range(1, 41):
        PIL.Image.new("L", (8, 8), epoch).save(tmp_path / f"epoch-{epoch:04d}.png")
    grid = SampleGrid(tmp_path)
    grid.set_model(model)
    grid.set_params({"epochs": 40})
    grid.on_train_begin()
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (len(os.listdir("/proc/self/fd")) + 20, limits[1]))
    try:
        grid.on_train_end()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    with PIL.Image.open(tmp_path / "training.gif") as training:
        assert training.n_frames == 40


def test_a_kill_leaves_no_half_of_a_picture(model, tmp_path, monkeypatch):
    whole = matplotlib.figure.Figure.savefig

    def killed(figure, path):
        whole(figure, path)
        path.write_bytes(path.read_bytes()[:1000])
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(matplotlib.figure.Figure, "savefig", killed)
        with pytest.raises(KeyboardInterrupt):
            fit(model, SampleGrid(tmp_path, num_samples=4))
    assert names(tmp_path) == []
    fit(model, SampleGrid(tmp_path, num_samples=4))
    assert names(tmp_path) == ["epoch-0001.png", "training.gif"]


def test_grids_go_to_tensorboard(model, tmp_path):
    fit(model, SampleGrid(tmp_path, num_samples=4, log_dir=tmp_path / "logs"), epochs=2)
    (events,) = (tmp_path / "logs").iterdir()
    shown = [
        (event.step, value.tag)
        for event in tf.compat.v1.train.summary_iterator(str(events))
        for value in event.summary.value
    ]
    assert shown == [(1, "samples"), (2, "samples")]


def test_tensorboard_is_written_by_a_run_alone(tmp_path):
    SampleGrid(tmp_path, log_dir=tmp_path / "logs")
    assert not (tmp_path / "logs").exists()


def test_a_model_that_draws_nothing_is_refused(tmp_path):
    autoencoder = Autoencoder(SHAPE, latent_dim=2, hidden=(4,))
    autoencoder.compile("adam")
    with pytest.raises(ValueError, match=r"Expected.*Received"):
        fit(autoencoder, SampleGrid(tmp_path))


def test_a_model_that_translates_shows_how(tmp_path):
    model = Pix2Pix(SHAPE, filters=(2,), discriminator_filters=(2,))
    model.compile()
    grid = SampleGrid(tmp_path, images=(IMAGES[:2], IMAGES[2:4]))
    model.fit(IMAGES, IMAGES, callbacks=[grid], verbose=0)
    assert {path.name for path in tmp_path.iterdir()} == {"epoch-0001.png", "training.gif"}
    steps = int(model.steps_trained)
    for drawn in ({"num_samples": 3}, {"seed": 1}, {"conditions": IMAGES[:3]}):
        with pytest.raises(ValueError, match=THREE_PARTS):
            SampleGrid(tmp_path, images=IMAGES[:3], **drawn)
    for bad in (SampleGrid(tmp_path), SampleGrid(tmp_path, images=IMAGES[:, :3])):
        with pytest.raises(ValueError, match=THREE_PARTS):
            model.fit(IMAGES, IMAGES, callbacks=[bad], verbose=0)
    assert int(model.steps_trained) == steps


# === Lost runs ===


def test_a_discriminator_that_always_wins_ends_the_run(tmp_path, capsys):
    """Of a generator that learns nothing; resumed, it trains no further."""
    gan = GAN(SHAPE, latent_dim=2, hidden=(4,), discriminator=sharp_judge(SHAPE), seed=0)
    gan.compile(keras.optimizers.SGD(0.0), keras.optimizers.SGD(0.0))
    history = fit(gan, StopWhenLost(patience=2), Checkpoint(tmp_path), epochs=200)
    lost = min(history.history["real_accuracy"][-1], history.history["fake_accuracy"][-1])
    assert lost >= 0.99
    assert len(history.epoch) < 200
    assert "the discriminator has been right" in capsys.readouterr().out
    resumed, epochs = restore(tmp_path)
    assert epochs == len(history.epoch)
    assert fit(resumed, StopWhenLost(patience=2), epochs=200, initial_epoch=epochs).epoch == []
    assert f"Stopped after epoch {epochs}: the discriminator" in capsys.readouterr().out
    assert_same(state(resumed), state(gan), 0)
    resumed, _ = restore(tmp_path)
    on = fit(resumed, StopWhenLost(patience=3), epochs=200, initial_epoch=epochs).epoch
    assert on[0] == epochs
    assert len(on) < 200 - epochs


def test_a_loss_that_is_not_finite_ends_the_run(model, tmp_path, capsys):
    fit(model, Checkpoint(tmp_path), epochs=1)
    model.optimizer.learning_rate = float("inf")
    history = fit(model, StopWhenLost(), Checkpoint(tmp_path), epochs=9, initial_epoch=1)
    assert history.epoch == [1]
    assert "not finite, kl, loss" in capsys.readouterr().out
    assert names(tmp_path) == ["epoch-0001.keras"]  # the last good one


def test_a_lost_run_has_not_collapsed(model, capsys):
    model.optimizer.learning_rate = 0.0
    model.log_variance_head.bias.assign([-2000.0, -2000.0])  # no float64 holds the precision
    fit(model, LatentHealth(IMAGES))
    model.optimizer.learning_rate = float("inf")
    history = fit(model, LatentHealth(IMAGES), epochs=3).history
    assert not np.isfinite(history["mutual_information"]).any()
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("arguments", [{"patience": 0}, {"patience": 2.5}, {"threshold": 0.5}])
def test_watches_that_see_nothing_are_refused(arguments):
    with pytest.raises(ValueError, match=r"Expected.*Received"):
        StopWhenLost(**arguments)
