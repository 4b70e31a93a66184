"""Metrics of generative models: likelihood, distance, sample quality, disentanglement."""

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
from keras_genzoo.metrics.likelihood import (
    active_units,
    bits_per_dim,
    is_active,
    kl_per_dimension,
    log_likelihood,
    mutual_information,
)
from keras_genzoo.metrics.regularity import (
    Continuity,
    completeness,
    continuity,
    gaussian_quantiles,
    map_gaps,
    map_latents,
)
from keras_genzoo.metrics.sample_quality import inception_score, precision_recall

__all__ = [
    "Continuity",
    "FrechetDistance",
    "KernelDistance",
    "active_units",
    "beta_vae_score",
    "bits_per_dim",
    "completeness",
    "continuity",
    "dci",
    "factor_vae_score",
    "frechet_distance",
    "gaussian_quantiles",
    "inception_score",
    "is_active",
    "kernel_distance",
    "kl_per_dimension",
    "log_likelihood",
    "map_gaps",
    "map_latents",
    "modularity",
    "mutual_information",
    "mutual_information_gap",
    "precision_recall",
    "sap",
]
