"""keras_genzoo: a zoo of generative models for Keras 3 on TensorFlow.

Names are loaded when they are first used, so that the command can quiet TensorFlow before.
"""

import importlib
import sys
from importlib.machinery import ModuleSpec

# What a user calls a room, or a module in one, and where it stands.
_WORDS = {
    **{name: name for name in ("base", "datasets", "evaluation", "latent", "layers", "losses")},
    **{name: name for name in ("metrics", "models", "plots", "presets", "training")},
    "callbacks": "training.callbacks",
    "checkpoints": "training.checkpoints",
    "distribution": "base.distribution",
    "features": "evaluation.features",
    "grids": "plots.grids",
    "protocol": "evaluation.protocol",
    "workers": "base.workers",
}
_FUNCTIONS = {"from_preset": ("presets", "load")}
_DESERIALIZING = ("callbacks", "checkpoints", "presets")  # others do it through these
# Modules of 0.1.0 that `import keras_genzoo.callbacks` still finds, where they stand now.
_MOVED = {
    **{word: place for word, place in _WORDS.items() if word != place},
    "cli": "commands.cli",
    "models.generative_model": "base.generative_model",
}

__all__ = [*_WORDS, *_FUNCTIONS]


def __getattr__(name):
    if name in _FUNCTIONS:
        module, function = _FUNCTIONS[name]
        return getattr(__getattr__(module), function)
    if name not in _WORDS:
        raise AttributeError(f"module 'keras_genzoo' has no attribute {name!r}")
    if name in _DESERIALIZING:
        importlib.import_module("keras_genzoo.models")  # registers the classes that files name
    return importlib.import_module(f"keras_genzoo.{_WORDS[name]}")


def __dir__():
    return __all__


class _Moved:
    """Finds the modules of `_MOVED` under both names: as an importer, Python's word for it."""

    def find_spec(self, fullname, path=None, target=None):
        package, _, name = fullname.partition(".")
        if package == __name__ and name in _MOVED:
            return ModuleSpec(fullname, self)
        return None

    def create_module(self, spec):
        module = importlib.import_module(f"{__name__}.{_MOVED[spec.name.partition('.')[2]]}")
        self.own_spec = module.__spec__  # which Python is about to replace
        return module

    def exec_module(self, module):
        module.__spec__ = self.own_spec


sys.meta_path.append(_Moved())
if "keras" in sys.modules:  # TensorFlow has said its lines, and a .keras file may be loaded next
    importlib.import_module("keras_genzoo.models")
