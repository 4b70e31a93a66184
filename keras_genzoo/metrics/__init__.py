"""Metrics of generative models: likelihood, quality, disentanglement, anomalies, fairness."""

from keras_genzoo.metrics.anomaly import (
    anomaly_methods,
    anomaly_score,
    complexity_score,
    latent_distance,
    png_bits,
)
from keras_genzoo.metrics.colour import colourfulness
from keras_genzoo.metrics.disentanglement import (
    beta_vae_score,
    dci,
    factor_vae_score,
    modularity,
    mutual_information_gap,
    sap,
)
from keras_genzoo.metrics.distance import (
    FrechetDistance,
    KernelDistance,
    frechet_distance,
    kernel_distance,
)
from keras_genzoo.metrics.fairness import largest_gap, rate_variance, rates_by_group, worst_rate
from keras_genzoo.metrics.likelihood import (
    active_units,
    bits_per_dim,
    draws_latents,
    is_active,
    is_density,
    kl_per_dimension,
    log_likelihood,
    lower_bound,
    mutual_information,
)
from keras_genzoo.metrics.pixels import out_of_range
from keras_genzoo.metrics.posteriors import given_condition
from keras_genzoo.metrics.regularity import (
    Continuity,
    completeness,
    continuity,
    gaussian_quantiles,
    map_gaps,
    map_latents,
)
from keras_genzoo.metrics.sample_quality import inception_score, precision_recall
from keras_genzoo.metrics.token_agreement import edit_distance, token_scores

__all__ = [
    "Continuity",
    "FrechetDistance",
    "KernelDistance",
    "active_units",
    "anomaly_methods",
    "anomaly_score",
    "beta_vae_score",
    "bits_per_dim",
    "colourfulness",
    "completeness",
    "complexity_score",
    "continuity",
    "dci",
    "draws_latents",
    "edit_distance",
    "factor_vae_score",
    "frechet_distance",
    "gaussian_quantiles",
    "given_condition",
    "inception_score",
    "is_active",
    "is_density",
    "kernel_distance",
    "kl_per_dimension",
    "largest_gap",
    "latent_distance",
    "log_likelihood",
    "lower_bound",
    "map_gaps",
    "map_latents",
    "modularity",
    "mutual_information",
    "mutual_information_gap",
    "out_of_range",
    "png_bits",
    "precision_recall",
    "rate_variance",
    "rates_by_group",
    "sap",
    "token_scores",
    "worst_rate",
]
