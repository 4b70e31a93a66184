"""What a model pays, per example: pure functions, float32, in nats, never averaged over a batch.

Each sums over an example's own dimensions and returns shape `(batch,)`. The mean over a batch
stands at the end, for those who descend.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

from keras import ops


def bernoulli(images, probabilities):
    """Negative log-likelihood of images under independent Bernoulli pixels.

    Grey values between 0 and 1 are taken as probabilities of a white pixel, as most VAE papers do.

    Args:
        images: `(batch, ...)`, in [0, 1].
        probabilities: like `images`, in [0, 1]. Straight from a sigmoid, its logits are used.

    Returns:
        `(batch,)`, nats.

    Example:
        >>> float(bernoulli([[1.0, 0.0]], [[0.5, 0.5]])[0])  # 2 log 2
        1.3862943...

    Reference: Kingma and Welling (2014), https://arxiv.org/abs/1312.6114, appendix C.1.
    """
    return _sum_per_example(ops.binary_crossentropy(_float(images), _float(probabilities)))


def gaussian(images, mean, log_variance=0.0):
    """Negative log-likelihood of images under independent Gaussian pixels.

    With a fixed variance this is the squared error weighted by `1 / (2 variance)`, and a constant.

    Args:
        images: `(batch, ...)`.
        mean: like `images`.
        log_variance: like `images`, or one number for all pixels.

    Returns:
        `(batch,)`, nats.

    Example:
        >>> float(gaussian([[0.5]], [[0.5]])[0])  # log(2 pi) / 2
        0.9189385...

    Reference: Kingma and Welling (2014), https://arxiv.org/abs/1312.6114, appendix C.2.
    """
    log_variance = _float(log_variance)
    error = ops.square(_float(images) - _float(mean))
    nats = 0.5 * (math.log(2 * math.pi) + log_variance + error * ops.exp(-log_variance))
    return _sum_per_example(nats)


def squared_error(images, reconstructions):
    """Squared error, summed over an example.

    Args:
        images: `(batch, ...)`.
        reconstructions: like `images`.

    Returns:
        `(batch,)`: twice the nats of a unit-variance Gaussian, less its constant.

    Example:
        >>> float(squared_error([[1.0, 0.0]], [[0.5, 0.5]])[0])
        0.5
    """
    return _sum_per_example(ops.square(_float(images) - _float(reconstructions)))


def sequence(tokens, numbers, logits_of=None):
    """Negative log-likelihood of sequences of tokens, to the first 0, which ends one, and with it.

    Args:
        tokens: `(batch, length)`, integers.
        numbers: `(batch, length, numbers)`: logits of the vocabulary, or what they are made of.
        logits_of: From numbers `(places, numbers)` to logits. It is given those of the places that
            are paid for alone: of texts half are padding, and a vocabulary may be large.

    Returns:
        `(batch,)`, nats.

    Example:
        >>> float(sequence([[1, 0, 1]], [3 * [[0.0, 0.0]]])[0])  # 2 log 2
        1.3862943...
    """
    tokens = ops.convert_to_tensor(tokens, "int32")
    batch, length = ops.shape(tokens)
    going_on = ops.cumprod(ops.cast(tokens != 0, "int32"), axis=1)
    is_paid = ops.pad(going_on[:, :-1], ((0, 0), (1, 0)), constant_values=1)
    (places,) = ops.nonzero(ops.reshape(is_paid, (-1,)))
    numbers = ops.convert_to_tensor(numbers)
    logits = ops.take(ops.reshape(numbers, (-1, numbers.shape[-1])), places, axis=0)
    logits = logits if logits_of is None else logits_of(logits)
    paid = ops.take(ops.reshape(tokens, (-1,)), places)
    nats = ops.sparse_categorical_crossentropy(paid, _float(logits), from_logits=True)
    return ops.segment_sum(nats, places // length, num_segments=batch)


def gaussian_kl(mean, log_variance):
    """KL divergence of a diagonal Gaussian from the standard normal.

    `1/2 * sum(exp(log_variance) + mean^2 - 1 - log_variance)`

    Args:
        mean: `(batch, latent_dim)`.
        log_variance: `(batch, latent_dim)`.

    Returns:
        `(batch,)`, nats.

    Example:
        >>> float(gaussian_kl([[1.0, 0.0]], [[0.0, 0.0]])[0])
        0.5

    Reference: Kingma and Welling (2014), https://arxiv.org/abs/1312.6114, appendix B.
    """
    mean, log_variance = _float(mean), _float(log_variance)
    nats = 0.5 * (ops.exp(log_variance) + ops.square(mean) - 1.0 - log_variance)
    return _sum_per_example(nats)


class AdversarialPair(NamedTuple):
    """What the two players of a GAN pay, per example, from the discriminator's logits.

    Logits are `(batch, 1)` or a map, whose places vote: their mean counts.

    Attributes:
        discriminator: Of real logits and fake logits, and of a one-sided `label_smoothing` where
            the loss has labels; returns `(batch,)`.
        generator: Of fake logits, and of real ones where it is `paired`; returns `(batch,)`.
        border: Above it a discriminator says "real"; `None` of a critic, which only compares.
        paired: Whether each fake plays against a real image, in the generator's loss too.
    """

    discriminator: Callable
    generator: Callable
    border: float | None = 0.0
    paired: bool = False


def vote(logits):
    """What the places of a discriminator's map say together.

    Args:
        logits: `(batch, ...)`.

    Returns:
        `(batch,)`, the mean of each example's logits.

    Example:
        >>> float(vote([[1.0, 3.0]])[0])
        2.0
    """
    return ops.mean(ops.reshape(_float(logits), (ops.shape(logits)[0], -1)), axis=-1)


def _cross_entropy(real, fake, label_smoothing=0.0):
    # Smoothed real labels: (1 - s) log D + s log(1 - D), by softplus(x) = x + softplus(-x).
    return vote(ops.softplus(-_float(real)) + label_smoothing * _float(real)) + vote(
        ops.softplus(_float(fake))
    )


def _least_squares(real, fake, label_smoothing=0.0):
    error = ops.square(_float(real) - (1.0 - label_smoothing))
    return 0.5 * (vote(error) + vote(ops.square(_float(fake))))


minimax = AdversarialPair(_cross_entropy, lambda fake: -vote(ops.softplus(_float(fake))))
"""The game of Goodfellow et al. (2014), https://arxiv.org/abs/1406.2661: the generator minimises
log(1 - D(G(z))), which is flat where the discriminator wins."""

non_saturating = AdversarialPair(_cross_entropy, lambda fake: vote(ops.softplus(-_float(fake))))
"""The same discriminator; the generator minimises -log D(G(z)): Goodfellow et al. (2014), section
3, https://arxiv.org/abs/1406.2661."""

