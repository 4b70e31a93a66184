import json
import os
import re

import huggingface_hub
import pytest

import keras_genzoo as kg

SPLIT = ("--split", "test[:100]")


@pytest.fixture(scope="module")
def presets(models, tmp_path_factory):
    """Folders of a VAE and a GAN."""
    folder = tmp_path_factory.mktemp("presets")
    for name in ("vae", "gan"):
        models[name].save_to_preset(folder / name, dataset="fashion_mnist_small")
    return folder


def printed(out, metric):
    return [
        float(x) for x in re.findall(rf"{metric}\s*((?:│\s*[-\d.]+\s*)+)", out)[0].split("│")[1:]
    ]


def test_evaluate_agrees_with_training(genzoo, trained):
    code, out, _ = genzoo("evaluate", trained, *SPLIT, "--metrics", "loss")
    assert code == 0
    scores = json.loads((trained / "card.json").read_text())["scores"]
    # z is drawn anew
    assert printed(out, "reconstruction") == [pytest.approx(scores["reconstruction"], rel=0.05)]


def test_evaluate_says_what_was_trained_on(genzoo, trained):
    how = ("--split", "test[:50]+train[295:320]", "--metrics", "loss")
    code, out, _ = genzoo("evaluate", trained, *how)
    assert code == 0
    assert "Of the 75 images of test[:50]+train[295:320] 5 were trained on, says the card." in out
    assert "trained on" not in genzoo("evaluate", trained, *SPLIT, "--metrics", "loss")[1]


def test_evaluate_gives_labels_to_a_model_that_learns_from_them(genzoo, tmp_path):
    gan = kg.models.ConditionalGAN((28, 28, 1), hidden=(8,), latent_dim=2)
    gan.save_to_preset(tmp_path, dataset="fashion_mnist_small")
    code, out, err = genzoo("evaluate", tmp_path, *SPLIT, "--metrics", "loss")
    assert (code, err) == (0, "")
    assert "discriminator_loss" in out


def test_evaluate_writes_scores_and_protocol_into_the_card(genzoo, presets, extractor):
    folder = presets / "gan"
    tokens = ("evaluate", folder, *SPLIT, "--extractor", extractor, "--metrics")
    assert genzoo(*tokens, "frechet_distance", "inception_score")[0] == 0
    code, out, _ = genzoo(*tokens, "frechet_distance")
    assert code == 0
    assert f"fashion_mnist_small test[:100], extractor {extractor}, no resize, real 100" in out
    assert genzoo(*tokens, "frechet_distance", "--seed", 1)[0] == 0
    entries = kg.presets.card(folder)["evaluation"]
    # What is measured alike again takes the former's place.
    assert [(entry["metric"], entry["protocol"]["seed"]) for entry in entries] == [
        ("frechet_distance", 0),
        ("inception_score", 0),
        ("frechet_distance", 1),
    ]
    assert entries[0]["protocol"]["extractor"] == extractor
    assert entries[0]["versions"] == kg.presets.versions()
    assert printed(out, "frechet_distance") == [pytest.approx(entries[0]["value"], rel=0.01)]
    kg.from_preset(folder)


def test_the_card_of_a_named_preset_is_written_on_request_alone(genzoo, presets, monkeypatch):
    monkeypatch.setenv("KERAS_GENZOO_PRESETS", str(presets))
    tokens = ("evaluate", "vae", *SPLIT, "--metrics", "active_units")
    before = (presets / "vae" / "card.json").read_bytes()
    code, out, err = genzoo(*tokens)
    assert (code, err) == (0, "")
    assert "active_units" in out
    left = "The card of vae was left as it is; --keep writes the scores into it."
    assert out.splitlines()[-1] == left
    assert (presets / "vae" / "card.json").read_bytes() == before
    code, out, _ = genzoo(*tokens, "--keep")
    assert code == 0
    assert "was left" not in out
    (entry,) = kg.presets.card("vae")["evaluation"]
    assert entry["metric"] == "active_units"


def test_the_card_of_a_preset_on_a_hub_is_left_as_it_is(genzoo, presets, monkeypatch):
    folder = presets / "vae"
    monkeypatch.setattr(huggingface_hub, "snapshot_download", lambda *_, **__: str(folder))
    before = (folder / "card.json").read_bytes()
    tokens = ("evaluate", "hf://user/vae", *SPLIT, "--metrics", "active_units")
    code, out, err = genzoo(*tokens)
    assert (code, err) == (0, "")
    assert "active_units" in out
    code, out, err = genzoo(*tokens, "--keep")
    assert (code, out) == (2, "")  # before anything is measured
    assert "Expected no --keep" in err
    assert (folder / "card.json").read_bytes() == before


