"""The conditional VAE of Sohn et al."""

import keras
import tensorflow as tf
from keras import layers, ops

from keras_genzoo import networks
from keras_genzoo.base import (
    arguments,
    asked_condition,
    decoded,
    endpoint,
    fields,
    of_noise,
    verb,
)
from keras_genzoo.models.variational.vae import VAE


@keras.saving.register_keras_serializable(package="keras_genzoo")
class ConditionalVAE(VAE):
    """Conditional VAE: a VAE of images that depend on something known, a class or an image.

    Encoder and decoder see the condition, so the latents need only hold what it leaves open: the
    style of a digit, one of several futures. With a `learned_prior` the latents' prior depends on
    the condition too, as in the paper; else it is the standard normal. `kl` is the divergence from
    that prior, and `loss` the bound on `log p(x|condition)`.

    It learns from `fit(images, labels)` or `fit(images, conditions)`; the verbs take `labels=` or
    `conditions=` beside images or latents. An encoder or decoder of your own takes the labels,
    `()`, or the conditions as a second input. The zoo's convolutional networks resize conditions
    of other sides than the images'.

    Args:
        num_classes: Classes that the images depend on, `0` to `num_classes - 1`.
        condition_shape: Or `(height, width, channels)` of conditions that are images, of any
            number of channels: several frames are one condition.
        learned_prior: Whether a network learns the prior's mean and variance for each condition.

    Raises:
        ValueError: As a `VAE` does, and if not one of the two conditions is given.

    Example:
        >>> import numpy as np
        >>> images = np.random.default_rng(0).uniform(size=(32, 8, 8, 1))
        >>> vae = ConditionalVAE((8, 8, 1), num_classes=10, latent_dim=2, hidden=(16,))
        >>> vae.compile("adam")
        >>> history = vae.fit(images, np.arange(32) % 10, verbose=0)
        >>> vae.sample(labels=[7, 7, 3]).shape
        (3, 8, 8, 1)

    Reference: Sohn et al. (2015), https://papers.nips.cc/paper/5775.
    """

    takes_maps = False
    fit_y = condition_word = "labels"
    call_words = ("images", "labels")

    def __init__(
        self,
        image_shape,
        num_classes: int | None = None,
        condition_shape: tuple[int, int, int] | None = None,
        learned_prior: bool = False,
        latent_dim: int = 16,
        **kwargs,
    ):
        # === Config ===
        if (num_classes is None) == (condition_shape is None):
            raise ValueError(
                "It is not said what the images depend on. Expected num_classes or "
                "condition_shape, one of the two. "
                f"Received: num_classes={num_classes}, condition_shape={condition_shape}"
            )
        self.num_classes = arguments.whole_or_none("num_classes", num_classes)
        self.condition_shape = condition_shape
        if condition_shape is not None:
            self.condition_shape = arguments.map_shape("condition_shape", condition_shape)
            self.fit_y = self.condition_word = "conditions"
            self.call_words = ("images", "conditions")
        self.learned_prior = learned_prior
        super().__init__(image_shape, latent_dim, **kwargs)

        # === Networks ===
        self.prior_encoder = None
        if learned_prior:
            self.prior_encoder = networks.condition_encoder(self.image_shape, **self._sizes)
            features = self.flatten.compute_output_shape(self.prior_encoder.output_shape)
            # It begins as the standard normal.
            zeros = {"kernel_initializer": "zeros", "dtype": "float32"}
            self.prior_mean_head = layers.Dense(self.latent_dim, **zeros)
            self.prior_log_variance_head = layers.Dense(self.latent_dim, **zeros)
            self.prior_mean_head.build(features)
            self.prior_log_variance_head.build(features)

    @property
    def fields(self):
        words = super().fields
        if self.num_classes is not None:
            return {**words, "labels": fields.labels(self.num_classes)}
        return {**words, "conditions": fields.images(self.condition_shape)}

    # === The flow and its loss ===

    @property
    def players(self):
        (player,) = super().players
        if self.prior_encoder is None:
            return (player,)
        heads = (self.prior_mean_head, self.prior_log_variance_head)
        return (player._replace(networks=(*player.networks, self.prior_encoder, *heads)),)

    def flow(self, images, condition, sample_weight=None, training=False):
        mean, log_variance = self.posterior_of([images, condition], training)
        prior = self.prior_of(condition, training)
        # In units of the prior, of which a Gaussian's divergence is the same.
        mean, log_variance = _in_units_of(prior, mean, log_variance)
        z = self.sampler((mean, log_variance), sample_weight=sample_weight)
        z = _out_of_units_of(prior, z)
        return {
            "images": images,
            "latents": z,
            "mean": mean,
            "log_variance": log_variance,
            "decoded": self.decoder([z, condition], training=training),
            "sample_weight": sample_weight,
        }

    def prior_of(self, condition, training=False):
        """Mean and log-variance of the latents' prior, each `(batch, latent_dim)`."""
        if self.prior_encoder is None:
            zeros = ops.zeros((ops.shape(condition)[0], self.latent_dim))
            return zeros, zeros
        features = self.flatten(self.prior_encoder(condition, training=training))
        return self.prior_mean_head(features), self.prior_log_variance_head(features)

    def call(self, inputs, training=False):
        _, condition = inputs
        return self.images_of([self.latents_of(inputs, training), condition], training)

    def _given(self, labels, conditions):
        """The condition, of whichever word; a `ValueError` where it is not given."""
        condition = labels if conditions is None else conditions
        if condition is None:
            raise ValueError(
                f"The condition is missing. Expected {self.condition_word}, one for each example. "
                f"Received: {self.condition_word}=None"
            )
        return condition

    # === Verbs ===

    @verb("latents")
    def encode(self, images, labels=None, conditions=None):
        """Latents of images, given their condition.

        Args:
            images: `(n, *image_shape)` in [0, 1].
            labels: `(n,)`, integers; or
            conditions: `(n, *condition_shape)` in [0, 1].

        Returns:
            `(n, latent_dim)`: the posterior's means.
        """
        return self.latents_of([images, self._given(labels, conditions)])

    @verb("images")
    def decode(self, latents, labels=None, conditions=None):
        """Images of latents, given their condition.

        Args:
            latents: `(n, latent_dim)`.
            labels: `(n,)`, integers; or
            conditions: `(n, *condition_shape)` in [0, 1].

        Returns:
            `(n, *image_shape)` in [0, 1].
        """
        return self.images_of([latents, self._given(labels, conditions)])

    @verb("images")
    def reconstruct(self, images, labels=None, conditions=None):
        """Images, encoded and decoded under the same condition.

        Args:
            images: `(n, *image_shape)` in [0, 1].
            labels: `(n,)`, integers; or
            conditions: `(n, *condition_shape)` in [0, 1].

        Returns:
            `(n, *image_shape)` in [0, 1].
        """
        return self([images, self._given(labels, conditions)])

    @verb()
    def posterior(self, images, labels=None, conditions=None):
        """The encoder's Gaussian over latents.

        Args:
            images: `(n, *image_shape)` in [0, 1].
            labels: `(n,)`, integers; or
            conditions: `(n, *condition_shape)` in [0, 1].

        Returns:
            Mean and log-variance, each `(n, latent_dim)`.
        """
        return self.posterior_of([images, self._given(labels, conditions)])

    @verb()
    def conditional_prior(self, labels=None, conditions=None):
        """The prior's Gaussian over latents, of each condition.

        Args:
            labels: `(n,)`, integers; or
            conditions: `(n, *condition_shape)` in [0, 1].

        Returns:
            Mean and log-variance, each `(n, latent_dim)`; zeros without a `learned_prior`.
        """
        return self.prior_of(self._given(labels, conditions))

    @verb()
    def log_prob(self, images, latents, labels=None, conditions=None):
        """Log-likelihood of images given latents and their condition, log p(x|z, condition).

        Args:
            images: `(n, *image_shape)` in [0, 1].
            latents: `(n, latent_dim)`.
            labels: `(n,)`, integers; or
            conditions: `(n, *condition_shape)` in [0, 1].

        Returns:
            `(n,)`, nats.
        """
        decoded = self.decoder([latents, self._given(labels, conditions)])
        return -self.negative_log_likelihood(images, decoded)

    def prior(self, num_samples, seed, labels=None, conditions=None):
        """Latents from the prior, the same for the same seed.

        Args:
            num_samples: How many.
            seed: Integer; `None` draws on the model's own noise.
            labels: `(num_samples,)`, integers, as of `sample`; or
            conditions: `(num_samples, *condition_shape)` in [0, 1]. One of them is needed with a
                `learned_prior`.

        Returns:
            `(num_samples, latent_dim)`.

        Raises:
            ValueError: If the condition that a learned prior needs is missing or does not fit, as
                where it is not one for each.
        """
        if not self.learned_prior:
            return super().prior(num_samples, seed)
        condition = self._given(labels, conditions)
        if tf.is_tensor(num_samples):  # an endpoint's
            prior = self.prior_of(condition)
        else:
            asked_condition(self, num_samples, labels, conditions)
            prior = self.conditional_prior(labels, conditions)
        return _out_of_units_of(prior, super().prior(num_samples, seed))

    def sample(self, num_samples=None, labels=None, conditions=None, seed=None):
        """New images, of the conditions asked for.

        Args:
            num_samples: How many; with labels or conditions it may be left out.
            labels: `(num_samples,)`, integers; `None` goes through the classes in turn.
            conditions: `(num_samples, *condition_shape)` in [0, 1]: an image is drawn for each.
            seed: Integer; the same seed gives the same samples. `None` draws on the model's noise.

        Returns:
            `(num_samples, *image_shape)` in [0, 1].

        Raises:
            ValueError: If none is given, or `num_samples` is not the number of the others.
        """
        condition = asked_condition(self, num_samples, labels, conditions)
        given = {self.condition_word: condition}
        return self.decode(self.prior(len(condition), seed, **given), **given)

    @endpoint("sample")
    def served_sample(self, seed, labels=None, conditions=None):
        """The endpoint `sample`, on tensors."""
        condition = self._given(labels, conditions)

        def inputs_of(count):  # on tensors either word does
            return [self.prior(count, seed, condition), condition]

        return decoded(self, tf.shape(condition)[0], inputs_of)

    @of_noise("sample")
    def sample_of_noise(self, noise, labels=None, conditions=None):
        """What `sample` makes of the noise that it draws, on tensors."""
        condition = self._given(labels, conditions)
        z = _out_of_units_of(self.prior_of(condition), noise) if self.learned_prior else noise
        return {"images": self.images_of([z, condition])}


def _in_units_of(prior, mean, log_variance):
    """A Gaussian as seen from the prior, of which the prior is the standard normal."""
    prior_mean, prior_log_variance = prior
    mean = (mean - prior_mean) * ops.exp(-0.5 * prior_log_variance)
    return mean, log_variance - prior_log_variance


def _out_of_units_of(prior, z):
    prior_mean, prior_log_variance = prior
    return prior_mean + ops.exp(0.5 * prior_log_variance) * z
