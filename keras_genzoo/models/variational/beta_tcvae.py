"""The beta-TCVAE of Chen et al."""

import math

import keras
from keras import ops

from keras_genzoo import losses
from keras_genzoo.base import arguments, distribution
from keras_genzoo.models.variational.vae import VAE


@keras.saving.register_keras_serializable(package="keras_genzoo")
class BetaTCVAE(VAE, without=("free_bits",)):  # the KL is not charged as one
    """Beta-TCVAE: a VAE that weighs only the part of the KL that ties the latents to each other.

    On average over images the KL is the sum of three: `mutual_information` of image and latent,
    `total_correlation` of the latents, and `dimension_wise_kl`, of each latent from its prior. The
    beta-TCVAE descends `reconstruction + mutual_information + beta * total_correlation +
    dimension_wise_kl`: beta above 1 disentangles as a `BetaVAE` does, and does not ask the latents
    to forget the image. All three need q(z), the average of the posteriors of all images; the
    batch stands for them, so larger batches, of hundreds, estimate it better.

    Args:
        beta: Weight of the total correlation.
        dataset_size: Images of the training set, to log the paper's numbers: its estimate of q(z)
            divides by the batch and by them, which shifts the logged terms by constants and changes
            no gradient. `None` divides by the batch alone, so that the `total_correlation` of
            independent latents is near 0.

    Raises:
        ValueError: As a `VAE` does, and if `beta` is negative or `dataset_size` no count.

    Example:
        >>> vae = BetaTCVAE((8, 8, 1), latent_dim=2, hidden=(16,), beta=6.0)
        >>> vae.logged[3:]
        ('mutual_information', 'total_correlation', 'dimension_wise_kl')

    Reference: Chen et al. (2018), https://arxiv.org/abs/1802.04942; q(z) is estimated by its
    minibatch-weighted sampling.
    """

    logged = (*VAE.logged, "mutual_information", "total_correlation", "dimension_wise_kl")
    takes_maps = False
    sampler_beta = None

    def __init__(
        self,
        image_shape,
        latent_dim: int = 16,
        beta: float = 6.0,
        dataset_size: int | None = None,
        **kwargs,
    ):
        # === Config ===
        self.beta = arguments.number("beta", beta)
        self.dataset_size = arguments.whole_or_none("dataset_size", dataset_size)
        super().__init__(image_shape, latent_dim, **kwargs)

    # === The flow and its loss ===

    def terms(self, flow):
        z, mean, log_variance = flow["latents"], flow["mean"], flow["log_variance"]
        log_posterior = -losses.gaussian(z, mean, log_variance)
        log_prior = -losses.gaussian(z, 0.0)
        log_joint, log_marginals = self.log_aggregate(flow)
        mutual_information = log_posterior - log_joint
        total_correlation = log_joint - log_marginals
        dimension_wise_kl = log_marginals - log_prior
        terms = super().terms(flow)
        terms["loss"] += mutual_information + self.beta * total_correlation + dimension_wise_kl
        return {
            **terms,
            "mutual_information": mutual_information,
            "total_correlation": total_correlation,
            "dimension_wise_kl": dimension_wise_kl,
        }

    def log_aggregate(self, flow):
        """log q(z) and the sum of log q(z_d) over latents, by the posteriors of the global batch.

        Returns:
            Two of `(batch,)`, nats.
        """
        z, weights = flow["latents"], flow["sample_weight"]
        if weights is None:
            weights = ops.ones_like(z[:, 0])
        mean, log_variance, weights = (
            distribution.gathered(values)
            for values in (flow["mean"], flow["log_variance"], weights)
        )
        # Where all weigh 0 nothing is learned, and any weights keep the logarithms finite.
        weights = ops.where(ops.any(weights > 0), weights, 1.0)
        log_shares = ops.log(weights / ops.sum(weights) / (self.dataset_size or 1))
        # Of each latent in each posterior, (batch, global batch, latent_dim).
        error = ops.square(z[:, None] - mean) * ops.exp(-log_variance)
        log_densities = -0.5 * (math.log(2 * math.pi) + log_variance + error)
        log_joint = ops.logsumexp(ops.sum(log_densities, axis=-1) + log_shares, axis=1)
        log_marginals = ops.logsumexp(log_densities + log_shares[:, None], axis=1)
        return log_joint, ops.sum(log_marginals, axis=-1)
