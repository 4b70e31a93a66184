from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf
from subjects import SHAPE, by_name, evaluation

import keras_genzoo as kg
from keras_genzoo import metrics
from keras_genzoo.evaluation import measures
from keras_genzoo.evaluation.measures import MEASURES


@pytest.mark.parametrize(
    ("model", "metric", "reason"),
    [
        ("gan", "log_likelihood", "gives images no probability"),
        ("gan", "bits_per_dim", "gives images no probability"),
        ("gan", "active_units", "has no posterior over latents"),
        ("gan", "dci", "encodes no images"),
        ("autoencoder", "inception_score", "draws no images"),
        ("vae", "bits_per_dim", "has a likelihood of binary pixels, which is no density"),
        ("vae", "accuracy", "is no classifier"),
        ("classifier", "loss", "is a plain classifier"),
        ("gaussian", "bits_per_dim", None),
        ("classifier", "accuracy", None),
        ("conditional_gan", "frechet_distance", None),
    ],
)
def test_what_a_model_does_not_allow(models, model, metric, reason):
    assert MEASURES[metric].refuses(models[model]) == reason


def test_factors_are_not_sought_in_maps():
    """Which would break off what is measured unless named, of sprites."""
    model = kg.models.VAE(SHAPE, latent_dim=(7, 7, 2), filters=(2, 2))
    reason = "encodes images as maps, whose single numbers stand for nothing"
    assert {MEASURES[metric].refuses(model) for metric in ("dci", "beta_vae_score")} == {reason}
    assert evaluation("sprites").default_metrics(model)[-1] == "mutual_information"


def test_likelihood_and_latents(models):
    model = models["gaussian"]
    model.compile()
    optimizer = model.optimizer
    few = evaluation(split="test[:150]")
    scores = few.scores(model, ["log_likelihood", "bits_per_dim", "active_units", "loss"])
    found, images = by_name(scores), kg.datasets.arrays(few.batches())
    noise = np.random.default_rng(0).uniform(size=images.shape)
    noisy = (255 * images + noise) / 256  # of grey levels a density tells nothing
    nats = np.concatenate(
        [
            metrics.log_likelihood(model, noisy[:100], 20, [0, 0]),
            metrics.log_likelihood(model, noisy[100:], 20, [0, 1]),
        ]
    )
    assert found["log_likelihood"] == pytest.approx(nats.mean())
    assert found["bits_per_dim"] == pytest.approx(metrics.bits_per_dim(-nats.mean(), SHAPE))
    assert found["active_units"] == metrics.active_units(model, images)
    assert found["loss"] == pytest.approx(found["reconstruction"] + found["kl"], rel=1e-5)
    assert found["loss"] > -nats.mean()
    protocol = scores[0].protocol
    assert protocol.pop("standard_error") == pytest.approx(nats.std(ddof=1) / np.sqrt(150))
    assert (protocol["images"], protocol["draws"]) == (150, 20)
    assert protocol["dequantization"] == "uniform"
    (binary,) = few.scores(models["vae"], ["log_likelihood"])
    assert "dequantization" not in binary.protocol
    assert model.optimizer is optimizer  # a run that goes on keeps its own
    (one,) = evaluation(split="test[:1]").scores(model, ["log_likelihood"])
    assert "standard_error" not in one.protocol


def test_a_loss_is_of_the_protocols_seed(models):
    def loss(seed):
        (score, *_) = evaluation(split="test[:50]", seed=seed).scores(models["vae"], ["loss"])
        return score.value

    assert loss(0) == loss(0) != loss(1)


