"""Runs that go on in the middle of an epoch, with what their callbacks had counted."""

import keras
import pytest
import tensorflow as tf
from contract import assert_same, state
from tiny_runs import IMAGES, TRAIN, fit, names, new_vae

import keras_genzoo as kg
from keras_genzoo.training.callbacks import Checkpoint, restore


class Loss(keras.callbacks.EarlyStopping):
    """Counts, and writes down the loss of every batch."""

    def __init__(self):
        super().__init__("loss", patience=5)
        self.seen = []

    def on_train_batch_end(self, batch, logs=None):
        self.seen.append(logs["loss"])


def test_a_run_goes_on_in_the_middle_of_an_epoch(tmp_path):
    def fit(model, epochs_done, *callbacks):
        return model.fit(
            TRAIN, epochs=3, initial_epoch=epochs_done, callbacks=[*callbacks], verbose=0
        ).history

    whole, after = Loss(), Loss()
    undisturbed = new_vae()
    expected = fit(undisturbed, 0, Checkpoint(tmp_path, every_steps=3, keep=9), whole)
    files = [path.name for path in kg.checkpoints.found(tmp_path)]
    assert files == [
        *("epoch-0000-step-000003.keras", "epoch-0000-step-000006.keras", "epoch-0001.keras"),
        *("epoch-0001-step-000003.keras", "epoch-0001-step-000006.keras", "epoch-0002.keras"),
        *("epoch-0002-step-000003.keras", "epoch-0002-step-000006.keras", "epoch-0003.keras"),
    ]
    for path in tmp_path.glob("epoch-000[23]*"):
        path.unlink()
    resumed, epochs = restore(tmp_path)
    assert epochs == 1
    history = fit(resumed, epochs, after, Checkpoint(tmp_path))
    assert after.seen == pytest.approx(whole.seen[-10:])  # averages of the epoch, not of its rest
    assert history["loss"] == pytest.approx(expected["loss"][1:])
    assert (after.best, after.wait) == (whole.best, whole.wait)
    assert int(resumed.steps_trained) == 24
    assert_same(state(resumed), state(undisturbed), 1e-6)


def test_a_refused_call_does_not_lose_the_place(tmp_path):
    model = new_vae()
    model.fit(TRAIN, callbacks=[Checkpoint(tmp_path, every_steps=5)], verbose=0)
    (tmp_path / "epoch-0001.keras").unlink()
    resumed, epochs = restore(tmp_path)
    with pytest.raises(ValueError, match="Expected"):
        resumed.fit(TRAIN, validation_data=(IMAGES * 255,), verbose=0)
    resumed.fit(TRAIN, initial_epoch=epochs, verbose=0)
    assert int(resumed.steps_trained) == 8


def test_validation_draws_the_same_pixels_after_each_epoch():
    drawn = kg.datasets.load("fashion_mnist_small", "test[:20]", binarize="dynamic")
    model = new_vae(keras.optimizers.SGD(0.0))
    seen = []
    model.flow = lambda images, *rest, flow=model.flow, training=False: (
        training or tf.py_function(lambda x: seen.append(x.numpy()), [images], []),
        flow(images, *rest, training=training),
    )[1]
    model.fit(TRAIN, validation_data=drawn, epochs=2, verbose=0)
    assert len(seen) == 2
    assert (seen[0] == seen[1]).all()


def test_what_callbacks_count_comes_back(model, tmp_path):
    waiting = keras.callbacks.EarlyStopping("loss", patience=9, baseline=0.0)
    fit(model, Checkpoint(tmp_path), waiting, epochs=4)  # called last all the same
    assert waiting.wait == 4
    model, epochs = restore(tmp_path)
    again = keras.callbacks.EarlyStopping("loss", patience=9, baseline=0.0)
    fit(model, Checkpoint(tmp_path), again, epochs=6, initial_epoch=epochs)
    assert again.wait == 6
    again = keras.callbacks.EarlyStopping("loss", patience=9, restore_best_weights=True)
    model, epochs = restore(tmp_path)
    with pytest.warns(UserWarning, match="EarlyStopping goes on without the best weights"):
        fit(model, again, epochs=7, initial_epoch=epochs)
    fit(model, fresh := keras.callbacks.EarlyStopping("loss", baseline=0.0), epochs=1)
    assert fresh.wait == 1  # another run, another count


