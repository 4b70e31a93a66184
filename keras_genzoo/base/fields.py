"""Fields: what the words of a model mean, as `images`, `latents`, `labels`, `num_samples`.

A model says once, in `fields`, which words it has. From that table come the checks of arrays, of a
dataset's spec and of its batches, what verbs take, the signatures of endpoints, and every error.
"""

import dataclasses
import math

import numpy as np
import tensorflow as tf

from keras_genzoo.base import arguments

TOLERANCE = 1e-3  # resizing and float16 overshoot a little
_LARGEST = np.finfo("float32").max  # beyond which 64 bits would become infinite
_CHUNK = 4096  # examples compared at a time, so that a check needs no second copy


@dataclasses.dataclass(frozen=True)
class Field:
    """Values of which every example has its own.

    Attributes:
        shape: Of an example, without the batch; `None` where a side may be of any length.
        dtype: What they are computed in, `"float32"` or `"int32"`.
        lowest: What no value is below, but for rounding.
        highest: What no value is above.
        whole: Whether they are whole numbers, as classes are, whatever type they come in.
        values: All this in words.
        unit: What errors call the values.
        multiple: What divides each side that is free, and that it is at least twice as long as.
    """

    shape: tuple
    dtype: str = "float32"
    lowest: float = -math.inf
    highest: float = math.inf
    whole: bool = False
    values: str = "finite floats of 32 bits"
    unit: str = "values"
    multiple: int = 1

    def spec(self, name):
        """What an endpoint takes: a `tf.TensorSpec`."""
        return tf.TensorSpec((None, *self.shape), self.dtype, name)

    def checked(self, name, values):
        """An array of the field's type; a `ValueError` where shape or values do not fit."""
        array = np.asarray(values)
        if not array.ndim or not self._holds(array.shape[1:]) or array.dtype.kind not in "biuf":
            raise self.misfit(name, f"{array.shape} of {array.dtype}")
        for start in range(0, len(array), _CHUNK):
            chunk = array[start : start + _CHUNK]
            lowest, highest = chunk.min(), chunk.max()
            fits = self._between(lowest, highest) and -_LARGEST <= lowest <= highest <= _LARGEST
            if not fits or (self.whole and np.any(chunk % 1)):
                extremes = f"{self.unit} from {lowest} to {highest}"
                raise self.misfit(name, f"{array.shape}, {extremes}")
        return array.astype(self.dtype, copy=False)

    def check_spec(self, name, spec):
        """Raise a `ValueError` where a dataset's batches do not fit, by their spec."""
        fits = isinstance(spec, tf.TensorSpec) and spec.shape.is_compatible_with(
            (None, *self.shape)
        )
        if fits and spec.shape.rank and spec.shape[1:].is_fully_defined():
            fits = self._holds(spec.shape[1:])
        # Floats may be integers, but bytes are no pixels.
        may_be_whole = self.dtype == "int32"
        if not fits or not (spec.dtype.is_floating or (may_be_whole and spec.dtype.is_integer)):
            raise ValueError(
                f"The dataset's {name} do not fit the model. Expected: batches of {self.values}, "
                f"{self._listed('batch')}. Received: {spec}"
            )

    def ensured(self, name, batch):
        """A batch whose shape is the field's, and known, for a dataset may not know it before.

        Raises:
            ValueError: If it is another; where only the step knows, see `inputs.batch_errors`.
        """
        shape = tf.TensorShape((None, *self.shape))
        if not shape.is_compatible_with(batch.shape):
            raise self.misfit(name, tuple(batch.shape))
        return tf.ensure_shape(batch, shape)

    def sound(self, tensor):
        """Whether all values of a batch fit: a tensor, at the cost of two passes."""
        # NaN, which both passes carry on, compares as false.
        fits = self._between(tf.reduce_min(tensor), tf.reduce_max(tensor))
        return fits & tf.reduce_all(tensor % 1 == 0) if self.whole else fits

    def asserted(self, name, tensor):
        """An operation that fails where a batch that an endpoint is given is not sound."""
        misfit = f"The {name} do not fit the model. Expected: {self.values}. Received: {self.unit}"
        extremes = ["from", tf.reduce_min(tensor), "to", tf.reduce_max(tensor)]
        checks = [tf.debugging.Assert(self.sound(tensor), [misfit, *extremes])]
        if self.multiple > 1:
            expected = f"The {name} do not fit the model. Expected: {self._listed('n')}. Received:"
            sides = tf.stack(self._free(tf.shape(tensor)[1:]))
            fits = tf.reduce_all((sides % self.multiple == 0) & (sides >= 2 * self.multiple))
            checks.append(tf.debugging.Assert(fits, [expected, tf.shape(tensor)]))
        return tf.group(checks)

    def bad_batch(self, name, lowest, highest, which="first batch"):
        """What to raise of a batch that is not sound."""
        return ValueError(
            f"The {which}'s {name} do not fit the model. Expected: {self.values}. "
            f"Received: {self.unit} from {lowest} to {highest}"
        )

    def _holds(self, shape):
        return (
            len(shape) == len(self.shape)
            and all(known in (None, side) for known, side in zip(self.shape, shape, strict=True))
            and all(self._divides(side) for side in self._free(shape))
        )

    def _free(self, shape):
        """The sides of a shape, or a tensor's, that may be of any length."""
        return [shape[place] for place, known in enumerate(self.shape) if known is None]

    def _divides(self, side):
        return self.multiple == 1 or (side % self.multiple == 0 and side >= 2 * self.multiple)

    def _between(self, lowest, highest):
        if math.isinf(self.highest):
            return (lowest > self.lowest) & (highest < self.highest)
        tolerance = 0 if self.whole else TOLERANCE
        return (lowest >= self.lowest - tolerance) & (highest <= self.highest + tolerance)

    def misfit(self, name, received):
        """What to raise of values that are not the field's."""
        return ValueError(
            f"The {name} do not fit the model. Expected: {self._listed('n')}, {self.values}. "
            f"Received: {received}"
        )

    def _listed(self, batch):
        """The shape in words: `(n, 28, 28, 1)`; a free side is `any`."""
        free = "any" if self.multiple == 1 else f"{2 * self.multiple} + any * {self.multiple}"
        sides = [free if side is None else str(side) for side in self.shape]
        return f"({batch}, {', '.join(sides)})" if sides else f"({batch},)"


