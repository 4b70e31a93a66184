"""The file of a preset's weights, and what of it fits a model."""

import collections
import copy
import math
import os
from concurrent.futures import ThreadPoolExecutor

import h5py
import keras
import numpy as np


def stored_shapes(path, preset):
    """Counts the shapes of the arrays in a file of weights.

    Raises:
        ValueError: If it declares what it does not store, which would be made up when it is read.
    """
    shapes, declared, hollow = collections.Counter(), 0, []

    def look(name, item):
        nonlocal declared
        if isinstance(item, h5py.Dataset):
            shape = (0,) if item.shape is None else item.shape
            size = math.prod(shape) * item.dtype.itemsize
            elsewhere = item.external or item.dtype.hasobject
            if elsewhere or size > item.id.get_storage_size():
                hollow.append(f"{name} of shape {shape}")
            declared += size
            shapes[shape] += 1

    try:
        with h5py.File(path) as file:
            file.visititems(look)
    except Exception as error:  # h5py has its own for each part of a file
        hollow.append(str(error))
    if hollow or declared > path.stat().st_size:
        raise ValueError(
            f"The weights of the preset {preset} declare what they do not store. Expected an HDF5 "
            f"file that holds its arrays itself, uncompressed. Received: {path.stat().st_size:,} "
            f"bytes for {declared:,}, {', '.join(hollow[:3]) or 'shared by several arrays'}"
        )
    return shapes


def made_shapes(config):
    """Path and shape of each weight that a config makes, without the memory of any."""

    def make():
        with keras.StatelessScope(initialize_variables=False):
            made = copy.deepcopy(config)
            model = keras.saving.deserialize_keras_object(made, safe_mode=True)
            return [(weight.path, tuple(weight.shape)) for weight in model.weights]

    # Keras keeps such variables, by thread, to give them memory as soon as it makes another model.
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(make).result()


def misfits(made, stored):
    """Path and shape of each weight for which there is no stored array of its shape."""
    wanted = collections.Counter(shape for _, shape in made)
    return [(path, shape) for path, shape in made if wanted[shape] > stored[shape]]


def check_fit(made, stored, preset, overrides):
    """Raises a ValueError unless there is a stored array of each shape that is made."""
    if lacking := misfits(made, stored):
        wanted = collections.Counter(shape for _, shape in made)
        spare = ", ".join(sorted(map(str, stored - wanted))[:3]) or "no others"
        raise ValueError(
            f"The weights of the preset {preset} do not fit the model of its config. Expected "
            f"weights that fit {', '.join(f'{path} {shape}' for path, shape in lacking[:3])}, or "
            "skip_mismatch=True, which loads the others. "
            f"Received: {spare}, overrides={overrides}"
        )


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


def check_not_adapted(model):
    """Raises a ValueError if layers of a model have LoRA, of which its weights file has no word."""
    layers = [x.path for x in model._flatten_layers() if getattr(x, "lora_enabled", False)]
    if layers:
        raise ValueError(
            "The model is adapted by LoRA, which no preset keeps. Expected no such layer; a .keras "
            "file holds kernels and their adaptation as one. "
            f"Received: layers={', '.join(layers[:3])}"
        )


def check_unshared(model, twin):
    """Raises a ValueError if layers are in several networks, of which a config makes one for each.

    Args:
        model: The one that is saved.
        twin: What its config makes.
    """
    if len(twin.weights) > len(model.weights):
        raise ValueError(
            "Networks of the model share layers, which no preset keeps. Expected each layer in one "
            "network; `save_weights`, and `load_weights` into a model that is built the same way, "
            f"keep all. Received: {len(model.weights)} weights, where the config makes "
            f"{len(twin.weights)}"
        )


def halve(path):
    """Rewrites a file of weights with arrays in float16; scalars, such as counts, stay."""
    halved = path.with_suffix(".halved")
    # By the format of HDF5 1.8, in which the many groups take a third of the space.
    with h5py.File(path) as source, h5py.File(halved, "w", libver="v108") as target:

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
