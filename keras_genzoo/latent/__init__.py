"""Ways through a latent space, and what its codes tell. Each function takes a model.

It takes images or, in their place, latents: those will do for any model, GANs included, and images
for one with `encode`. A model that decodes latents of a class is told by `labels` which.
"""

from keras_genzoo.latent.codes import (
    aggregate_posterior,
    attribute_vector,
    latents_of,
    nearest,
    rank_dimensions,
)
from keras_genzoo.latent.ways import edit, interpolate, manifold, traverse
from keras_genzoo.metrics import gaussian_quantiles

__all__ = [
    "aggregate_posterior",
    "attribute_vector",
    "edit",
    "gaussian_quantiles",
    "interpolate",
    "latents_of",
    "manifold",
    "nearest",
    "rank_dimensions",
    "traverse",
]
