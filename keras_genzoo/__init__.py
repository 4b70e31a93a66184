"""keras_genzoo: a zoo of generative models for Keras 3 on TensorFlow.

Names are loaded when they are first used, so that the command can quiet TensorFlow before.
"""

import importlib
import sys

_MODULES = (
    "callbacks",
    "checkpoints",
    "datasets",
    "distribution",
    "evaluation",
    "features",
    "grids",
    "latent",
    "layers",
    "losses",
    "metrics",
    "models",
    "plots",
    "presets",
    "protocol",
    "training",
    "workers",
)
_DESERIALIZING = ("callbacks", "checkpoints", "presets")  # others do it through these
_FUNCTIONS = {"from_preset": ("presets", "load")}

__all__ = [*_MODULES, *_FUNCTIONS]


def __getattr__(name):
    if name in _FUNCTIONS:
        module, function = _FUNCTIONS[name]
        return getattr(__getattr__(module), function)
    if name not in _MODULES:
        raise AttributeError(f"module 'keras_genzoo' has no attribute {name!r}")
    if name in _DESERIALIZING:
        importlib.import_module("keras_genzoo.models")  # registers the classes that files name
    return importlib.import_module(f"keras_genzoo.{name}")


def __dir__():
    return __all__


if "keras" in sys.modules:  # TensorFlow has said its lines, and a .keras file may be loaded next
    importlib.import_module("keras_genzoo.models")
