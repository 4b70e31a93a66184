"""Adaptive resampling: the weights follow the model, in files too, and under several replicas."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from contract import SHAPE, THREE_PARTS, assert_same, pictures, state

from keras_genzoo.datasets import epochs, resampled
from keras_genzoo.models import VAE, DebiasingVAE
from keras_genzoo.training import checkpoints
from keras_genzoo.training.callbacks import Checkpoint, Resample, restore

IMAGES, LABELS = pictures(40), np.arange(40) % 2


def new_data():
    """40 labelled images in 4 batches."""
    images, labels = tf.constant(IMAGES), tf.constant(LABELS)

    def batch(epoch, indices):
        return tf.gather(images, indices), tf.gather(labels, indices)

    options = {"batch_size": 10, "shuffle": True, "seed": 0, "drop_remainder": False}
    return resampled(epochs(batch, 40, **options), np.ones(40))


def new_model():
    keras.utils.set_random_seed(0)
    model = DebiasingVAE(SHAPE, latent_dim=2, hidden=(8,), seed=0)
    model.compile(keras.optimizers.Adam(0.01))
    return model


def fit(model, data, *callbacks, **options):
    return model.fit(data, callbacks=[Resample(data), *callbacks], verbose=0, **options).history


class KilledError(Exception):
    pass


class KillAt(keras.callbacks.Callback):
    def __init__(self, step):
        super().__init__()
        self.step = step

    def on_train_batch_end(self, batch, logs=None):
        if int(self.model.steps_trained.numpy()) == self.step:
            raise KilledError


def test_weights_are_those_of_the_model_after_each_epoch():
    model, data, seen = new_model(), new_data(), []

    class Look(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            seen.append((data.get_weights(), self.model.sample_weights(IMAGES, LABELS, 0.01)))

    fit(model, data, Look(), epochs=2)
    for found, expected in seen:
        assert_same([found], [expected])
    assert (seen[0][0] != seen[1][0]).any()
    assert (seen[0][0][LABELS == 0] == 1).all()


@pytest.fixture(scope="module")
def whole():
    """The state and the weights after three epochs of a run that nothing cut off."""
    keras.utils.set_random_seed(0)
    fit(model := new_model(), data := new_data(), epochs=3)
    return state(model), data.get_weights()


def test_a_run_that_was_cut_off_goes_on_with_the_very_batches(whole, tmp_path):
    """In the middle of an epoch, and at the end of one."""
    keep = Checkpoint(tmp_path, every_steps=2)
    with pytest.raises(KilledError):
        fit(new_model(), new_data(), KillAt(7), keep, epochs=3)
    for step in (6, 4):
        model, trained = restore(tmp_path)
        assert int(model.steps_trained) == step
        fit(model, data := new_data(), epochs=3, initial_epoch=trained)
        assert_same(state(model), whole[0], 0)
        assert_same([data.get_weights()], [whole[1]], 0)
        checkpoints.newest(tmp_path).unlink()


def test_a_run_in_two_parts_is_one_run(whole, tmp_path):
    """With the same callback, whose weights the second part's checkpoints hold too."""
    model, data = new_model(), new_data()
    callbacks = [Resample(data), Checkpoint(tmp_path, every_steps=2)]
    model.fit(data, callbacks=callbacks, verbose=0)
    with pytest.raises(KilledError):
        model.fit(data, callbacks=[*callbacks, KillAt(7)], epochs=3, initial_epoch=1, verbose=0)
    model, trained = restore(tmp_path)
    fit(model, new_data(), epochs=3, initial_epoch=trained)
    assert_same(state(model), whole[0], 0)


def test_replicas_draw_what_one_device_draws(mirrored):
    with mirrored.scope():
        model = new_model()
    history = fit(model, data := new_data(), epochs=2)
    assert len(history["loss"]) == 2
    assert int(model.steps_trained.numpy()) == 8
    assert data.get_weights().shape == (40,)
    assert (data.get_weights() != 1).any()


def test_what_cannot_be_resampled_is_refused():
    model, data = new_model(), new_data()
    with pytest.raises(ValueError, match=THREE_PARTS):
        Resample(tf.data.Dataset.range(3))
    before = state(model)
    for arguments in ({"x": IMAGES, "y": LABELS}, {"x": new_data()}):
        with pytest.raises(ValueError, match=THREE_PARTS):
            model.fit(**arguments, callbacks=[Resample(data)], verbose=0)
    with pytest.raises(ValueError, match="steps_per_epoch"):
        fit(model, data, steps_per_epoch=2)
    assert_same(state(model), before, 0)
    vae = VAE(SHAPE, latent_dim=2, hidden=(8,))
    vae.compile("adam")
    with pytest.raises(ValueError, match=THREE_PARTS):
        fit(vae, data)
