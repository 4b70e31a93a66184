"""Solvers: ways from noise to images by a denoiser that says where both lie.

Each is one step, from a `Step` and the state x_t to the state at the next time. None knows a
schedule but by the signal and the noise at its times, and all but `heun` ask the denoiser once.
"""

from collections.abc import Callable
from typing import NamedTuple

from keras import ops

from keras_genzoo.models.diffusion.noise_schedules import log_ratio


class Point(NamedTuple):
    """A time and what its schedule says of it: scalars."""

    time: object
    signal: object
    noise: object

    @property
    def log_ratio(self):
        return log_ratio(self.signal, self.noise)


class Step(NamedTuple):
    """An interval of the way.

    Attributes:
        denoise: From a state and its `Point` to the x_0 and the eps that it tells of.
        before: Where the interval before began; the first's own beginning.
        here: Where this one begins.
        there: Where it ends.
        former: x_0 as it was told at `before`.
        draw: Gives standard normal noise like the state.
    """

    denoise: Callable
    before: Point
    here: Point
    there: Point
    former: object
    draw: Callable

    @property
    def length(self):
        return self.there.log_ratio - self.here.log_ratio


def ddim(state, step):
    """Along the told line from eps to x_0: first order, the exponential integrator's Euler step.

    Reference: Song et al. (2021), https://arxiv.org/abs/2010.02502, equation 12 with sigma 0.
    """
    clean, eps = step.denoise(state, step.here)
    return step.there.signal * clean + step.there.noise * eps, clean


def ddpm(state, step):
    """A draw from the posterior of x_s, given x_t and x_0: ancestral sampling.

    Reference: Ho et al. (2020), https://arxiv.org/abs/2006.11239, equation 7; for any two times:
    Kingma et al. (2021), https://arxiv.org/abs/2107.00630, appendix A.4.
    """
    clean, _ = step.denoise(state, step.here)
    here, there = step.here, step.there
    fresh = -ops.expm1(-2 * step.length)  # share of the noise that is drawn anew
    kept = ops.square(there.noise / here.noise) * here.signal / there.signal
    mean = kept * state + there.signal * fresh * clean
    return mean + there.noise * ops.sqrt(fresh) * step.draw(), clean


def heun(state, step):
    """The mean of both ends' directions: second order, two evaluations in all but the last step.

    Reference: Karras et al. (2022), https://arxiv.org/abs/2206.00364, algorithm 1.
    """
    here, there = step.here, step.there
    clean, eps = step.denoise(state, here)
    guess = there.signal * clean + there.noise * eps

    def corrected():
        _, eps_there = step.denoise(guess, there)
        # In x_t / signal, over noise / signal, the way's direction is eps.
        length = there.noise / there.signal - here.noise / here.signal
        return there.signal * (state / here.signal + length * (eps + eps_there) / 2)

    return ops.cond(there.noise > 0, corrected, lambda: guess), clean


def dpmpp_2m(state, step):
    """The line through this x_0 and the one before: second order, multistep.

    Reference: DPM-Solver++(2M), Lu et al. (2022), https://arxiv.org/abs/2211.01095, algorithm 2.
    """
    here, there = step.here, step.there
    clean, _ = step.denoise(state, here)
    before = here.log_ratio - step.before.log_ratio
    # The first step has no former, and the last, to infinity, follows x_0 alone.
    is_inner = ops.logical_and(before != 0, there.noise > 0)
    ratio = ops.where(is_inner, step.length / (2 * ops.where(before == 0, 1.0, before)), 0.0)
    line = clean + ratio * (clean - step.former)
    moved = there.noise / here.noise * state - there.signal * ops.expm1(-step.length) * line
    return moved, clean


SOLVERS = {"ddpm": ddpm, "ddim": ddim, "heun": heun, "dpm++2m": dpmpp_2m}


def evaluations(solver, steps):
    """How often a solver asks the denoiser in so many steps.

    Example:
        >>> evaluations("heun", 10), evaluations("ddim", 10)
        (19, 10)
    """
    return 2 * steps - 1 if solver == "heun" else steps


def solve(solver, schedule, denoise, state, times, noise_of=None, keep=False):
    """Carry a state through times, in one loop of the graph.

    Args:
        solver: One of `SOLVERS`.
        schedule: A function from times to signal and noise.
        denoise: From a state and its `Point` to x_0 and eps.
        state: x_t at the first time, `(batch, ...)`.
        times: `(steps + 1,)`, falling to images or rising to noise.
        noise_of: From a step's number to noise like the state, for `ddpm`.
        keep: Whether to give the states at all times.

    Returns:
        The state at the last time, or, kept, `(steps + 1, batch, ...)`.
    """
    one_step = SOLVERS[solver]
    times = ops.convert_to_tensor(times, "float32")
    signals, noises = schedule(times)

    def point(i):
        return Point(times[i], signals[i], noises[i])

    def body(i, carried):
        state, former = carried
        before = point(ops.maximum(i - 1, 0))
        step = Step(denoise, before, point(i), point(i + 1), former, lambda: noise_of(i))
        return one_step(state, step)

    last = ops.shape(times)[0] - 1
    start = state, ops.zeros_like(state)
    if not keep:
        return ops.fori_loop(0, last, body, start)[0]

    def kept(carried, i):
        carried = body(i, carried)
        return carried, carried  # Keras wants them alike

    _, (states, _) = ops.scan(kept, start, ops.arange(last))
    return ops.concatenate([state[None], states])
