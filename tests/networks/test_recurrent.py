"""Recurrent networks against Keras' own LSTM."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from contract import THREE_PARTS, assert_same

from keras_genzoo.networks import CellRecurrence, Recurrence, projection, sequence_encoder


def test_it_is_an_lstm():
    inputs = np.random.default_rng(0).normal(size=(2, 5, 3)).astype("float32")
    states = list(np.random.default_rng(1).normal(size=(2, 2, 4)).astype("float32"))
    for backwards in (False, True):
        dense, ours = projection(4), Recurrence(4, backwards)
        outputs = ours(dense(inputs), states)
        theirs = keras.layers.LSTM(4, return_sequences=True, go_backwards=backwards)
        theirs.build(inputs.shape)
        # Theirs has the candidate before the output gate.
        order = np.r_[0:8, 12:16, 8:12]
        weights = [*dense.get_weights()[:1], ours.get_weights()[0], dense.get_weights()[1]]
        theirs.set_weights([each[..., order] for each in weights])
        expected = np.array(theirs(inputs, initial_state=states))
        assert_same([np.array(outputs)], [expected[:, ::-1] if backwards else expected], 1e-5)
    assert dense.get_weights()[1].tolist() == [0] * 4 + [1] * 4 + [0] * 8


@pytest.mark.parametrize("backwards", [False, True])
def test_it_learns_by_the_gradient_that_is_derived(backwards):
    random = np.random.default_rng(0)
    projected = tf.constant(random.normal(size=(2, 5, 16)).astype("float32"))
    states = [tf.constant(random.normal(size=(2, 4)).astype("float32")) for _ in range(2)]
    recurrence = Recurrence(4, backwards)
    recurrence.build(projected.shape)
    results = []
    for training in (False, True):
        with tf.GradientTape() as tape:
            tape.watch([projected, *states])
            outputs = recurrence(projected, states, training=training)
            weighted = keras.ops.sum(outputs * np.arange(40.0).reshape(2, 5, 4))
        sources = [projected, *states, recurrence.kernel.value]
        results.append([outputs, *tape.gradient(weighted, sources)])
    assert all((result != 0).numpy().any() for result in results[0])
    assert_same(results[1], results[0], 1e-5)


def test_the_encoder_reads_from_both_ends():
    encoder = sequence_encoder(9, length=6, units=4)
    tokens = np.random.default_rng(0).integers(9, size=(1, 6)).repeat(7, axis=0)
    for place in range(6):
        tokens[place, place] = (tokens[place, place] + 1) % 9
    features = np.array(encoder(tokens))
    for half in np.split(features, 2, axis=-1):
        assert (np.abs(half[:-1] - half[-1]).max(axis=-1) > 1e-6).all()


def test_a_cell_that_takes_no_steps_is_refused():
    layers = keras.layers
    built = layers.GRUCell(3)
    built.build((None, 9))
    leaky = layers.GRUCell(3)
    leaky.call = lambda inputs, states, training=False: (inputs, [states[0][:, :2]])
    one = layers.StackedRNNCells([layers.LSTMCell(2)])  # whose states lose their form
    for cell in ("gru", layers.Dense(3), layers.ConvLSTM1D(2, 3).cell, built, leaky, one):
        with pytest.raises(ValueError, match=THREE_PARTS) as refused:
            CellRecurrence(cell, width=4)
        assert f"cell={cell!r}" in str(refused.value)
    assert CellRecurrence(layers.LSTMCell(3), width=4).output_size == 3
