"""The file of a preset's weights."""

import os

import h5py
import keras
import numpy as np


def check_finite(model, preset):
    """Raises a ValueError if a weight of a model is infinite or not a number."""
    for weight in model.weights:
        if keras.backend.is_float_dtype(weight.dtype):
            values = keras.ops.convert_to_numpy(weight)
            if not np.isfinite(values).all():
                raise ValueError(
                    f"Weights of the preset {preset} are not finite. Expected finite numbers. "
                    f"Received: weight={weight.path!r}, with {values[~np.isfinite(values)][0]}"
                )


def halve(path):
    """Rewrites a file of weights with arrays in float16; scalars, such as counts, stay."""
    halved = path.with_suffix(".halved")
    with h5py.File(path) as source, h5py.File(halved, "w") as target:

        def copy(name, item):
            if isinstance(item, h5py.Group):
                copied = target.create_group(name)
            else:
                copied = target.create_dataset(name, data=_half(item[()]))
            copied.attrs.update(item.attrs)

        source.visititems(copy)
    os.replace(halved, path)


def _half(values):
    if values.dtype != "float32" or not values.ndim:
        return values
    largest, limit = np.abs(values).max(initial=0), np.finfo("float16").max
    if largest > limit:
        raise ValueError(
            "The weights do not fit in half precision. Expected none beyond "
            f"{limit:g}. Received: {largest:g}, half_precision=True"
        )
    return values.astype("float16")
