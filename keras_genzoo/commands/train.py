"""`genzoo train MODEL`: its flags are the arguments of the model's constructor."""

import functools
import inspect
import json
import operator
import shlex
import sys
import typing
from typing import Annotated

import cyclopts
from cyclopts import Parameter

import keras_genzoo as kg

# Arguments of models that the data tell, or the training; conditions no dataset of the command has.
_OF_THE_DATA = {
    *("image_shape", "target_shape", "condition_shape", "vocabulary_size", "length", "vocabulary"),
    *("seed", "kwargs"),
}
# What a user may draw of a new model, and the verb that it must have.
_PICTURES = {
    **{"sample": "sample", "reconstruct": "reconstruct", "complete": "complete"},
    "traverse": "decode",
}

app = cyclopts.App(name="train", help="Train a model; keep it as a preset, with pictures.")


@functools.cache
def add_models():
    """Add `genzoo train MODEL` for every model, which loads TensorFlow."""
    for name in kg.models.__all__:
        _add(getattr(kg.models, name))


def _add(model_class):
    """Add `genzoo train MODEL`, its flags taken from the constructor's signature."""
    name = _name(model_class)
    own = [
        parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY, annotation=typed)
        for parameter in inspect.signature(model_class).parameters.values()
        if parameter.name not in _OF_THE_DATA
        and (typed := _typed(parameter.annotation)) is not None
    ]
    training = inspect.Parameter(
        "training",
        inspect.Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[kg.training.Training | None, Parameter(name="*", group="Training")],
    )

    def command(*, training=None, **options):
        training = training or kg.training.Training()
        typed = shlex.join(["genzoo", *sys.argv[1:]])
        folder, logs = kg.training.run(name, model_class, options, training, typed)
        if not logs:  # a worker that is not the chief
            return
        scores = ", ".join(f"{term} {_number(value)}" for term, value in logs.items())
        print(f"\n{name}: {scores}")
        print(f"{folder}/ holds the model and its pictures. Next:\n")
        for line in next_steps(model_class, folder, training.dataset, options):
            print(f"  {line}")

    command.__signature__ = inspect.Signature([*own, training])
    command.__annotations__ = {
        p.name: p.annotation for p in command.__signature__.parameters.values()
    }
    command.__doc__ = inspect.getdoc(model_class)
    app.command(command, name=name)


def next_steps(model_class, folder, dataset, options):
    """Commands that show what a model has learned, and one that loads it.

    Args:
        model_class: One of `kg.models`.
        folder: Of the trained model.
        dataset: What it was trained on.
        options: Arguments that it was made with.

    Example:
        >>> next(next_steps(kg.models.VAE, "runs/mine", "mnist", {}))
        'genzoo sample runs/mine'
    """
    # A card may not lead to images of one's own, and its folder may be named as what ships is.
    images = "" if kg.training.is_public(dataset) else f" --dataset {shlex.quote(dataset)}"
    own = f"./{folder}" if str(folder) in kg.presets.list() else str(folder)
    typed = shlex.quote(own)
    of_sequences = model_class.learns_from == "tokens"
    # Single numbers of noise, or of a map, stand for nothing.
    has_maps = isinstance(options.get("latent_dim"), tuple)
    is_flat = not (has_maps or hasattr(model_class, "trajectory"))
    for verb, needed in ({"sample": "sample"} if of_sequences else _PICTURES).items():
        if hasattr(model_class, needed) and (is_flat or verb != "traverse"):
            of_images = verb == "complete" or hasattr(model_class, "encode")
            yield f"genzoo {verb} {typed}{images if verb != 'sample' and of_images else ''}"
    if hasattr(model_class, "translate"):
        yield f"genzoo translate {typed} PICTURE"
    else:
        yield f"genzoo evaluate {typed}{images}"
    yield f"genzoo export {typed} serving/{_name(model_class)}"
    load = f"import keras_genzoo as kg; kg.from_preset({json.dumps(own)}).summary()"
    yield f"python -c {shlex.quote(load)}"


def _name(model_class):
    """What is typed for a model: the name of its file."""
    return model_class.__module__.rpartition(".")[2]


def _typed(annotation):
    """What of an annotation can be typed, as a preset's name where a model may be given too."""
    if "keras" not in str(annotation):
        return annotation
    parts = [part for part in typing.get_args(annotation) if "keras" not in str(part)]
    parts = [part for part in parts if part is not type(None)]
    return functools.reduce(operator.or_, parts) if parts else None


def _number(value):
    """With a digit after the point, or, of a small one, what tells it from 0."""
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.3g}"
