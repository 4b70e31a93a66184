"""Every metric by the name that a user calls it by: what it needs, and how it is measured.

Each takes a *subject*, a model under `evaluation`, and returns its values and how they came about.
"""

import itertools
from collections.abc import Callable
from typing import NamedTuple

import lazy_loader
import numpy as np

from keras_genzoo import datasets, metrics
from keras_genzoo.evaluation.features import reads_attributes

sklearn = lazy_loader.load("sklearn")

DENSITIES = 500  # images whose density is integrated, which takes hundreds of passes
ANOMALY_DRAWS = 16  # latents per image, at most: they tell images apart as well as more do
LATENTS, MORE_LATENTS = 10_000, 15_000  # of sprites: disentanglement_lib's defaults


class Measure(NamedTuple):
    """How a metric is measured.

    Attributes:
        of: From a subject to a dict of values and a dict of how they were measured.
        refuses: From a model to what keeps it from being measured so, or None.
        usual: Whether it is measured unless the user names others: it takes no more than minutes.
        looks: Whether it looks at images through a feature network.
        factors: Whether the factors of the images must be known.
        asks: What of a protocol it asks for, beside what all do.
    """

    of: Callable
    refuses: Callable
    usual: bool = True
    looks: bool = False
    factors: bool = False
    asks: tuple[str, ...] = ()


# === What it needs ===


def _without(verb, reason):
    return lambda model: None if hasattr(model, verb) else reason


_NO_LIKELIHOOD = _without("log_prob", "gives images no probability")
_NO_POSTERIOR = _without("posterior", "has no posterior over latents")
_NO_SAMPLES = _without("sample", "draws no images")


def _no_loss(model):
    if not hasattr(model, "flow"):
        return "is a plain classifier"
    if model.learns_from in ("pairs", "unpaired"):
        return "learns from images beside others, for which its own `evaluate` is"
    return None


def _no_codes(model):
    if getattr(model, "condition_word", None) is not None:
        return "encodes images beside what they depend on, not alone"
    if not hasattr(model, "encode"):
        return "encodes no images"
    if len(model.fields["latents"].shape) > 1:
        return "encodes images as maps, whose single numbers stand for nothing"
    return None


def _no_anomalies(model):
    if getattr(model, "condition_word", None) is not None:
        return "is told of what class an image is, which a strange one has none of"
    return None if metrics.anomaly_methods(model) else "neither encodes nor scores images"


def _no_density(model):
    if getattr(model, "likelihood", None) == "bernoulli":
        return "has a likelihood of binary pixels, which is no density"
    if getattr(model, "levels", None) == 2:
        return "has two levels, whose bits compare with none of 256"
    return _NO_LIKELIHOOD(model)


def _no_classifier(model):
    if hasattr(model, "flow"):
        return "is no classifier"
    return "reads attributes, of which an image has several" if reads_attributes(model) else None


# === How it is measured ===


def _accuracy(subject):
    read, labels = [], []
    for images, classes in subject.evaluation.batches(labels=True):
        read.append(subject.model(images, training=False).numpy().argmax(axis=-1))
        labels.append(classes.numpy())
    right = np.concatenate(read) == np.concatenate(labels)
    return {"accuracy": right.mean()}, {"images": len(right)}


def _loss(subject):
    images = subject.evaluation.batches(labels=subject.model.fit_y == "labels")
    return logged_terms(subject.model, images, subject.seed), subject.evaluation.on_images


def logged_terms(model, examples, seed):
    """What a model logs in training, measured of other examples by the noise of a seed, by name."""
    if not model.compiled:  # a user's optimizers, and where they are, are left alone
        model.compile()
    with model.noise_of(seed):
        losses = model.evaluate(examples, return_dict=True, verbose=0)
    return {name: losses[name] for name in model.logged}


def _log_likelihood(subject):
    nats, how = subject.log_likelihoods
    if len(nats) > 1:  # one image tells nothing of others
        how = {**how, "standard_error": float(nats.std(ddof=1) / np.sqrt(len(nats)))}
    return {"log_likelihood": nats.mean()}, how


def _bits_per_dim(subject):
    nats, how = subject.log_likelihoods
    model = subject.model
    is_discrete = hasattr(model, "levels")
    density = {"discrete": True} if is_discrete else {"likelihood": model.likelihood}
    bits = metrics.bits_per_dim(-nats.mean(), model.image_shape, **density)
    return {"bits_per_dim": bits}, how


def _active_units(subject):
    count = metrics.active_units(subject.model, subject.evaluation.batches(), **subject.condition)
    return {"active_units": count}, subject.evaluation.on_images


def _mutual_information(subject):
    nats = metrics.mutual_information(
        subject.model, subject.evaluation.batches(), subject.seed, **subject.condition
    )
    return {"mutual_information": nats}, subject.evaluation.on_images


def _frechet_distance(subject):
    return {"frechet_distance": metrics.frechet_distance(*subject.features)}, subject.compared


def _kernel_distance(subject):
    size = min(1000, *map(len, subject.features))  # the metric's own, where there are so many
    distance = metrics.kernel_distance(*subject.features, subset_size=size, seed=subject.seed)
    return {"kernel_distance": distance}, subject.compared