@dataclasses.dataclass(frozen=True)
class Scalar:
    """One whole number for a whole call.

    Attributes:
        least: The lowest that it may be; `None` of a seed, which may be any.
    """

    least: int | None = None

    def spec(self, name):
        """What an endpoint takes: a `tf.TensorSpec`."""
        return tf.TensorSpec((), tf.int32, name)

    def checked(self, name, value):
        """The value as an int; a `ValueError` where it does not fit."""
        value = arguments.whole(name, value, self.least)
        if self.least is not None and value > tf.int32.max:  # which wraps around without a word
            raise ValueError(
                f"`{name}` is more than a graph counts. Expected at most {tf.int32.max}. "
                f"Received: {name}={value}"
            )
        return value

    def asserted(self, name, tensor):
        """An operation that fails where a caller of an endpoint gives what does not fit."""
        if self.least is None:
            return tf.no_op()
        misfit = f"`{name}` does not fit. Expected at least {self.least}. Received: {name}="
        return tf.debugging.Assert(tensor >= self.least, [misfit, tensor])


@dataclasses.dataclass(frozen=True)
class Number:
    """One number, of at least 0, for a whole call."""

    def spec(self, name):
        """What an endpoint takes: a `tf.TensorSpec`."""
        return tf.TensorSpec((), tf.float32, name)

    def checked(self, name, value):
        """The value as a float; a `ValueError` where it does not fit."""
        return float(arguments.number(name, value))

    def asserted(self, name, tensor):
        """An operation that fails where a caller of an endpoint gives what does not fit."""
        fits = (tensor >= 0) & (tensor < math.inf)
        misfit = f"`{name}` does not fit. Expected at least 0. Received: {name}="
        return tf.debugging.Assert(fits, [misfit, tensor])


@dataclasses.dataclass(frozen=True)
class Choice:
    """One of several names for a whole call; no tensor: each is a graph of its own."""

    names: tuple

    def checked(self, name, value):
        """The name; a `ValueError` where there is no such."""
        return arguments.one_of(name, value, self.names)


# === The words that models have ===


def images(shape, multiple=1):
    """Floats in [0, 1], `shape` as (height, width, channels); a side that is free is `None`."""
    values = "floats in [0, 1], none NaN (divide bytes by 255)"
    return Field(tuple(shape), "float32", 0, 1, values=values, unit="pixels", multiple=multiple)


def binary_images(shape):
    """Black and white images, `shape` as (height, width, channels)."""
    values = 'black and white, 0 or 1, none between (of grey images binarize="dynamic" draws such)'
    return Field(tuple(shape), "float32", 0, 1, whole=True, values=values, unit="pixels")


def probabilities(shape):
    """Floats in [0, 1]."""
    return Field(tuple(shape), "float32", 0, 1, values="floats in [0, 1]", unit="probabilities")


def latents(shape):
    """Finite floats, `shape` as (latent_dim,), or (height, width, channels) of a map."""
    return Field(tuple(shape))


def labels(num_classes):
    """A class for each example."""
    return _numbers((), num_classes, "classes")


def tokens(length, vocabulary_size):
    """A sequence of words of a vocabulary for each example."""
    return _numbers((length,), vocabulary_size, "tokens")


def masks(shape):
    """Which pixels count: `shape` as (height, width, 1)."""
    return Field(tuple(shape), "float32", 0, 1, whole=True, values="0 or 1", unit="marks")


def _numbers(shape, count, unit):
    values = f"integers from 0 to {count - 1}"
    return Field(shape, "int32", 0, count - 1, whole=True, values=values, unit=unit)
