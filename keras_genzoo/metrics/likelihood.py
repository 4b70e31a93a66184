"""How probable a model finds images, and whether its latents are in use.

Each metric takes a model with `posterior`, a VAE of any kind, and images as one array.
"""

import math
import numbers

import numpy as np
import tensorflow as tf
from keras import ops

from keras_genzoo import losses

ROWS = 512  # latents decoded at a time: on a CPU no more are faster
PAIRS = 2**22  # densities held at a time


def log_likelihood(model, images, num_samples=5000, seed=0):
    """Log-likelihood of images, log p(x), by importance sampling from the posterior.

    The log of the mean of `p(x|z) p(z) / q(z|x)` over draws of z from the encoder's q. In
    expectation it is a lower bound of log p(x): with one draw the evidence lower bound, and tighter
    with each draw more. Every draw is decoded, a few at a time: memory grows with neither draws nor
    images.

    Args:
        model: A model with `posterior` and `log_prob`.
        images: `(n, *image_shape)` in [0, 1].
        num_samples: Draws per image.
        seed: Integer seed of the draws.

    Returns:
        `(n,)`, nats per image.

    Raises:
        ValueError: If the model has no likelihood, as a GAN, if there are no images or they do not
            fit the model, or if `num_samples` is less than 1.

    Example:
        >>> import keras_genzoo as kg
        >>> vae = kg.models.VAE((8, 8, 1), latent_dim=2, hidden=(16,))
        >>> log_likelihood(vae, np.zeros((3, 8, 8, 1)), num_samples=100).shape
        (3,)

    Reference: Burda et al. (2016), https://arxiv.org/abs/1509.00519.
    """
    if not isinstance(num_samples, numbers.Integral) or num_samples < 1:
        raise ValueError(
            "There is nothing to average. Expected at least one draw per image. "
            f"Received: num_samples={num_samples}"
        )
    _check_verb(model, "log_prob")
    mean, log_variance = _posterior(model, images)
    images = np.asarray(images, "float32")
    log_sum = _log_sum_of_weights(model)
    rng = np.random.default_rng(seed)
    total = np.full(len(images), -np.inf)
    at_once = max(1, ROWS // num_samples)
    for first in range(0, len(images), at_once):
        block = slice(first, first + at_once)
        for drawn in range(0, num_samples, ROWS):
            draws = min(ROWS, num_samples - drawn)
            noise = rng.standard_normal((len(mean[block]), draws, model.latent_dim), "float32")
            more = log_sum(images[block], mean[block], log_variance[block], noise)
            total[block] = np.logaddexp(total[block], more)
    return total - math.log(num_samples)


def bits_per_dim(nats, image_shape, likelihood="gaussian"):
    """Bits per pixel and channel of images with 256 grey levels.

    `nats / dims / log 2 + 8`: a density over [0, 1] is 256 times the probability of a grey level.
    Nats of a Bernoulli likelihood are of binary pixels and no density: name your model's
    `likelihood`, and they are refused.

    Args:
        nats: Negative log-likelihood of an image with pixels in [0, 1]; a number or an array.
        image_shape: `(height, width, channels)`.
        likelihood: Of the model that the nats are from, `model.likelihood`.

    Returns:
        Bits, like `nats`.

    Raises:
        ValueError: If the likelihood is no density of continuous pixels.

    Example:
        >>> bits_per_dim(0.0, (28, 28, 1))  # of the uniform density
        8.0

    Reference: Theis et al. (2016), https://arxiv.org/abs/1511.01844.
    """
    if likelihood != "gaussian":
        raise ValueError(
            "The likelihood is no density of continuous pixels, so bits would mean nothing. "
            f"Expected 'gaussian'. Received: likelihood={likelihood!r}"
        )
    return nats / math.prod(image_shape) / math.log(2) + 8


def kl_per_dimension(model, images):
    """KL divergence of the posterior from the prior in each latent, averaged over images.

    A latent near 0 says nothing of the image: its posterior has collapsed.

    Args:
        model: A model with `posterior`.
        images: `(n, *image_shape)` in [0, 1].

    Returns:
        `(latent_dim,)`, nats per image.

    Raises:
        ValueError: If the model has no posterior, or there are no images or they do not fit it.

    Example:
        >>> import keras_genzoo as kg
        >>> vae = kg.models.VAE((8, 8, 1), latent_dim=2, hidden=(16,))
        >>> kl_per_dimension(vae, np.zeros((3, 8, 8, 1))).shape
        (2,)
    """
    mean, log_variance = _posterior(model, images)
    nats = losses.gaussian_kl(np.reshape(mean, (-1, 1)), np.reshape(log_variance, (-1, 1)))
    return np.mean(np.reshape(nats, mean.shape), axis=0, dtype="float64")


def is_active(model, images, threshold=0.01):
    """Whether each latent is in use: its posterior mean varies over images.

    Args:
        model: A model with `posterior`.
        images: `(n, *image_shape)` in [0, 1].
        threshold: Variance over images above which a latent is active.

    Returns:
        `(latent_dim,)`, booleans.

    Raises:
        ValueError: If the model has no posterior, or there are no images or they do not fit it.

    Example:
        >>> import keras_genzoo as kg
        >>> vae = kg.models.VAE((8, 8, 1), latent_dim=2, hidden=(16,))
        >>> is_active(vae, np.zeros((3, 8, 8, 1)))  # images that do not differ
        array([False, False])

    Reference: Burda et al. (2016), https://arxiv.org/abs/1509.00519.
    """
    mean, _ = _posterior(model, images)
    return np.var(mean, axis=0, dtype="float64") > threshold


def active_units(model, images, threshold=0.01):
    """How many latents are in use; see `is_active`.

    Args:
        model: As of `is_active`, like `images` and `threshold`.
        images: `(n, *image_shape)` in [0, 1].
        threshold: Variance over images.

    Returns:
        A count, at most `latent_dim`.

    Raises:
        ValueError: As `is_active`.

    Example:
        >>> import keras_genzoo as kg
        >>> vae = kg.models.VAE((8, 8, 1), latent_dim=2, hidden=(16,))
        >>> active_units(vae, np.zeros((3, 8, 8, 1)))
        0
    """
    return int(np.sum(is_active(model, images, threshold)))


def mutual_information(model, images, seed=0):
    """Mutual information of image and latent, where any of the images is as likely as another.

    The mean KL of the posteriors from the prior, less the KL of their mixture, the aggregate
    posterior, from the prior; that is the mean of `log q(z|x) - log q(z)`, taken over one draw of z
    per image, with q(z) the mixture over all images. For these images the estimate is without bias.
    For all the images that they stand for it is too low on average, and never above log n: use far
    more than exp(nats) images. Time grows with their square.

    Args:
        model: A model with `posterior`.
        images: `(n, *image_shape)` in [0, 1].
        seed: Integer seed of the draws.

    Returns:
        Nats.

    Raises:
        ValueError: If the model has no posterior, or there are no images or they do not fit it.

    Example:
        >>> import keras_genzoo as kg
        >>> vae = kg.models.VAE((8, 8, 1), latent_dim=2, hidden=(16,))
        >>> mutual_information(vae, np.zeros((1, 8, 8, 1)))  # one image tells nothing
        0.0

    Reference: Hoffman and Johnson (2016),
    http://approximateinference.org/accepted/HoffmanJohnson2016.pdf; the bias: Poole et al. (2019),
    https://arxiv.org/abs/1905.06922.
    """
    mean, log_variance = np.asarray(_posterior(model, images), "float64")
    noise = np.random.default_rng(seed).standard_normal(mean.shape)
    z = mean + np.exp(0.5 * log_variance) * noise
    # Squares multiplied out: two products of matrices compare all draws with all posteriors.
    precision = np.exp(-log_variance)
    constant = np.sum(mean**2 * precision + log_variance, axis=-1)
    nats = 0.0
    at_once = max(1, PAIRS // len(mean))
    for first in range(0, len(mean), at_once):
        draws = z[first : first + at_once]
        log_q = draws @ (mean * precision).T - 0.5 * (draws**2 @ precision.T + constant)
        own = np.diagonal(log_q, offset=first)
        nats += np.sum(own - np.asarray(ops.logsumexp(log_q, axis=-1)))
    return float(nats / len(mean) + math.log(len(mean)))


def _check_verb(model, verb):
    if not hasattr(model, verb):
        raise ValueError(
            f"The model has no `{verb}`, and a measure of likelihood or latents needs it. Expected "
            f"a VAE of any kind. Received: {type(model).__name__}"
        )


def _posterior(model, images):
    """Mean and log-variance of the model's posteriors, each `(n, latent_dim)`."""
    _check_verb(model, "posterior")
    mean, log_variance = model.posterior(images)
    if not len(mean):
        raise ValueError(
            f"There are no images. Expected at least one. Received: {np.shape(images)}"
        )
    return mean, log_variance


def _log_sum_of_weights(model):
    """Compiled: from images and noise to the log of the sum of importance weights, `(batch,)`."""
    latents = tf.TensorSpec((None, model.latent_dim))
    noise = tf.TensorSpec((None, None, model.latent_dim))  # any number of images and of draws

    @tf.function(input_signature=[tf.TensorSpec((None, *model.image_shape)), *2 * [latents], noise])
    def log_sum(images, mean, log_variance, noise):
        mean, log_variance = mean[:, None], log_variance[:, None]
        z = mean + ops.exp(0.5 * log_variance) * noise
        draws = ops.shape(z)[1]
        log_prob = model.log_prob.on_tensors(
            model, ops.repeat(images, draws, axis=0), ops.reshape(z, (-1, model.latent_dim))
        )
        # log p(z) - log q(z|x), whose constants cancel
        log_ratio = 0.5 * ops.sum(ops.square(noise) + log_variance - ops.square(z), axis=-1)
        log_weights = ops.reshape(log_prob, ops.shape(log_ratio)) + log_ratio
        return ops.logsumexp(ops.cast(log_weights, "float64"), axis=-1)

    return log_sum