def _precision_recall(subject):
    precision, recall = metrics.precision_recall(*subject.features)
    return {"precision": precision, "recall": recall}, subject.compared


def _inception_score(subject):
    _, probabilities = subject.drawn
    score = metrics.inception_score(probabilities, seed=subject.seed)
    return {"inception_score": score}, subject.compared


def _anomaly(subject):
    """How well each score tells the images that do not belong from those that do."""
    model, evaluation = subject.model, subject.evaluation
    others, against = evaluation.others(model.image_shape)
    both = _few(evaluation.batches(), model), _few(others, model)
    draws = min(evaluation.protocol.draws, ANOMALY_DRAWS)
    draws_latents, methods = metrics.draws_latents(model), metrics.anomaly_methods(model)

    def scored(method):
        return [_in_batches(batches, score_of(method)) for batches in both]

    def score_of(method):
        seeds = itertools.count(subject.seed)  # of each set from its first batch on
        return lambda images: metrics.anomaly_score(
            model, images, method, draws=draws, seed=next(seeds)
        )

    sizes = [_in_batches(batches, metrics.png_bits) for batches in both]
    scores = {}
    if "reconstruction" in methods:
        scores["reconstruction"] = scored("reconstruction")
    if "bound" in methods:  # of which the others are made, where they are not drawn anew
        bounds = scores["bound"] = scored("bound")
        scores["likelihood"] = scored("likelihood") if draws_latents else bounds
        scores["complexity"] = [*map(metrics.complexity_score, bounds, sizes)]
    if "latent" in methods:
        reference = _few(evaluation.reference, model)
        codes = [_in_batches(batches, model.encode) for batches in (reference, *both)]
        scores["latent"] = [metrics.latent_distance(each, codes[0]) for each in codes[1:]]
    scores["minus the PNG's size, no model"] = [-bits for bits in sizes]
    counts = [*map(len, sizes)]
    strange = np.repeat([False, True], counts)
    told_by = {
        "AUROC": sklearn.metrics.roc_auc_score,
        "average precision": sklearn.metrics.average_precision_score,
    }
    values = {
        f"{name}, {method}": measure(strange, np.concatenate(found))
        for name, measure in told_by.items()
        for method, found in scores.items()
    }
    how = {"images": counts[0], "against": against, "other_images": counts[1]}
    return values, {**how, "draws": draws} if draws_latents else how


def _few(batches, model):
    """The images, or, where a model integrates over each, as many as it can be asked about."""
    if getattr(model, "likelihood", None) != "probability_flow":
        return batches
    return batches.unbatch().take(DENSITIES).batch(DENSITIES)


def _in_batches(batches, function):
    """What a function makes of images, which are not kept."""
    return np.concatenate([function(images) for images in batches.as_numpy_iterator()])


def _from_latents(metric, count):
    """A measure of latents against factors, on random sprites."""

    def measure(subject):
        found = metric(*subject.latents_and_factors(count))
        if isinstance(found, tuple):
            found = {f"{metric.__name__}_{name}": x for name, x in found._asdict().items()}
        return found if isinstance(found, dict) else {metric.__name__: found}, {"images": count}

    return measure


def _from_pairs(metric):
    """A measure that draws and encodes the sprites itself."""

    def measure(subject):
        encode, data = subject.model.encode, datasets.sprites()
        return {metric.__name__: metric(encode, data, subject.seed)}, {}

    return measure


OF_STEPS = ("steps", "solver", "guidance")  # asked of models that draw in steps alone
_LOOKS = {"refuses": _NO_SAMPLES, "looks": True, "asks": ("extractor", *OF_STEPS)}
_FACTORS = {"refuses": _no_codes, "factors": True}
_ON_LATENTS = {
    metrics.mutual_information_gap: LATENTS,
    metrics.modularity: LATENTS,
    metrics.dci: MORE_LATENTS,
    metrics.sap: MORE_LATENTS,
}
MEASURES = {
    "accuracy": Measure(_accuracy, _no_classifier),
    "loss": Measure(_loss, _no_loss),
    "log_likelihood": Measure(_log_likelihood, _NO_LIKELIHOOD, usual=False, asks=("draws",)),
    "bits_per_dim": Measure(_bits_per_dim, _no_density, usual=False, asks=("draws",)),
    "anomaly": Measure(_anomaly, _no_anomalies, usual=False, asks=("draws", "against")),
    "active_units": Measure(_active_units, _NO_POSTERIOR),
    "mutual_information": Measure(_mutual_information, _NO_POSTERIOR),
    "frechet_distance": Measure(_frechet_distance, **_LOOKS),
    "kernel_distance": Measure(_kernel_distance, **_LOOKS),
    "precision_recall": Measure(_precision_recall, **_LOOKS),
    "inception_score": Measure(_inception_score, **_LOOKS),
    **{
        metric.__name__: Measure(_from_latents(metric, count), **_FACTORS)
        for metric, count in _ON_LATENTS.items()
    },
    **{
        metric.__name__: Measure(_from_pairs(metric), usual=False, **_FACTORS)
        for metric in (metrics.beta_vae_score, metrics.factor_vae_score)
    },
}
