"""One optimizer for each player, as good as Keras' single one."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from contract import SHAPE, THREE_PARTS, assert_same, distance, pictures
from keras import layers

from keras_genzoo.models import GAN, VAE

TINY = {"latent_dim": 2, "hidden": (4,), "seed": 0}


@pytest.mark.parametrize("model_class", [VAE, GAN])
def test_averages_end_in_the_weights_that_they_are_of(model_class):
    model = model_class(SHAPE, **TINY)
    model.compile(keras.optimizers.Adam(0.01, use_ema=True, ema_momentum=0.5))
    model.fit(pictures(40), batch_size=10, verbose=0)
    for player in model.players:
        averages = getattr(model, player.optimizer)._model_variables_moving_average
        assert_same([w.numpy() for w in player.trainable_weights], [a.numpy() for a in averages], 0)
    model.fit(pictures(40), batch_size=10, verbose=0)  # and it goes on


def test_averages_of_all_players_are_swapped_for_a_test_and_back():
    gan = GAN(SHAPE, **TINY)
    gan.compile(keras.optimizers.Adam(0.01, use_ema=True, ema_momentum=0.9))
    players = [(player, getattr(gan, player.optimizer)) for player in gan.players]

    def held():
        """What the weights are, and their averages."""
        pairs = [(p.trainable_weights, o._model_variables_moving_average) for p, o in players]
        return [[variable.numpy() for pair in pairs for variable in pair[i]] for i in (0, 1)]

    seen = []
    look = keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda *_: seen.append(held()),
        on_epoch_end=lambda *_: seen.append(held()),
    )
    look.on_test_begin = lambda logs=None: seen.append(held())
    swap = keras.callbacks.SwapEMAWeights()
    data = {"x": pictures(20), "validation_data": pictures(4), "batch_size": 10}
    gan.fit(**data, callbacks=[swap, look], verbose=0)
    _, (weights_in_test, averages_in_test), (weights, averages) = seen
    assert distance(weights, averages) > 0
    assert_same(weights_in_test, averages, 1e-6)
    assert_same(averages_in_test, weights, 1e-6)

    gan.train_on_batch(pictures(10))
    last = held()
    assert distance(*last) > 0
    gan.evaluate(pictures(4), callbacks=[swap, look], verbose=0)
    assert_same(seen[-1][0], last[1], 1e-6)
    assert_same(held()[0], last[0], 1e-6)


def test_gradients_may_be_accumulated():
    gan = GAN(SHAPE, **TINY)
    gan.compile(keras.optimizers.SGD(0.1, gradient_accumulation_steps=3))
    before = gan.generator.get_weights()
    gan.fit(pictures(20), batch_size=10, verbose=0)
    assert_same(gan.generator.get_weights(), before, 0)  # two steps of three
    gan.fit(pictures(10), batch_size=10, verbose=0)
    assert any((a != b).any() for a, b in zip(gan.generator.get_weights(), before, strict=True))


@pytest.mark.parametrize("names", [{"loss": None, "metrics": None}, {"weighted_metrics": None}])
def test_what_keras_lets_be_none_may_be_none(names):
    vae = VAE(SHAPE, **TINY)
    vae.compile("sgd", **names)
    assert isinstance(vae.optimizer, keras.optimizers.SGD)


class WithMore(VAE):
    """A layer that no player names, and a term of the user's."""

    logged = (*VAE.logged, "more")

    def __init__(self, *args, term=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.term = term
        if term is None:
            self.more = layers.Dense(1)
            self.more.build((None, 2))

    def terms(self, flow):
        return {**super().terms(flow), **self.term(flow)}


def test_a_layer_that_no_player_names_is_refused():
    model = WithMore(SHAPE, **TINY)
    with pytest.raises(ValueError, match=rf"never be trained.*{THREE_PARTS[4:]}.*kernel"):
        model.compile("sgd")
    model.more.trainable = False
    model.compile("sgd")


@pytest.mark.parametrize(
    ("term", "reason"),
    [
        (lambda flow: {"other": flow["mean"][:, 0]}, "not logged.*'other'"),
        (lambda flow: {"more": tf.reduce_mean(flow["mean"])}, "not one of each.*'more'"),
    ],
)
def test_terms_that_cannot_be_logged_are_named(term, reason):
    model = WithMore(SHAPE, **TINY, term=term)
    model.compile("sgd")
    with pytest.raises(ValueError, match=reason):
        model.fit(pictures(4), verbose=0)


def test_scaled_optimizers_keep_averages_too():
    vae = VAE(SHAPE, **TINY, dtype="mixed_float16")
    vae.compile(keras.optimizers.Adam(0.01, use_ema=True))
    history = vae.fit(pictures(20), verbose=0).history
    assert np.isfinite(history["loss"]).all()
    assert isinstance(vae.optimizer, keras.optimizers.LossScaleOptimizer)
