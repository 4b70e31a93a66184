"""Layers that Keras lacks."""

import math
import numbers

import keras
from keras import ops

from keras_genzoo import losses

_FEWEST = 4  # numbers of a group that is normalized without places


@keras.saving.register_keras_serializable(package="keras_genzoo")
class GaussianSampler(keras.layers.Layer):
    """Draws from a diagonal Gaussian and charges its divergence from the standard normal.

    Returns `z = mean + exp(log_variance / 2) * eps`, eps from N(0, 1): the reparameterization
    trick, by which gradients reach the mean and the variance. Adds one loss, `beta` times the KL
    averaged over the batch. It samples and adds whatever `training` is.

    Args:
        beta: Weight of the KL; `None` adds no loss. Becomes the variable `sampler.beta`, which a
            warm-up may change without retracing.
        free_bits: Nats of KL per example that cost nothing.
        seed: Integer seed of the noise.

    Call arguments:
        inputs: `(mean, log_variance)`, each `(batch, latent_dim)`.
        sample_weight: `(batch,)`, weights of the examples in the averaged KL.

    Returns:
        `(batch, latent_dim)`, float32.

    Example:
        >>> import numpy as np
        >>> sampler = GaussianSampler(beta=2.0, seed=0)
        >>> mean, log_variance = np.ones((4, 3)), np.zeros((4, 3))
        >>> sampler((mean, log_variance)).shape
        TensorShape([4, 3])
        >>> float(sampler.losses[0])  # 2 * 3 * 1/2
        3.0

    Reference: Kingma and Welling (2014), https://arxiv.org/abs/1312.6114; free bits: Kingma et al.
    (2016), https://arxiv.org/abs/1606.04934.
    """

    def __init__(self, beta=1.0, free_bits=0.0, seed=None, **kwargs):
        kwargs.setdefault("dtype", "float32")  # exp(log_variance) overflows in float16
        super().__init__(**kwargs)
        for name, value in (("beta", beta or 0.0), ("free_bits", free_bits)):
            if not isinstance(value, numbers.Real) or not 0 <= value < math.inf:
                raise ValueError(
                    f"The sampler's `{name}` does not fit. Expected a number of at least 0. "
                    f"Received: {name}={value!r}"
                )
        self.free_bits = free_bits
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.initial_beta = beta
        self.beta = None
        if beta is not None:
            self.beta = self.add_weight(
                shape=(),
                initializer=keras.initializers.Constant(beta),
                trainable=False,
                name="beta",
            )

    def build(self, input_shape):
        mean_shape, log_variance_shape = input_shape
        if tuple(mean_shape) != tuple(log_variance_shape):
            raise ValueError(
                "The sampler's mean and log-variance differ in shape. Expected the same shape, "
                f"(batch, latent_dim). Received: mean.shape={tuple(mean_shape)}, "
                f"log_variance.shape={tuple(log_variance_shape)}"
            )

    def call(self, inputs, sample_weight=None):
        mean, log_variance = (ops.cast(each, "float32") for each in inputs)
        if self.beta is not None:
            kl = losses.gaussian_kl(mean, log_variance)
            if self.free_bits:
                kl = ops.maximum(kl, self.free_bits)
            self.add_loss(self.beta * losses.batch_mean(kl, sample_weight))
        eps = keras.random.normal(ops.shape(mean), dtype="float32", seed=self.seed_generator)
        return mean + ops.exp(0.5 * log_variance) * eps

    def compute_output_shape(self, input_shape):
        return input_shape[0]

    def get_config(self):
        return {
            **super().get_config(),
            "beta": self.initial_beta,
            "free_bits": self.free_bits,
            "seed": self.seed,
        }


