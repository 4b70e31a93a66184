"""Replicas and workers: noise of their own, one loss, one decision on an overflow."""

import keras
import numpy as np
import processes
import pytest
import tensorflow as tf
from contract import SHAPE, THREE_PARTS, assert_same, distance, hold_noise, pictures

import keras_genzoo as kg
from keras_genzoo.base import distribution


def encoder():
    return keras.Sequential(
        [keras.Input(SHAPE), keras.layers.Flatten(), keras.layers.Dropout(0.5, seed=3)]
    )


def vae(strategy, seed=0):
    """A VAE with dropout of its user's, compiled."""
    keras.utils.set_random_seed(0)
    with strategy.scope():
        model = kg.models.VAE(SHAPE, latent_dim=2, encoder=encoder(), hidden=(8,), seed=seed)
        model.compile("adam")
    return model


def fit(model, n=32, **options):
    options = {"batch_size": 16, "shuffle": False, "verbose": 0, **options}
    return model.fit(pictures(n), **options).history


def draws(model, strategy):
    """Noise and dropout masks of a step, `(replicas, examples, ...)` each."""

    @tf.function
    def step():
        zeros = tf.zeros((4, 2))
        return strategy.run(
            lambda: (
                model.sampler((zeros, zeros)),
                model.encoder(tf.ones((4, *SHAPE)), training=True),
                keras.random.normal((4, 2), seed=model.seed_generator),
            )
        )

    return [np.stack(strategy.experimental_local_results(drawn)) for drawn in step()]


# === Noise ===


def test_a_resumed_run_draws_what_it_would_have_drawn(mirrored, tmp_path):
    """Replicas, steps and examples their own; on another number of replicas that is said."""
    model = vae(mirrored)
    fit(model, callbacks=[kg.callbacks.Checkpoint(tmp_path)])
    with mirrored.scope():
        resumed, epochs = kg.callbacks.restore(tmp_path)
    for each in (model, resumed):
        fit(each, epochs=2, initial_epoch=epochs)
        each.sample(2)  # between steps; leaves the replicas apart
    drawn, later = draws(model, mirrored), draws(model, mirrored)
    assert_same(draws(resumed, mirrored), drawn, 0)
    assert_same(resumed.get_weights(), model.get_weights())
    for now, then in zip(drawn, later, strict=True):
        everything = np.concatenate([now, then]).reshape(16, -1)
        assert len(np.unique(everything, axis=0)) == 16

    with pytest.warns(UserWarning, match=r"1 replica\(s\) after 2"):
        alone, epochs = kg.callbacks.restore(tmp_path)
    assert fit(alone, epochs=2, initial_epoch=epochs)["loss"][0] > 0


def test_noise_follows_from_the_seed(mirrored):
    first, again, other = (draws(vae(mirrored, seed), mirrored) for seed in (0, 0, 1))
    assert_same(again, first, 0)
    assert (other[0] != first[0]).all()


def test_a_draw_moves_every_replicas_seed_and_makes_no_graph(mirrored, monkeypatch):
    """To trace a graph takes several times as long as the draw."""

    def copies(state):
        values = mirrored.experimental_local_results(state.value)
        return np.stack([value.numpy() for value in values])

    model = vae(mirrored)
    fit(model)
    model.sample(2)
    monkeypatch.setattr(tf, "function", None)
    before = copies(model.seed_generator.state)
    assert (before[0] != before[1]).any()
    seed = distribution.draw_seed(model.seed_generator, mirrored)
    np.testing.assert_array_equal(seed, before[0])
    assert (model.sample(2) != model.sample(2)).any()
    alone = keras.random.SeedGenerator(0)
    moved = [np.asarray(alone.next()) for _ in range(4)]
    after = copies(model.seed_generator.state)
    assert after.dtype == before.dtype
    np.testing.assert_array_equal(after - before, np.stack(2 * [moved[3] - moved[0]]))


# === One loss ===


def test_a_strategy_of_one_device_is_as_none(tmp_path):
    one = vae(tf.distribute.OneDeviceStrategy("CPU:0"))
    none = vae(tf.distribute.get_strategy())
    assert fit(one) == fit(none)
    assert_same(one.get_weights(), none.get_weights(), 0)
    assert_same([one.sample(3, seed=0)], [none.sample(3, seed=0)], 0)
    one.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert_same(loaded.get_weights(), none.get_weights(), 0)


def test_a_mirror_of_one_device_is_as_none(tmp_path):
    model = kg.models.VAE(SHAPE, latent_dim=2, hidden=(8,), seed=0)
    model.compile("adam")
    np.savez(tmp_path / "start.npz", *model.get_weights())
    process = processes.start(processes.mirror_on_one_device, tmp_path)
    fit(model, 20)
    assert processes.ended(process) == [0]
    mirrored = keras.saving.load_model(tmp_path / "model.keras")
    assert_same(mirrored.get_weights(), model.get_weights(), 1e-6)


def test_an_empty_share_leaves_batch_statistics_finite(mirrored):
    """With one image left in the last batch, the second replica has none."""
    with mirrored.scope():
        gan = kg.models.GAN(SHAPE, latent_dim=2, filters=(2, 4), seed=0)
        gan.compile()
    for n in (17, 33):
        history = fit(gan, n)
        assert all(np.isfinite(values).all() for values in history.values())
        assert all(np.isfinite(weight).all() for weight in gan.get_weights())


