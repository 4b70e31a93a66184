"""Scores under a written protocol: what `genzoo evaluate` and `genzoo compare` report."""

import dataclasses
import functools

import numpy as np
import tensorflow as tf
from tqdm import tqdm

from keras_genzoo import datasets, metrics
from keras_genzoo.evaluation.features import CLASSIFIERS, FeatureNetwork, tells_classes
from keras_genzoo.evaluation.measures import DENSITIES, MEASURES, OF_STEPS
from keras_genzoo.evaluation.protocol import Protocol, Score

AT_ONCE = 500  # images read or drawn
LIKELIHOODS = 100  # images whose likelihoods are estimated between two steps of the progress bar


def _in_steps(model):
    return OF_STEPS[0] in getattr(model, "fields", ())


# Of which models alone a measure asks for a word of the protocol.
_ASKED_OF = {
    "draws": (metrics.draws_latents, " of a model whose latents are drawn for it"),
    **dict.fromkeys(OF_STEPS, (_in_steps, " of a model that draws in steps")),
}


class Evaluation:
    """Measures models on the same real images, which are read once.

    Args:
        images: A `kg.training.Images`.
        protocol: A `Protocol`.

    Example:
        >>> import keras_genzoo as kg
        >>> evaluation = Evaluation(kg.training.Images(), kg.evaluation.Protocol(split="test[:64]"))
        >>> vae = kg.models.VAE((28, 28, 1), latent_dim=2, hidden=(8,))
        >>> [score.metric for score in evaluation.scores(vae, ["active_units", "loss"])]
        ['active_units', 'loss', 'reconstruction', 'kl']
        >>> gan = kg.models.GAN((28, 28, 1), latent_dim=2, hidden=(8,))
        >>> evaluation.scores(gan, ["log_likelihood"])
        Traceback (most recent call last):
            ...
        ValueError: `log_likelihood` cannot be measured: the model gives images no probability. ...
    """

    def __init__(self, images, protocol):
        self.images = images
        split = protocol.split
        if split == "test" and "test" not in datasets.split_sizes(images.dataset):
            split = images.held_out()
        self.protocol = dataclasses.replace(protocol, split=split)
        # The real images, with their labels if asked for, in the order in which they are stored.
        self.batches = functools.cache(self._load)

    def default_metrics(self, model):
        """Names of the metrics that the model allows and that take no more than minutes."""
        return [
            name
            for name, measure in MEASURES.items()
            if measure.usual and self.why_not(model, name) is None
        ]

    def scores(self, model, names=None):
        """Measures a model.

        Args:
            model: Of the zoo, or a classifier.
            names: Of metrics, as `MEASURES` has them; `None` takes the model's `default_metrics`.

        Returns:
            A list of `Score`s; some metrics give several.

        Raises:
            ValueError: If a metric is unknown or the model, or the dataset, does not allow it;
                before anything is measured.
        """
        if names is None and not (names := self.default_metrics(model)):
            raise ValueError(
                "No metric is of such a model. Expected one that samples, encodes, classifies or "
                f"has a likelihood. Received: {type(model).__name__}"
            )
        self._check(model, names)
        subject = _Subject(model, self)
        measured = []
        for name in tqdm(names, "metrics", leave=False, disable=None):
            values, how = MEASURES[name].of(subject)
            protocol = {"dataset": self.images.dataset, "split": self.protocol.split, **how}
            protocol["seed"] = self.protocol.seed
            measured += (Score(term, float(value), protocol) for term, value in values.items())
        return measured

    def why_not(self, model, name):
        """Why a metric cannot be measured of the model; None if it can.

        Raises:
            ValueError: If there is no such metric.
        """
        if name not in MEASURES:
            raise ValueError(
                f"There is no such metric. Expected some of {', '.join(MEASURES)}. "
                f"Received: metrics={name!r}"
            )
        measure = MEASURES[name]
        if getattr(model, "condition_word", None) == "conditions":
            return "the model depends on images beside those of the dataset"
        if reason := measure.refuses(model):
            return f"the model {reason}"
        if name == "anomaly" and self.protocol.against is None:
            return "--against names no images that do not belong"
        if measure.looks and self._extractor is None:
            return "no feature network of the zoo knows this dataset, and --extractor names none"
        if name == "inception_score" and not self._tells_classes:
            return "the feature network reads attributes, of which an image has several"
        if measure.factors and self.images.dataset != "sprites":
            return "the dataset has no factors; sprites has"
        return None

    def check_asked(self, models, names):
        """Raise a `ValueError` where the protocol says what nothing asks for that is measured.

        What cannot be measured of any model is refused for that, by `scores`.

        Args:
            models: All that are measured.
            names: Of metrics.
        """
        asking = {}
        for name, measure in MEASURES.items():
            for word in measure.asks:
                asking.setdefault(word, []).append(name)
        for word, metric_names in asking.items():
            value = getattr(self.protocol, word)
            if value == getattr(Protocol(), word):
                continue
            asked = {*names}.intersection(metric_names)
            measured = [x for x in models if any(self.why_not(x, name) is None for name in asked)]
            takes, whose = _ASKED_OF.get(word, (lambda _: True, ""))
            if not asked or (measured and not any(map(takes, measured))):
                raise ValueError(
                    f"Nothing that is measured asks for {word}. Expected no --{word}, or --metrics "
                    f"{' or '.join(metric_names)}{whose}. "
                    f"Received: {word}={value!r}, metrics={', '.join(names)}"
                )

    def _check(self, model, names):
        for name in names:
            if reason := self.why_not(model, name):
                raise ValueError(
                    f"`{name}` cannot be measured: {reason}. Expected some of "
                    f"{', '.join(self.default_metrics(model))}. "
                    f"Received: {type(model).__name__}, dataset={self.images.dataset!r}"
                )

    def others(self, image_shape):
        """The images that do not belong, resized to the model's where they differ, and of what."""
        size = None if self.protocol.against == "sprites" else image_shape[:2]
        images = dataclasses.replace(
            self.images,
            dataset=self.protocol.against,
            image_size=size,
            grayscale=image_shape[2] == 1,
            validation_split=None,
        )
        split = images.held_out()
        how = {"batch_size": AT_ONCE, "shuffle": False, "take": self.protocol.num_images}
        loaded = images.load(split, **how)
        loaded = loaded.from_epoch(0).take(len(loaded))
        if loaded.element_spec.shape[-1] < image_shape[-1]:  # grey ones among colours
            loaded = loaded.map(lambda grey: tf.repeat(grey, image_shape[-1], axis=-1))
        return loaded, f"{self.protocol.against} {split}"

    @functools.cached_property
    def reference(self):
        """Images that were trained on, in batches, at most as many as are measured."""
        split, count = self.images.trained_on(), self.protocol.num_images
        images = self.images.load(split, batch_size=AT_ONCE, shuffle=False, take=count)
        return images.from_epoch(0).take(len(images))

    def _load(self, labels=False):
        how = {"batch_size": AT_ONCE, "shuffle": False, "take": self.protocol.num_images}
        images = self.images.load(self.protocol.split, labels=labels, **how)
        return images.from_epoch(0).take(len(images))  # of every metric the same draws

    @functools.cached_property
    def on_images(self):
        """How many."""
        return {"images": sum(len(batch) for batch in self.batches())}

    @functools.cached_property
    def real_labels(self):
        """The classes of the real images, for models that are told them."""
        batches = self.batches(labels=True).as_numpy_iterator()
        return np.concatenate([labels for _, labels in batches])

    @functools.cached_property
    def real_features(self):
        """Of the real images, which are not kept."""
        batches = self.batches()
        return self.network(_shown(batches.as_numpy_iterator(), "real images", len(batches)))[0]

    @functools.cached_property
    def network(self):
        """What looks at images."""
        return FeatureNetwork(self._extractor, self.batches().element_spec.shape[1:])

    @functools.cached_property
    def _tells_classes(self):
        return tells_classes(self._extractor)

    @property
    def _extractor(self):
        return self.protocol.extractor or CLASSIFIERS.get(self.images.dataset)


