"""The base with two players: who moves when, whose optimizer, whose losses."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from contract import SHAPE, THREE_PARTS, assert_same, pictures, state
from keras import layers, ops

from keras_genzoo import losses
from keras_genzoo.base import GenerativeModel, Player, fields
from keras_genzoo.models import Autoencoder


@keras.saving.register_keras_serializable(package="keras_genzoo")
class TwoPlayers(GenerativeModel):
    """The least GAN."""

    logged = ("generator_loss", "discriminator_loss")

    def __init__(self, steps=1, penalty=None, seed=0, **kwargs):
        super().__init__(seed, **kwargs)
        self.steps = steps
        self.penalty = penalty
        sizes = {"kernel_regularizer": penalty, "dtype": self.dtype_policy}
        self.generator = keras.Sequential(
            [
                keras.Input((2,)),
                layers.Dense(64, activation="sigmoid", **sizes),
                layers.Reshape(SHAPE, dtype="float32"),
            ]
        )
        self.discriminator = keras.Sequential(
            [
                keras.Input(SHAPE),
                layers.Flatten(dtype="float32"),
                layers.Dense(4, activation="relu", **sizes),
                layers.Dropout(0.2, seed=1, dtype=self.dtype_policy),
                layers.Dense(1, dtype="float32"),
            ]
        )

    @property
    def fields(self):
        return {**super().fields, "images": fields.images(SHAPE)}

    @property
    def players(self):
        discriminator = (self.discriminator,)
        return (
            Player(
                "discriminator_loss",
                discriminator,
                self.discriminator_terms,
                "discriminator_optimizer",
                self.steps,
            ),
            Player("generator_loss", (self.generator,), self.generator_terms),
        )

    def flow(self, images, labels=None, sample_weight=None, training=False):
        shape = (ops.shape(images)[0], 2)
        latents = keras.random.normal(shape, seed=self.seed_generator)
        return {"real": images, "fake": self.generator(latents), "training": training}

    def judge(self, images, flow):
        return self.discriminator(images, training=flow["training"])

    def discriminator_terms(self, flow):
        real = self.judge(flow["real"], flow)
        fake = self.judge(ops.stop_gradient(flow["fake"]), flow)
        return {"discriminator_loss": (ops.softplus(-real) + ops.softplus(fake))[:, 0]}

    def generator_terms(self, flow):
        return {"generator_loss": ops.softplus(-self.judge(flow["fake"], flow))[:, 0]}

    def get_config(self):
        return {**super().get_config(), "steps": self.steps, "penalty": self.penalty}


def compiled(optimizer="adam", discriminator_optimizer=None, options=None, **arguments):
    model = TwoPlayers(**arguments)
    model.compile(optimizer, discriminator_optimizer=discriminator_optimizer, **(options or {}))
    return model


def moved(model, before):
    """Which of the networks' weights differ from a copy of theirs."""
    return {
        name: any((a != b).any() for a, b in zip(before[name], now, strict=True))
        for name, now in weights(model).items()
    }


def weights(model):
    return {
        "generator": model.generator.get_weights(),
        "discriminator": model.discriminator.get_weights(),
    }


@pytest.mark.parametrize("mover", ["generator", "discriminator"])
def test_each_player_moves_its_own_weights_only(mover):
    frozen, moving = keras.optimizers.SGD(0.0), keras.optimizers.SGD(0.5)
    optimizers = (moving, frozen) if mover == "generator" else (frozen, moving)
    model = compiled(*optimizers, steps=2)
    before = weights(model)
    model.fit(pictures(20), batch_size=10, verbose=0)
    other = {"generator": "discriminator", "discriminator": "generator"}[mover]
    assert moved(model, before) == {mover: True, other: False}


def test_players_are_updated_in_turn_on_one_flow():
    model, by_hand = compiled("sgd"), compiled("sgd")
    by_hand.set_weights(model.get_weights())
    images = pictures(10)
    model.fit(images, batch_size=10, shuffle=False, verbose=0)

    flow = by_hand.flow(images, training=True)
    for terms, network in (
        (by_hand.discriminator_terms, by_hand.discriminator),
        (by_hand.generator_terms, by_hand.generator),
    ):
        with tf.GradientTape() as tape:
            # The generator again, since each tape needs its own; the same fakes.
            fake = flow["fake"]
            if network is by_hand.generator:
                latents = keras.random.normal((10, 2), seed=keras.random.SeedGenerator(0))
                fake = by_hand.generator(latents)
                np.testing.assert_array_equal(fake, flow["fake"])
            loss = ops.mean(next(iter(terms({**flow, "fake": fake}).values())))
        gradients = tape.gradient(loss, network.trainable_weights)
        for weight, gradient in zip(network.trainable_weights, gradients, strict=True):
            weight.assign(weight - 0.01 * gradient)
    assert_same(model.generator.get_weights(), by_hand.generator.get_weights(), 1e-5)
    assert_same(model.discriminator.get_weights(), by_hand.discriminator.get_weights(), 1e-5)


