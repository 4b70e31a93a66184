"""Layers that Keras lacks."""

import keras
from keras import ops

from keras_genzoo import losses


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
            if not value >= 0:
                raise ValueError(
                    f"The sampler's `{name}` is negative. Expected a number of at least 0. "
                    f"Received: {name}={value}"
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
