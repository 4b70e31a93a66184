"""Configs: what a user froze stays frozen, wherever the model is kept."""

import keras
import numpy as np
import pytest
from contract import SHAPE, assert_same, pictures

import keras_genzoo as kg
from keras_genzoo.base import keeping

TINY = {"latent_dim": 2, "hidden": (4,), "seed": 0}


def part_frozen():
    """A VAE that has trained with a frozen encoder and a frozen layer of its decoder."""
    vae = kg.models.VAE(SHAPE, **TINY)
    vae.encoder.trainable = False
    vae.decoder.layers[1].trainable = False
    vae.compile("adam")
    vae.fit(pictures(20), verbose=0)
    return vae


def frozen_weights(model):
    return [*model.encoder.get_weights(), *model.decoder.layers[1].get_weights()]


@pytest.mark.parametrize("way", ["file", "checkpoint", "clone", "preset"])
def test_frozen_parts_stay_frozen(way, tmp_path):
    vae = part_frozen()
    before = frozen_weights(vae)
    if way == "file":
        vae.save(tmp_path / "vae.keras")
        again = keras.saving.load_model(tmp_path / "vae.keras")
    elif way == "checkpoint":
        vae.fit(pictures(20), callbacks=[kg.callbacks.Checkpoint(tmp_path)], verbose=0)
        again, _ = kg.callbacks.restore(tmp_path)
    elif way == "clone":
        again = keras.models.clone_model(vae)
        again.set_weights(vae.get_weights())
    else:
        vae.save_to_preset(tmp_path)
        again = kg.from_preset(tmp_path)
    assert keeping.frozen(again) == keeping.frozen(vae) == ["decoder/1", "encoder"]
    assert len(again.trainable_weights) == len(vae.trainable_weights)
    if way in ("clone", "preset"):
        again.compile("adam")
    moving = again.mean_head.get_weights()
    again.fit(pictures(20), verbose=0)
    assert_same(frozen_weights(again), before, 0)
    assert any((a != b).any() for a, b in zip(moving, again.mean_head.get_weights(), strict=True))


def test_a_frozen_layer_that_is_not_there_is_named():
    config = kg.models.VAE(SHAPE, **TINY).get_config()
    for path in ("encoder/9", "encoder/x", "critic", "seed"):
        with pytest.raises(ValueError, match=rf"Expected.*Received: frozen='{path}'"):
            kg.models.VAE.from_config({**config, "frozen": [path]})


def test_old_configs_freeze_nothing():
    config = kg.models.GAN(SHAPE, **TINY).get_config()
    assert config.pop("frozen") == ["averaged_generator"]  # as it is made
    again = kg.models.GAN.from_config(config)
    assert keeping.frozen(again) == ["averaged_generator"]
    assert all(np.isfinite(weight).all() for weight in again.get_weights())


@pytest.mark.parametrize("name", ["encoder", "decoder"])
def test_a_replaced_network_stands_where_the_former_stood(name, tmp_path):
    vae, layers = kg.models.VAE(SHAPE, **TINY), keras.layers
    dropout = layers.Dropout(0.5, seed=7)
    decoding = [layers.Dense(64, activation="sigmoid"), dropout, layers.Reshape(SHAPE)]
    networks = {
        "encoder": [keras.Input(SHAPE), layers.Flatten(), layers.Dense(4), dropout],
        "decoder": [keras.Input((2,)), *decoding],
    }
    setattr(vae, name, keras.Sequential(networks[name]))
    vae.compile("adam")
    vae.fit(pictures(20), verbose=0)
    vae.save_to_preset(tmp_path / "preset")
    assert_same(kg.from_preset(tmp_path / "preset").get_weights(), vae.get_weights(), 0)
    vae.save(tmp_path / "vae.keras")
    again = keras.saving.load_model(tmp_path / "vae.keras")
    for model in (vae, again):
        model.fit(pictures(20), verbose=0)
    assert_same(again.get_weights(), vae.get_weights(), 1e-6)


def test_a_replaced_network_is_forgotten_and_the_new_one_kept(tmp_path):
    vae = kg.models.VAE(SHAPE, **TINY)
    former, other = vae.decoder, kg.models.VAE(SHAPE, **{**TINY, "hidden": (5,)}).decoder
    vae.decoder = other
    held = {id(weight) for weight in vae.weights}
    assert held >= {id(weight) for weight in other.weights}
    assert not held & {id(weight) for weight in former.weights}
    vae.compile("adam")
    vae.fit(pictures(20), verbose=0)
    vae.save(tmp_path / "vae.keras")
    loaded = keras.saving.load_model(tmp_path / "vae.keras")
    assert loaded.get_config()["decoder"] is not None
    assert_same([loaded.reconstruct(pictures(3))], [vae.reconstruct(pictures(3))])
