"""The density that the probability-flow equation gives states."""

import math

import tensorflow as tf
from keras import ops

from keras_genzoo.models.diffusion.noise_schedules import grid
from keras_genzoo.models.diffusion.solvers import Point


def log_density(schedule, denoise, states, steps, seed):
    """log density of states, at the noise at which the last step of `grid` begins.

    Over r = noise / signal the state u = x_t / signal moves by eps, and its log density by minus
    the divergence of eps, estimated along one random direction of signs: without a bias. Where
    noise prevails eps is even over r, and r times its divergence over log(r), so each is summed
    where it is even.

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
    ratios = noises / signals
    shape = tf.shape(states)
    axes = tuple(range(1, len(states.shape)))
    pair = ops.stack([ops.cast(seed, "int64"), 0])
    signs = tf.random.stateless_uniform(shape, pair, 0, 2, "int32", alg="philox")
    direction = ops.cast(2 * signs - 1, "float32")

    def moved(u, i):
        """The direction of u, and r times its divergence."""
        point = Point(times[i], signals[i], noises[i])
        with tf.GradientTape() as tape:
            tape.watch(u)
            _, eps = denoise(point.signal * u, point)
        slope = tape.gradient(eps, u, output_gradients=direction)
        return eps, ratios[i] * ops.sum(slope * direction, axis=axes)

    def body(i, carried):
        u, change = carried
        eps, divergence = moved(u, i)
        length = ratios[i + 1] - ratios[i]
        eps_there, divergence_there = moved(u + length * eps, i + 1)
        log_length = ops.log(ratios[i + 1] / ratios[i])
        return (
            u + length * (eps + eps_there) / 2,
            change + log_length * (divergence + divergence_there) / 2,
        )

    u, change = ops.fori_loop(0, steps, body, (states, ops.zeros(shape[:1])))
    # The end is noise: u is normal with this spread.
    size = math.prod(states.shape[1:])
    normal = -0.5 * ops.sum(ops.square(u / ratios[-1]), axis=axes)
    return change + normal - size * (ops.log(ratios[-1]) + 0.5 * math.log(2 * math.pi))
