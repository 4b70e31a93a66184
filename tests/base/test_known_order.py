"""Data whose order is known: which batches an epoch has, wherever it begins."""

import keras
import pytest
from contract import assert_same, state
from tiny_runs import TRAIN, new_vae

import keras_genzoo as kg
from keras_genzoo.training.callbacks import Checkpoint, restore


def test_fewer_steps_per_epoch_go_through_the_data_in_turn():
    seen = []
    dataset = kg.datasets.load("fashion_mnist_small", "train[:80]", batch_size=10, shuffle=False)
    start = dataset.from_epoch
    dataset.from_epoch = lambda *place: seen.append(place) or start(*place)
    vae = new_vae()
    vae.fit(dataset, steps_per_epoch=3, epochs=4, initial_epoch=3, verbose=0)
    assert seen == [(1, 1)]  # after three epochs of three of its eight batches
    for none in (-1, 0, 2.5):
        with pytest.raises(ValueError, match=rf"Expected.*Received: steps_per_epoch={none}"):
            vae.fit(dataset, steps_per_epoch=none, verbose=0)


def test_an_epoch_of_executions_ends_where_it_ends(tmp_path):
    def run(at_once, *callbacks, **options):
        keras.utils.set_random_seed(0)
        model = new_vae()
        model.compile("adam", steps_per_execution=at_once)
        model.fit(TRAIN, callbacks=[*callbacks], verbose=0, **options)
        return model

    undisturbed = run(1, epochs=2)
    checkpoints = Checkpoint(tmp_path, every_steps=3, keep=9)
    assert_same(state(run(3, checkpoints, epochs=2)), state(undisturbed), 1e-6)
    with pytest.raises(ValueError, match=r"beyond the epoch's end.*Received.*=3.*=4 of 8"):
        run(3, steps_per_epoch=4)
    run(3, steps_per_epoch=6)
    for path in tmp_path.glob("epoch-000[12]*"):
        path.unlink()
    model, _ = restore(tmp_path)
    assert int(model.steps_trained) == 6
    with pytest.warns(UserWarning, match=r"Epoch 1 starts anew: .* executions of 3 steps"):
        model.fit(TRAIN, epochs=2, verbose=0)
    assert int(model.steps_trained) == 6 + 16
    model.fit(TRAIN, epochs=3, initial_epoch=2, verbose=0)
