"""Arguments of constructors and verbs, checked where the user made the mistake."""

import difflib
import math
import numbers

import numpy as np


def image_shape(shape):
    """The shape as a tuple of three ints; a `ValueError` where the zoo cannot hold it."""
    sides = np.asarray(shape)
    whole_numbers = sides.shape == (3,) and np.issubdtype(sides.dtype, np.integer)
    if not whole_numbers or min(sides[:2]) < 8 or sides[2] not in (1, 3):
        raise ValueError(
            "The images do not fit the zoo. Expected (height, width, channels) with sides of at "
            f"least 8 and 1 or 3 channels. Received: image_shape={shape}"
        )
    return tuple(sides.tolist())


def whole(name, value, least=1):
    """The value as an int; a `ValueError` where it is no whole number from `least` up.

    `least=None` lets any whole number pass.
    """
    real = isinstance(value, numbers.Real) and not isinstance(value, bool)
    held = real and -(2**63) <= value < 2**63  # by TensorFlow's widest integers
    if not held or not float(value).is_integer() or (least is not None and value < least):
        up_from = "" if least is None else f" of at least {least}"
        beyond = ", of 64 bits" if real and abs(value) >= 2**63 else ""
        raise ValueError(
            f"`{name}` is no {'number' if least is None else 'count'}. Expected a whole number"
            f"{up_from}{beyond}. Received: {name}={value!r}"
        )
    return int(value)


def whole_or_none(name, value):
    """The value as a count, as of `whole`, or `None` as it is."""
    return None if value is None else whole(name, value)


def number(name, value):
    """The value as it is; a `ValueError` where it is no finite number from 0 up."""
    real = isinstance(value, numbers.Real) and not isinstance(value, bool)
    if not real or not 0 <= value < math.inf:
        raise ValueError(
            f"`{name}` does not fit. Expected a number of at least 0. Received: {name}={value!r}"
        )
    return value


def sizes(name, values):
    """The values as a tuple of counts; a `ValueError` where they are none."""
    if not isinstance(values, list | tuple) or not values:
        raise ValueError(
            f"`{name}` are no layers' sizes. Expected a tuple of at least one count. "
            f"Received: {name}={values!r}"
        )
    return tuple(whole(name, value) for value in values)


def map_shape(name, value):
    """The value as a tuple of three counts; a `ValueError` where it is no map's shape."""
    if not isinstance(value, list | tuple) or len(value) != 3:
        raise ValueError(
            f"`{name}` is no shape of a map. Expected (height, width, channels). "
            f"Received: {name}={value!r}"
        )
    return tuple(whole(name, side) for side in value)


def one_of(name, value, names):
    """The name as it is; a `ValueError` where it is none of those there are; `None` may be one."""
    if value not in names:
        near = difflib.get_close_matches(str(value), filter(None, names), 1)
        hint = f", perhaps {near[0]!r}" if near else ""
        raise ValueError(
            f"There is no such {name}. Expected one of {', '.join(map(repr, names))}{hint}. "
            f"Received: {name}={value!r}"
        )
    return value