def test_a_likelihood_of_a_gan_is_refused(genzoo, presets):
    before = (presets / "gan" / "card.json").read_bytes()
    code, out, err = genzoo("evaluate", presets / "gan", *SPLIT, "--metrics", "log_likelihood")
    assert (code, out) == (2, "")
    assert "the model gives images no probability" in err
    assert (presets / "gan" / "card.json").read_bytes() == before


def test_a_card_that_cannot_be_written_costs_no_scores(genzoo, presets, monkeypatch):
    monkeypatch.setattr(os, "replace", full_disk)
    code, out, err = genzoo("evaluate", presets / "vae", *SPLIT, "--metrics", "loss")
    assert code == 0
    assert "reconstruction" in out
    assert err == "The card was not written: [Errno 28] No space left on device\n"


def full_disk(*_):
    raise OSError(28, "No space left on device")


def test_compare_prints_models_side_by_side_and_draws_them(genzoo, presets, extractor, tmp_path):
    folders = (presets / "vae", presets / "gan")
    picture = tmp_path / "rows.png"
    tokens = ("compare", *folders, *SPLIT, "--extractor", extractor, "--output", picture)
    code, out, _ = genzoo(*tokens)
    assert code == 0
    assert len(printed(out, "precision")) == 2
    assert "log_likelihood" not in out
    assert "loss" not in out
    assert picture.stat().st_size > 1000
    code, out, _ = genzoo(*tokens, "--metrics", "frechet_distance", "active_units")
    assert code == 0
    assert re.search(r"active_units │ [\d.]+ +│ -", out)


def test_compare_needs_models_that_draw(genzoo, models, tmp_path):
    models["autoencoder"].save_to_preset(tmp_path, dataset="fashion_mnist_small")
    code, _, err = genzoo("compare", tmp_path)
    assert code == 2
    assert "does not sample" in err
    for presets in ((), ("vae_mnist_2d", "vae_mnist_2d")):
        code, _, err = genzoo("compare", *presets)
        assert code == 2
        assert "each once" in err


def test_models_of_other_images_are_refused_before_any_is_scored(
    genzoo, presets, extractor, tmp_path, monkeypatch
):
    small = kg.models.VAE((8, 8, 1), latent_dim=2, hidden=(4,))
    small.save_to_preset(tmp_path / "small", dataset="fashion_mnist_small")
    picture = tmp_path / "rows.png"
    tokens = ("compare", presets / "vae", tmp_path / "small", *SPLIT, "--output", picture)
    with monkeypatch.context() as patch:
        patch.setattr(kg.evaluation.Evaluation, "scores", None)
        for metric in (["active_units"], ["frechet_distance", "--extractor", extractor]):
            code, out, err = genzoo(*tokens, "--metrics", *metric)
            assert (code, out) == (2, "")
            assert "Expected models of images of (28, 28, 1). Received: " in err
            assert f"{tmp_path / 'small'} of (8, 8, 1)" in err
    gan = kg.models.GAN((8, 8, 1), latent_dim=2, hidden=(4,))
    gan.save_to_preset(tmp_path / "small", dataset="sprites")
    code, out, _ = genzoo(*tokens, "--metrics", "active_units")  # which is of the first alone
    assert code == 0
    assert re.search(r"active_units │ [\d.]+ +│ -", out)


def test_metrics_without_a_name_are_refused(genzoo, presets, tmp_path):
    for command in (("evaluate",), ("compare", "--output", tmp_path / "x.png")):
        code, out, err = genzoo(*command, presets / "vae", "--metrics")
        assert (code, out) == (2, "")
        assert "or no --metrics. Received: metrics=[]" in err
    assert not (tmp_path / "x.png").exists()


@pytest.mark.parametrize(
    ("asked", "metrics", "expected"),
    [
        (("--against", "sprites"), ("--metrics", "loss"), "--metrics anomaly"),
        (("--against", "sprites"), (), "--metrics anomaly"),
        (("--draws", 500), (), "--metrics log_likelihood or bits_per_dim or anomaly"),
        (("--extractor", "inception_v3"), ("--metrics", "loss"), "--metrics frechet_distance or"),
        (("--steps", 5), ("--metrics", "loss"), "of a model that draws in steps"),
        (("--guidance", 2), ("--metrics", "frechet_distance"), "of a model that draws in steps"),
    ],
)
def test_what_nothing_measured_asks_for_is_refused(genzoo, trained, asked, metrics, expected):
    code, out, err = genzoo("evaluate", trained, *asked, *metrics)
    assert (code, out) == (2, "")
    assert f"no {asked[0]}, or --metrics" in err
    assert expected in err
    code, out, err = genzoo("compare", trained, *asked, *(metrics or ("--metrics", "loss")))
    assert (code, out) == (2, "")
    assert expected in err
