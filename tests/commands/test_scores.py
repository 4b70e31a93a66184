import json
import re

import pytest

import keras_genzoo as kg


def test_evaluate_agrees_with_training(genzoo, trained):
    code, out, _ = genzoo("evaluate", trained, "--split", "test[:100]")
    assert code == 0
    printed = float(re.search(r"reconstruction\s*│\s*([\d.]+)", out)[1])
    scores = json.loads((trained / "card.json").read_text())["scores"]
    assert printed == pytest.approx(scores["reconstruction"], rel=0.05)  # z is drawn anew


def test_evaluate_gives_labels_to_a_model_that_learns_from_them(genzoo, tmp_path):
    gan = kg.models.ConditionalGAN((28, 28, 1), hidden=(8,), latent_dim=2)
    gan.save_to_preset(tmp_path, dataset="fashion_mnist_small")
    code, out, err = genzoo("evaluate", tmp_path, "--split", "test[:100]")
    assert (code, err) == (0, "")
    assert "discriminator_loss" in out
