import numpy as np
import pytest
from subjects import SHAPE, by_name, evaluation

import keras_genzoo as kg
from keras_genzoo import metrics
from keras_genzoo.evaluation import Evaluation, Protocol
from keras_genzoo.evaluation import evaluation as evaluating
from keras_genzoo.evaluation.features import FeatureNetwork


def test_distances_are_of_as_many_samples_as_images(models, extractor):
    scores = evaluation(extractor=extractor, seed=3).scores(
        models["gan"],
        ["frechet_distance", "kernel_distance", "precision_recall", "inception_score"],
    )
    seeds = np.random.default_rng(3).integers(2**31, size=2)
    drawn = [models["gan"].sample(n, seed=seed) for n, seed in zip((500, 50), seeds, strict=True)]
    images = kg.datasets.load("fashion_mnist_small", "test[:550]", 550, shuffle=False)
    network = FeatureNetwork(extractor, SHAPE)
    (real, _), (generated, probabilities) = network(images.as_numpy_iterator()), network(drawn)
    precision, recall = metrics.precision_recall(real, generated)
    assert by_name(scores) == pytest.approx(
        {
            "frechet_distance": metrics.frechet_distance(real, generated),
            "kernel_distance": metrics.kernel_distance(real, generated, subset_size=550, seed=3),
            "precision": precision,
            "recall": recall,
            "inception_score": metrics.inception_score(probabilities, seed=3),
        },
        rel=1e-4,
        abs=1e-9,
    )
    assert scores[0].protocol == {
        "dataset": "fashion_mnist_small",
        "split": "test[:600]",
        "extractor": extractor,
        "resize": "no resize",
        "real": 550,
        "generated": 550,
        "seed": 3,
    }


def test_classes_take_turns_from_one_draw_to_the_next(models, extractor, monkeypatch):
    model, asked = models["conditional_gan"], []
    monkeypatch.setattr(evaluating, "AT_ONCE", 7)

    def sample(size, seed, labels):
        asked.extend(labels)
        return np.zeros((size, *SHAPE))

    monkeypatch.setattr(model, "sample", sample)
    few = evaluation(extractor=extractor, split="test[:20]")
    few.scores(model, ["inception_score"])
    assert asked == [*range(10), *range(10)]


def test_pixels_are_drawn_once_for_all_metrics():
    images = kg.training.Images(binarize="dynamic")
    drawn = Evaluation(images, Protocol(split="test[:20]")).batches()
    first, second = (kg.datasets.arrays(drawn) for _ in range(2))
    assert (first == second).all()


def test_what_is_measured_unless_named(models, extractor):
    distances = ["frechet_distance", "kernel_distance", "precision_recall", "inception_score"]
    latents = ["active_units", "mutual_information"]
    plain = evaluation(extractor=extractor)
    assert plain.default_metrics(models["vae"]) == ["loss", *latents, *distances]
    assert plain.default_metrics(models["gan"]) == ["loss", *distances]
    assert plain.default_metrics(models["autoencoder"]) == ["loss"]
    unknown = evaluation("omniglot")
    assert unknown.default_metrics(models["gan"]) == ["loss"]
    factors = ["mutual_information_gap", "modularity", "dci", "sap"]
    assert evaluation("sprites").default_metrics(models["autoencoder"]) == ["loss", *factors]


@pytest.mark.parametrize(
    ("model", "metric", "reason"),
    [
        ("gan", "log_likelihood", "the model gives images no probability"),
        ("vae", "dci", "the dataset has no factors; sprites has"),
        ("vae", "fid", "There is no such metric"),
    ],
)
def test_refusals_come_before_the_work(models, model, metric, reason):
    nothing_is_read = evaluation(split="no such split")
    with pytest.raises(ValueError, match=reason):
        nothing_is_read.scores(models[model], ["loss", metric])


def test_no_feature_network_knows_the_dataset(models):
    with pytest.raises(ValueError, match="no feature network of the zoo knows this dataset"):
        evaluation("omniglot").scores(models["vae"], ["frechet_distance"])


def test_draws_are_asked_of_models_that_draw_latents(models):
    pixels = kg.models.PixelCNN(SHAPE, filters=2, num_blocks=1, levels=256)
    few, refusal = evaluation(), r"Nothing that is measured asks for draws\. Expected.*Received: "
    for asked in ([pixels], [pixels, models["gan"]], [pixels, models["vae"]]):
        with pytest.raises(ValueError, match=rf"{refusal}draws=20, metrics=loss, bits_per_dim"):
            few.check_asked(asked, ["loss", "bits_per_dim"])  # of which the VAE has none
    few.check_asked([pixels, models["vae"]], ["log_likelihood"])
    few.check_asked([models["gaussian"]], ["bits_per_dim"])
    few.check_asked([models["gan"]], ["log_likelihood"])  # which `scores` refuses
    strange = evaluation(against="sprites")
    strange.check_asked([models["vae"]], ["anomaly"])
    with pytest.raises(ValueError, match=refusal):
        strange.check_asked([models["autoencoder"]], ["anomaly"])


def test_a_model_that_nothing_measures_is_told():
    pix = kg.models.Pix2Pix((28, 28, 1), filters=(2,), discriminator_filters=(2,))
    with pytest.raises(ValueError, match=r"Expected one that samples.*Received: Pix2Pix"):
        evaluation().scores(pix)