class _Subject:
    """A model under evaluation, and what several metrics need of it."""

    def __init__(self, model, evaluation):
        self.model = model
        self.evaluation = evaluation
        self.seed = evaluation.protocol.seed

    @property
    def condition(self):
        """What a conditional model is told of the real images, by its word."""
        word = getattr(self.model, "condition_word", None)
        return {} if word is None else {word: self.evaluation.real_labels}

    @property
    def compared(self):
        """Through what, and how many of either side."""
        network = self.evaluation.network
        real, generated = map(len, self.features)
        how = {"extractor": network.name, "resize": network.resize, **self.solved}
        return {**how, "real": real, "generated": generated}

    @property
    def solved(self):
        """How a model draws that does so in steps."""
        words = self.model.fields.keys() & {"steps", "solver", "guidance"}
        return {word: getattr(self.evaluation.protocol, word) for word in sorted(words)}

    @property
    def features(self):
        return self.evaluation.real_features, self.drawn[0]

    @functools.cached_property
    def drawn(self):
        """Features and class probabilities of as many samples as there are real images."""
        places = _parts(np.arange(len(self.evaluation.real_features)), AT_ONCE)
        # Of int32, as exported models take them.
        seeds = np.random.default_rng(self.seed).integers(2**31, size=len(places)).tolist()
        draws = _shown(list(zip(places, seeds, strict=True)), "drawn images")
        return self.evaluation.network(self._samples(*draw) for draw in draws)

    def _samples(self, places, seed):
        """Of a model with classes, these in turn, by the samples' places among all."""
        asked = self.solved
        if self.model.takes("sample", "labels"):
            asked["labels"] = places % self.model.num_classes
        return self.model.sample(len(places), seed=seed, **asked)

    @functools.cached_property
    def log_likelihoods(self):
        """Nats of each image, and how they were measured."""
        draws, has_latents = self.evaluation.protocol.draws, metrics.draws_latents(self.model)
        how = {**self.evaluation.on_images}
        likelihood = getattr(self.model, "likelihood", None)
        if likelihood == "probability_flow":
            how = {"images": min(how["images"], DENSITIES), "likelihood": "probability flow"}
        elif has_latents:
            how["draws"] = draws
        else:
            how["likelihood"] = "exact"
        count = how["images"]
        images = self.evaluation.batches().unbatch().take(count)
        parts = images.batch(LIKELIHOODS).as_numpy_iterator()
        if metrics.is_density(likelihood):
            parts, how["dequantization"] = _dequantized(parts, self.seed), "uniform"
        condition = {word: _parts(x, LIKELIHOODS) for word, x in self.condition.items()}
        nats = []
        for i, part in enumerate(_shown(parts, "likelihoods", -(-count // LIKELIHOODS))):
            seed = [self.seed, i] if has_latents else self.seed
            beside = {word: x[i] for word, x in condition.items()}
            nats.append(metrics.log_likelihood(self.model, part, draws, seed, **beside))
        return np.concatenate(nats), how

    def latents_and_factors(self, count):
        """Of random sprites."""
        data = datasets.sprites()
        random = np.random.default_rng(self.seed)
        factors = random.integers(data.factor_sizes, size=(count, len(data.factor_sizes)))
        parts = _shown(_parts(factors, AT_ONCE), "sprites")
        return np.concatenate([self.model.encode(data.images(part)) for part in parts]), factors


def _parts(array, size):
    return np.split(array, range(size, len(array), size))


def _dequantized(parts, seed):
    """Images with noise of one grey level: a density at the levels alone bounds no probability."""
    noise = np.random.default_rng(seed)
    for part in parts:
        yield ((255 * part + noise.uniform(size=part.shape)) / 256).astype("float32")


def _shown(parts, name, total=None):
    """The parts, with a progress bar where there is a terminal."""
    return tqdm(parts, name, total, leave=False, disable=None)
