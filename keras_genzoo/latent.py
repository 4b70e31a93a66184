"""Ways through a latent space. Each function takes a model."""

import numpy as np


def interpolate(model, start, end, steps=10):
    """Images on the straight way from one latent to another.

    Args:
        model: Any model with `decode`; with `encode` where images are given.
        start: Images, `(n, *image_shape)`, or latents, `(n, latent_dim)`; without the leading n for
            one pair.
        end: Like `start`.
        steps: Images on each way, both ends included.

    Returns:
        `(n, steps, *image_shape)` in [0, 1], or `(steps, *image_shape)` for one pair.

    Raises:
        ValueError: If `start` and `end` differ in shape, or `steps` is less than 2.

    Example:
        >>> import keras_genzoo as kg, numpy as np
        >>> vae = kg.models.VAE((8, 8, 1), latent_dim=2, hidden=(16,), seed=0)
        >>> interpolate(vae, np.zeros(2), np.ones(2), steps=5).shape
        (5, 8, 8, 1)
    """
    start, end = _latents(model, start), _latents(model, end)
    if start.shape != end.shape:
        raise ValueError(
            "The two ends differ. Expected as many latents at both. "
            f"Received: start {start.shape}, end {end.shape}"
        )
    if steps < 2:
        raise ValueError(f"A way has two ends. Expected at least 2 steps. Received: steps={steps}")
    weights = np.linspace(0, 1, steps, dtype="float32")[:, None]
    way = start[..., None, :] * (1 - weights) + end[..., None, :] * weights
    images = model.decode(way.reshape(-1, model.latent_dim))
    return images.reshape(*way.shape[:-1], *model.image_shape)


def _latents(model, points):
    """Latents of images or latents, one or many."""
    points = np.asarray(points, "float32")
    if points.shape[-3:] != tuple(model.image_shape):
        if points.ndim not in (1, 2) or points.shape[-1] != model.latent_dim:
            raise ValueError(
                "The ends do not fit the model. Expected latents, "
                f"({model.latent_dim},) or (n, {model.latent_dim}), or images of "
                f"{tuple(model.image_shape)}. Received: {points.shape}"
            )
        return points
    codes = model.encode(points.reshape(-1, *model.image_shape))
    return codes.reshape(*points.shape[:-3], model.latent_dim)
