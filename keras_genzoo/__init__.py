"""keras_genzoo: a zoo of generative models for Keras 3 on TensorFlow.

    >>> import keras_genzoo as kg
    >>> vae = kg.from_preset("vae_fashion_mnist_small")
    >>> vae.sample(4, seed=0).shape
    (4, 28, 28, 1)

The docstrings are the manual: `help(kg.models.VAE)`, `help(kg.datasets.load)`. What is here:

    from_preset   a pretrained model, by its name, from a folder or from a hub
    models        the models, each a `keras.Model`: VAE, GAN, ...; `help(kg.models)` lists them
    presets       list, load and save pretrained models, and read their cards
    datasets      images from anywhere, ready for `fit`; sprites with known factors
    layers        what Keras lacks: the sampler of a VAE
    losses        what models pay, per example: likelihoods, divergences, the games of GANs
    callbacks     checkpoints and their resuming, grids of samples, warm-ups, watchers
    metrics       how good a model is: likelihood, distances, disentanglement, regularity, fairness;
                  and how strange an image
    latent        ways through a latent space: traverse, interpolate, map, edit
    plots         pictures of all of these, as matplotlib figures
    evaluation    models measured under a protocol, as `genzoo evaluate` does
    training      a run from images to a preset, as `genzoo train` does
    serving       a small server of an export, as `genzoo serve` starts it
    explorer      a page in the browser for each model, as `genzoo explore` opens it

and, for those who look behind these:

    base          what every model stands on: the training step, its fields and verbs
    protocol      what a measured score says of how it was measured
    features      the classifiers that distances look through
    grids         images side by side in one figure
    checkpoints   what a checkpoint holds
    distribution  what `tf.distribute` needs and Keras lacks
    workers       which process of several this is

Every image is float32 in [0, 1], channels last. Log-likelihoods and divergences are nats per image.

Names are loaded when they are first used, so that the command can quiet TensorFlow before.
"""

import importlib.util
import os
import sys
from importlib.machinery import ModuleSpec

# What a user calls a room, or a module in one, and where it stands.
_WORDS = {
    **{name: name for name in ("base", "datasets", "evaluation", "explorer", "latent")},
    **{name: name for name in ("layers", "losses", "metrics", "models", "plots", "presets")},
    **{name: name for name in ("serving", "training")},
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
        _imported("models")  # registers the classes that files name
    return _imported(_WORDS[name])


def _imported(module):
    try:
        return importlib.import_module(f"{__name__}.{module}")
    except ModuleNotFoundError as error:
        backend = os.environ.get("KERAS_BACKEND", "tensorflow")
        if backend == "tensorflow" or (error.name or "").startswith(__name__):
            raise
        raise ImportError(
            "Keras does not start. Expected KERAS_BACKEND=tensorflow, in which the zoo's models "
            f"compute. Received: KERAS_BACKEND={backend}, without {error.name}"
        ) from error


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
        name = spec.name.partition(".")[2]
        module = __getattr__(name) if name in _WORDS else _imported(_MOVED[name])
        self.own_spec = module.__spec__  # which Python is about to replace
        return module

    def exec_module(self, module):
        module.__spec__ = self.own_spec


def _is_being_imported(module):
    return getattr(module.__spec__, "_initializing", False)


class _AfterKeras:
    """Registers the models as soon as a user imports Keras: an importer that steps in once."""

    def find_spec(self, fullname, path=None, target=None):
        if fullname != "keras":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(fullname)
        execute = spec.loader.exec_module

        def exec_module(module):
            execute(module)
            ours = [each for name, each in sys.modules.items() if name.startswith(f"{__name__}.")]
            if not any(map(_is_being_imported, ours)):  # else Keras is for one of them
                _imported("models")

        spec.loader.exec_module = exec_module
        return spec


sys.meta_path.append(_Moved())
if "keras" in sys.modules:  # TensorFlow has said its lines, and a .keras file may be loaded next
    _imported("models")
else:
    sys.meta_path.insert(0, _AfterKeras())
