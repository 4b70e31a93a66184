"""How probable a model finds images, and whether its latents are in use.

Each metric takes a model with `posterior`, a VAE of any kind, and images as one array; those that
need latents alone also take a dataset of batches, which are not kept. A conditional model is told
by `labels` or `conditions` what the images depend on, and its prior is that of their conditions.
"""

import math

import numpy as np
from keras import ops

from keras_genzoo import losses
from keras_genzoo.metrics.posteriors import (
    check_array,
    check_condition,
    check_verb,
    given_condition,
    posterior_of,
    prior_of,
    signature,
    weighted_draws,
)

PAIRS = 2**22  # densities held at a time


def log_likelihood(model, images, num_samples=5000, seed=0, labels=None, conditions=None):
    """Log-likelihood of images, log p(x), by importance sampling from the posterior.

    A model whose `log_prob` is of images alone, as a PixelCNN's, knows it: that is given, and no
    latents are drawn; see `draws_latents`.

    The log of the mean of `p(x|z) p(z) / q(z|x)` over draws of z from the encoder's q. In
    expectation it is a lower bound of log p(x): with one draw the evidence lower bound, and tighter
    with each draw more. Every draw is decoded, a few at a time: memory grows with neither draws nor
    images.

    Args:
        model: A model with `log_prob`, and `posterior` where that depends on latents.
        images: `(n, *image_shape)` in [0, 1].
        num_samples: Draws per image.
        seed: Integer seed of the draws.
        labels: Of a conditional model, `(n,)`; or
        conditions: what the images depend on, `(n, *condition_shape)`.

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
    check_verb(model, "log_prob")
    check_array(images)
    if not draws_latents(model):
        return exact_log_prob(model, images, seed, given_condition(labels, conditions))
    given = {"num_samples": num_samples, "seed": seed}
    total = np.full(len(images), -np.inf)
    for block, log_weights in weighted_draws(model, images, labels, conditions, **given):
        more = np.asarray(ops.logsumexp(log_weights, axis=-1))
        total[block] = np.logaddexp(total[block], more)
    return total - math.log(num_samples)


def lower_bound(model, images, num_samples=16, seed=0, labels=None, conditions=None):
    """Evidence lower bound of images: what a VAE ascends, at its own weight of the KL, 1.

    The mean of the log of `p(x|z) p(z) / q(z|x)` over draws of z from the encoder's q.

    Args:
        model: A model with `posterior` and `log_prob`.
        images: `(n, *image_shape)` in [0, 1].
        num_samples: Draws per image.
        seed: Integer seed of the draws.
        labels: Of a conditional model, `(n,)`; or
        conditions: what the images depend on, `(n, *condition_shape)`.

    Returns:
        `(n,)`, nats per image.

    Raises:
        ValueError: As `log_likelihood`.

    Example:
        >>> import keras_genzoo as kg
        >>> vae = kg.models.VAE((8, 8, 1), latent_dim=2, hidden=(16,))
        >>> images = np.zeros((3, 8, 8, 1))
        >>> bool((lower_bound(vae, images) < log_likelihood(vae, images, 16)).all())
        True
    """
    check_array(images)
    given = {"num_samples": num_samples, "seed": seed}
    total = np.zeros(len(images))
    for block, log_weights in weighted_draws(model, images, labels, conditions, **given):
        total[block] += np.sum(log_weights, axis=-1)
    return total / num_samples


def bits_per_dim(nats, image_shape, likelihood="gaussian", discrete=False):
    """Bits per pixel and channel of images with 256 grey levels.

    `nats / dims / log 2 + 8`: a density over [0, 1] is 256 times the probability of a grey level.
    A discrete likelihood, as PixelCNN's, is that probability already, and nothing is added. Nats of
    a Bernoulli likelihood are of binary pixels and no density: name your model's `likelihood`, and
    they are refused.

    Args:
        nats: Negative log-likelihood of an image with pixels in [0, 1]; a number or an array.
        image_shape: `(height, width, channels)`.
        likelihood: Of the model that the nats are from, `model.likelihood`.
        discrete: Whether the nats are of grey levels, and not of a density.

    Returns:
        Bits, like `nats`.

    Raises:
        ValueError: If the likelihood is no density of continuous pixels.

    Example:
        >>> bits_per_dim(0.0, (28, 28, 1))  # of the uniform density
        8.0
        >>> bits_per_dim(784 * math.log(256), (28, 28, 1), discrete=True)  # of levels all alike
        8.0

    Reference: Theis et al. (2016), https://arxiv.org/abs/1511.01844.
    """
    if not is_density(likelihood):
        raise ValueError(
            "The likelihood is no density of continuous pixels, so bits would mean nothing. "
            f"Expected 'gaussian' or 'probability_flow'. Received: likelihood={likelihood!r}"
        )
    return nats / math.prod(image_shape) / math.log(2) + (0 if discrete else 8)


def is_density(likelihood):
    """Whether a likelihood, by its name, is a density of continuous pixels.

    Example:
        >>> [is_density(name) for name in ("gaussian", "probability_flow", "bernoulli", None)]
        [True, True, False, False]
    """
    return likelihood in ("gaussian", "probability_flow")


def kl_per_dimension(model, images, labels=None, conditions=None):
    """KL divergence of the posterior from the prior in each latent, averaged over images.

    A latent near 0 says nothing of the image: its posterior has collapsed.

    Args:
        model: A model with `posterior`.
        images: `(n, *image_shape)` in [0, 1], or a dataset of batches of them.
        labels: Of a conditional model, `(n,)`; or
        conditions: what the images depend on, `(n, *condition_shape)`.

    Returns:
        `(latent_dim,)`, nats per image; of latents that are maps, a map.

    Raises:
        ValueError: If the model has no posterior, or there are no images or they do not fit it.

    Example:
        >>> import keras_genzoo as kg
        >>> vae = kg.models.VAE((8, 8, 1), latent_dim=2, hidden=(16,))
        >>> kl_per_dimension(vae, np.zeros((3, 8, 8, 1))).shape
        (2,)
    """
    condition = given_condition(labels, conditions)
    mean, log_variance = posterior_of(model, images, condition)
    prior_mean, prior_log_variance = prior_of(model, condition, mean)
    # In units of the prior, of which a Gaussian's divergence is the same.
    mean = (mean - prior_mean) * np.exp(-0.5 * prior_log_variance)
    log_variance = log_variance - prior_log_variance
    nats = losses.gaussian_kl(np.reshape(mean, (-1, 1)), np.reshape(log_variance, (-1, 1)))
    return np.mean(np.reshape(nats, mean.shape), axis=0, dtype="float64")


def is_active(model, images, threshold=0.01, labels=None, conditions=None):
    """Whether each latent is in use: its posterior mean varies over images.

    Args:
        model: A model with `posterior`.
        images: `(n, *image_shape)` in [0, 1], or a dataset of batches of them.
        threshold: Variance over images above which a latent is active.
        labels: Of a conditional model, `(n,)`; or
        conditions: what the images depend on, `(n, *condition_shape)`.

    Returns:
        `(latent_dim,)`, booleans; of latents that are maps, a map.

    Raises:
        ValueError: If the model has no posterior, or there are no images or they do not fit it.

    Example:
        >>> import keras_genzoo as kg
        >>> vae = kg.models.VAE((8, 8, 1), latent_dim=2, hidden=(16,))
        >>> is_active(vae, np.zeros((3, 8, 8, 1)))  # images that do not differ
        array([False, False])

    Reference: Burda et al. (2016), https://arxiv.org/abs/1509.00519.
    """
    mean, _ = posterior_of(model, images, given_condition(labels, conditions))
    return np.var(mean, axis=0, dtype="float64") > threshold


def active_units(model, images, threshold=0.01, labels=None, conditions=None):
    """How many latents are in use; see `is_active`.

    Args:
        model: As of `is_active`, like `images` and `threshold`.
        images: `(n, *image_shape)` in [0, 1], or a dataset of batches of them.
        threshold: Variance over images.
        labels: Of a conditional model, `(n,)`; or
        conditions: what the images depend on, `(n, *condition_shape)`.

    Returns:
        A count, at most the numbers of a latent.

    Raises:
        ValueError: As `is_active`.

    Example:
        >>> import keras_genzoo as kg
        >>> vae = kg.models.VAE((8, 8, 1), latent_dim=2, hidden=(16,))
        >>> active_units(vae, np.zeros((3, 8, 8, 1)))
        0
    """
    return int(np.sum(is_active(model, images, threshold, labels, conditions)))


def mutual_information(model, images, seed=0, labels=None, conditions=None):
    """Mutual information of image and latent, where any of the images is as likely as another.

    The mean KL of the posteriors from the prior, less the KL of their mixture, the aggregate
    posterior, from the prior; that is the mean of `log q(z|x) - log q(z)`, taken over one draw of z
    per image, with q(z) the mixture over all images. For these images the estimate is without bias.
    For all the images that they stand for it is too low on average, and never above log n: use far
    more than exp(nats) images. Time grows with their square.

    Args:
        model: A model with `posterior`.
        images: `(n, *image_shape)` in [0, 1], or a dataset of batches of them.
        seed: Integer seed of the draws.
        labels: Of a conditional model, `(n,)`; or
        conditions: what the images depend on, `(n, *condition_shape)`.

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
    mean, log_variance = np.asarray(
        posterior_of(model, images, given_condition(labels, conditions)), "float64"
    )
    mean, log_variance = (each.reshape(len(mean), -1) for each in (mean, log_variance))
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


def draws_latents(model):
    """Whether log p(x) is estimated by draws of latents, and not the model's own word.

    Args:
        model: Any model.

    Returns:
        Whether its `log_prob` is of images and latents; `False` of a model without one.

    Example:
        >>> import keras_genzoo as kg
        >>> draws_latents(kg.models.VAE((8, 8, 1), latent_dim=2, hidden=(16,)))
        True
        >>> draws_latents(kg.models.PixelCNN((8, 8, 1), filters=2, num_blocks=1))
        False
    """
    method = getattr(model, "log_prob", None)
    return method is not None and "latents" in signature(method)


def exact_log_prob(model, images, seed, condition):
    """What a model says of log p(x) itself, or, told the labels, of log p(x|y).

    A model that estimates it by random directions, as diffusion does, draws them of the seed.
    """
    check_condition(model, "log_prob", condition)
    if not len(images):
        raise ValueError(
            f"There are no images. Expected at least one. Received: {np.shape(images)}"
        )
    draws = "seed" in signature(model.log_prob)
    nats = model.log_prob(images, **condition, **({"seed": seed} if draws else {}))
    return np.asarray(nats, "float64")
