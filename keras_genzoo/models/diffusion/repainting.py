"""Inpainting by a denoiser that was never taught to."""

import tensorflow as tf
from keras import ops

from keras_genzoo.models.diffusion.noise_schedules import grid
from keras_genzoo.models.diffusion.solvers import Point, Step, ddpm

REPEATS = 4  # how often a step is gone, so that what is drawn and what is kept agree


def repainted(schedule, denoise, states, masks, steps, key):
    """States that keep some of their places, the others drawn to fit them.

    On its way from noise the state is replaced, where it is known, by what would have become of the
    known; each ancestral step is undone by new noise and gone again.

    Args:
        schedule: A function from times to signal and noise.
        denoise: From a state and its `Point` to x_0 and eps.
        states: x_0, `(batch, height, width, channels)`.
        masks: `(batch, height, width, 1)`, 1 where it is known.
        steps: Intervals from noise to data.
        key: Pair of seeds.

    Returns:
        The states, noise free.

    Reference: Lugmayr et al. (2022), https://arxiv.org/abs/2201.09865, algorithm 1.
    """
    times = grid(schedule, steps)
    signals, noises = schedule(times)

    def drawn(i, which):
        pair = tf.random.experimental.stateless_fold_in(key, 3 * i + which, alg="philox")
        return tf.random.stateless_normal(tf.shape(states), pair, alg="philox")

    def body(i, carried):
        place = i // REPEATS
        here, there = (Point(times[j], signals[j], noises[j]) for j in (place, place + 1))
        known = here.signal * states + here.noise * drawn(i, 0)
        state = masks * known + (1 - masks) * carried
        step = Step(denoise, here, here, there, None, lambda: drawn(i, 1))
        state, _ = ddpm(state, step)

        def undone():
            kept = here.signal / there.signal
            fresh = here.noise * ops.sqrt(-ops.expm1(-2 * step.length))
            return kept * state + fresh * drawn(i, 2)

        return ops.cond(i % REPEATS == REPEATS - 1, lambda: state, undone)

    start = noises[0] * drawn(-1, 2)
    return ops.fori_loop(0, REPEATS * steps, body, start)