@pytest.mark.parametrize(("steps", "flows"), [(1, 1), (2, 2), (5, 2)])
def test_the_flow_is_traced_once_and_once_in_the_loop(steps, flows):
    model = compiled(steps=steps)
    flow, traces = model.flow, []
    model.flow = lambda *args, **kwargs: traces.append(1) or flow(*args, **kwargs)
    model.fit(pictures(40), batch_size=16, epochs=2, verbose=0)
    assert len(traces) == flows
    assert int(model.steps_trained) == 6
    assert int(model.optimizer.iterations) == 6
    assert int(model.discriminator_optimizer.iterations) == 6 * steps


@pytest.mark.parametrize("run_eagerly", [False, True])
def test_repeated_steps_descend_the_same_as_single_ones(run_eagerly):
    # A generator that stands still: 3 steps on one batch are a step on each of 3 equal batches.
    thrice, once = (
        compiled(keras.optimizers.SGD(0.0), steps=steps, options={"run_eagerly": run_eagerly})
        for steps in (3, 1)
    )
    for model in (thrice, once):
        model.discriminator.layers[2].rate = 0.0
        model.discriminator_optimizer.learning_rate = 0.1
    once.set_weights(thrice.get_weights())
    images = pictures(10)
    thrice.fit(images, batch_size=10, shuffle=False, verbose=0)
    once.fit(np.concatenate([images] * 3), batch_size=10, shuffle=False, verbose=0)
    assert_same(thrice.discriminator.get_weights(), once.discriminator.get_weights(), 1e-5)


def test_a_player_without_an_optimizer_gets_a_copy():
    model = compiled(keras.optimizers.Adam(0.3, beta_1=0.25))
    copy = model.discriminator_optimizer
    assert copy is not model.optimizer
    assert copy.get_config() == model.optimizer.get_config()
    assert isinstance(compiled("adam", "sgd").discriminator_optimizer, keras.optimizers.SGD)


def test_other_optimizers_are_refused():
    with pytest.raises(ValueError, match=rf"{THREE_PARTS}.*critic_optimizer"):
        TwoPlayers().compile("adam", critic_optimizer="adam")
    with pytest.raises(ValueError, match=THREE_PARTS):
        TwoPlayers().compile("adam", loss="mse")


@pytest.mark.parametrize("steps", [1, 3])
@pytest.mark.parametrize("dtype", ["float32", "mixed_float16"])
def test_a_file_resumes_both_players(steps, dtype, tmp_path):
    images = pictures(40)
    model = compiled("adam", keras.optimizers.SGD(0.1, momentum=0.5), steps=steps, dtype=dtype)
    path = tmp_path / "model.keras"
    save = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: model.save(path) if epoch == 0 else None
    )
    options = {"epochs": 2, "batch_size": 16, "shuffle": False, "verbose": 0}
    model.fit(images, callbacks=[save], **options)
    resumed = keras.saving.load_model(path)
    assert int(resumed.steps_trained) == 3
    resumed.fit(images, initial_epoch=1, **options)
    assert_same(state(resumed), state(model), 1e-5)


def test_float16_scales_both_losses():
    model = compiled("adam", "sgd", dtype="mixed_float16")
    scaled = keras.optimizers.LossScaleOptimizer
    assert isinstance(model.optimizer, scaled)
    assert isinstance(model.discriminator_optimizer, scaled)
    before = weights(model)
    history = model.fit(pictures(20), verbose=0).history
    assert all(np.isfinite(values).all() for values in history.values())
    assert moved(model, before) == {"generator": True, "discriminator": True}
    unscaled = compiled(dtype="mixed_float16", options={"auto_scale_loss": False})
    assert not isinstance(unscaled.optimizer, scaled)
    assert not isinstance(unscaled.discriminator_optimizer, scaled)


def test_a_scaled_optimizer_is_not_scaled_again():
    scaled = keras.optimizers.LossScaleOptimizer
    model = compiled(scaled(keras.optimizers.Adam()), dtype="mixed_float16")
    for optimizer in (model.optimizer, model.discriminator_optimizer):
        assert isinstance(optimizer.inner_optimizer, keras.optimizers.Adam)


