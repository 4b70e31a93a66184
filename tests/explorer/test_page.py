"""A page's tabs are the model's verbs; a card's texts are no markup."""

import json

import pytest

import keras_genzoo as kg
from keras_genzoo.explorer import page, subjects


def labels(model):
    return [label for label, _ in page._tabs(subjects.Subject("it", model, {}))]


@pytest.mark.parametrize(
    ("new", "tabs"),
    [
        (
            lambda: kg.models.VAE((8, 8, 1), latent_dim=2, hidden=(4,)),
            ["Latents", "Samples", "Interpolation", "Reconstruction"],
        ),
        (
            lambda: kg.models.GAN((8, 8, 1), latent_dim=2, hidden=(4,)),
            ["Latents", "Samples", "Interpolation"],
        ),
        (
            lambda: kg.models.PixelCNN((8, 8, 1), filters=4, num_blocks=1),
            ["Samples", "Completion"],
        ),
        (
            lambda: kg.models.CycleGAN((16, 16, 3), filters=(4, 4), num_blocks=1),
            ["Translation", "Back"],
        ),
        (
            lambda: kg.models.SequenceVAE(5, 6, latent_dim=2, units=4),
            ["Latents", "Samples", "Interpolation"],
        ),
    ],
    ids=["vae", "gan", "pixel_cnn", "cycle_gan", "sequence_vae"],
)
def test_a_tab_is_there_where_the_model_has_the_verb(new, tabs):
    assert labels(new()) == tabs


def test_strangers_cards_are_no_markup(model):
    score = {"metric": "<b>", "value": 1.0, "protocol": {"dataset": "<i>"}}
    card = {"evaluation": [score], "command": "<script>", "dataset": "<u>"}
    subject = subjects.Subject("<em>", model, card)
    shown = page._scores(card) + page._about(subject, None)
    assert not any(tag in shown for tag in ("<b>", "<i>", "<script>", "<u>", "<em>")), shown


def test_scores_are_those_of_the_card():
    card = kg.presets.card("vae_mnist_2d")
    shown = page._scores(card)
    for entry in card["evaluation"]:
        assert f"{entry['value']:.4g}" in shown
    assert json.loads(json.dumps(card["command"])) in shown.replace("&#x27;", "'")
