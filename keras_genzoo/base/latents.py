"""What models share that decode latents: ways between them, and drawing from their prior."""

import math

import numpy as np
import tensorflow as tf
from keras import ops

from keras_genzoo import latent
from keras_genzoo.base import distribution
from keras_genzoo.base.verbs import endpoint, of_noise

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
        if not tf.is_tensor(num_samples):  # an endpoint's are
            num_samples = checked_count(self, num_samples)
        shape = (num_samples, *self.fields["latents"].shape)
        # Philox by name: the same latents on every device and in serving.
        return tf.random.stateless_normal(shape, seed_pair(self, seed), alg="philox")

    @endpoint("sample")
    def served_sample(self, num_samples, seed):
        """The endpoint `sample`, on tensors."""
        return decoded(self, num_samples, lambda count: [self.prior(count, seed)])

    @property
    def noise(self):
        """The field of what `sample` draws."""
        return self.fields["latents"]

    @of_noise("sample")
    def sample_of_noise(self, noise):
        """What `sample` makes of the noise that it draws, on tensors."""
        decode = type(self).decode
        return {decode.output: decode.on_tensors(self, noise)}


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
        condition = np.arange(checked_count(model, num_samples)) % model.num_classes
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


def checked_count(model, num_samples):
    """How many samples, an int; a `ValueError` where they are none or no memory holds them."""
    num_samples = model.fields["num_samples"].checked("num_samples", num_samples)
    decode = getattr(type(model), "decode", None)
    words = {"latents", getattr(decode, "output", None), getattr(model, "drawn_word", None)}
    sizes = [field.shape for word, field in model.fields.items() if word in words]
    most = AT_ONCE // max(math.prod(side or 1 for side in sides) for sides in sizes)
    if num_samples > most:
        raise ValueError(
            f"So many samples are not drawn at once. Expected num_samples of at most {most:,}. "
            f"Received: num_samples={num_samples}"
        )
    return num_samples


def seed_pair(model, seed):
    """A user's or an endpoint's seed as TensorFlow takes it; of `None` the model's next."""
    if seed is None:
        seed = distribution.draw_seed(model.seed_generator, model.distribute_strategy)
        return ops.cast(seed, "int64")
    if not tf.is_tensor(seed):
        seed = model.fields["seed"].checked("seed", seed)
    return ops.stack([ops.cast(seed, "int64"), 0])


def decoded(model, count, inputs_of):
    """What an endpoint that samples gives: decoded in batches, for a caller names any number.

    Args:
        model: One with `decode`.
        count: How many, a tensor.
        inputs_of: Gives all that `decode` takes, of a count, as tensors.
    """
    inputs = inputs_of(bounded(count))
    decode = type(model).decode

    def batch(_, start, stop):
        return decode.on_tensors(model, *(each[start:stop] for each in inputs))

    return {decode.output: in_batches(model, count, decode.output, batch)}


def bounded(count):
    """A caller's number of samples, which may be none that an endpoint draws."""
    too_many = f"Too many samples. Expected num_samples of at most {SERVED}. Received: num_samples"
    fits = tf.debugging.assert_less_equal(count, SERVED, too_many)
    with tf.control_dependencies([fits]):
        return tf.identity(count)


def in_batches(model, count, word, batch):
    """What an endpoint gives that computes in batches.

    Args:
        model: One whose `at_once` bounds a batch.
        count: How many examples, a tensor.
        word: What they are, a word of the model's.
        batch: From a batch's number and where it starts and stops, tensors, to its part.
    """
    field, size = model.fields[word], model.at_once
    steps = tf.maximum(-(-count // size), 1)  # one for none

    def step(i, written):
        start = i * size
        return i + 1, written.write(i, batch(i, start, tf.minimum(start + size, count)))

    shape = (None, *field.shape)
    written = tf.TensorArray(field.dtype, steps, infer_shape=False, element_shape=shape)
    _, written = tf.while_loop(
        lambda i, _: i < steps, step, (tf.constant(0), written), parallel_iterations=1
    )
    return tf.ensure_shape(written.concat(), shape)
