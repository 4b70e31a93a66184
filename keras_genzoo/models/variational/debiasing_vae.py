"""The debiasing VAE of Amini et al."""

from typing import Literal

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

from keras_genzoo.base import arguments, fields, verb
from keras_genzoo.models.variational.vae import VAE


@keras.saving.register_keras_serializable(package="keras_genzoo")
class DebiasingVAE(VAE, without=("free_bits",)):
    """Debiasing VAE: a classifier that learns which of its examples are rare, and how rare.

    One encoder tells whether an image is of class 1, as a face, and gives a Gaussian over latents,
    which a decoder learns to rebuild class 1 from. Where few of its images lie in latent space are
    the under-represented ones: `sample_weights` draws those more often, and `callbacks.Resample`
    does so while it trains. Descends `classification_weight * classification +
    reconstruction_weight * reconstruction + kl_weight * kl`, where images of class 0 count for the
    first alone, and are logged so.

    It learns from `fit(images, labels)`, labels 0 or 1, and `predict` gives the probability of
    class 1.

    Args:
        classification_weight: Of the cross-entropy, nats.
        reconstruction_weight: Of `-log p(x|z)`, nats summed over an image's pixels: thousands,
            beside which a weight of 1 would let the encoder forget the classes.
        kl_weight: Of the divergence from the prior, nats.

    Raises:
        ValueError: As a `VAE` does, and if a weight is negative.

    Example:
        >>> import numpy as np
        >>> images = np.random.default_rng(0).uniform(size=(32, 8, 8, 1))
        >>> fair = DebiasingVAE((8, 8, 1), latent_dim=2, hidden=(16,))
        >>> fair.compile("adam")
        >>> history = fair.fit(images, np.arange(32) % 2, verbose=0)
        >>> fair.classify(images).shape, fair.sample_weights(images).shape
        ((32, 1), (32,))

    Reference: Amini et al. (2019), equation 2, https://doi.org/10.1145/3306618.3314243.
    """

    logged = ("loss", "classification", "reconstruction", "kl")
    fit_y = "labels"
    takes_maps = False
    sampler_beta = None

    def __init__(
        self,
        image_shape,
        latent_dim: int = 16,
        classification_weight: float = 1.0,
        reconstruction_weight: float = 1e-3,
        kl_weight: float = 1e-3,
        **kwargs,
    ):
        # === Config ===
        self.classification_weight = arguments.number(
            "classification_weight", classification_weight
        )
        self.reconstruction_weight = arguments.number(
            "reconstruction_weight", reconstruction_weight
        )
        self.kl_weight = arguments.number("kl_weight", kl_weight)
        super().__init__(image_shape, latent_dim, **kwargs)

        # === Networks ===
        self.logit_head = layers.Dense(1, dtype="float32", name="logit")
        self.logit_head.build(self.flatten.compute_output_shape(self.encoder.output_shape))

    @property
    def fields(self):
        words = {"labels": fields.labels(2), "probabilities": fields.probabilities((1,))}
        return {**super().fields, **words}

    # === The flow and its loss ===

    @property
    def players(self):
        (player,) = super().players
        return (player._replace(networks=(*player.networks, self.logit_head)),)

    def flow(self, images, labels, sample_weight=None, training=False):
        features = self.features(images, training)
        mean, log_variance = self.mean_head(features), self.log_variance_head(features)
        z = self.sampler((mean, log_variance))
        return {
            "images": images,
            "labels": labels,
            "logits": self.logit_head(features),
            "mean": mean,
            "log_variance": log_variance,
            "decoded": self.decoder(z, training=training),
        }

    def terms(self, flow):
        is_of_class = ops.cast(flow["labels"], "float32")
        logits = flow["logits"][:, 0]
        classification = ops.softplus(logits) - is_of_class * logits
        terms = super().terms(flow)
        reconstruction = is_of_class * terms["reconstruction"]
        kl = is_of_class * terms["kl"]
        loss = self.classification_weight * classification
        loss += self.reconstruction_weight * reconstruction + self.kl_weight * kl
        return {
            "loss": loss,
            "classification": classification,
            "reconstruction": reconstruction,
            "kl": kl,
        }

    def call(self, images, training=False):
        return ops.sigmoid(self.logit_head(self.features(images, training)))

    # === Verbs ===

    @verb("probabilities")
    def classify(self, images):
        """Probability that images are of class 1.

        Args:
            images: `(n, *image_shape)` in [0, 1].

        Returns:
            `(n, 1)`.
        """
        return self(images)

    def sample_weights(
        self,
        images,
        labels=None,
        alpha=0.01,
        combine: Literal["max", "product"] = "max",
        bins=10,
    ):
        """How often each image should be drawn, so that what is rare in class 1 is not.

        The density of the latent means of class 1 is estimated by a histogram for each latent; a
        latent weighs an image by `1 / (density + alpha)`.

        Args:
            images: `(n, *image_shape)` in [0, 1]; or a `tf.data.Dataset` of batches of images and
                labels, of `datasets.load` in the order in which they are stored.
            labels: `(n,)`, 0 or 1; `None` means that all images are of class 1.
            alpha: What is added to the density: the smaller, the more is made of what is rare.
            combine: `"product"` multiplies the weights of all latents, as the paper's equation 4,
                which lets a few images outweigh all others where there are many latents; `"max"`
                takes the largest, each latent's scaled to the same sum, as MIT's lab does.
            bins: Of each histogram.

        Returns:
            `(n,)`, float32, in the order of the images: their mean over class 1 is 1, and those of
            class 0 are 1.

        Raises:
            ValueError: If the images or labels do not fit the model, none is of class 1, or an
                argument makes no sense.

        Reference: Amini et al. (2019), algorithm 1; MIT 6.S191, lab 2.
        """
        if combine not in ("max", "product") or not arguments.number("alpha", alpha):
            raise ValueError(
                "The weights cannot be made so. Expected alpha above 0 and combine 'max' or "
                f"'product'. Received: alpha={alpha}, combine={combine!r}"
            )
        bins = arguments.whole("bins", bins)
        codes, labels = self._codes(images, labels)
        is_of_class = labels == 1
        if not is_of_class.any():
            raise ValueError(
                "There is nothing to weigh. Expected an image of class 1. "
                f"Received: {len(codes)} images of class 0"
            )
        weights = np.ones(len(codes))
        weights[is_of_class] = _rarity(codes[is_of_class], alpha, combine, bins)
        return weights.astype("float32")

    def _codes(self, images, labels):
        """Latent means and labels of arrays, or of a dataset, a batch at a time."""
        if not isinstance(images, tf.data.Dataset):
            codes = self.encode(images)
            labels = np.ones(len(codes)) if labels is None else np.asarray(labels)
            if labels.shape != (len(codes),):
                raise ValueError(
                    f"The labels do not fit. Expected one for each image, ({len(codes)},). "
                    f"Received: labels of shape {labels.shape}"
                )
            return codes, self.fields["labels"].checked("labels", labels)
        if labels is not None:
            raise ValueError(
                "The labels are given twice. Expected a dataset of images and labels alone. "
                f"Received: labels of shape {np.shape(labels)}"
            )
        if hasattr(images, "again"):
            images = images.again(shuffle=False, drop_remainder=False, order=None)
            images = images.from_epoch(0).take(len(images))
        spec = images.element_spec
        ends = images.cardinality() != tf.data.INFINITE_CARDINALITY
        pairs = []
        if ends and isinstance(spec, tuple) and len(spec) == 2:
            pairs = [(self.encode(x), y) for x, y in images.as_numpy_iterator()]
        if not pairs:
            raise ValueError(
                "The dataset cannot be weighed. Expected batches of images and labels, some and "
                f"not without end. Received: {images}"
            )
        codes, labels = map(np.concatenate, zip(*pairs, strict=True))
        return codes, self.fields["labels"].checked("labels", labels)


def _rarity(codes, alpha, combine, bins):
    """Of latent means `(n, latent_dim)`, the weights of each, `(n,)`, float64, with mean 1."""
    log_weights = []
    for values in codes.astype("float64").T:
        density, edges = np.histogram(values, bins, density=True)
        bin_of = np.searchsorted(edges[1:-1], values, side="right")
        log_weights.append(-np.log(density[bin_of] + alpha))
    log_weights = np.array(log_weights)
    if combine == "product":
        log_weights = log_weights.sum(axis=0)
    else:
        sums = np.logaddexp.reduce(log_weights, axis=1, keepdims=True)
        log_weights = np.max(log_weights - sums, axis=0)
    weights = np.exp(log_weights - log_weights.max())  # a product of many may overflow
    return weights / weights.mean()
