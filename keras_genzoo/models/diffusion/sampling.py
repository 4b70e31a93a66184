"""Drawing in many steps: batch after batch, each by one compiled function."""

import tensorflow as tf
from keras import ops

from keras_genzoo.base import DrawsBatches, SamplesPrior, checked, of_noise

STEPS, SOLVER = 20, "dpm++2m"  # of samples, unless named


class SamplesInSteps(DrawsBatches, SamplesPrior):
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
        count = self.count_of(num_samples, given.get("labels"))
        return self.drawn(type(self).draw, count, seed, given, verbose)

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
        count = self.count_of(num_samples, given.get("labels"))
        images = self.drawn(type(self).draw_all, count, seed, given)
        return images.reshape(count, given["steps"] + 1, *images.shape[-3:])  # of none, too

    def _given(self, steps, solver, labels, guidance):
        """What both are given, by word, checked."""
        given = {"steps": steps, "solver": solver, "guidance": guidance}
        return checked(self, given if labels is None else {**given, "labels": labels})

    def draw(self, count, key, steps=STEPS, guidance=1.0, labels=None, solver=SOLVER):
        """A batch of new images, on tensors; see `sample`."""
        return self.images_of(self._from_key(count, key, steps, guidance, labels, solver))

    @of_noise("sample")
    def sample_of_noise(self, noise, labels=None):
        """What `sample` makes of the noise that it draws, on tensors, unless told otherwise."""
        return {"images": self.images_of(self._states_from(noise, labels, STEPS, solver=SOLVER))}

    def draw_all(self, count, key, steps=STEPS, guidance=1.0, labels=None, solver=SOLVER):
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