def test_evaluate_gives_both_losses_and_moves_nothing():
    model = compiled(steps=3)
    before = weights(model)
    scores = model.evaluate(pictures(40), batch_size=16, return_dict=True, verbose=0)
    assert set(scores) == set(TwoPlayers.logged)
    assert moved(model, before) == {"generator": False, "discriminator": False}
    assert int(model.steps_trained) == 0


@pytest.mark.parametrize("steps", [1, 3])
def test_each_player_pays_its_regularizers_once(steps):
    plain, taxed = (
        compiled(keras.optimizers.SGD(0.0), steps=steps, penalty=penalty)
        for penalty in (None, "l2")
    )
    taxed.set_weights(plain.get_weights())
    images = pictures(20)
    bare, with_tax = (model.fit(images, verbose=0).history for model in (plain, taxed))
    for name, network in (("generator", taxed.generator), ("discriminator", taxed.discriminator)):
        tax = 0.01 * sum(
            float(ops.sum(layer.kernel**2))
            for layer in network.layers
            if getattr(layer, "kernel_regularizer", None)
        )
        key = f"{name}_loss"
        assert tax > 0.01
        assert with_tax[key][0] == pytest.approx(bare[key][0] + tax, rel=1e-4)


def test_loss_is_the_mean_over_examples_of_a_partial_batch_too():
    model, images = compiled(), pictures(20)
    model.generator.layers[0].kernel.assign(ops.zeros((2, 64)))  # fakes without noise
    real = ops.softplus(-model.discriminator(images))
    fake = ops.softplus(model.discriminator(model.generator(np.zeros((1, 2)))))
    expected = float(losses.batch_mean(real[:, 0]) + fake[0, 0])
    scores = model.evaluate(images, batch_size=16, return_dict=True, verbose=0)
    assert scores["discriminator_loss"] == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("jit_compile", [False, True])
def test_jit_compile(jit_compile, tmp_path):
    model = compiled(options={"jit_compile": jit_compile})
    before = weights(model)
    model.fit(pictures(20), batch_size=10, verbose=0)
    assert moved(model, before) == {"generator": True, "discriminator": True}
    model.save(tmp_path / "model.keras")
    assert keras.saving.load_model(tmp_path / "model.keras").jit_compile is jit_compile


def test_an_optimizer_given_twice_is_copied():
    one = keras.optimizers.Adam()
    model = compiled(one, one)
    before = weights(model)
    model.fit(pictures(20), verbose=0)
    assert model.discriminator_optimizer is not model.optimizer
    assert moved(model, before) == {"generator": True, "discriminator": True}


@pytest.mark.parametrize("options", [{"steps_per_execution": 2}, {"run_eagerly": True}])
def test_options_of_keras_are_kept(options, tmp_path):
    model = compiled(steps=2, options=options)
    history = model.fit(pictures(40), batch_size=16, epochs=2, verbose=0).history
    assert all(np.isfinite(values).all() for values in history.values())
    assert int(model.steps_trained) == 6
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    for name, value in options.items():
        assert getattr(loaded, name) == value


def test_bfloat16_needs_no_scaled_loss():
    model = compiled(dtype="mixed_bfloat16")
    history = model.fit(pictures(40), verbose=0).history
    assert all(np.isfinite(values).all() for values in history.values())
    assert not isinstance(model.optimizer, keras.optimizers.LossScaleOptimizer)


def test_logs_show_the_last_of_repeated_steps():
    """The discriminator's loss is averaged over batches, not over all of its updates."""
    model = compiled(keras.optimizers.SGD(0.1), steps=3)
    model.fit(pictures(20), batch_size=20, verbose=0)
    tracker = model.metrics[1]
    assert tracker.name == "discriminator_loss"
    assert float(tracker.count) == 20


class Tied(layers.Layer):
    """The transpose of a dense layer."""

    def __init__(self, dense):
        super().__init__()
        self.dense = dense

    def call(self, inputs):
        return inputs @ ops.transpose(self.dense.kernel)


def test_a_layer_that_two_networks_share_is_moved_once():
    dense = layers.Dense(3, use_bias=False)
    encoder = keras.Sequential([keras.Input(SHAPE), layers.Flatten(), dense])
    decoder = keras.Sequential([keras.Input((3,)), Tied(dense), layers.Reshape(SHAPE)])
    model = Autoencoder(SHAPE, 3, encoder=encoder, decoder=decoder)
    model.compile(keras.optimizers.SGD(1e-3))
    images, before = pictures(8), dense.kernel.numpy()
    with tf.GradientTape() as tape:
        loss = ops.mean(model.terms(model.flow(images, training=True))["loss"])
    expected = before - 1e-3 * tape.gradient(loss, dense.kernel.value).numpy()
    model.train_on_batch(images)
    np.testing.assert_allclose(dense.kernel.numpy(), expected, atol=1e-6)
