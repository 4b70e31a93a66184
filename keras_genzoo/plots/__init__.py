"""Pictures, each a matplotlib figure that reads without the code.

What they refuse is what the functions of `latent` and `metrics` refuse whose results they show.
"""

from keras_genzoo.plots import grids
from keras_genzoo.plots.completions import completions
from keras_genzoo.plots.grids import image_grid
from keras_genzoo.plots.history import history
from keras_genzoo.plots.latents import aggregate_posterior, kl_per_dimension
from keras_genzoo.plots.piano_rolls import piano_rolls
from keras_genzoo.plots.reconstructions import reconstructions
from keras_genzoo.plots.representation import representation
from keras_genzoo.plots.translations import translations
from keras_genzoo.plots.ways import edits, interpolations, manifold, traversals

__all__ = [
    "aggregate_posterior",
    "completions",
    "edits",
    "grids",
    "history",
    "image_grid",
    "interpolations",
    "kl_per_dimension",
    "manifold",
    "piano_rolls",
    "reconstructions",
    "representation",
    "translations",
    "traversals",
]
