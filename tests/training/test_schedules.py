"""Rates of all players; the warm-up of beta is tested with the other callbacks."""

import keras
import pytest
from contract import SHAPE, THREE_PARTS, pictures

from keras_genzoo.models import GAN
from keras_genzoo.training.callbacks import Checkpoint, RateOfAllPlayers, restore


def test_rates_of_all_players_move_together():
    gan = GAN(SHAPE, latent_dim=2, hidden=(4,), seed=0)
    gan.compile(keras.optimizers.Adam(0.1), keras.optimizers.SGD(0.3))
    halved = keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2)
    gan.fit(pictures(4), epochs=2, callbacks=[halved, RateOfAllPlayers()], verbose=0)
    assert float(gan.optimizer.learning_rate) == pytest.approx(0.025)
    assert float(gan.discriminator_optimizer.learning_rate) == pytest.approx(0.075)


@pytest.mark.parametrize("precision", ["float32", "mixed_float16"])
def test_a_rate_that_moves_by_itself_is_followed_by_none(precision):
    gan = GAN(SHAPE, latent_dim=2, hidden=(4,), seed=0, dtype=precision)
    gan.compile(keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.1, 10)))
    with pytest.raises(ValueError, match=r"Expected numbers as learning rates\. .*CosineDecay"):
        gan.fit(pictures(4), callbacks=[RateOfAllPlayers()], verbose=0)


def test_a_rate_that_had_fallen_to_0_rises_again_with_all_others(tmp_path):
    def fit(gan, factor, epochs_done, *callbacks):
        moved = keras.callbacks.LearningRateScheduler(lambda epoch, rate: 0.1 * factor)
        callbacks = [moved, RateOfAllPlayers(), *callbacks]
        options = {"initial_epoch": epochs_done, "epochs": epochs_done + 1, "verbose": 0}
        gan.fit(pictures(4), callbacks=callbacks, **options)

    gan = GAN(SHAPE, latent_dim=2, hidden=(4,), seed=0)
    gan.compile(keras.optimizers.Adam(0.1), keras.optimizers.SGD(0.3))
    fit(gan, 0, 0, Checkpoint(tmp_path))
    gan, epochs = restore(tmp_path)
    fit(gan, 0.5, epochs)
    assert float(gan.discriminator_optimizer.learning_rate) == pytest.approx(0.15)
    gan.optimizer.learning_rate = 0.0
    steps = int(gan.steps_trained)
    with pytest.raises(ValueError, match=rf"{THREE_PARTS}: learning_rate=0.0"):
        fit(gan, 0.5, 0)  # a new run, which knows no ratio
    assert int(gan.steps_trained) == steps


def test_rates_of_a_run_that_was_cut_off_end_as_those_of_a_whole_one(tmp_path):
    def begun():
        gan = GAN(SHAPE, latent_dim=2, hidden=(4,), seed=0)
        gan.compile(keras.optimizers.SGD(2e-4), keras.optimizers.SGD(7e-4))
        return gan

    def rate_after(gan, **epochs):
        falling = keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.3)
        callbacks = [falling, RateOfAllPlayers(), Checkpoint(tmp_path, keep=9)]
        gan.fit(pictures(4), callbacks=callbacks, verbose=0, **epochs)
        return float(gan.discriminator_optimizer.learning_rate)

    rate_after(begun(), epochs=1)
    resumed, epochs = restore(tmp_path)
    ends_at = rate_after(resumed, initial_epoch=epochs, epochs=3)
    for path in tmp_path.iterdir():
        path.unlink()
    assert ends_at == rate_after(begun(), epochs=3)
