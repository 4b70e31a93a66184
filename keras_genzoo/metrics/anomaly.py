"""How strange an image is to a model: what does not belong to what it was trained on.

Scores are of single images, higher is stranger. Likelihoods alone mislead: simple images, of large
even areas, are likely under models of other ones (Nalisnick et al., 2019,
https://arxiv.org/abs/1810.09136), which `"complexity"` corrects for.
"""

import io
import math

import numpy as np
import PIL.Image

from keras_genzoo import losses
from keras_genzoo.metrics.likelihood import (
    draws_latents,
    exact_log_prob,
    log_likelihood,
    lower_bound,
)
from keras_genzoo.metrics.pixels import checked_images
from keras_genzoo.metrics.posteriors import check_condition, given_condition

METHODS = ("reconstruction", "bound", "likelihood", "complexity", "latent")


def anomaly_score(
    model,
    images,
    method="complexity",
    reference=None,
    labels=None,
    conditions=None,
    draws=16,
    seed=0,
):
    """How strange images are to a model, higher is stranger.

    - `"reconstruction"`: the squared error of what the model makes of the image, summed over it;
    - `"bound"`: the negative evidence lower bound, nats, averaged over draws from the posterior;
    - `"likelihood"`: the negative log-likelihood, nats, importance-weighted over the draws, or
      exact where the model has it;
    - `"complexity"`: the bound, or the exact nats, less those that the image takes as a PNG: what
      is unlikely although it is simple;
    - `"latent"`: Mahalanobis distance of its latent from the latents of training images.

    Args:
        model: Any model that the method asks nothing of that it lacks; see `anomaly_methods`.
        images: `(n, *image_shape)` in [0, 1].
        method: One of these.
        reference: Of `"latent"`: latents of training images, `(m, ...)` as `model.encode` gives
            them, m at least 2; or the images, unless the model is conditional. An array of image
            shape is images, as everywhere; see `latent_distance` of latents that have it.
        labels: Of a conditional model, `(n,)`; or
        conditions: what the images depend on, `(n, *condition_shape)`.
        draws: Latents per image, of the bound and the likelihood.
        seed: Integer seed of all that is drawn.

    Returns:
        `(n,)`, float64.

    Raises:
        ValueError: If there is no such method, the model lacks what it needs, the images do not fit
            the model, or the reference is missing, is given for another method or does not fit.

    Example:
        >>> import keras_genzoo as kg
        >>> vae = kg.models.VAE((8, 8, 1), latent_dim=2, hidden=(16,))
        >>> anomaly_score(vae, np.zeros((3, 8, 8, 1)), "reconstruction").shape
        (3,)

    Reference: complexity: Serra et al. (2020), https://arxiv.org/abs/1909.11480.
    """
    _check(model, method, reference)
    given = given_condition(labels, conditions)
    if method == "reconstruction":
        check_condition(model, "reconstruct", given)
        made = model.reconstruct(images, **given)
        return np.asarray(losses.squared_error(images, made), "float64")
    if method == "latent":
        check_condition(model, "encode", given)
        if np.shape(reference)[1:] == tuple(model.fields["images"].shape):
            reference = _encoded(model, reference)
        return latent_distance(model.encode(images, **given), reference)
    if _is_exact(model):
        nats = -exact_log_prob(model, images, seed, given)
    elif method == "likelihood":
        nats = -log_likelihood(model, images, draws, seed, **given)
    else:
        nats = -lower_bound(model, images, draws, seed, **given)
    return complexity_score(nats, png_bits(images)) if method == "complexity" else nats


def anomaly_methods(model):
    """The methods of `anomaly_score` that a model allows.

    Args:
        model: Any model.

    Returns:
        A list of their names.

    Example:
        >>> import keras_genzoo as kg
        >>> anomaly_methods(kg.models.Autoencoder((8, 8, 1), latent_dim=2, hidden=(16,)))
        ['reconstruction', 'latent']
    """
    if getattr(model, "fit_x", None) != "images":
        return []
    has_bound = _is_exact(model) or (hasattr(model, "log_prob") and hasattr(model, "posterior"))
    allowed = {
        "reconstruction": hasattr(model, "reconstruct"),
        **dict.fromkeys(("bound", "likelihood", "complexity"), has_bound),
        "latent": hasattr(model, "encode"),
    }
    return [method for method in METHODS if allowed[method]]