@pytest.mark.parametrize("kept", [None, -7.0])  # as checkpoints of before have it
def test_a_resumed_callback_asks_for_as_much_as_it_did(model, tmp_path, kept):
    def stopping():
        return keras.callbacks.EarlyStopping("loss", min_delta=7.0, patience=9)

    fit(model, Checkpoint(tmp_path), stopping(), epochs=2)
    model, epochs = restore(tmp_path)
    for name, counted in model.resumed["callbacks"]:
        if name == "EarlyStopping" and kept is not None:
            counted["min_delta"] = kept
    fit(model, again := stopping(), epochs=5, initial_epoch=epochs)
    assert again.min_delta == -7.0  # of a term that falls
    assert again.wait == 4  # none of them was so much better than the first


def test_other_data_start_the_epoch_anew(model, tmp_path):
    fit(model, Checkpoint(tmp_path, every_steps=1), epochs=1)
    (tmp_path / "epoch-0001.keras").unlink()
    model, epochs = restore(tmp_path)
    assert (epochs, int(model.steps_trained)) == (0, 1)
    with pytest.warns(UserWarning, match="Epoch 1 starts anew"):
        fit(model, Checkpoint(tmp_path), epochs=1)  # into the folder that it comes from
    assert int(model.steps_trained) == 3
    assert restore(tmp_path)[1] == 1


def test_bad_pixels_are_kept_in_no_checkpoint(model, tmp_path):
    images = IMAGES.copy()
    images[10, 0, 0] = 7.0  # the loss stays finite
    with pytest.raises(ValueError, match=r"(?s)Epoch 1 drew bad pixels.*Expected.*Received"):
        model.fit(
            tf.data.Dataset.from_tensor_slices(images).batch(5),
            callbacks=[Checkpoint(tmp_path, every_steps=1)],
            verbose=0,
        )
    assert names(tmp_path) == [f"epoch-0000-step-00000{n}.keras" for n in (1, 2)]


class Stop(keras.callbacks.Callback):
    """Ends a run after so many steps, as a limit of time does."""

    def __init__(self, steps):
        super().__init__()
        self.steps = steps

    def on_train_batch_end(self, batch, logs=None):
        if int(self.model.steps_trained) == self.steps:
            self.model.stop_training = True


def test_a_run_that_a_callback_stops_in_an_epoch_goes_on_there(tmp_path):
    """With the averages that the epoch had before the validation, which comes then too."""

    def fit(model, epochs_done, *callbacks):
        seen = keras.callbacks.EarlyStopping("loss", baseline=0.0, patience=9)
        callbacks = [*callbacks, Checkpoint(tmp_path), seen]
        options = {"epochs": 2, "initial_epoch": epochs_done, "verbose": 0}
        history = model.fit(TRAIN, validation_data=TRAIN, callbacks=callbacks, **options)
        return history.history["loss"][-1], seen.wait

    def new_model():  # without noise, which a validation moves
        keras.utils.set_random_seed(0)
        model = kg.models.Autoencoder((28, 28, 1), latent_dim=2, hidden=(4,), seed=0)
        model.compile("adam")
        return model

    undisturbed = new_model()
    expected = fit(undisturbed, 0)
    for path in tmp_path.iterdir():
        path.unlink()
    fit(new_model(), 0, Stop(11))
    assert names(tmp_path) == ["epoch-0001-step-000003.keras", "epoch-0001.keras"]
    resumed, epochs = restore(tmp_path)
    assert epochs == 1
    # At the epoch's last step, which makes it whole.
    assert fit(resumed, epochs, Stop(16)) == pytest.approx(expected)
    assert names(tmp_path)[1:] == ["epoch-0001.keras", "epoch-0002.keras"]
    assert_same(state(resumed), state(undisturbed), 1e-6)


def test_a_run_that_is_stopped_in_a_resumed_epoch_stays_stopped(tmp_path):
    new_vae().fit(TRAIN, callbacks=[Stop(3), Checkpoint(tmp_path)], verbose=0)
    for steps in (7, 8):  # of its 8
        vae, epochs = restore(tmp_path)
        history = vae.fit(TRAIN, epochs=3, initial_epoch=epochs, callbacks=[Stop(steps)], verbose=0)
        assert history.epoch == [0]
        assert int(vae.steps_trained) == steps


def test_a_run_that_is_stopped_in_its_middle_stays_stopped(tmp_path):
    vae = new_vae()
    vae.fit(TRAIN, callbacks=[Checkpoint(tmp_path, every_steps=3)], verbose=0)
    (tmp_path / "epoch-0001.keras").unlink()
    vae, epochs = restore(tmp_path)
    stop = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda *_: setattr(vae, "stop_training", True)
    )
    history = vae.fit(TRAIN, epochs=5, initial_epoch=epochs, callbacks=[stop], verbose=0)
    assert history.epoch == [0]
    assert int(vae.steps_trained) == 8
