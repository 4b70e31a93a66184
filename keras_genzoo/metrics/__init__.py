"""Metrics of generative models: likelihood, distance, disentanglement."""

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
    inception_score,
    kernel_distance,
    precision_recall,
)
from keras_genzoo.metrics.likelihood import (
    active_units,
    bits_per_dim,
    is_active,
    kl_per_dimension,
    log_likelihood,
    mutual_information,
)

__all__ = [
    "FrechetDistance",
    "KernelDistance",
    "active_units",
    "beta_vae_score",
    "bits_per_dim",
    "dci",
    "factor_vae_score",
    "frechet_distance",
    "inception_score",
    "is_active",
    "kernel_distance",
    "kl_per_dimension",
    "log_likelihood",
    "modularity",
    "mutual_information",
    "mutual_information_gap",
    "precision_recall",
    "sap",
]
