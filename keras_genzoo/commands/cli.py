"""The `genzoo` command: train a model, look at what it learned, serve it."""

import contextlib
import functools
import inspect
import json
import operator
import os
import shlex
import sys
import tempfile
import typing
from importlib import metadata
from typing import Annotated

import cyclopts
from cyclopts import Parameter

import keras_genzoo as kg
from keras_genzoo.commands import (
    anomalies,
    cache,
    exploring,
    listing,
    pictures,
    scores,
    serving,
    translate,
)

app = cyclopts.App(
    name="genzoo",
    help="A zoo of generative models: train one, look at what it learned, serve it.",
    version=metadata.version("keras_genzoo"),
    default_parameter=Parameter(consume_multiple=True, negative=()),
    suppress_keyboard_interrupt=False,  # `main` says how to go on
)
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

train = cyclopts.App(name="train", help="Train a model; keep it as a preset, with pictures.")
app.command(train)
for command in (
    *(pictures.sample, pictures.reconstruct, pictures.traverse, pictures.interpolate),
    *(pictures.manifold, pictures.edit, scores.evaluate, scores.compare),
    *(pictures.complete, translate.translate, anomalies.anomalies, listing.card, cache.cache),
    *(serving.export, serving.serve, exploring.explore),
):
    app.command(command)
app.command(listing.list_presets, name="list")


def main():
    """Run the command; errors are one line and exit code 2."""
    tokens = sys.argv[1:]
    try:
        if tokens and not tokens[0].startswith("-"):
            with _hushed():
                _add_models()
        app(tokens, exit_on_error=False, print_error=False)
    except KeyboardInterrupt:
        again = " The same command with --resume goes on." if tokens[0] == "train" else ""
        print(f"\nInterrupted.{again}", file=sys.stderr)
        sys.exit(130)
    except Exception as error:
        print("genzoo:", " ".join(str(error).split()) or type(error).__name__, file=sys.stderr)
        sys.exit(2)


@functools.cache
def _add_models():
    """Add `genzoo train MODEL` for every model, which loads TensorFlow."""
    for name in kg.models.__all__:
        _add_training(getattr(kg.models, name))


def _add_training(model_class):
    """Add `genzoo train MODEL`, its flags taken from the constructor's signature."""
    name = model_class.__module__.rpartition(".")[2]
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
        # A card may not lead to images of one's own, and its folder may be named as what ships is.
        own = not kg.training.is_public(training.dataset)
        images = f" --dataset {shlex.quote(training.dataset)}" if own else ""
        folder = f"./{folder}" if str(folder) in kg.presets.list() else str(folder)
        load = f"import keras_genzoo as kg; kg.from_preset({json.dumps(folder)}).summary()"
        folder = shlex.quote(folder)
        # Single numbers of noise, or of a map, stand for nothing.
        is_flat = not (
            hasattr(model_class, "trajectory") or isinstance(options.get("latent_dim"), tuple)
        )
        of_sequences = model_class.learns_from == "tokens"
        for verb, needed in ({"sample": "sample"} if of_sequences else _PICTURES).items():
            if hasattr(model_class, needed) and (is_flat or verb != "traverse"):
                of_images = verb == "complete" or hasattr(model_class, "encode")
                shown = images if verb != "sample" and of_images else ""
                print(f"  genzoo {verb} {folder}{shown}")
        if hasattr(model_class, "translate"):
            print(f"  genzoo translate {folder} PICTURE")
        else:
            print(f"  genzoo evaluate {folder}{images}")
        print(f"  genzoo export {folder} serving/{name}")
        print(f"  python -c {shlex.quote(load)}")

    command.__signature__ = inspect.Signature([*own, training])
    command.__annotations__ = {
        p.name: p.annotation for p in command.__signature__.parameters.values()
    }
    command.__doc__ = inspect.getdoc(model_class)
    train.command(command, name=name)


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


@contextlib.contextmanager
def _hushed():
    """Hold back what TensorFlow prints at import; show it only if the import fails."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    stderr = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        except BaseException:
            held.seek(0)
            os.write(stderr, held.read())
            raise
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
