"""The importance-weighted autoencoder of Burda et al."""

import math
from typing import Literal

import keras
from keras import ops

from keras_genzoo import losses
from keras_genzoo.base import arguments
from keras_genzoo.models.variational.vae import VAE


@keras.saving.register_keras_serializable(package="keras_genzoo")
class IWAE(VAE, without=("free_bits",)):  # the bound has no KL of its own to spare
    """Importance-weighted autoencoder: a VAE that descends a tighter bound, by several draws.

    Descends `-log mean_k p(x|z_k) p(z_k) / q(z_k|x)`, in nats per image, over `num_samples` draws
    from the encoder's Gaussian: with one draw the VAE's bound, with more ever closer to
    `-log p(x)`. A draw that explains the image badly costs little beside a good one, so the encoder
    may spread out, and more latents stay in use. `reconstruction` and `kl` are logged as a VAE logs
    them; their sum is the looser bound.

    Args:
        num_samples: Draws per image. All are decoded at once: a step takes the memory and the time
            of a batch so many times as large.
        gradient: The encoder's: `"dreg"`, doubly reparameterized, is the bound's own on average,
            and the less noisy the better q(z|x) fits; `"bound"`, the bound's own, is what files
            of before go on by.

    Raises:
        ValueError: As a `VAE` does, if `num_samples` is no count, or the gradient is unknown.

    Example:
        >>> import numpy as np
        >>> images = np.random.default_rng(0).uniform(size=(32, 8, 8, 1))
        >>> iwae = IWAE((8, 8, 1), latent_dim=2, num_samples=50, hidden=(16,), seed=0)
        >>> iwae.compile("adam")
        >>> scores = iwae.evaluate(images, verbose=0, return_dict=True)
        >>> scores["loss"] < scores["reconstruction"] + scores["kl"]
        True

    Reference: Burda et al. (2016), https://arxiv.org/abs/1509.00519; the gradient: Tucker et al.
    (2019), https://arxiv.org/abs/1810.04152.
    """

    sampler_beta = None

    def __init__(
        self,
        image_shape,
        latent_dim=16,
        num_samples: int = 5,
        *,
        gradient: Literal["dreg", "bound"] = "dreg",
        **kwargs,
    ):
        # === Config ===
        self.num_samples = arguments.whole("num_samples", num_samples)
        self.gradient = arguments.one_of("gradient", gradient, ("dreg", "bound"))
        super().__init__(image_shape, latent_dim, **kwargs)

    @classmethod
    def from_config(cls, config, custom_objects=None):
        if "num_samples" in config:  # of all arguments, as the zoo writes it
            config = {"gradient": "bound", **config}
        return super().from_config(config, custom_objects)

    # === The flow and its loss ===

    def flow(self, images, labels=None, sample_weight=None, training=False):
        mean, log_variance = self.posterior_of(images, training)
        # From here on an image is as many examples as it has draws, one after another.
        images, mean, log_variance = (
            ops.repeat(values, self.num_samples, axis=0) for values in (images, mean, log_variance)
        )
        z, posterior, no_nats = self.sampler((mean, log_variance)), (mean, log_variance), 0.0
        if self.gradient == "dreg":
            z, no_nats = ops.custom_gradient(self._weighed_once_more)(z)
            # The encoder learns of q by z alone: what else its gradient has is 0 on average.
            posterior = map(ops.stop_gradient, posterior)
        return {
            "images": images,
            "mean": mean,
            "log_variance": log_variance,
            "latents": z,
            "log_posterior": -losses.gaussian(z, *posterior) - no_nats,
            "decoded": self.decoder(z, training=training),
        }

    def terms(self, flow):
        terms = super().terms(flow)
        log_prior = -losses.gaussian(flow["latents"], 0.0)
        # log p(x|z) p(z) / q(z|x)
        log_weights = log_prior - terms["reconstruction"] - flow["log_posterior"]
        log_sum = ops.logsumexp(self._by_draw(log_weights), axis=-1)
        return {
            "loss": math.log(self.num_samples) - log_sum,
            "reconstruction": ops.mean(self._by_draw(terms["reconstruction"]), axis=-1),
            "kl": ops.mean(self._by_draw(terms["kl"]), axis=-1),
        }

    def _weighed_once_more(self, z):
        """The latents, and a zero for each, to be added to the log of its draw's weight.

        The gradient by the zero is the draw's share of its image's weights, up to a factor that
        the image's draws have in common. That by the latents, which has this share as a factor, is
        multiplied by it once more.
        """

        def gradient(by_latents, by_log_weights):
            by_draw = self._by_draw(by_log_weights)
            shares = ops.divide_no_nan(by_draw, ops.sum(by_draw, axis=-1, keepdims=True))
            return by_latents * ops.reshape(shares, (-1, *(1 for _ in self.latent_shape)))

        return (z, ops.zeros(ops.shape(z)[:1])), gradient

    def _by_draw(self, values):
        """Values of all draws, `(batch * num_samples,)`, as `(batch, num_samples)`."""
        return ops.reshape(values, (-1, self.num_samples))
