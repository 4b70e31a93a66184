"""The `genzoo` command: train a model, look at what it learned, serve it."""

import contextlib
import functools
import inspect
import os
import shlex
import sys
import tempfile
from importlib import metadata
from pathlib import Path
from typing import Annotated, Literal

import cyclopts
from cyclopts import Parameter
from rich.table import Table

import keras_genzoo as kg
from keras_genzoo.commands import CONSOLE, anomalies, pictures, scores, serving

app = cyclopts.App(
    name="genzoo",
    help="A zoo of generative models: train one, look at what it learned, serve it.",
    version=metadata.version("keras_genzoo"),
    default_parameter=Parameter(consume_multiple=True, negative=()),
    suppress_keyboard_interrupt=False,  # `main` says how to go on
)
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
    *(pictures.complete, anomalies.anomalies, serving.serve),
):
    app.command(command)


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
        parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        for parameter in inspect.signature(model_class).parameters.values()
        if parameter.name not in ("image_shape", "seed", "kwargs")
        and "keras" not in str(parameter.annotation)
    ]
    training = inspect.Parameter(
        "training",
        inspect.Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[kg.training.Training, Parameter(name="*", group="Training")],
    )

    def command(*, training=None, **options):
        training = training or kg.training.Training()
        typed = shlex.join(["genzoo", *sys.argv[1:]])
        folder, logs = kg.training.run(name, model_class, options, training, typed)
        if not logs:  # a worker that is not the chief
            return
        scores = ", ".join(f"{term} {value:.1f}" for term, value in logs.items())
        print(f"\n{name}: {scores}")
        print(f"{folder}/ holds the model and its pictures. Next:\n")
        # A card may not lead to images of one's own, and its folder may be named as what ships is.
        own = not kg.training.is_public(training.dataset)
        images = f" --dataset {shlex.quote(training.dataset)}" if own else ""
        folder = f"./{folder}" if str(folder) in kg.presets.list() else folder
        for verb, needed in _PICTURES.items():
            if hasattr(model_class, needed):
                of_images = verb == "complete" or hasattr(model_class, "encode")
                shown = images if verb != "sample" and of_images else ""
                print(f"  genzoo {verb} {folder}{shown}")
        print(f"  genzoo evaluate {folder}{images}\n  genzoo export {folder} serving/{name}")
        print(f"""  python -c 'import keras_genzoo as kg; kg.from_preset("{folder}").summary()'""")

    command.__signature__ = inspect.Signature([*own, training])
    command.__annotations__ = {
        p.name: p.annotation for p in command.__signature__.parameters.values()
    }
    command.__doc__ = inspect.getdoc(model_class)
    train.command(command, name=name)


@app.command(name="list")
def list_presets():
    """List the pretrained models."""
    table = Table("preset", "model", "dataset", "parameters", "score")
    for name in kg.presets.list():
        try:
            card = kg.presets.card(name)
            row = (card["model"], card.get("dataset") or "", f"{card['parameters']:,}")
            row = (*row, _score(card))
        except KeyError as error:
            row = ("damaged", "", "", f"card.json of a preset lacks {error}.")
        except (ValueError, OSError) as error:
            row = ("damaged", "", "", str(error).partition(" Expected")[0])
        table.add_row(*(_printable(text) for text in (name, *row)))
    CONSOLE.print(table)


def _printable(text):
    """A text of a stranger's, without what would steer a terminal."""
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text)


def _score(card):
    """What a card says first of how good its model is.

    What `genzoo evaluate` measured of the weights as they are kept comes before what the training
    logged, on its own validation images and before the weights were halved.
    """
    measured = {entry["metric"]: entry["value"] for entry in reversed(card.get("evaluation", []))}
    match {**card.get("scores", {}), **measured}:
        case {"loss": loss}:
            return f"loss {loss:.1f}"
        case {"accuracy": accuracy}:
            return f"{accuracy:.1%} right"
        case {"frechet_distance": distance}:
            return f"Frechet distance {distance:.1f}"
    return ""


@app.command
def export(
    preset: str,
    folder: Path,
    *,
    format: Literal["tf_saved_model", "onnx", "litert", "openvino"] = "tf_saved_model",
    verbs: tuple[str, ...] | None = None,
):
    """Write a model's verbs as files that run without this package.

    A SavedModel goes where TensorFlow Serving reads versions: FOLDER/1, FOLDER/2, ... The other
    formats, of the extra `export`, go into FOLDER itself.

    Args:
        preset: Name or folder of a model.
        folder: Where the versions of the served model lie, or the files of the other formats.
        format: What is written.
        verbs: Which verbs; all unless given.
    """
    target = folder
    if format == "tf_saved_model":
        versions = [int(path.name) for path in folder.glob("*") if path.name.isdecimal()]
        target = folder / str(max(versions, default=0) + 1)
    kg.from_preset(preset).export(target, format, verbs=verbs)
    print(f"{target} holds the model.")


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
