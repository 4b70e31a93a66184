"""What models share whose latents have a prior: drawing from it."""

import tensorflow as tf
from keras import ops

from keras_genzoo.base import distribution
from keras_genzoo.base.input_checks import whole


class SamplesPrior:
    """Gives a model with `decode` the verb `sample`, from a standard normal prior."""

    def sample(self, num_samples, seed=None):
        """New images: draws from the prior, decoded.

        Args:
            num_samples: How many.
            seed: Integer; the same seed gives the same samples. `None` draws on the model's noise.

        Returns:
            `(num_samples, *image_shape)` in [0, 1].

        Raises:
            ValueError: If `num_samples` is no count.
        """
        return self.decode(self.prior(whole("num_samples", num_samples, least=0), seed))

    def prior(self, num_samples, seed):
        """Latents from the standard normal prior, the same for the same seed.

        Args:
            num_samples: How many.
            seed: Integer; `None` draws on the model's own noise.

        Returns:
            `(num_samples, latent_dim)`.
        """
        if seed is None:
            seed = distribution.draw_seed(self.seed_generator, self.distribute_strategy)
            seed = ops.cast(seed, "int64")
        else:
            seed = ops.stack([ops.cast(seed, "int64"), 0])
        # Philox by name: the same latents on every device and in serving.
        return tf.random.stateless_normal((num_samples, self.latent_dim), seed, alg="philox")

    def endpoints(self):
        return {**super().endpoints(), "sample": self.sample_endpoint()}

    def sample_endpoint(self):
        """`sample(num_samples, seed)` on tensors, and the specs of its inputs."""

        def sample(num_samples, seed):
            latents = self.prior(num_samples, seed)
            return {"images": type(self).decode.on_tensors(self, latents)}

        return sample, [tf.TensorSpec((), tf.int32, name) for name in ("num_samples", "seed")]
