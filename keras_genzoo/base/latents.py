"""What models share that decode latents: ways between them, and drawing from their prior."""

import math

import numpy as np
import tensorflow as tf
from keras import ops

from keras_genzoo import latent
from keras_genzoo.base import distribution
from keras_genzoo.base.verbs import BATCH_SIZE, endpoint

AT_ONCE = 2**31  # numbers that a call gives at most, 8 GiB
SERVED = 10_000  # samples that an endpoint draws at most


class DecodesLatents:
    """Gives a model with `decode` the verb `interpolate`."""

    def interpolate(self, start, end, steps=10, method="linear", labels=None, conditions=None):
        """Images on the way from one image, or latent, to another; see `latent.interpolate`."""
        return latent.interpolate(self, start, end, steps, method, labels, conditions)


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
            ValueError: If `num_samples` is no count, or `seed` no integer.
        """
        return self.decode(self.prior(num_samples, seed))

    def prior(self, num_samples, seed):
        """Latents from the standard normal prior, the same for the same seed.

        Args:
            num_samples: How many.
            seed: Integer; `None` draws on the model's own noise.

        Returns:
            `(num_samples, latent_dim)`.
        """
        fields = self.fields
        if not tf.is_tensor(num_samples):  # an endpoint's are
            num_samples = fields["num_samples"].checked("num_samples", num_samples)
        if seed is None:
            seed = distribution.draw_seed(self.seed_generator, self.distribute_strategy)
            seed = ops.cast(seed, "int64")
        else:
            if not tf.is_tensor(seed):
                seed = fields["seed"].checked("seed", seed)
            seed = ops.stack([ops.cast(seed, "int64"), 0])
        shape = (num_samples, *fields["latents"].shape)
        sizes = [fields[word].shape for word in ("latents", type(self).decode.output)]
        most = AT_ONCE // max(math.prod(side or 1 for side in sides) for sides in sizes)
        if not tf.is_tensor(num_samples) and num_samples > most:
            raise ValueError(
                f"So many samples are not drawn at once. Expected num_samples of at most {most:,}. "
                f"Received: num_samples={num_samples}"
            )
        # Philox by name: the same latents on every device and in serving.
        return tf.random.stateless_normal(shape, seed, alg="philox")

    @endpoint("sample")
    def served_sample(self, num_samples, seed):
        """The endpoint `sample`, on tensors."""
        return decoded(self, num_samples, lambda count: [self.prior(count, seed)])


def asked_condition(model, num_samples, labels=None, conditions=None):
    """The condition of each sample that is asked for.

    Args:
        model: One whose samples depend on a condition.
        num_samples: How many; `None` with conditions.
        labels: `(num_samples,)`, integers; `None` goes through a model's classes in turn.
        conditions: Or `(num_samples, *condition_shape)`.

    Raises:
        ValueError: If it is not given, or `num_samples` is another number.
    """
    word = model.condition_word
    given = {"labels": labels, "conditions": conditions}
    condition = given.pop(word)
    if word == "labels" and condition is None and num_samples is not None:
        count = model.fields["num_samples"].checked("num_samples", num_samples)
        condition = np.arange(count) % model.num_classes
    rank = 1 + len(model.fields[word].shape)
    fits = np.ndim(condition) == rank and num_samples in (None, len(condition))
    if not fits or any(other is not None for other in given.values()):
        alone = "num_samples, or " if word == "labels" else ""
        raise ValueError(
            f"How many images is not clear. Expected {alone}{word}, one for each, of rank {rank}, "
            f"and num_samples as many or None. Received: num_samples={num_samples}, "
            f"labels of shape {np.shape(labels)}, conditions of shape {np.shape(conditions)}"
        )
    return condition


def decoded(model, count, inputs_of):
    """What an endpoint that samples gives: decoded in batches, for a caller names any number.

    Args:
        model: One with `decode`.
        count: How many, a tensor.
        inputs_of: Gives all that `decode` takes, of a count, as tensors.
    """
    too_many = f"Too many samples. Expected num_samples of at most {SERVED}. Received: num_samples"
    bounded = tf.debugging.assert_less_equal(count, SERVED, too_many)
    with tf.control_dependencies([bounded]):
        inputs = inputs_of(tf.identity(count))
    decode = type(model).decode
    field = model.fields[decode.output]
    steps = tf.maximum(-(-count // BATCH_SIZE), 1)  # one for none

    def step(i, images):
        parts = [each[i * BATCH_SIZE : (i + 1) * BATCH_SIZE] for each in inputs]
        return i + 1, images.write(i, decode.on_tensors(model, *parts))

    shape = (None, *field.shape)
    images = tf.TensorArray(field.dtype, steps, infer_shape=False, element_shape=shape)
    _, images = tf.while_loop(
        lambda i, _: i < steps, step, (tf.constant(0), images), parallel_iterations=1
    )
    return {decode.output: tf.ensure_shape(images.concat(), shape)}
