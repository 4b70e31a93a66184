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
from typing import Annotated

import cyclopts
from cyclopts import Parameter
from rich.console import Console
from rich.table import Table

import keras_genzoo as kg

CONSOLE = Console(width=160)  # a table takes what it needs; names are never cut, in a pipe neither
app = cyclopts.App(
    name="genzoo",
    help="A zoo of generative models: train one, look at what it learned, serve it.",
    version=metadata.version("keras_genzoo"),
    default_parameter=Parameter(consume_multiple=True, negative=()),
    suppress_keyboard_interrupt=False,  # `main` says how to go on
)
train = cyclopts.App(name="train", help="Train a model; keep it as a preset, with pictures.")
app.command(train)


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
        for verb in ("sample", "reconstruct"):
            if hasattr(model_class, verb):
                print(f"  genzoo {verb} {folder}")
        print(f"  genzoo evaluate {folder}\n  genzoo export {folder} serving/{name}")
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
    table = Table("preset", "model", "dataset", "parameters", "loss")
    for name in kg.presets.list():
        card = kg.presets.card(name)
        loss = card.get("scores", {}).get("loss")
        table.add_row(
            name,
            card["model"],
            card.get("dataset", ""),
            f"{card['parameters']:,}",
            "" if loss is None else f"{loss:.1f}",
        )
    CONSOLE.print(table)


@app.command
def sample(
    preset: str, *, num_samples: int = 64, seed: int = 0, output: Path = Path("samples.png")
):
    """Draw new images.

    Args:
        preset: Name or folder of a model.
        num_samples: How many.
        seed: The same seed gives the same images.
        output: Picture to write.
    """
    model = kg.from_preset(preset)
    _need(model, "sample")
    _save(kg.plots.image_grid(model.sample(num_samples, seed=seed), f"Samples of {preset}"), output)


@app.command
def reconstruct(
    preset: str,
    *,
    dataset: str | None = None,
    split: str = "test",
    num_images: int = 12,
    output: Path = Path("reconstructions.png"),
):
    """Show images beside what the model makes of them.

    Args:
        preset: Name or folder of a model.
        dataset: As for `genzoo train`; what the model was trained on, unless given.
        split: Which images.
        num_images: How many.
        output: Picture to write.
    """
    model = kg.from_preset(preset)
    _need(model, "reconstruct")
    images = _images(preset, dataset).load(split, batch_size=num_images, shuffle=False)
    _save(kg.plots.reconstructions(model, next(iter(images)).numpy()), output)


@app.command
def evaluate(
    preset: str, *, dataset: str | None = None, split: str = "test", batch_size: int = 128
):
    """Score a model: its losses, in nats per image.

    Args:
        preset: Name or folder of a model.
        dataset: As for `genzoo train`; what the model was trained on, unless given.
        split: Which images.
        batch_size: Images in a step.
    """
    model = kg.from_preset(preset)
    images = _images(preset, dataset)
    model.compile()
    labels = model.learns_from_labels
    data = images.load(split, batch_size=batch_size, shuffle=False, labels=labels)
    table = Table("term", f"{images.dataset} {split}")
    for term, value in model.evaluate(data, return_dict=True).items():
        table.add_row(term, f"{value:.2f}")
    CONSOLE.print(table)


@app.command
def export(preset: str, folder: Path):
    """Write a SavedModel as TensorFlow Serving reads it: FOLDER/1, FOLDER/2, ...

    Args:
        preset: Name or folder of a model.
        folder: Where the versions of the served model lie.
    """
    versions = [int(path.name) for path in folder.glob("*") if path.name.isdecimal()]
    target = folder / str(max(versions, default=0) + 1)
    kg.from_preset(preset).export(target)
    print(f"{target} holds the model.")


def _images(preset, dataset):
    """The images that the model was trained on, or another set read alike."""
    card = kg.presets.card(preset)
    dataset = dataset or card.get("dataset")
    if dataset is None:
        raise ValueError("The card names no images. Expected --dataset. Received: dataset=None")
    return kg.training.Images(dataset=dataset, **card.get("images", {}))


def _need(model, verb):
    if not hasattr(model, verb):
        raise ValueError(
            f"The model does not {verb}. Expected one with that verb. "
            f"Received: {type(model).__name__}"
        )


def _save(figure, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path)
    print(f"{path} holds the picture.")


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
