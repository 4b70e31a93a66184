"""Warm-ups that survive a resume, sample grids, and the end of lost runs."""

import keras
import numpy as np
import pytest
from contract import SHAPE, pictures

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