@keras.saving.register_keras_serializable(package="keras_genzoo")
class AdaptiveGroupNormalization(keras.layers.Layer):
    """Normalizes groups of channels, and lets an embedding scale and shift them.

    Statistics, scales and shifts become one factor and one term for each channel, so that the map
    is passed twice, once to look and once to write. The embedding has no say at the start.

    Args:
        groups: Groups that the channels are divided into; fewer where they do not divide them, or
            where there are no places and a group would be fewer than 4 numbers: of two their
            statistics leave a sign, of one nothing.
        epsilon: Added to the variance.

    Call arguments:
        inputs: `(batch, height, width, channels)`, or, without places, `(batch, channels)`.
        embedding: `(batch, units)`; `None` for a plain group normalization.

    Returns:
        Like `inputs`.

    Example:
        >>> import numpy as np
        >>> AdaptiveGroupNormalization()(np.ones((2, 4, 4, 16)), np.ones((2, 3))).shape
        TensorShape([2, 4, 4, 16])

    Reference: Wu and He (2018), https://arxiv.org/abs/1803.08494; adaptive: Dhariwal and Nichol
    (2021), https://arxiv.org/abs/2105.05233.
    """

    def __init__(self, groups=8, epsilon=1e-5, **kwargs):
        super().__init__(**kwargs)
        self.groups = groups
        self.epsilon = epsilon
        self.modulation = None

    def build(self, inputs_shape, embedding_shape=None):
        channels = inputs_shape[-1]
        groups = math.gcd(self.groups, channels)
        if len(inputs_shape) == 2 and channels // groups < _FEWEST:
            groups = math.gcd(max(channels // _FEWEST, 1), channels)
        self.of_group = channels // groups
        self.scale = self.add_weight(shape=(channels,), initializer="ones", name="scale")
        self.shift = self.add_weight(shape=(channels,), initializer="zeros", name="shift")
        if embedding_shape is not None:
            self.modulation = keras.layers.Dense(
                2 * channels, kernel_initializer="zeros", dtype=self.dtype_policy
            )
            self.modulation.build(embedding_shape)

    def call(self, inputs, embedding=None):
        values = ops.cast(inputs, "float32")  # 16 bits are too coarse for a mean square
        moments = [values, ops.square(values)]
        if places := tuple(range(1, len(values.shape) - 1)):
            # Sides that are kept have a short way back for gradients.
            moments = [ops.mean(each, axis=places, keepdims=True) for each in moments]
        of_groups = ops.mean(self._grouped(ops.concatenate(moments, -1), 2), -1, keepdims=True)
        mean, square = ops.split(of_groups, 2, axis=1)  # each (batch, 1, groups, 1)
        factor = ops.rsqrt(ops.maximum(square - ops.square(mean), 0.0) + self.epsilon)
        factor = factor * self._grouped(self.scale)
        term = self._grouped(self.shift) - mean * factor
        if embedding is not None:
            more, moved = ops.split(self._grouped(self.modulation(embedding), 2), 2, axis=1)
            factor = factor * (1 + more)
            term = term * (1 + more) + moved
        beside = (-1, *[1] * (len(inputs.shape) - 2), inputs.shape[-1])
        factor, term = (
            ops.reshape(ops.cast(each, self.compute_dtype), beside) for each in (factor, term)
        )
        return inputs * factor + term

    def _grouped(self, values, parts=1):
        """Numbers of each channel, by group: `(batch, parts, groups, channels)`."""
        groups = values.shape[-1] // parts // self.of_group
        return ops.reshape(ops.cast(values, "float32"), (-1, parts, groups, self.of_group))

    def compute_output_shape(self, inputs_shape, embedding_shape=None):
        return inputs_shape

    def get_config(self):
        return {**super().get_config(), "groups": self.groups, "epsilon": self.epsilon}


@keras.saving.register_keras_serializable(package="keras_genzoo")
class SinusoidalEmbedding(keras.layers.Layer):
    """Sines and cosines of numbers in [0, 1], of frequencies in a geometric row.

    Args:
        units: Numbers that one becomes; even.
        highest: The highest frequency, in periods over [0, 1]; the lowest is half a period.

    Returns:
        `(batch, units)`, float32, of `(batch,)`.

    Raises:
        ValueError: If `units` is not even, or `highest` not above 0.

    Example:
        >>> import numpy as np
        >>> SinusoidalEmbedding(64)(np.array([0.0, 0.5])).shape
        TensorShape([2, 64])

    Reference: Vaswani et al. (2017), https://arxiv.org/abs/1706.03762, section 3.5.
    """

    def __init__(self, units=64, highest=500.0, **kwargs):
        kwargs.setdefault("dtype", "float32")  # high frequencies need all digits of a time
        super().__init__(**kwargs)
        if units < 2 or units % 2 or not highest > 0:
            raise ValueError(
                "Sines and cosines are not half of so many numbers, or have no frequency. Expected "
                f"even units of at least 2, highest above 0. Received: units={units}, "
                f"highest={highest}"
            )
        self.units = units
        self.highest = highest

    def call(self, inputs):
        places = ops.arange(self.units // 2, dtype="float32") / max(self.units // 2 - 1, 1)
        frequencies = 0.5 * ops.exp(places * math.log(self.highest / 0.5))
        angles = 2 * math.pi * inputs[:, None] * frequencies
        return ops.concatenate([ops.sin(angles), ops.cos(angles)], axis=-1)

    def compute_output_shape(self, input_shape):
        return (*input_shape, self.units)

    def get_config(self):
        return {**super().get_config(), "units": self.units, "highest": self.highest}
