"""What autoencoders share: whose networks, and a user's own."""

import keras
import numpy as np
import pytest
from contract import SHAPE, THREE_PARTS, pictures

from keras_genzoo import networks
from keras_genzoo.models import VAE, Autoencoder


@pytest.mark.parametrize("model_class", [Autoencoder, VAE])
def test_one_network_may_be_the_users(model_class):
    encoder = networks.encoder(SHAPE, hidden=(5,), units=2)
    model = model_class(SHAPE, latent_dim=2, hidden=(4,), encoder=encoder)
    assert model.encoder is encoder
    config = model.get_config()
    assert config["encoder"] is not None
    assert config["decoder"] is None


@pytest.mark.parametrize("model_class", [Autoencoder, VAE])
def test_dense_layers_between_convolutions_and_latents(model_class):
    model = model_class(SHAPE, latent_dim=2, filters=(3,), dense=(7, 5))
    copy = model_class.from_config(model.get_config())
    assert copy.dense == (7, 5)
    assert copy.reconstruct(pictures(2)).shape == (2, *SHAPE)
    units = [each.units for each in copy.encoder.layers if isinstance(each, keras.layers.Dense)]
    assert units[:2] == [7, 5]
    own = {name: getattr(model, name) for name in ("encoder", "decoder")}
    for wrong in ({"hidden": (4,)}, own, {"dense": ()}, {"dense": (7, 0)}):
        with pytest.raises(ValueError, match=THREE_PARTS):
            model_class(SHAPE, latent_dim=2, filters=(3,), **{"dense": (7,), **wrong})


def test_dense_layers_and_maps_do_not_go_together():
    with pytest.raises(ValueError, match=THREE_PARTS):
        VAE(SHAPE, latent_dim=(4, 4, 2), filters=(3,), dense=(7,))


@pytest.mark.parametrize("shape", [(6,), (2, 3), (2, 1, 3)], ids=str)
def test_an_encoders_output_of_any_rank_is_flattened(shape):
    encoder = keras.Sequential(
        [
            keras.Input(SHAPE),
            keras.layers.Flatten(),
            keras.layers.Dense(6),
            keras.layers.Reshape(shape),
        ]
    )
    assert VAE(SHAPE, latent_dim=2, encoder=encoder).encode(pictures(3)).shape == (3, 2)
    codes = Autoencoder(SHAPE, latent_dim=6, encoder=encoder).encode(pictures(3))
    np.testing.assert_allclose(codes, np.asarray(encoder(pictures(3))).reshape(3, 6), rtol=1e-5)


def test_a_global_policy_is_as_good_as_an_argument():
    keras.config.set_dtype_policy("mixed_float16")
    try:
        model = VAE(SHAPE, latent_dim=2, hidden=(4,), seed=0)
        model.compile("adam")
        history = model.fit(pictures(20), verbose=0).history
    finally:
        keras.config.set_dtype_policy("float32")
    assert np.isfinite(history["loss"]).all()
    assert isinstance(model.optimizer, keras.optimizers.LossScaleOptimizer)
    assert any(layer.compute_dtype == "float16" for layer in model.encoder.layers)
    assert model.sample(2, seed=0).dtype == np.float32
    assert {weight.dtype for weight in model.trainable_weights} == {"float32"}


def test_a_model_without_fixed_shapes_is_refused():
    class Subclassed(keras.Model):
        def call(self, images):
            return images[:, 0, 0]

    encoder = Subclassed()
    encoder(pictures(1))
    with pytest.raises(ValueError, match=THREE_PARTS):
        VAE(SHAPE, latent_dim=2, encoder=encoder)


def test_an_encoder_of_unknown_size_is_refused():
    encoder = keras.Sequential([keras.Input((None, None, 1)), keras.layers.Conv2D(2, 3)])
    with pytest.raises(ValueError, match=THREE_PARTS):
        VAE(SHAPE, latent_dim=2, encoder=encoder)


@pytest.mark.parametrize("model_class", [Autoencoder, VAE])
def test_default_networks_are_convolutional(model_class):
    model = model_class(SHAPE, latent_dim=2, filters=(4, 4))
    assert model.reconstruct(pictures(3)).shape == (3, *SHAPE)
    assert any(isinstance(layer, keras.layers.Conv2D) for layer in model.encoder.layers)


@pytest.mark.parametrize("model_class", [Autoencoder, VAE])
def test_networks_of_half_precision_give_whole_images(model_class):
    images, latents = keras.Input(SHAPE), keras.Input((2,))
    code = keras.layers.Dense(2, dtype="float16")(keras.layers.Flatten(dtype="float16")(images))
    pixels = keras.layers.Dense(64, "sigmoid", dtype="float16")(latents)
    decoder = keras.Model(latents, keras.layers.Reshape(SHAPE, dtype="float16")(pixels))
    encoder = keras.Model(images, code)
    model = model_class(SHAPE, latent_dim=2, encoder=encoder, decoder=decoder)
    assert model.decoder(np.zeros((1, 2))).dtype == "float16"
    for output in (model.encode(pictures(3)), model.decode(np.zeros((1, 2)))):
        assert output.dtype == np.float32
    assert model.reconstruct(pictures(3)).dtype == np.float32
