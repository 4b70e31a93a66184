"""What latents tell of images: where these lie, and how much each dimension holds."""

import matplotlib
import numpy as np

from keras_genzoo import latent, metrics
from keras_genzoo.plots import grids

_NAMED = 128  # dimensions that have room for their numbers


def aggregate_posterior(model, images, labels=None, title="Aggregate posterior"):
    """Latents of images in the plane, a colour for each class.

    Args:
        model: Any model; with `encode` where images are given.
        images: `(n, *image_shape)`, or latents, `(n, latent_dim)`.
        labels: `(n,)`, numbers or names of classes.
        title: Headline.

    Returns:
        A matplotlib figure.

    Example:
        >>> import keras_genzoo as kg
        >>> vae = kg.models.VAE((8, 8, 1), latent_dim=2, hidden=(16,))
        >>> figure = aggregate_posterior(vae, np.zeros((4, 8, 8, 1)), ["cat", "cat", "dog", "dog"])
    """
    points, shares = latent.aggregate_posterior(model, images)
    names = ["z0", "z1"]
    if shares is not None:
        names = [f"principal component {i + 1} ({shares[i]:.0%} of variance)" for i in range(2)]
    axes = grids.new_figure(title, 7, 6).subplots()
    axes.set(xlabel=names[0], ylabel=names[1])
    axes.set_aspect("equal", "datalim")
    of_one = np.zeros(len(points))
    classes, numbers = np.unique(of_one if labels is None else labels, return_inverse=True)
    colours = matplotlib.colormaps["tab10" if len(classes) <= 10 else "turbo"]
    colours = colours.resampled(len(classes))
    # All at once: class after class, the last would cover the others.
    scatter = axes.scatter(*points.T, s=10, c=numbers, cmap=colours, alpha=0.7, linewidths=0)
    if labels is not None:
        handles, _ = scatter.legend_elements(num=None)
        axes.legend(handles, classes, title="class", loc="upper left", bbox_to_anchor=(1, 1))
    return axes.figure


def kl_per_dimension(
    model,
    images,
    title="KL from the prior in each latent dimension",
    labels=None,
    conditions=None,
):
    """KL of the posterior from the prior in each latent dimension, the highest first.

    Latents that are maps have a dimension for each number, counted row by row.

    Args:
        model: A model with `posterior`, a VAE of any kind.
        images: `(n, *image_shape)` in [0, 1].
        title: Headline.
        labels: Of a conditional model, `(n,)`; or
        conditions: what the images depend on, `(n, *condition_shape)`.

    Returns:
        A matplotlib figure.

    Example:
        >>> import keras_genzoo as kg
        >>> vae = kg.models.VAE((8, 8, 1), latent_dim=2, hidden=(16,))
        >>> figure = kl_per_dimension(vae, np.zeros((4, 8, 8, 1)))
    """
    condition = {"labels": labels, "conditions": conditions}
    kl = metrics.kl_per_dimension(model, images, **condition).ravel()
    order = np.argsort(-kl)
    is_active = metrics.is_active(model, images, **condition).ravel()[order]
    axes = grids.new_figure(title, min(max(5, 0.3 * len(kl)), 16), 3.5).subplots()
    axes.bar(range(len(kl)), kl[order], color=np.where(is_active, "C0", "0.7"))
    named = order if len(kl) <= _NAMED else []
    axes.set_xticks(range(len(named)), named, rotation=90 if len(kl) > 20 else 0)
    axes.set(xmargin=0.01, xlabel="latent dimension", ylabel="KL (nats per image)")
    axes.set_title(
        f"{is_active.sum()} of {len(kl)} active (blue): their mean varies over images",
        fontsize="medium",
    )
    return axes.figure