def test_exact_likelihoods_say_so(monkeypatch):
    model = kg.models.PixelCNN(SHAPE, filters=2, num_blocks=1, levels=256, num_classes=10)
    few = evaluation(split="test[:150]")
    scores = few.scores(model, ["log_likelihood", "bits_per_dim", "loss"])
    found = by_name(scores)
    nats = model.log_prob(kg.datasets.arrays(few.batches()), few.real_labels)
    assert found["log_likelihood"] == pytest.approx(nats.mean(), rel=1e-5)
    assert found["loss"] == pytest.approx(-nats.mean(), rel=1e-5)
    assert found["bits_per_dim"] == pytest.approx(-nats.mean() / 784 / np.log(2), rel=1e-5)
    assert scores[0].protocol["likelihood"] == "exact"
    assert "draws" not in scores[0].protocol
    seeds = []  # of what is drawn all the same, as diffusion's random directions are

    def log_prob(images, labels, seed=0):
        seeds.append(seed)
        return np.zeros(len(images))

    monkeypatch.setattr(model, "log_prob", log_prob)
    evaluation(split="test[:150]", seed=3).scores(model, ["log_likelihood"])
    assert seeds == [3, 3]
    black_and_white = kg.models.PixelCNN(SHAPE, filters=2, num_blocks=1)
    reason = "has two levels, whose bits compare with none of 256"
    assert MEASURES["bits_per_dim"].refuses(black_and_white) == reason
    assert MEASURES["log_likelihood"].refuses(black_and_white) is None


@pytest.mark.parametrize("exact", [False, True])
def test_nats_are_measured_once_for_all_scores_of_anomalies(models, monkeypatch, exact):
    model, asked = models["vae"], []
    if exact:
        model = kg.models.PixelCNN(SHAPE, filters=2, num_blocks=1, levels=256, ema=None)
    few, strange = evaluation(split="test[:20]"), np.ones((9, *SHAPE), "float32")
    own = kg.datasets.arrays(few.batches())
    expected = {  # of each its own, which the evaluation may make of another
        method: [metrics.anomaly_score(model, x, method, draws=16) for x in (own, strange)]
        for method in ("bound", "likelihood", "complexity")
    }
    others = tf.data.Dataset.from_tensors(strange)
    monkeypatch.setattr(few, "others", lambda shape: (others, "white"))
    score = metrics.anomaly_score

    def counted(model, images, method, **options):
        asked.append((method, len(images)))
        return score(model, images, method, **options)

    monkeypatch.setattr(metrics, "anomaly_score", counted)
    values, how = MEASURES["anomaly"].of(SimpleNamespace(model=model, evaluation=few, seed=0))
    of_nats = ["bound"] if exact else ["bound", "likelihood"]
    found = [method for method, _ in asked if method != "reconstruction"]
    assert found == [method for method in of_nats for _ in range(2)]
    for method, (usual, odd) in expected.items():
        higher = (odd[:, None] > usual).mean() + (odd[:, None] == usual).mean() / 2
        assert values[f"AUROC, {method}"] == pytest.approx(higher)
    assert how == {"images": 20, "against": "white", "other_images": 9} | (
        {} if exact else {"draws": 16}
    )


def test_few_images_are_asked_where_a_density_is_integrated(models, monkeypatch):
    model, asked = kg.models.Diffusion(SHAPE, filters=(2, 2), num_blocks=1), []
    others = tf.data.Dataset.from_tensor_slices(np.ones((9, *SHAPE), "float32")).batch(4)
    few = evaluation(split="test[:20]")
    monkeypatch.setattr(few, "others", lambda shape: (others, "white"))
    monkeypatch.setattr(measures, "DENSITIES", 6)
    monkeypatch.setattr(
        model, "log_prob", lambda x, seed=0: asked.append(len(x)) or np.zeros(len(x))
    )
    _, how = MEASURES["anomaly"].of(SimpleNamespace(model=model, evaluation=few, seed=0))
    assert (how["images"], how["other_images"]) == (6, 6)
    assert sum(asked) == 12


def test_a_conditional_model_gets_its_labels(models):
    scores = evaluation(split="test[:200]").scores(models["conditional_gan"], ["loss"])
    assert set(by_name(scores)) == set(models["conditional_gan"].logged)


