"""The sampler: its divergence, its gradients, its noise."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from keras_genzoo.layers import (
    AdaptiveGroupNormalization,
    GaussianSampler,
    SinusoidalEmbedding,
)


def gaussian(batch=4, dims=3, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(2, batch, dims)).astype("float32")


def charged(sampler, *inputs, **kwargs):
    """What one call adds to the loss."""
    sampler(inputs, **kwargs)
    (loss,) = sampler.losses
    return float(loss)


@pytest.mark.parametrize(
    ("mean", "log_variance", "kl"),
    [
        (0.0, 0.0, 0.0),
        (1.0, 0.0, 0.5),
        (3.0, 0.0, 4.5),
        (0.0, np.log(4.0), 0.5 * (4 - 1 - np.log(4.0))),
        (-2.0, np.log(0.25), 0.5 * (0.25 + 4 - 1 + np.log(4.0))),
    ],
)
def test_divergence_of_known_gaussians(mean, log_variance, kl):
    dims = np.ones((5, 3), "float32")
    loss = charged(GaussianSampler(), mean * dims, log_variance * dims)
    assert loss == pytest.approx(3 * kl, rel=1e-5, abs=1e-5)


def test_divergence_is_that_of_the_draws():
    # Of log q(z) - log p(z) at draws of the layer itself.
    mean, log_variance = 2 * gaussian(1)
    sampler = GaussianSampler(seed=0)
    draws = 200_000
    loss = charged(sampler, mean, log_variance)
    z = np.asarray(sampler((np.repeat(mean, draws, 0), np.repeat(log_variance, draws, 0))))
    log_q = -0.5 * (log_variance + (z - mean) ** 2 / np.exp(log_variance))
    estimate = (log_q + 0.5 * z**2).sum(-1).mean()
    assert loss > 0.5
    assert loss == pytest.approx(estimate, rel=0.01)


def test_draws_have_the_mean_and_the_variance():
    ones = np.ones((100_000, 2), "float32")
    z = np.asarray(GaussianSampler(seed=0)((3 * ones, np.log(4.0) * ones)))
    np.testing.assert_allclose(z.mean(0), 3, atol=0.03)
    np.testing.assert_allclose(z.std(0), 2, atol=0.03)


def test_gradients_pass_through_the_draw():
    mean, log_variance = (tf.Variable(values) for values in gaussian())
    with tf.GradientTape(persistent=True) as tape:
        z = GaussianSampler(beta=None, seed=0)((mean, log_variance))
    np.testing.assert_array_equal(tape.gradient(z, mean), np.ones((4, 3)))
    slope = tape.gradient(z, log_variance)
    np.testing.assert_allclose(slope, 0.5 * (z - mean), rtol=1e-4, atol=1e-6)


def test_beta_weighs_and_changes_without_retracing():
    mean, log_variance = gaussian()
    sampler = GaussianSampler(beta=1.0)
    traces = []

    @tf.function
    def loss():
        traces.append(1)
        sampler((mean, log_variance))
        return sampler.losses[0]

    full = float(loss())
    sampler.beta.assign(0.25)
    assert float(loss()) == pytest.approx(full / 4)
    assert len(traces) == 1
    assert sampler.trainable_weights == []


def test_without_beta_nothing_is_charged():
    sampler = GaussianSampler(beta=None)
    sampler(tuple(gaussian()))
    assert sampler.losses == []


def test_free_bits_are_per_example():
    mean = np.array([[0.0], [4.0]], "float32")  # 0 and 8 nats
    log_variance = np.zeros((2, 1), "float32")
    assert charged(GaussianSampler(free_bits=2.0), mean, log_variance) == pytest.approx(5.0)
    assert charged(GaussianSampler(beta=3.0, free_bits=2.0), mean, log_variance) == 15.0


def test_sample_weight():
    mean = np.array([[0.0], [2.0], [4.0]], "float32")  # 0, 2 and 8 nats
    log_variance = np.zeros((3, 1), "float32")
    for weights, kl in (([1, 1, 0], 1.0), ([0, 3, 1], 3.5), ([0, 0, 0], 0.0)):
        loss = charged(GaussianSampler(), mean, log_variance, sample_weight=np.array(weights))
        assert loss == pytest.approx(kl)


@pytest.mark.parametrize("training", [False, True])
def test_it_samples_and_charges_whatever_training_is(training):
    sampler = GaussianSampler()
    mean, log_variance = gaussian()
    sampler.trainable = training
    first, second = sampler((mean, log_variance)), sampler((mean, log_variance))
    assert (ops.convert_to_numpy(first) != ops.convert_to_numpy(second)).all()
    assert len(sampler.losses) == 1


def test_seed():
    inputs = tuple(gaussian())
    first = [np.asarray(GaussianSampler(seed=seed)(inputs)) for seed in (1, 1, 2)]
    np.testing.assert_array_equal(first[0], first[1])
    assert (first[0] != first[2]).all()


def test_half_precision_inputs_are_computed_in_float32():
    mean = np.zeros((1, 1), "float16")
    log_variance = np.full((1, 1), 12.0, "float16")  # exp(12) overflows in float16
    keras.config.set_dtype_policy("mixed_float16")
    try:
        sampler = GaussianSampler()
    finally:
        keras.config.set_dtype_policy("float32")
    assert sampler((mean, log_variance)).dtype == "float32"
    assert float(sampler.losses[0]) == pytest.approx(0.5 * (np.exp(12.0) - 13), rel=1e-5)


def test_config_round_trip():
    sampler = GaussianSampler(beta=2.0, free_bits=0.5, seed=3, name="z")
    sampler.beta.assign(9.0)
    again = GaussianSampler.from_config(sampler.get_config())
    assert (again.initial_beta, again.free_bits, again.seed, again.name) == (2.0, 0.5, 3, "z")
    assert float(again.beta) == 2.0


def test_in_a_functional_model():
    mean, log_variance = keras.Input((3,)), keras.Input((3,))
    model = keras.Model([mean, log_variance], GaussianSampler()((mean, log_variance)))
    assert model.output_shape == (None, 3)
    model(list(gaussian()))
    assert len(model.losses) == 1


@pytest.mark.parametrize("arguments", [{"beta": -1.0}, {"free_bits": -0.1}])
def test_negative_weights_are_refused(arguments):
    with pytest.raises(ValueError, match=r"Expected.*Received"):
        GaussianSampler(**arguments)


def test_inputs_of_different_shape_are_refused():
    with pytest.raises(ValueError, match=r"Expected.*Received"):
        GaussianSampler()((np.zeros((4, 3)), np.zeros((4, 2))))


def test_it_computes_in_float32_whatever_comes():
    mean, log_variance = (np.full((3, 2), value, "float16") for value in (1.0, 20.0))
    sampler = GaussianSampler(seed=0)
    z = sampler((keras.ops.convert_to_tensor(mean), keras.ops.convert_to_tensor(log_variance)))
    assert z.dtype == "float32"
    assert np.isfinite(np.asarray(z)).all()  # exp(20) is no float16
    expected = 0.5 * 2 * (np.exp(20.0) + 1 - 1 - 20)
    assert float(sampler.losses[0]) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("bad", [{"beta": np.nan}, {"free_bits": np.inf}, {"beta": "1"}])
def test_weights_that_are_none_are_refused(bad):
    with pytest.raises(ValueError, match=r"Expected.*Received"):
        GaussianSampler(**bad)


def test_group_normalization_is_keras_own_without_an_embedding():
    inputs = np.random.default_rng(0).normal(2, 3, (4, 5, 5, 12)).astype("float32")
    for groups, of_keras in ((4, 4), (8, 4)):  # 8 do not divide 12 channels
        ours = AdaptiveGroupNormalization(groups)(inputs)
        theirs = keras.layers.GroupNormalization(of_keras, epsilon=1e-5)(inputs)
        np.testing.assert_allclose(ours, theirs, atol=1e-5)


@pytest.mark.parametrize(
    ("channels", "of_group"), [(4, 4), (8, 4), (12, 4), (16, 4), (20, 5), (30, 15), (32, 4)]
)
def test_vectors_are_told_apart_whatever_their_size(channels, of_group):
    vectors = np.random.default_rng(0).normal(size=(100, channels))
    layer = AdaptiveGroupNormalization()
    normalized = np.asarray(layer(vectors))
    assert layer.of_group == of_group
    assert len(np.unique(normalized.round(2), axis=0)) == 100
    np.testing.assert_allclose(normalized.std(), 1.0, atol=0.01)


def test_an_embedding_scales_and_shifts():
    random = np.random.default_rng(0)
    inputs, embedding = random.normal(size=(2, 4, 4, 8)), random.normal(size=(2, 3))
    layer, plain = AdaptiveGroupNormalization(2), AdaptiveGroupNormalization(2)
    np.testing.assert_allclose(layer(inputs, embedding), plain(inputs), atol=1e-6)  # at the start
    layer.modulation.kernel.assign(random.normal(size=(3, 16)))
    more, moved = np.split(np.asarray(layer.modulation(embedding))[:, None, None], 2, axis=-1)
    expected = np.asarray(plain(inputs)) * (1 + more) + moved
    np.testing.assert_allclose(layer(inputs, embedding), expected, atol=1e-5)
    again = AdaptiveGroupNormalization.from_config(layer.get_config())
    assert again.groups == 2


def test_times_become_sines_of_many_frequencies():
    layer = SinusoidalEmbedding(6, highest=8.0)
    angles = 2 * np.pi * 0.3 * np.array([0.5, 2.0, 8.0])
    np.testing.assert_allclose(
        layer(np.array([0.3]))[0], [*np.sin(angles), *np.cos(angles)], atol=1e-5
    )
    assert SinusoidalEmbedding.from_config(layer.get_config()).get_config() == layer.get_config()
    assert layer(np.array([0.3], "float16")).dtype == "float32"
    for wrong in ({"units": 7}, {"units": 0}, {"highest": 0.0}):
        with pytest.raises(ValueError, match=r"Expected even units.*Received: units="):
            SinusoidalEmbedding(**wrong)
