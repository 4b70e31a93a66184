"""Drawing in many steps: batch after batch, each by one compiled function."""

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from keras_genzoo.base import (
    SamplesPrior,
    bounded,
    checked,
    checked_count,
    compiled,
    in_batches,
    seed_pair,
)

STEPS, SOLVER = 20, "dpm++2m"  # of samples, unless named


class SamplesInSteps(SamplesPrior):
    """Gives a model that solves its way from latents the verbs `sample` and `trajectory`."""

    def sample(
        self,
        num_samples=None,
        seed=None,
        steps=STEPS,
        solver=SOLVER,
        labels=None,
        guidance=1.0,
        verbose=0,
    ):
        """New images, drawn from noise in a number of steps.

        Args:
            num_samples: How many; with labels it may be left out.
            seed: Integer; the same seed gives the same samples. `None` draws on the model's noise.
            steps: Intervals from noise to images.
            solver: `"dpm++2m"`, `"ddim"`, `"heun"`, which evaluates the denoiser twice in all but
                the last step, or `"ddpm"`, which draws new noise in each and wants hundreds.
            labels: `(num_samples,)`, classes; `None` draws without a class.
            guidance: 1 is the prediction for the class, more goes beyond it, away from the
                prediction without a class: clearer images, and less various.
            verbose: 1 shows the progress from batch to batch.

        Returns:
            `(num_samples, *image_shape)` in [0, 1].

        Raises:
            ValueError: If an argument does not fit, `num_samples` is not the number of labels, or
                there are no labels that `guidance` could lead to.

        Reference: guidance: Ho and Salimans (2022), https://arxiv.org/abs/2207.12598.
        """
        given = self._given(steps, solver, labels, guidance)
        count = self._count(num_samples, given.get("labels"))
        return self._drawn(type(self).draw, "images", count, seed, given, verbose)

    def trajectory(
        self,
        num_samples=None,
        seed=None,
        steps=STEPS,
        solver=SOLVER,
        labels=None,
        guidance=1.0,
    ):
        """How images come from noise: what there is before the first and after each step.

        The arguments are those of `sample`, and so are the last images.

        Returns:
            `(num_samples, steps + 1, *image_shape)` in [0, 1], pure noise first.

        Raises:
            ValueError: As `sample` does.
        """
        given = self._given(steps, solver, labels, guidance)
        count = self._count(num_samples, given.get("labels"))
        return self._drawn(type(self).draw_all, "images", count, seed, given)

    def _given(self, steps, solver, labels, guidance):
        """What both are given, by word, checked."""
        given = {"steps": steps, "solver": solver, "guidance": guidance}
        if labels is not None:
            given["labels"] = labels
        elif guidance != 1:
            raise ValueError(
                "There is no class to lead to. Expected labels with a guidance other than 1. "
                f"Received: guidance={guidance}, labels=None"
            )
        return checked(self, given)

    def _count(self, num_samples, labels):
        if labels is None and num_samples is not None:
            return checked_count(self, num_samples)
        if labels is None or num_samples not in (None, len(labels)):
            raise ValueError(
                "How many images is not clear. Expected num_samples, or labels, (n,), or as many "
                f"labels. Received: num_samples={num_samples}, "
                f"labels of {None if labels is None else len(labels)}"
            )
        return len(labels)

    def _drawn(self, method, word, count, seed, given, verbose=0):
        """What a method draws in batches, all by one compiled function.

        Args:
            method: One on tensors, of a batch's `count`, its `key` of noise, and what is given.
            word: What it draws, a word of the model's.
            count: Of all examples.
            seed: A user's.
            given: Arrays, of which each batch has its part, and scalars, by word.
            verbose: 1 for a bar.
        """
        words = self.fields
        if not count:  # which convolutions of unknown size do not take
            return np.zeros((0, *words[word].shape), words[word].dtype)
        chosen = {word: given.pop(word) for word in ["solver"] if word in given}
        specs = {"count": tf.TensorSpec((), "int32"), "key": tf.TensorSpec((2,), "int32")}
        specs |= {word: words[word].spec(word) for word in given}
        function = compiled(self, method, specs, **chosen)
        key = seed_pair(self, seed)
        bar = keras.utils.Progbar(count, unit_name="image", verbose=verbose)
        batches = []
        for batch, start in enumerate(range(0, count, self.at_once)):
            part = slice(start, min(start + self.at_once, count))
            values = [x[part] if isinstance(x, np.ndarray) else x for x in given.values()]
            drawn = function(part.stop - start, of_batch(key, batch), *values)
            batches.append(drawn.numpy())
            bar.update(part.stop, finalize=part.stop == count)
        return np.concatenate(batches)

    def draw(self, count, key, steps, guidance=1.0, labels=None, solver=SOLVER):
        """A batch of new images, on tensors; see `sample`."""
        return self.images_of(self._from_key(count, key, steps, guidance, labels, solver))

    def draw_all(self, count, key, steps, guidance=1.0, labels=None, solver=SOLVER):
        """A batch of ways to new images, on tensors; see `trajectory`."""
        states = self._from_key(count, key, steps, guidance, labels, solver, keep=True)
        images = self.images_of(ops.reshape(states, (-1, *states.shape[2:])))
        images = ops.reshape(images, (-1, count, *images.shape[1:]))
        return ops.swapaxes(images, 0, 1)

    def _from_key(self, count, key, steps, guidance, labels, solver, keep=False):
        shape = (count, *self.fields["latents"].shape)

        def noise_of(step):
            pair = tf.random.experimental.stateless_fold_in(key, 1 + step, alg="philox")
            return tf.random.stateless_normal(shape, pair, alg="philox")

        latents = tf.random.stateless_normal(shape, key, alg="philox")
        return self._states_from(latents, labels, steps, guidance, solver, noise_of, keep)

    def endpoints(self):
        given = "num_samples" if self.num_classes is None else "labels"
        specs = [self.fields[word].spec(word) for word in (given, "seed")]
        return {**super().endpoints(), "sample": (self.served_sample, specs)}

    def served_sample(self, given, seed):
        """The endpoint `sample`, of a number or of labels, on tensors."""
        labels = None if self.num_classes is None else given
        count = bounded(given if labels is None else tf.shape(labels)[0])
        key = seed_pair(self, seed)

        def batch(i, start, stop):
            part = None if labels is None else labels[start:stop]
            return self.draw(stop - start, of_batch(key, i), STEPS, labels=part)

        return {"images": in_batches(self, count, "images", batch)}


def of_batch(key, batch):
    """A batch's own noise."""
    return tf.random.experimental.stateless_fold_in(key, batch, alg="philox")
