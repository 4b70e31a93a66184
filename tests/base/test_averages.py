"""The moving average of a network: its decay, what is copied, what is refused."""

import keras
import numpy as np
import pytest

import keras_genzoo as kg


def gan(**options):
    layers = keras.layers
    generator = keras.Sequential(
        [
            keras.Input((2,)),
            layers.Dense(64),
            layers.BatchNormalization(),
            layers.Activation("sigmoid"),
            layers.Reshape((8, 8, 1)),
        ]
    )
    model = kg.models.GAN((8, 8, 1), 2, hidden=(4,), generator=generator, seed=0, **options)
    model.compile()
    return model


def test_the_decay_of_the_first_steps_is_short():
    model = gan(ema=0.999)
    network, average = model.generator, model.averaged_generator
    before = network.get_weights()
    np.testing.assert_array_equal(average.get_weights()[0], before[0])
    model.fit(np.zeros((8, 8, 8, 1)), batch_size=8, verbose=0)
    decay = 2 / 11  # of step 1
    after = [
        decay * a + (1 - decay) * b for a, b in zip(before, network.get_weights(), strict=True)
    ]
    for weight, mine, expected in zip(network.weights, average.weights, after, strict=True):
        expected = expected if weight.trainable else np.asarray(weight)  # statistics are copied
        np.testing.assert_allclose(mine, expected, atol=1e-6)
    assert model.drawn_network is average
    assert not average.trainable_weights


def test_frozen_layers_are_averaged_as_all_are():
    model = gan(ema=0.999)
    dense, average = model.generator.layers[0], model.averaged_generator.layers[0]
    today, before = dense.kernel.numpy() + 1, average.kernel.numpy()
    dense.kernel.assign(today)
    dense.trainable = False
    model.compile()
    model.fit(np.zeros((8, 8, 8, 1)), batch_size=8, verbose=0)
    decay = 2 / 11  # of step 1
    expected = decay * before + (1 - decay) * today
    np.testing.assert_allclose(average.kernel, expected, atol=1e-5)


def test_to_thaw_a_model_thaws_no_average():
    model = gan(ema=0.999)
    model.trainable = False
    model.trainable = True
    assert not model.averaged_generator.trainable_weights
    model.compile()
    assert len(model.players[1].trainable_weights) == 4  # of a dense layer and a normalization


def test_weights_of_any_type_are_averaged():
    model = kg.models.GAN((8, 8, 1), 2, hidden=(4,), ema=0.999, seed=0, dtype="bfloat16")
    model.compile("sgd")
    model.fit(np.zeros((4, 8, 8, 1)), verbose=0)
    assert model.averaged_generator.weights[0].dtype == "bfloat16"


def test_without_one_the_network_itself_is_drawn_from():
    model = gan(ema=None)
    assert model.averaged_generator is None
    assert model.drawn_network is model.generator
    np.testing.assert_array_equal(
        model.without_average().generator.get_weights()[0], model.generator.get_weights()[0]
    )


def test_a_model_without_one_draws_the_same_and_goes_on_from_there(tmp_path):
    model = gan(ema=0.9)
    model.fit(np.random.default_rng(0).uniform(size=(8, 8, 8, 1)), batch_size=8, verbose=0)
    smaller = model.without_average()
    assert smaller.ema is None
    np.testing.assert_array_equal(smaller.sample(3, seed=0), model.sample(3, seed=0))
    other = model.discriminator.get_weights()
    for mine, theirs in zip(smaller.discriminator.get_weights(), other, strict=True):
        np.testing.assert_array_equal(mine, theirs)
    smaller.keep_average(0.5)
    smaller.compile()
    smaller.fit(np.zeros((8, 8, 8, 1)), batch_size=8, verbose=0)
    pairs = zip(smaller.averaged_generator.weights, smaller.generator.weights, strict=True)
    assert any((average != weight).numpy().any() for average, weight in pairs)
    smaller.save_to_preset(tmp_path)
    again = kg.from_preset(tmp_path)
    np.testing.assert_array_equal(again.sample(3, seed=0), smaller.sample(3, seed=0))


def test_what_a_model_keeps_beside_its_networks_is_kept():
    vae = kg.models.VAE((8, 8, 1), latent_dim=2, hidden=(4,), seed=0)
    model = kg.models.LatentDiffusion(vae, hidden=(4,), seed=0)
    model.latent_mean.assign([1.0, 2.0])
    assert np.array(model.without_average().latent_mean).tolist() == [1.0, 2.0]


@pytest.mark.parametrize("ema", [0.0, 1.0, -0.5, "most"])
def test_a_decay_that_is_none(ema):
    with pytest.raises(ValueError, match=r"between 0 and 1, or None. Received"):
        gan(ema=ema)
