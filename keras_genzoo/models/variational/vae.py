"""The variational autoencoder."""

import warnings
from typing import Literal

import keras
from keras import layers, ops

from keras_genzoo import losses
from keras_genzoo.base import Player, SamplesPrior, arguments, verb
from keras_genzoo.layers import GaussianSampler
from keras_genzoo.models.variational.encoder_decoder import EncoderDecoder
from keras_genzoo.models.variational.pixel_likelihood import (
    check_likelihood,
    negative_log_likelihood,
)


@keras.saving.register_keras_serializable(package="keras_genzoo")
class VAE(SamplesPrior, EncoderDecoder):
    """Variational autoencoder: encodes an image to a Gaussian over latents, decodes a draw of it.

    Descends the negative evidence lower bound, in nats per image: `reconstruction`, which is
    `-log p(x|z)` at one draw of z, plus `kl`, the divergence of the encoder's Gaussian from the
    standard normal. So latents near each other decode alike, and any draw from the prior decodes
    to an image. The squared-error VAE of many lecture notes, `||x - x'||^2 + KL`, is
    `VAE(likelihood="gaussian", variance=0.5)`, up to a constant.

    An encoder of your own is followed by the VAE's own heads for mean and log-variance. A decoder
    of your own gives a learned variance's log after the images, in as many channels again.

    Latents that are maps keep the places of an image, as latent diffusion likes them: the networks
    are convolutions alone, and details come through. Draws from the prior make poorer images then,
    for the places know nothing of each other.

    Args:
        likelihood: `"bernoulli"` for binary and near-binary images, `"gaussian"` for others.
        variance: Of a Gaussian likelihood's pixels: a number, or `"learned"`, by the decoder.
        free_bits: Nats of KL per image that cost nothing, against posterior collapse.

    Raises:
        ValueError: If the networks do not fit the shapes, the likelihood is unknown, or it is
            Bernoulli and a variance is given.

    Example:
        >>> import numpy as np
        >>> images = np.random.default_rng(0).uniform(size=(32, 8, 8, 1))
        >>> vae = VAE((8, 8, 1), latent_dim=2, hidden=(16,), seed=0)
        >>> vae.compile("adam")
        >>> history = vae.fit(images, verbose=0)
        >>> sorted(history.history)
        ['kl', 'loss', 'reconstruction']
        >>> vae.sample(4, seed=0).shape
        (4, 8, 8, 1)

    Reference: Kingma and Welling (2014), https://arxiv.org/abs/1312.6114.
    """

    logged = ("loss", "reconstruction", "kl")
    beta = 1.0
    takes_maps = True
    sampler_beta = 1.0  # None where the terms charge the KL themselves

    def __init__(
        self,
        image_shape,
        latent_dim: tuple[int, int, int] | int = 16,
        hidden=None,
        filters=(32, 64),
        likelihood: Literal["bernoulli", "gaussian"] = "bernoulli",
        variance: float | Literal["learned"] = 1.0,
        free_bits: float = 0.0,
        encoder=None,
        decoder=None,
        seed=None,
        **kwargs,
    ):
        # === Config ===
        check_likelihood(likelihood, variance)
        self.likelihood = likelihood
        self.variance = variance if variance == "learned" else float(variance)
        self.free_bits = arguments.number("free_bits", free_bits)
        super().__init__(image_shape, latent_dim, hidden, filters, encoder, decoder, seed, **kwargs)

        # === Networks ===
        self.mean_head = self._new_head("mean")
        self.log_variance_head = self._new_head("log_variance")
        features = self.encoder.output_shape
        if not self.has_maps:
            features = self.flatten.compute_output_shape(features)
        self.mean_head.build(features)
        self.log_variance_head.build(features)
        self.sampler = GaussianSampler(self.sampler_beta, free_bits, self.seed)
        self.sampler.build([(None, *self.latent_shape)] * 2)

    @classmethod
    def from_config(cls, config, custom_objects=None):
        if config.get("likelihood") == "bernoulli" and config.get("variance", 1.0) != 1.0:
            received = config["variance"]
            warnings.warn(
                "A Bernoulli likelihood has no variance: it is left out, as earlier versions did. "
                f"Received: variance={received!r}",
                stacklevel=2,
            )
            config = {**config, "variance": 1.0}
        return super().from_config(config, custom_objects)

    def _new_head(self, name):
        """A linear layer from features to latents; of maps, from each place to its own."""
        if self.has_maps:
            return layers.Conv2D(self.latent_dim[-1], 1, dtype="float32", name=name)
        return layers.Dense(self.latent_dim, dtype="float32", name=name)

    @property
    def gives_log_variance(self):
        return self.likelihood == "gaussian" and self.variance == "learned"

    # === The flow and its loss ===

    @property
    def players(self):
        heads = (self.mean_head, self.log_variance_head)
        networks = (self.encoder, *heads, self.sampler, self.decoder)
        return (Player("loss", networks, self.terms),)

    def flow(self, images, labels=None, sample_weight=None, training=False):
        mean, log_variance = self.posterior_of(images, training)
        z = self.sampler((mean, log_variance), sample_weight=sample_weight)
        return {
            "images": images,
            "latents": z,
            "mean": mean,
            "log_variance": log_variance,
            "decoded": self.decoder(z, training=training),
            "sample_weight": sample_weight,
        }

    def terms(self, flow):
        reconstruction = self.negative_log_likelihood(flow["images"], flow["decoded"])
        kl = losses.gaussian_kl(flow["mean"], flow["log_variance"])
        # The sampler adds its KL to the loss.
        return {"loss": reconstruction, "reconstruction": reconstruction, "kl": kl}

    def negative_log_likelihood(self, images, decoded):
        """`-log p(x|z)`, `(batch,)`, of images under the decoder's output for z."""
        return negative_log_likelihood(images, decoded, self.likelihood, self.variance)

    def posterior_of(self, images, training=False):
        """Mean and log-variance of q(z|x)."""
        features = self.features(images, training)
        return self.mean_head(features), self.log_variance_head(features)

    def latents_of(self, images, training=False):
        return self.mean_head(self.features(images, training))

    def images_of(self, latents, training=False):
        decoded = self.decoder(latents, training=training)
        return ops.cast(decoded[..., : self.image_shape[-1]], "float32")

    # === Verbs ===

    @verb()
    def posterior(self, images):
        """The encoder's Gaussian over latents.

        Args:
            images: `(n, *image_shape)` in [0, 1].

        Returns:
            Mean and log-variance, each like the latents.
        """
        return self.posterior_of(images)

    @verb()
    def log_prob(self, images, latents):
        """Log-likelihood of images given latents, log p(x|z).

        Args:
            images: `(n, *image_shape)` in [0, 1].
            latents: `(n, latent_dim)`, or `(n, *latent_dim)` of maps.

        Returns:
            `(n,)`, nats.
        """
        return -self.negative_log_likelihood(images, self.decoder(latents))
