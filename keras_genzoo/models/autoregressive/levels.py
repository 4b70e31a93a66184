"""How a pixel's grey level is distributed: two levels, or a mixture of discretized logistics.

Both take a network's outputs for a pixel, and the channels of that pixel which come before one:
the order of an image is rows, columns, channels. `parameters` brings the two together, and all
else is said of its parameters, by channel.
"""

import math

import numpy as np
from keras import ops

# Widths of a logistic: a ninth of a level, beyond which all is one level, and far more than all.
LOG_SCALES = -7.0, 7.0


class TwoLevels:
    """Black or white: one logit for each channel.

    Args:
        channels: Of an image.

    Attributes:
        outputs: Numbers that a network gives for each pixel.
    """

    levels = 2

    def __init__(self, channels):
        self.channels = channels
        self.outputs = channels + _pairs(channels)

    def parameters(self, outputs, images):
        """Logits of white, `(..., channels)`.

        Args:
            outputs: `(..., outputs)`, of a network.
            images: `(..., channels)` in [0, 1]; a channel's logits depend on those before it.
        """
        logits, coefficients = ops.split(outputs[..., None], [self.channels], axis=-2)
        return (_shifted(logits, coefficients, images)[..., 0],)

    def log_prob(self, parameters, images):
        """Log-probability of each pixel's level, `(..., channels)`, nats."""
        (logits,) = parameters
        return ops.log_sigmoid((2 * images - 1) * logits)

    def conditionals(self, parameters):
        """Probability of each level, `(..., channels, levels)`."""
        (logits,) = parameters
        return ops.sigmoid(ops.stack([-logits, logits], axis=-1))

    def thresholds(self, parameters):
        """Probability of a level or a lower one, `(..., channels, levels - 1)`."""
        (logits,) = parameters
        return ops.sigmoid(-logits)[..., None]


class LogisticMixture:
    """256 grey levels, by a mixture of logistic densities between whose edges each level lies.

    The first level takes all that is below it, the last all that is above. A component's mean is
    shifted by the channels before.

    Args:
        channels: Of the images, each distributed given those before it.
        components: Of the mixture.

    Attributes:
        outputs: Numbers that a network gives for each pixel.

    Reference: Salimans et al. (2017), https://arxiv.org/abs/1701.05517.
    """

    levels = 256

    def __init__(self, channels, components):
        self.channels = channels
        self.components = components
        self.outputs = (3 * channels + _pairs(channels)) * components

    def parameters(self, outputs, images):
        """Log-weights, means and inverse scales, each `(..., channels, components)`.

        Args:
            outputs: `(..., outputs)`, of a network.
            images: `(..., channels)` in [0, 1]; a channel's means depend on those before it.
        """
        size = self.outputs // self.components
        parts = ops.reshape(outputs, (*ops.shape(outputs)[:-1], size, self.components))
        ends = [self.channels, 2 * self.channels, 3 * self.channels]
        logits, means, log_scales, coefficients = ops.split(parts, ends, axis=-2)
        # Untrained components lie side by side, not on each other.
        means = means + np.linspace(-1, 1, self.components, dtype="float32")
        means = _shifted(means, coefficients, images)
        scales = ops.exp(-ops.clip(log_scales, *LOG_SCALES))
        return ops.log_softmax(logits, axis=-1), means, scales

    def log_prob(self, parameters, images):
        """Log-probability of each pixel's level, `(..., channels)`, nats."""
        log_weights, means, scales = parameters
        values = images[..., None]
        half = 1 / (self.levels - 1)  # of a level, in [-1, 1]
        upper = (2 * values - 1 + half - means) * scales
        lower = (2 * values - 1 - half - means) * scales
        # log(sigmoid(upper) - sigmoid(lower)), with no difference that loses its digits.
        below, above = ops.log_sigmoid(upper), ops.log_sigmoid(-lower)
        between = below + above + ops.log(-ops.expm1(-2 * half * scales))
        inner = ops.where(
            values < half / 2, below, ops.where(values > 1 - half / 2, above, between)
        )
        return ops.logsumexp(log_weights + inner, axis=-1)

    def conditionals(self, parameters):
        """Probability of each level, `(..., channels, levels)`."""
        values = np.arange(self.levels, dtype="float32") / np.float32(self.levels - 1)
        by_level = [each[..., None, :] for each in parameters]
        return ops.exp(self.log_prob(by_level, values))

    def thresholds(self, parameters):
        """Probability of a level or a lower one, `(..., channels, levels - 1)`."""
        log_weights, means, scales = (each[..., None, :] for each in parameters)
        edges = (2 * np.arange(self.levels - 1, dtype="float32")[:, None] + 1) / (self.levels - 1)
        below = ops.sigmoid((edges - 1 - means) * scales)
        return ops.sum(ops.exp(log_weights) * below, axis=-1)


def rounded(images, levels):
    """Images whose values are levels, for gradients the same as they came.

    Args:
        images: In [0, 1].
        levels: How many there are.

    Example:
        >>> float(rounded(ops.convert_to_tensor(0.5), 256))  # 128 / 255
        0.5019...
    """
    nearest = ops.round(images * (levels - 1)) / (levels - 1)
    return images + ops.stop_gradient(nearest - images)


def _pairs(channels):
    """How many channels are before one, for all."""
    return math.comb(channels, 2)


def _shifted(values, coefficients, images):
    """Values of channels, to which the channels before add, linear in each.

    Args:
        values: `(..., channels, components)`.
        coefficients: `(..., pairs, components)`.
        images: `(..., channels)` in [0, 1].

    Returns:
        Like `values`.
    """
    pixels = (2 * images - 1)[..., None]
    shifted = [values[..., :1, :]]
    for channel in range(1, images.shape[-1]):
        first = _pairs(channel)
        terms = coefficients[..., first : first + channel, :] * pixels[..., :channel, :]
        shift = ops.sum(terms, axis=-2, keepdims=True)
        shifted.append(values[..., channel : channel + 1, :] + shift)
    return ops.concatenate(shifted, axis=-2)
