"""Ways through a latent space: between two points, along a dimension, over a plane."""

import math
import numbers

import numpy as np

from keras_genzoo.latent.codes import (
    check_flat,
    condition_of,
    latent_shape,
    latents_of,
    rank_dimensions,
)
from keras_genzoo.memory import free_memory
from keras_genzoo.metrics import gaussian_quantiles


def interpolate(model, start, end, steps=10, method="linear", labels=None, conditions=None):
    """Images on the way from one latent to another.

    Args:
        model: Any model with `decode`; with `encode` where images are given.
        start: Images, `(n, *image_shape)`, or latents, `(n, latent_dim)`; without the leading n for
            one pair.
        end: Like `start`.
        steps: Images on each way, both ends included.
        method: `"linear"`, straight on, or `"spherical"`, along the arc between the two: in many
            dimensions the prior's draws lie near a sphere, and straight ways leave it. Where no arc
            is the shortest, as to the opposite latent, the way is straight.
        labels: Of a conditional model: the class of each way, `(n,)`, or of all; or
        conditions: What each way depends on, `(n, *condition_shape)`, or all; it is held.

    Returns:
        `(n, steps, *image_shape)` in [0, 1], or `(steps, *image_shape)` for one pair.

    Raises:
        ValueError: If the ends do not fit the model or differ in shape, the method is unknown,
            `steps` is less than 2 or more than memory holds, or the labels do not fit.

    Example:
        >>> import keras_genzoo as kg, numpy as np
        >>> vae = kg.models.VAE((8, 8, 1), latent_dim=2, hidden=(16,), seed=0)
        >>> interpolate(vae, np.zeros(2), np.ones(2), steps=5).shape
        (5, 8, 8, 1)

    Reference: spherical: White (2016), https://arxiv.org/abs/1609.04468.
    """
    start, end = (latents_of(model, each, labels, conditions) for each in (start, end))
    if start.shape != end.shape:
        raise ValueError(
            "The two ends differ. Expected as many latents at both. "
            f"Received: start {start.shape}, end {end.shape}"
        )
    if method not in ("linear", "spherical"):
        raise ValueError(
            f"The method is unknown. Expected 'linear' or 'spherical'. Received: method={method!r}"
        )
    # A map is walked as the vector of its numbers.
    shape = latent_shape(model)
    points = start.shape[: start.ndim - len(shape)]
    _check_steps(model, steps, math.prod(points))
    weights = np.linspace(0, 1, steps)[:, None]
    between = _slerp if method == "spherical" else _lerp
    start, end = (end_.reshape(*points, 1, -1) for end_ in (start, end))
    return _decoded(model, between(start, end, weights), points, labels, conditions)


def traverse(
    model,
    images_or_latents,
    dimensions=None,
    values=(-3, 3),
    steps=11,
    labels=None,
    conditions=None,
):
    """Images as one latent dimension is moved and the others are held, for each dimension.

    Args:
        model: Any model with `decode`; with `encode` where images are given.
        images_or_latents: `(n, *image_shape)` or `(n, latent_dim)`; without the n for one.
        dimensions: Which, in which order; `None` means all, in the order of `rank_dimensions`: of
            a VAE, given images, those that tell the most of them first.
        values: The lowest and the highest that a dimension is set to.
        steps: Values of a dimension, both ends included.
        labels: Of a conditional model: the class of each latent, `(n,)`, or of all; or
        conditions: What each depends on, `(n, *condition_shape)`, or all; it is held.

    Returns:
        `(n, dimensions, steps, *image_shape)` in [0, 1]; without the n for one.

    Raises:
        ValueError: If images, latents, dimensions or labels do not fit the model, `values` are not
            two, or `steps` is less than 2 or more than memory holds.

    Example:
        >>> import keras_genzoo as kg
        >>> gan = kg.models.GAN((8, 8, 1), latent_dim=3, hidden=(16,))
        >>> traverse(gan, np.zeros(3), dimensions=[2, 0], steps=5).shape
        (2, 5, 8, 8, 1)
    """
    check_flat(model)
    latents = latents_of(model, images_or_latents, labels, conditions)
    if dimensions is None:
        dimensions, _ = rank_dimensions(model, images_or_latents, labels, conditions)
    dimensions = _checked_dimensions(model, dimensions)
    if np.shape(values) != (2,):
        raise ValueError(
            f"The values have two ends. Expected (lowest, highest). Received: values={values}"
        )
    _check_steps(model, steps, math.prod(latents.shape[:-1]) * len(dimensions))
    is_moved = np.eye(model.latent_dim, dtype=bool)[dimensions]
    values = np.linspace(*values, steps)
    moved = np.where(is_moved[:, None], values[:, None], latents[..., None, None, :])
    return _decoded(model, moved, latents.shape[:-1], labels, conditions)


