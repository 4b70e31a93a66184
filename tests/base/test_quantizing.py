"""Weights in int8: used by all that a model does, kept, refused before anything is half done."""

import gc

import keras
import numpy as np
import pytest
import tensorflow as tf
from contract import SHAPE, THREE_PARTS, assert_same, pictures

import keras_genzoo as kg
from keras_genzoo.base import keeping

TINY = {"latent_dim": 2, "hidden": (16,), "seed": 0}


@pytest.fixture(autouse=True)
def _no_garbage(monkeypatch):
    monkeypatch.setattr(gc, "collect", int)  # which Keras calls for each layer


def test_a_gan_is_quantized_with_its_average_and_goes_on_in_all_but_training(tmp_path):
    gan = kg.models.GAN(SHAPE, **TINY)
    gan.compile("adam")
    gan.fit(pictures(16), verbose=0)
    exact = gan.sample(4, seed=0)
    gan.quantize("int8")
    rounded = gan.sample(4, seed=0)
    assert 0 < np.abs(rounded - exact).max() < 0.05
    latents = gan.prior(4, seed=0).numpy()
    assert_same([gan.predict(latents, verbose=0)], [rounded], 0)
    scores = gan.evaluate(pictures(16), verbose=0)
    assert np.isfinite(scores).all()
    for learn in (gan.fit, gan.train_on_batch):
        with pytest.raises(ValueError, match=r"do not learn.*Expected.*Received: .*generator/1"):
            learn(pictures(16))

    gan.export(tmp_path / "1")
    serve = tf.saved_model.load(tmp_path / "1").signatures["sample"]
    served = serve(num_samples=tf.constant(4), seed=tf.constant(0))["images"]
    assert_same([served], [rounded], 1e-5)
    gan.save(tmp_path / "gan.keras")
    gan.save_to_preset(tmp_path / "preset", half_precision=True)
    for again, tolerance in (
        (keras.saving.load_model(tmp_path / "gan.keras"), 0),
        (kg.from_preset(tmp_path / "preset"), 1e-3),
    ):
        assert keeping.quantized(again) == keeping.quantized(gan)
        assert_same([again.sample(4, seed=0)], [rounded], tolerance)


def test_what_cannot_be_quantized_whole_is_left_alone():
    def adapted(vae):
        vae.encoder.layers[2].enable_lora(2)

    def in_part(vae):
        vae.quantize("int8", filters="mean")
        assert keeping.quantized(vae) == ["mean_head"]

    coarse = keras.quantizers.Int8QuantizationConfig(activation_quantizer=None)
    for prepare, given, received in (
        (adapted, {"mode": "int8"}, "by LoRA: encoder/2"),
        (in_part, {"mode": "int8"}, "already: mean_head"),
        (None, {"config": coarse}, "'activation_quantizer': None"),
        (None, {"mode": "int4"}, "int4"),
        (None, {"mode": "int8", "filters": "nothing"}, "filters='nothing'"),
    ):
        vae = kg.models.VAE(SHAPE, **TINY)
        if prepare:
            prepare(vae)
        before = vae.get_weights()
        with pytest.raises(ValueError, match=rf"Expected.*Received.*{received}"):
            vae.quantize(**given)
        assert_same(vae.get_weights(), before, 0)


def test_networks_that_a_user_quantized(tmp_path):
    """One of his own learns on around what is rounded; of the zoo's what no file keeps is told."""
    encoder = kg.models.VAE(SHAPE, **TINY).encoder
    encoder.layers[2].quantize("int8")
    vae = kg.models.VAE(SHAPE, **TINY, encoder=encoder)
    assert keeping.quantized(vae) == []
    vae.compile("adam")
    vae.fit(pictures(16), verbose=0)
    vae.save(tmp_path / "vae.keras")
    again = keras.saving.load_model(tmp_path / "vae.keras")
    assert_same([again.encode(pictures(4))], [vae.encode(pictures(4))], 0)
    vae.decoder.layers[1].quantize("int4")
    with pytest.raises(ValueError, match=THREE_PARTS):
        vae.save(tmp_path / "vae.keras")


def test_replicas_are_quantized_alike(mirrored):
    with mirrored.scope():
        vae = kg.models.VAE(SHAPE, **TINY)
        vae.compile("adam")
    exact = vae.decode(np.ones((1, 2)))
    vae.quantize("int8")
    assert_same([vae.decode(np.ones((1, 2)))], [exact], 0.05)