def test_accuracy_of_a_classifier(extractor):
    classifier = kg.from_preset(extractor)
    (score,) = evaluation().scores(classifier)
    batches = kg.datasets.load("fashion_mnist_small", "test[:550]", 550, labels=True)
    images, labels = next(iter(batches))
    read = classifier.predict(images, verbose=0).argmax(axis=-1)
    assert (score.metric, score.value) == ("accuracy", np.mean(read == labels))


def test_attributes_are_no_classes(models, tmp_path):
    images = keras.Input(SHAPE)
    features = keras.layers.Dense(3, name="features")(keras.layers.Flatten()(images))
    reader = keras.Model(images, keras.layers.Dense(4, "sigmoid")(features))
    kg.presets.save(reader, tmp_path)
    looks = evaluation(extractor=str(tmp_path), split="test[:20]")
    usual = looks.default_metrics(models["vae"])
    assert "kernel_distance" in usual
    assert "inception_score" not in usual
    with pytest.raises(ValueError, match=r"network reads attributes.*Expected some of.*Received"):
        looks.scores(models["vae"], ["inception_score"])
    with pytest.raises(ValueError, match=r"model reads attributes.*Expected some of.*Received"):
        looks.scores(reader, ["accuracy"])


def test_disentanglement_is_of_random_sprites():
    model = kg.models.VAE((64, 64, 1), latent_dim=3, hidden=(8,), seed=0)
    scores = evaluation("sprites", seed=1).scores(model, ["mutual_information_gap"])
    sprites = kg.datasets.sprites()
    factors = np.random.default_rng(1).integers(sprites.factor_sizes, size=(10_000, 5))
    expected = metrics.mutual_information_gap(model.encode(sprites.images(factors)), factors)
    assert scores[0].value == pytest.approx(expected, rel=1e-6)
    assert scores[0].protocol["images"] == 10_000


def test_latents_of_image_shape_are_latents(monkeypatch):
    """As diffusion's are, which lie outside of [0, 1]."""
    few, strange = evaluation(split="test[:20]", num_images=20), np.ones((20, *SHAPE), "float32")
    others = tf.data.Dataset.from_tensors(strange)
    monkeypatch.setattr(few, "others", lambda shape: (others, "white"))
    model = SimpleNamespace(
        fit_x="images", image_shape=SHAPE, encode=lambda images: 3 * np.asarray(images) - 1
    )
    values, how = MEASURES["anomaly"].of(SimpleNamespace(model=model, evaluation=few, seed=0))
    assert values["AUROC, latent"] == 1
    assert how["against"] == "white"


def test_anomalies_are_told_from_other_images(models, tmp_path):
    photos = np.random.default_rng(0).integers(256, size=(200, 9, 9), dtype=np.uint8)
    np.savez(tmp_path / "noise.npz", images=photos)
    against = str(tmp_path / "noise.npz")
    model = models["vae"]
    noise = evaluation("fashion_mnist_small", split="test[:20]", against=against, num_images=20)
    scores = noise.scores(model, ["anomaly"])
    methods = ["reconstruction", "bound", "likelihood", "complexity", "latent"]
    lines = [*methods, "minus the PNG's size, no model"]
    expected = [f"{name}, {line}" for name in ("AUROC", "average precision") for line in lines]
    assert [score.metric for score in scores] == expected
    assert all(0 <= score.value <= 1 for score in scores)
    assert scores[0].protocol["against"] == f"{against} train[90%:]"
    others = kg.datasets.arrays(noise.others(SHAPE)[0])
    assert others.shape == (20, *SHAPE)
    own, strange = (
        kg.metrics.anomaly_score(model, x, "reconstruction")
        for x in (kg.datasets.arrays(noise.batches()), others)
    )
    higher = (strange[:, None] > own).mean() + (strange[:, None] == own).mean() / 2
    assert by_name(scores)["AUROC, reconstruction"] == pytest.approx(higher)
    with pytest.raises(ValueError, match="--against names no images"):
        evaluation(split="test[:20]").scores(model, ["anomaly"])
    assert MEASURES["anomaly"].refuses(models["gan"]) == "neither encodes nor scores images"
