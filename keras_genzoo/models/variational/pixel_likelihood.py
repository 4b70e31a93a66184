"""How the pixels of an image are distributed, given what a decoder makes of its latents."""

import math
import numbers

from keras import ops

from keras_genzoo import losses

# A pixel's standard deviation stays above one grey level: a constant pixel has no density.
LOWEST_LOG_VARIANCE = -2 * math.log(256)


def negative_log_likelihood(images, decoded, likelihood, variance):
    """`-log p(x|z)`, `(batch,)`, nats, of images under a decoder's output for z.

    Args:
        images: `(batch, *image_shape)` in [0, 1].
        decoded: Like the images; where the variance is learned, of twice their channels.
        likelihood: `"bernoulli"` or `"gaussian"`.
        variance: A Gaussian's, a number or `"learned"`.

    Example:
        >>> from keras import ops
        >>> grey = ops.full((2, 8, 8, 1), 0.5)
        >>> negative_log_likelihood(grey, grey, "bernoulli", 1.0).shape
        TensorShape([2])
    """
    if likelihood == "bernoulli":
        return losses.bernoulli(images, decoded)
    if variance != "learned":
        return losses.gaussian(images, decoded, math.log(variance))
    mean, log_variance = ops.split(ops.cast(decoded, "float32"), 2, axis=-1)
    above = ops.softplus(log_variance - LOWEST_LOG_VARIANCE)
    return losses.gaussian(images, mean, LOWEST_LOG_VARIANCE + above)


def check_likelihood(likelihood, variance):
    """Raise a `ValueError` unless there is such a likelihood, and it has such a variance."""
    if likelihood not in ("bernoulli", "gaussian"):
        raise ValueError(
            "The likelihood is unknown. Expected 'bernoulli' or 'gaussian'. "
            f"Received: likelihood={likelihood!r}"
        )
    is_number = isinstance(variance, numbers.Real) and not isinstance(variance, bool)
    if variance != "learned" and not (is_number and 0 < variance < math.inf):
        raise ValueError(
            "The likelihood's variance is none. Expected a number above 0 or 'learned'. "
            f"Received: variance={variance!r}"
        )
    if likelihood == "bernoulli" and variance != 1.0:
        raise ValueError(
            "A Bernoulli likelihood has no variance. Expected likelihood='gaussian' beside it. "
            f"Received: likelihood={likelihood!r}, variance={variance!r}"
        )