def png_bits(images):
    """Bits that images take as PNGs of 8 bits a channel, a measure of how complex they are.

    Args:
        images: `(n, height, width, channels)` in [0, 1], of 1 or 3 channels.

    Returns:
        `(n,)`, float64. Its negative is an anomaly score without any model, to compare others
        with.

    Raises:
        ValueError: If the images are none.

    Example:
        >>> even, noise = np.zeros((8, 8, 1)), np.random.default_rng(0).uniform(size=(8, 8, 1))
        >>> bits = png_bits([even, noise])
        >>> bool(bits[0] < bits[1])
        True
    """
    images = checked_images(images, (1, 3), "The images cannot be written as PNGs.")
    return np.array([_png_bytes(image) * 8 for image in images], "float64")


def complexity_score(nats, bits):
    """Nats less what images take as PNGs: `"complexity"` of `anomaly_score`.

    Args:
        nats: `(n,)`, `-log p(x)` or a bound of it.
        bits: `(n,)`, as of `png_bits`.

    Returns:
        `(n,)`, float64.

    Example:
        >>> round(float(complexity_score(10.0, 8.0)), 2)
        4.45
    """
    return nats - math.log(2) * bits


def latent_distance(latents, reference):
    """Mahalanobis distance of latents from those of other images: `"latent"` of `anomaly_score`.

    Args:
        latents: `(n, ...)`, as `model.encode` gives them.
        reference: `(m, ...)`, those of training images, m at least 2.

    Returns:
        `(n,)`, float64.

    Raises:
        ValueError: If the two do not fit each other, or a number is not finite.

    Example:
        >>> latent_distance([[3.0, 0.0]], [[-1.0, 0.0], [0.0, 0.0], [1.0, 0.0]]).tolist()
        [3.0]
    """
    latents, reference = (np.asarray(each, "float64") for each in (latents, reference))
    finite = np.isfinite(latents).all() and np.isfinite(reference).all()
    if reference.shape[1:] != latents.shape[1:] or len(reference) < 2 or not finite:
        raise ValueError(
            "The reference does not fit the latents. Expected finite latents, (m, "
            f"{', '.join(map(str, latents.shape[1:]))}), of at least 2 images. "
            f"Received: reference of shape {reference.shape}, all finite={finite}"
        )
    reference = reference.reshape(len(reference), -1)
    apart = latents.reshape(len(latents), -1) - reference.mean(axis=0)
    covariance = np.atleast_2d(np.cov(reference.T))
    # A collapsed latent has no variance, and fewer images than latents leave ways that have none,
    # but for rounding: `rtol=None` is what that may be of so many.
    precision = np.linalg.pinv(covariance, hermitian=True, rtol=None)
    return np.sqrt(np.maximum(np.sum(apart @ precision * apart, axis=1), 0))


def _png_bytes(image):
    pixels = np.rint(np.clip(image, 0, 1) * 255).astype("uint8")
    written = io.BytesIO()
    PIL.Image.fromarray(np.squeeze(pixels, -1) if pixels.shape[-1] == 1 else pixels).save(
        written, "png", optimize=True
    )
    return written.tell()


def _is_exact(model):
    """Whether `log_prob` is of images alone, log p(x)."""
    return hasattr(model, "log_prob") and not draws_latents(model)


def _check(model, method, reference):
    if method not in METHODS:
        raise ValueError(
            f"There is no such method. Expected one of {', '.join(METHODS)}. "
            f"Received: method={method!r}"
        )
    allowed = anomaly_methods(model)
    if method not in allowed:
        raise ValueError(
            "The model lacks what the method needs. Expected one of "
            f"{', '.join(allowed) or 'none: a model that encodes or scores images'}. "
            f"Received: {type(model).__name__}, method={method!r}"
        )
    if (method == "latent") != (reference is not None):
        expected = "latents of training images" if method == "latent" else "none"
        raise ValueError(
            f"The reference does not fit the method. Expected {expected}. "
            f"Received: method={method!r}, reference of shape {np.shape(reference)}"
        )


def _encoded(model, images):
    """Latents of a reference's images."""
    if (word := getattr(model, "condition_word", None)) is not None:
        raise ValueError(
            f"The {word} of the reference's images are not known. Expected their latents, as "
            f"`model.encode(images, {word}=...)` gives them. "
            f"Received: {type(model).__name__}, reference of shape {np.shape(images)}"
        )
    return model.encode(images)