def manifold(model, dimensions=(0, 1), steps=20, labels=None, conditions=None):
    """Images over the plane of two latent dimensions, any others at 0.

    Args:
        model: Any model with `decode`.
        dimensions: Which two.
        steps: Values of each, those of `gaussian_quantiles`.
        labels: Of a conditional model: the class of all; or
        conditions: What all depend on, `condition_shape`.

    Returns:
        `(steps, steps, *image_shape)` in [0, 1]; the first dimension changes along the first axis.

    Raises:
        ValueError: If the dimensions are not two of the model's, `steps` is less than 2 or more
            than memory holds, or the label does not fit.

    Example:
        >>> import keras_genzoo as kg
        >>> vae = kg.models.VAE((8, 8, 1), latent_dim=2, hidden=(16,))
        >>> manifold(vae, steps=5).shape
        (5, 5, 8, 8, 1)

    Reference: Kingma and Welling (2014), figure 4, https://arxiv.org/abs/1312.6114.
    """
    check_flat(model)
    dimensions = _checked_dimensions(model, dimensions)
    if len(dimensions) != 2:
        raise ValueError(
            f"That is no plane. Expected two dimensions. Received: dimensions={dimensions}"
        )
    _check_steps(model, steps, steps)
    values = gaussian_quantiles(steps)
    latents = np.zeros((steps, steps, model.latent_dim))
    latents[..., dimensions] = np.stack(np.meshgrid(values, values, indexing="ij"), axis=-1)
    return _decoded(model, latents, (), labels, conditions)


def edit(model, images, vector, strength=1.0, labels=None, conditions=None):
    """Images whose latents are moved along a vector.

    Args:
        model: Any model with `decode`; with `encode` where images are given.
        images: `(n, *image_shape)`, or latents, `(n, latent_dim)`; without the n for one.
        vector: `(latent_dim,)`, as of `attribute_vector`.
        strength: How many times the vector, a number or several; 0 reconstructs.
        labels: Of a conditional model: the class of each image, `(n,)`, or of all; or
        conditions: What each depends on, `(n, *condition_shape)`, or all.

    Returns:
        `(n, *image_shape)` in [0, 1], or of several strengths `(n, strengths, *image_shape)`;
        without the n for one.

    Raises:
        ValueError: If images, vector or labels do not fit the model, or the strength is neither a
            number nor several.

    Example:
        >>> import keras_genzoo as kg
        >>> vae = kg.models.VAE((8, 8, 1), latent_dim=2, hidden=(16,))
        >>> edit(vae, np.zeros((4, 8, 8, 1)), vector=[1, 0], strength=[-1, 0, 1]).shape
        (4, 3, 8, 8, 1)
    """
    check_flat(model)
    latents = latents_of(model, images, labels, conditions)
    if np.shape(vector) != (model.latent_dim,):
        raise ValueError(
            f"The vector does not fit the model. Expected ({model.latent_dim},). "
            f"Received: {np.shape(vector)}"
        )
    if np.ndim(strength) > 1 or not np.isfinite(strength).all():
        raise ValueError(
            "That is no strength. Expected a finite number or several. "
            f"Received: {np.shape(strength)}, strength={strength}"
        )
    points = latents.shape[:-1]
    if np.ndim(strength):
        latents = latents[..., None, :]
    edited = latents + np.multiply.outer(strength, vector)
    return _decoded(model, edited, points, labels, conditions)


def _decoded(model, latents, points, labels, conditions):
    """Images of latents, `(*points, ..., numbers)`, each point's under the point's condition."""
    shape = latents.shape[:-1]
    further = shape[len(points) :]
    condition = condition_of(model, points, further, labels, conditions)
    decoded = model.decode(latents.reshape(-1, *latent_shape(model)), **condition)
    return decoded.reshape(*shape, *decoded.shape[1:])


def _lerp(start, end, weights):
    return start * (1 - weights) + end * weights


def _slerp(start, end, weights):
    """Along the arc from start to end, or straight where they span none."""
    start, end = np.asarray([start, end], "float64")
    with np.errstate(invalid="ignore", divide="ignore"):  # not a number where they span none
        norms = np.linalg.norm([start, end], axis=-1, keepdims=True)
        cosine = np.sum(start * end, axis=-1, keepdims=True) / np.prod(norms, axis=0)
        angle = np.arccos(cosine)
        arc = np.sin((1 - weights) * angle) * start + np.sin(weights * angle) * end
        return np.where(np.sin(angle) > 1e-6, arc / np.sin(angle), _lerp(start, end, weights))


def _check_steps(model, steps, ways):
    """Raise a `ValueError` unless ways of so many steps are some, which memory holds."""
    if not isinstance(steps, numbers.Integral) or steps < 2:
        raise ValueError(
            "A way has two ends. Expected a whole number of at least 2 steps. "
            f"Received: steps={steps!r}"
        )
    shapes = model.fields[model.fit_x].shape, latent_shape(model)
    pixels, numbers_ = (math.prod(side or 1 for side in shape) for shape in shapes)
    size = int(steps) * int(ways) * (4 * pixels + 8 * numbers_)
    free = free_memory()
    if size > free:
        raise ValueError(
            f"The ways do not fit into memory. Expected at most {free:,} bytes, which are free: "
            f"fewer steps, or fewer ways. Received: steps={steps}, {ways} ways, {size:,} bytes"
        )


def _checked_dimensions(model, dimensions):
    different = set(np.ravel(dimensions).tolist()) & set(range(model.latent_dim))
    if np.shape(dimensions) != (len(different),) or not different:
        raise ValueError(
            "The dimensions are not the model's. Expected different integers from 0 to "
            f"{model.latent_dim - 1}. Received: dimensions={dimensions}"
        )
    return np.asarray(dimensions, "int64")
