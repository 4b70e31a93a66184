"""The density that the probability-flow equation gives states."""

import math

import tensorflow as tf
from keras import ops

from keras_genzoo.models.diffusion.schedules import grid
from keras_genzoo.models.diffusion.solvers import Point


def log_density(schedule, denoise, states, steps, seed):
    """log density of states, at the noise at which the last step of `grid` begins.

    Over r = noise / signal the state u = x_t / signal moves by eps, and its log density by minus
    the divergence of eps, estimated along one random direction of signs: without a bias.

    Args:
        schedule: A function from times to signal and noise.
        denoise: From a state and its `Point` to x_0 and eps.
        states: `(batch, ...)`.
        steps: Steps of Heun's method.
        seed: Of the directions.

    Returns:
        `(batch,)`, nats.
    """
    times = ops.flip(grid(schedule, steps + 1)[:-1])
    signals, noises = schedule(times)
    shape = tf.shape(states)
    axes = tuple(range(1, len(states.shape)))
    pair = ops.stack([ops.cast(seed, "int64"), 0])
    signs = tf.random.stateless_uniform(shape, pair, 0, 2, "int32", alg="philox")
    direction = ops.cast(2 * signs - 1, "float32")

    def moved(u, i):
        """The direction of u, and the divergence there."""
        point = Point(times[i], signals[i], noises[i])
        with tf.GradientTape() as tape:
            tape.watch(u)
            _, eps = denoise(point.signal * u, point)
        slope = tape.gradient(eps, u, output_gradients=direction)
        return eps, ops.sum(slope * direction, axis=axes)

    def body(i, carried):
        u, change, eps, divergence = carried
        length = noises[i + 1] / signals[i + 1] - noises[i] / signals[i]
        eps_there, divergence_there = moved(u + length * eps, i + 1)
        u += length * (eps + eps_there) / 2
        change += length * (divergence + divergence_there) / 2
        return u, change, *moved(u, i + 1)

    start = states, ops.zeros(shape[:1]), *moved(states, 0)
    u, change, _, _ = ops.fori_loop(0, steps, body, start)
    # The end is noise: u is normal with this spread.
    spread = noises[-1] / signals[-1]
    size = math.prod(states.shape[1:])
    normal = -0.5 * ops.sum(ops.square(u / spread), axis=axes)
    return change + normal - size * (ops.log(spread) + 0.5 * math.log(2 * math.pi))
