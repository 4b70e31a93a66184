"""Ways through a latent space, as pictures or animations; what they show is of `latent`."""

import math

import numpy as np

from keras_genzoo import latent
from keras_genzoo.plots import grids


def interpolations(
    model,
    start,
    end,
    steps=10,
    method="linear",
    labels=None,
    title=None,
    animated=False,
    conditions=None,
):
    """Images on the way from one latent to another, a row for each pair.

    Args:
        model: Any model with `decode`; with `encode` where images are given.
        start: As of `latent.interpolate`, like `end`, `method` and `labels`.
        end: Images or latents.
        steps: Images in a row.
        method: `"linear"` or `"spherical"`.
        labels: Of a conditional model.
        title: Headline; `None` names the method.
        animated: Whether to make an animation of it, a frame for each step, there and back.
        conditions: Of a model whose condition is an image, as of `latent.interpolate`.

    Returns:
        A matplotlib figure, or an animation, which `save("walk.gif", writer="pillow")` writes.

    Example:
        >>> import keras_genzoo as kg
        >>> gan = kg.models.GAN((8, 8, 1), latent_dim=2, hidden=(16,))
        >>> figure = interpolations(gan, np.zeros(2), np.ones(2), steps=5)
    """
    images = latent.interpolate(model, start, end, steps, method, labels, conditions)
    headers = ["start", *(f"{share:.0%}" for share in np.linspace(0, 1, steps)[1:-1]), "end"]
    rows = images.reshape(-1, *images.shape[-4:])
    title = title or f"{method.capitalize()} interpolation"
    return _walk(animated, rows, title, _classes(labels, rows), headers, "{}")


def traversals(
    model,
    images,
    dimensions=None,
    values=(-3, 3),
    steps=11,
    labels=None,
    title="Latent traversals",
    animated=False,
    conditions=None,
):
    """The first image as one latent dimension after the other is moved, a row for each.

    Args:
        model: Any model with `decode`; with `encode` where images are given.
        images: `(n, *image_shape)`, or latents, `(n, latent_dim)`. The first is traversed; the KL
            of a VAE in each dimension, beside its row, is averaged over all images.
        dimensions: Which; `None` means all, in the order of `latent.rank_dimensions`.
        values: As of `latent.traverse`, like `steps` and `labels`.
        steps: Images in a row.
        labels: Of a conditional model: one for all images, or one for each.
        title: Headline.
        animated: Whether to make an animation of it, a frame for each step, there and back.
        conditions: Of a model whose condition is an image, like `labels`.

    Returns:
        A matplotlib figure, or an animation, which `save("walk.gif", writer="pillow")` writes.

    Example:
        >>> import keras_genzoo as kg
        >>> vae = kg.models.VAE((8, 8, 1), latent_dim=2, hidden=(16,))
        >>> figure = traversals(vae, np.zeros((9, 8, 8, 1)), steps=5)
    """
    ranked, kl = latent.rank_dimensions(model, images, labels, conditions)
    dimensions = ranked if dimensions is None else dimensions
    codes = latent.latents_of(model, images, labels, conditions)
    first = codes.reshape(-1, model.latent_dim)[0]
    labels = labels[0] if np.ndim(labels) else labels
    conditions = conditions[0] if np.ndim(conditions) == 4 else conditions
    traversed = latent.traverse(model, first, dimensions, values, steps, labels, conditions)
    rows = [f"z{i}" + ("" if kl is None else f", {kl[i]:.2f} nats") for i in dimensions]
    headers = _numbers(np.linspace(*values, steps))
    return _walk(animated, traversed, title, rows, headers, "at {}")


def edits(
    model,
    images,
    vector,
    strength=(-2, -1, 0, 1, 2),
    labels=None,
    title="Edit strengths",
    animated=False,
    conditions=None,
):
    """Images whose latents are moved along a vector, a row for each.

    Args:
        model: Any model with `decode`; with `encode` where images are given.
        images: `(n, *image_shape)`, or latents, `(n, latent_dim)`.
        vector: `(latent_dim,)`, as of `latent.attribute_vector`.
        strength: A column for each.
        labels: Of a conditional model, as of `latent.edit`.
        title: Headline.
        animated: Whether to make an animation of it, a frame for each strength, there and back.
        conditions: Of a model whose condition is an image, as of `latent.edit`.

    Returns:
        A matplotlib figure, or an animation, which `save("walk.gif", writer="pillow")` writes.

    Example:
        >>> import keras_genzoo as kg
        >>> vae = kg.models.VAE((8, 8, 1), latent_dim=2, hidden=(16,))
        >>> figure = edits(vae, np.zeros((4, 8, 8, 1)), vector=[1, 0], title="More of z0")
    """
    edited = latent.edit(model, images, vector, np.atleast_1d(strength), labels, conditions)
    rows = edited.reshape(-1, *edited.shape[-4:])
    headers = _numbers(np.atleast_1d(strength))
    return _walk(animated, rows, title, _classes(labels, rows), headers, "strength {}")


def manifold(
    model,
    dimensions=(0, 1),
    steps=20,
    labels=None,
    title="Latent manifold",
    animated=False,
    conditions=None,
):
    """Images over the plane of two latent dimensions, any others at 0.

    Args:
        model: Any model with `decode`.
        dimensions: The one across and the one up.
        steps: Images in a row and in a column, as of `latent.manifold`.
        labels: Of a conditional model: the class of all.
        title: Headline.
        animated: Whether to make an animation of it, a frame for each value of the first dimension,
            there and back.
        conditions: Of a model whose condition is an image: that of all.

    Returns:
        A matplotlib figure, or an animation, which `save("walk.gif", writer="pillow")` writes.

    Example:
        >>> import keras_genzoo as kg
        >>> vae = kg.models.VAE((8, 8, 1), latent_dim=2, hidden=(16,))
        >>> figure = manifold(vae, steps=5)
    """
    images = latent.manifold(model, dimensions, steps, labels, conditions)
    across, up = (f"z{dimension}" for dimension in dimensions)
    values = _numbers(latent.gaussian_quantiles(steps))
    if animated:
        rows = [f"{up} = {value}" for value in values]
        return grids.animation(images.swapaxes(0, 1), values, f"{across} = {{}}", title, rows)
    height, width, channels = images.shape[2:]
    # The second dimension runs up, rows of a picture run down.
    picture = images[:, ::-1].transpose(1, 2, 0, 3, 4).reshape(steps * height, -1, channels)
    axes = grids.new_figure(title, 7, 7).subplots()
    grids.show(axes, picture, extent=(0, steps, 0, steps), aspect=height / width)
    shown = slice(None, None, math.ceil(steps / 10))
    centres = np.arange(steps)[shown] + 0.5
    axes.set_xticks(centres, values[shown])
    axes.set_yticks(centres, values[shown])
    axes.set(xlabel=across, ylabel=up)
    if model.latent_dim > 2:
        axes.set_title("all other latents at 0", fontsize="medium")
    return axes.figure


def _walk(animated, rows, title, labels, headers, caption):
    if animated:
        return grids.animation(rows, headers, caption, title, labels)
    return grids.grid(rows, title, labels, headers)


def _classes(labels, rows):
    """What stands before each row of a conditional model."""
    return [] if labels is None else [f"class {c}" for c in np.broadcast_to(labels, len(rows))]


def _numbers(values):
    return [f"{value:g}" for value in np.round(values, 2) + 0.0]  # no -0
