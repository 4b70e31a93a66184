"""Images beside what a model makes of them."""

from keras_genzoo import metrics
from keras_genzoo.plots import grids


def reconstructions(model, images, title="Reconstructions", labels=None, conditions=None):
    """Images above what the model makes of them.

    Args:
        model: A model with `reconstruct`.
        images: `(n, *image_shape)` in [0, 1].
        title: Headline.
        labels: Of a conditional model, `(n,)`; or
        conditions: what the images depend on, `(n, *condition_shape)`.

    Returns:
        A matplotlib figure.

    Example:
        >>> import keras_genzoo as kg
        >>> import numpy as np
        >>> vae = kg.models.VAE((8, 8, 1), latent_dim=2, hidden=(16,))
        >>> figure = reconstructions(vae, np.zeros((4, 8, 8, 1)))
    """
    made = model.reconstruct(images, **metrics.given_condition(labels, conditions))
    return grids.grid([images, made], title, ["original", "reconstructed"])
