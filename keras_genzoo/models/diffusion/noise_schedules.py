"""Schedules: how much of an image and how much noise there is at each time; what is predicted.

At time t, from 0 (data) to 1 (noise), an example x_0 has become `x_t = signal * x_0 + noise * eps`.
A schedule is one function from times to both. All else is derived from what it gives, and nobody
asks for its name.
"""

import math

from keras import ops

TINY = 1e-4  # what a division by signal or noise, 0 at an end, takes instead
FARTHEST = 5.0  # log(signal / noise) between which one samples: noise of 0.7 %, signal of 0.7 %


# === Schedules ===


def cosine(times):
    """Nichol and Dhariwal's, variance preserving, with s = 0.008.

    Args:
        times: In [0, 1], of any shape.

    Returns:
        Signal and noise, both like `times`.

    Reference: Nichol and Dhariwal (2021), https://arxiv.org/abs/2102.09672, equation 17.
    """
    start, end = 0.008 / 1.008 * math.pi / 2, math.pi / 2
    angles = start + times * (end - start)
    signal = ops.maximum(ops.cos(angles), 0) / math.cos(start)
    # 1 - signal^2, without the difference that leaves nothing of it near time 0.
    variance = ops.sin(times * (end - start)) * ops.sin(angles + start)
    return signal, ops.sqrt(ops.maximum(variance, 0)) / math.cos(start)


def linear(times):
    """DDPM's in continuous time, variance preserving: beta(t) = 0.1 + 19.9 t.

    Args:
        times: In [0, 1], of any shape.

    Returns:
        Signal and noise, both like `times`.

    Reference: Ho et al. (2020), https://arxiv.org/abs/2006.11239; in continuous time: Song et al.
    (2021), https://arxiv.org/abs/2011.13456, appendix C.
    """
    log_signal = -19.9 / 4 * ops.square(times) - 0.05 * times
    return ops.exp(log_signal), ops.sqrt(-ops.expm1(2 * log_signal))


def flow(times):
    """Straight paths from data to noise: flow matching, rectified flow.

    Args:
        times: In [0, 1], of any shape.

    Returns:
        Signal and noise, both like `times`.

    Reference: Lipman et al. (2023), https://arxiv.org/abs/2210.02747; Liu et al. (2023),
    https://arxiv.org/abs/2209.03003.
    """
    return 1 - times, 1 * times


SCHEDULES = {"cosine": cosine, "linear": linear, "flow": flow}


# === What a denoiser predicts ===

PREDICTIONS = ("velocity", "noise", "image")


def predicted(prediction, clean, eps, signal, noise):
    """What a denoiser has to give: of the velocity `signal * eps - noise * x_0`.

    Args:
        prediction: One of `PREDICTIONS`.
        clean: x_0, `(batch, ...)`, in [-1, 1].
        eps: The noise, like `clean`.
        signal: Of the batch's times, to be broadcast.
        noise: Like `signal`.

    Returns:
        An array like `clean`.

    Reference: velocity: Salimans and Ho (2022), https://arxiv.org/abs/2202.00512, appendix D.
    """
    return {"velocity": signal * eps - noise * clean, "noise": eps, "image": clean}[prediction]


def clean_and_noise(prediction, output, noisy, signal, noise):
    """Both ends of the path that a denoiser's output tells of: `predicted` and x_t, solved.

    Finite at both ends, where some predictions tell nothing of one of them.

    Args:
        prediction: One of `PREDICTIONS`.
        output: The denoiser's, `(batch, ...)`.
        noisy: x_t, like `output`.
        signal: Of the batch's times, to be broadcast.
        noise: Like `signal`.

    Returns:
        x_0 and eps, both like `output`.
    """
    if prediction == "velocity":
        norm = ops.square(signal) + ops.square(noise)
        return (signal * noisy - noise * output) / norm, (noise * noisy + signal * output) / norm
    if prediction == "noise":
        return (noisy - noise * output) / ops.maximum(signal, TINY), output
    return output, (noisy - signal * output) / ops.maximum(noise, TINY)


# === Where a solver stops on its way ===


def log_ratio(signal, noise):
    """Logarithm of the signal over the noise; infinite where there is no noise."""
    return ops.log(signal) - ops.log(noise)


def times_of(schedule, log_ratios):
    """The times at which a schedule has these ratios: by bisection, for it falls with time."""

    def halve(_, ends):
        lowest, highest = ends
        middle = (lowest + highest) / 2
        is_before = log_ratio(*schedule(middle)) > log_ratios
        return ops.where(is_before, middle, lowest), ops.where(is_before, highest, middle)

    ends = ops.zeros_like(log_ratios), ops.ones_like(log_ratios)
    # Beyond a float's 24 bits, that small times are exact too.
    lowest, highest = ops.fori_loop(0, 30, halve, ends)
    return (lowest + highest) / 2


def grid(schedule, steps):
    """Times from noise to data, evenly in log(signal / noise), the last step to clean data.

    Evenly spaced times waste most steps where little happens; a last step that is not to clean
    data leaves noise in the images.

    Args:
        schedule: A function from times to signal and noise.
        steps: Intervals, an int or an integer tensor.

    Returns:
        `(steps + 1,)`, falling, the last 0.

    Reference: Lu et al. (2022), https://arxiv.org/abs/2206.00927, section 3.3.
    """
    steps = ops.cast(steps, "float32")
    places = ops.arange(steps, dtype="float32") / ops.maximum(steps - 1, 1)
    ratios = FARTHEST * (2 * places - 1)
    return ops.append(times_of(schedule, ratios), [0.0])
