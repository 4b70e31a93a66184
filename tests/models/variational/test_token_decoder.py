"""The decoder of tokens: what a place may depend on, and its loop against the given tokens."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_genzoo.models.variational.token_decoder import TokenDecoder, drawn_by, likeliest

LENGTH = 7


def made(bars, cell=None):
    decoder = TokenDecoder(6, LENGTH, units=5, bars=bars, cell=cell)
    decoder.build((None, 3))
    return decoder


def stack():
    """Cells of one state and of two, of which the first learns with dropout."""
    layers = keras.layers
    return layers.StackedRNNCells([layers.GRUCell(4, dropout=0.5, seed=0), layers.LSTMCell(3)])


@pytest.mark.parametrize(("bars", "cell"), [(1, None), (3, None), (3, stack)])
def test_the_loop_computes_what_is_computed_of_given_tokens(bars, cell):
    decoder, seen = made(bars, cell and cell()), []
    latents = tf.constant(np.random.default_rng(0).normal(size=(4, 3)).astype("float32"))
    tokens = tf.constant(np.random.default_rng(1).integers(1, 6, (4, LENGTH)), tf.int32)

    def follow(logits, place):
        seen.append(logits)
        return tokens[:, place]

    assert (decoder.draw(latents, follow) == tokens).numpy().all()
    given = decoder(latents, decoder.shifted(tokens))
    np.testing.assert_allclose(given, tf.stack(seen, axis=1), rtol=1e-5, atol=1e-6)
    ending = decoder.draw(
        latents, lambda logits, place: tokens[:, place] * tf.cast(place != 2, "int32")
    )
    assert (ending[:, 2:] == 0).numpy().all()
    # A place depends on those before it alone.
    other = tf.concat([tokens[:, :4], 1 + tokens[:, 4:] % 5], axis=1)
    changed = decoder(latents, decoder.shifted(other))
    np.testing.assert_allclose(changed[:, :5], given[:, :5], rtol=1e-5)
    assert (np.abs(changed - given)[:, 5] > 1e-6).any()
    noisy = decoder(latents, decoder.shifted(tokens), training=True)
    assert (np.abs(noisy - given) > 1e-6).any() == (cell is not None)


def test_draws_are_as_the_logits_say_and_top_p_leaves_out_the_tail():
    probabilities = np.array([0.5, 0.3, 0.15, 0.05], "float32")
    logits = tf.repeat(tf.math.log(probabilities)[None], 4000, axis=0)
    key = tf.constant([3, 0], tf.int64)

    def shares(*options):
        drawn = drawn_by(key, *options)(logits, tf.constant(2))
        return np.bincount(drawn, minlength=4) / 4000

    assert np.abs(shares(1.0) - probabilities).max() < 0.03
    colder = probabilities**2 / (probabilities**2).sum()
    assert np.abs(shares(0.5) - colder).max() < 0.03
    assert np.abs(shares(1.0, 0.7) - [0.625, 0.375, 0, 0]).max() < 0.03
    assert shares(1.0, 0.01).tolist() == [1, 0, 0, 0]
    assert (likeliest(logits, 0) == 0).numpy().all()
    other = drawn_by(key, 1.0)(logits, tf.constant(3))
    assert (other != drawn_by(key, 1.0)(logits, tf.constant(2))).numpy().any()


def test_a_conductor_tells_bars_apart():
    codes = made(3).codes(keras.ops.ones((2, 3)))
    assert codes.shape == (2, 3, 5)
    assert (np.abs(np.diff(codes, axis=1)) > 1e-5).any(axis=-1).all()