@pytest.mark.parametrize("model_class", [kg.models.VAE, kg.models.GAN])
def test_what_replicas_learned_is_measured_predicted_and_kept_alike(
    mirrored, tmp_path, monkeypatch, model_class
):
    hold_noise(monkeypatch)
    with mirrored.scope():
        many = model_class(SHAPE, latent_dim=2, hidden=(8,), seed=0)
        many.compile("adam")
    fit(many)
    many.save(tmp_path / "model.keras")
    one = keras.saving.load_model(tmp_path / "model.keras")
    assert_same(one.get_weights(), many.get_weights(), 0)
    given = pictures(19) if model_class is kg.models.VAE else np.ones((19, 2), "float32")
    predicted = [model.predict(given, batch_size=16, verbose=0) for model in (many, one)]
    assert predicted[0].shape == (19, *SHAPE)
    assert_same([predicted[0]], [predicted[1]], 1e-5)
    weighted = {"sample_weight": np.arange(19) % 3 / 2, "batch_size": 16, "verbose": 0}
    scores = [model.evaluate(pictures(19), **weighted) for model in (many, one)]
    assert scores[0] == pytest.approx(scores[1], rel=1e-5)


def test_losses_that_couple_a_batch_take_the_whole(mirrored, monkeypatch):
    def new_model(strategy):
        keras.utils.set_random_seed(0)
        with strategy.scope():
            model = kg.models.BetaVAE(
                SHAPE, latent_dim=2, hidden=(8,), capacity=5.0, capacity_steps=2, gamma=30.0
            )
            model.compile(keras.optimizers.SGD(1e-3, momentum=0.9, clipnorm=1.0))
        return model, model.get_weights()

    hold_noise(monkeypatch)
    (one, start), (many, _) = new_model(tf.distribute.get_strategy()), new_model(mirrored)
    for n in (17, 35):
        expected = {name: pytest.approx(value, 1e-4) for name, value in fit(one, n).items()}
        assert fit(many, n) == expected
        assert distance(one, many) < 1e-3 * distance(one, start)


def test_batch_mean_is_of_the_global_batch(mirrored):
    @tf.function
    def mean(weighted):
        def on_replica(index):
            values = tf.constant([[1.0, 5.0], [9.0, 0.0]])[index]
            weights = tf.constant([[1.0, 1.0], [2.0, 0.0]])[index]
            return distribution.batch_mean(values, weights * weighted)

        replica = mirrored.experimental_distribute_values_from_function(
            lambda context: tf.constant(context.replica_id_in_sync_group)
        )
        return mirrored.run(on_replica, args=(replica,))

    for weighted, expected in ((1.0, (1 + 5 + 2 * 9) / 4), (0.0, 0.0)):
        results = mirrored.experimental_local_results(mean(tf.constant(weighted)))
        assert [float(result) for result in results] == pytest.approx([expected] * 2)


# === float16 ===


def test_an_overflow_on_one_replica_skips_the_step_on_all(mirrored):
    with mirrored.scope():
        gan = kg.models.GAN(SHAPE, latent_dim=2, hidden=(8,), seed=0, dtype="mixed_float16")
        gan.compile("sgd")
    optimizers = (gan.optimizer, gan.discriminator_optimizer)
    before = gan.generator.get_weights() + gan.discriminator.get_weights()
    for optimizer in optimizers:
        optimizer.dynamic_scale.assign(1e38)
    weights = np.repeat([0.0, 1.0], 8)  # nothing flows back on the first replica
    fit(gan, 16, sample_weight=weights)
    assert_same(gan.generator.get_weights() + gan.discriminator.get_weights(), before, 0)
    for optimizer in optimizers:
        copies = mirrored.experimental_local_results(optimizer.dynamic_scale.value)
        assert [float(copy) for copy in copies] == pytest.approx([5e37] * 2)
    for optimizer in optimizers:
        optimizer.dynamic_scale.assign(8.0)
    fit(gan, 16, sample_weight=weights)
    after = gan.generator.get_weights() + gan.discriminator.get_weights()
    assert all((a != b).any() for a, b in zip(after, before, strict=True))


# === What is refused ===


def test_everything_is_made_in_one_scope(mirrored):
    optimizer = keras.optimizers.Adam()
    network = keras.Sequential([keras.Input(SHAPE), keras.layers.Flatten(), keras.layers.Dense(4)])
    with mirrored.scope():
        inside = kg.models.VAE(SHAPE, latent_dim=2, hidden=(4,))
        mixed = kg.models.VAE(SHAPE, latent_dim=2, hidden=(4,), encoder=network)
    outside = kg.models.VAE(SHAPE, latent_dim=2, hidden=(4,))
    with pytest.raises(ValueError, match=rf"^optimizer was not made.*{THREE_PARTS[4:]}"):
        inside.compile(optimizer)
    with pytest.raises(ValueError, match=rf"kernel was not made.*{THREE_PARTS[4:]}"):
        mixed.compile("adam")
    with mirrored.scope(), pytest.raises(ValueError, match=THREE_PARTS):
        outside.compile("adam")


def test_xla_under_several_replicas_is_refused(mirrored):
    with mirrored.scope(), pytest.raises(ValueError, match=THREE_PARTS):
        kg.models.VAE(SHAPE, latent_dim=2, hidden=(4,)).compile("adam", jit_compile=True)


def test_parameter_servers_are_refused(tmp_path):
    processes.ended(processes.start(processes.serve_parameters, tmp_path))
    said = (tmp_path / "error.txt").read_text()
    assert "Expected MirroredStrategy" in said
    assert "Received: ParameterServerStrategy" in said


def test_the_private_hooks_of_keras_are_there():
    for owner, hook in (
        (keras.Model, "_maybe_symbolic_build"),
        (keras.optimizers.Adam, "_all_reduce_sum_gradients"),
    ):
        assert hasattr(owner, hook), (
            f"Keras {keras.__version__} has no {owner.__name__}.{hook}: distribution.py needs "
            "another way, or pyproject.toml an upper bound"
        )