least_squares = AdversarialPair(
    _least_squares, lambda fake: 0.5 * vote(ops.square(_float(fake) - 1.0)), border=0.5
)
"""Squared distance of the logits from 1 and 0: Mao et al. (2017), https://arxiv.org/abs/1611.04076."""

hinge = AdversarialPair(
    lambda real, fake: vote(ops.relu(1.0 - _float(real))) + vote(ops.relu(1.0 + _float(fake))),
    lambda fake: -vote(fake),
)
"""Margins of 1 on both sides: Lim and Ye (2017), https://arxiv.org/abs/1705.02894."""

wasserstein = AdversarialPair(
    lambda real, fake: vote(fake) - vote(real), lambda fake: -vote(fake), border=None
)
"""Difference of a critic's means: Arjovsky et al. (2017), https://arxiv.org/abs/1701.07875."""

relativistic = AdversarialPair(
    lambda real, fake: vote(ops.softplus(_float(fake) - _float(real))),
    lambda fake, real: vote(ops.softplus(_float(real) - _float(fake))),
    border=None,
    paired=True,
)
"""Each fake against the real image beside it: Jolicoeur-Martineau (2019),
https://arxiv.org/abs/1807.00734, whose generator has to see real images too."""


def batch_mean(values, sample_weight=None):
    """Mean of per-example values, weighted where weights are given.

    Args:
        values: `(batch,)`.
        sample_weight: `(batch,)` or `None`.

    Returns:
        A scalar; 0 where all weights are 0.

    Example:
        >>> float(batch_mean([1.0, 5.0], sample_weight=[3.0, 1.0]))
        2.0
    """
    if sample_weight is None:
        return ops.mean(values)
    return ops.divide_no_nan(ops.sum(values * _float(sample_weight)), ops.sum(sample_weight))


def _float(values):
    return ops.cast(values, "float32")


def _sum_per_example(values):
    return ops.sum(ops.reshape(values, (ops.shape(values)[0], -1)), axis=-1)
