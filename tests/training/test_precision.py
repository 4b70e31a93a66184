"""In what precision a run computes, and what its card says of it."""

import pytest
from contract import THREE_PARTS

import keras_genzoo as kg
from keras_genzoo.training import precision


def test_a_cpu_that_does_not_compute_in_bfloat16(monkeypatch):
    monkeypatch.setattr(precision, "_cpu_computes_bfloat16", lambda: False)
    monkeypatch.setattr(precision.tf.config, "list_physical_devices", lambda kind: [])
    with pytest.raises(ValueError, match=THREE_PARTS):
        precision.policy(kg.models.GAN, "bfloat16")
    assert precision.policy(kg.models.Diffusion, "bfloat16") == "mixed_bfloat16"
    assert precision.policy(kg.models.GAN, "float16") == "mixed_float16"
    assert precision.policy(kg.models.GAN, None) is None


def test_a_card_says_what_bfloat16_takes_and_how_to_do_without():
    for command in ("genzoo train gan --mixed-precision bfloat16", "genzoo train gan"):
        assert precision.in_card(kg.models.GAN, None, command) == {}
    command = "genzoo train gan --dataset 'a b' --mixed-precision=bfloat16 --epochs 2"
    card = precision.in_card(kg.models.GAN, "bfloat16", command)
    assert card["float32_command"] == "genzoo train gan --dataset 'a b' --epochs 2"
    assert "a CPU with avx512_bf16" in card["requires"]
    assert "any CPU" in precision.in_card(kg.models.Diffusion, "bfloat16", command)["requires"]


def test_the_cards_of_what_ships_say_it(monkeypatch):
    monkeypatch.setenv("KERAS_GENZOO_PRESETS", "")
    cards = map(kg.presets.card, kg.presets.list())
    cards = [card for card in cards if "bfloat16" in card["command"]]
    assert len(cards) > 3
    for card in cards:
        *autoencoders, _ = commands = card["command"].split(" && ")
        model_class = kg.models.VAE if autoencoders else getattr(kg.models, card["model"])
        said = [precision.in_card(model_class, "bfloat16", command) for command in commands]
        assert card["requires"] == said[0]["requires"]
        assert card["float32_command"] == " && ".join(each["float32_command"] for each in said)
