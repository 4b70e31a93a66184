"""A run from images to a preset with pictures, which a kill does not undo."""

import contextlib
import csv
import dataclasses
import inspect
import json
import os
import re
import sys
from pathlib import Path
from typing import Literal

import keras
import tensorflow as tf

from keras_genzoo import plots, presets
from keras_genzoo.base import workers
from keras_genzoo.training import callbacks, checkpoints
from keras_genzoo.training.images import IMAGE_OPTIONS, Images
from keras_genzoo.training.splits import count_classes, parted

# What a resumed run may change.
_OF_A_SESSION = (
    *("epochs", "strategy", "devices", "checkpoint_steps", "licence", "output", "resume"),
)


@dataclasses.dataclass(kw_only=True)
class Training(Images):
    """How a model is trained on which images."""

    split: str | None = None
    """What to train on, as TensorFlow Datasets writes it: train, train[:90%]. Unless given it is
    train, or what the validation split leaves of it."""
    labels: str | None = None
    """For a model that learns from labels: a csv's column or a feature of TensorFlow Datasets; the
    folders, or what is called label, unless given."""
    epochs: int = 10
    """Passes over the images."""
    batch_size: int = 128
    """Images in a step, of all devices together."""
    learning_rate: float | None = None
    """Adam's; the model's own unless given."""
    mixed_precision: Literal["float16", "bfloat16"] | None = None
    """Compute in 16 bits. On a CPU, bfloat16 rewrites every graph of the process where it can."""
    strategy: Literal["none", "mirrored", "multi-worker"] = "none"
    """Train on all GPUs of this machine, or on all machines of TF_CONFIG."""
    devices: int | None = None
    """With mirrored, split the CPU into so many devices instead, to try things out."""
    checkpoint_steps: int | None = None
    """Keep a checkpoint every so many steps too, not only after each epoch."""
    seed: int = 0
    """Of weights, noise and the order of the images."""
    licence: str | None = None
    """Of the weights, for the card; the embedded images' own unless given."""
    output: Path | None = None
    """Folder of the run; runs/MODEL_DATASET unless given."""
    resume: bool = False
    """Go on with the run in the output folder."""


def run(name, model_class, options, training, command):
    """Train a model; leave the preset, its pictures and its checkpoints in the output folder.

    Args:
        name: The model's, in the folder's name.
        model_class: One of `kg.models`.
        options: Its constructor's arguments, but for `image_shape` and `seed`.
        training: A `Training`.
        command: What was typed, for the card.

    Returns:
        The folder and the final logs; of several workers only the chief has any.

    Raises:
        ValueError: If the folder holds another run, or this one and `resume` is not set, if what
            `training` asks for is no training, or if the run diverges.
        OSError: If a disk is full or may not be written; it names the path.
    """
    _check(training)
    strategy = workers.new_strategy(training.strategy, training.devices)
    chief = workers.is_chief(strategy)
    dataset_name = re.sub(r"\W+", "_", Path(training.dataset).stem)
    folder = training.output or Path("runs") / f"{name}_{dataset_name}"
    labels = _labels(model_class, training)
    training = _with_splits(training, chief)
    images = training.load(
        training.split, batch_size=training.batch_size, seed=training.seed, labels=labels
    )
    validation = None
    if training.validation_split != "none":
        validation = training.load(training.validation_split, shuffle=False, labels=labels)
    parameters = inspect.signature(model_class).parameters
    if labels and "num_classes" in parameters and "num_classes" not in options:
        options = {**options, "num_classes": count_classes(*filter(None, (images, validation)))}

    if chief:
        _claim(folder, {"model": name, **options}, training)
    with strategy.scope():
        model, epochs = _begin(model_class, options, training, images, folder / "checkpoints")
    workers.check_agreement(strategy, model)
    if strategy.num_replicas_in_sync > 1:
        share = -(-training.batch_size // strategy.num_replicas_in_sync)
        print(f"{strategy.num_replicas_in_sync} replicas, up to {share} images of a batch on each.")
    measured = images if validation is None else validation
    history_file = folder / "history.csv"
    watching = [
        callbacks.Checkpoint(folder / "checkpoints", training.checkpoint_steps),
        callbacks.StopWhenLost(),
    ]
    if chief:
        _keep_rows(history_file, epochs)
        if hasattr(model, "posterior") and _has_column(history_file, "active_units"):
            watching.append(callbacks.LatentHealth(measured))
        watching.append(keras.callbacks.CSVLogger(history_file, append=True))
    if hasattr(model, "sample"):
        watching.append(callbacks.SampleGrid(folder / "samples"))
    with _named_disk(folder):
        model.fit(
            images,
            validation_data=validation,
            epochs=training.epochs,
            initial_epoch=epochs,
            callbacks=watching,
            verbose=_verbosity() if chief else 0,
        )
        if not chief:
            return folder, {}
        history = _rows(history_file)
        logs = {name: values[-1] for name, values in history.items()}
        if lost := checkpoints.broken(logs):
            raise ValueError(
                f"The run diverged, and {folder} keeps the last good checkpoint alone. Expected "
                "finite losses; a lower --learning-rate may give them. "
                f"Received: {lost} not finite after epoch {_epochs(history)}"
            )
        presets.save(model, folder, **_card(training, command, history))
        _draw(model, folder, history, measured)
    return folder, logs


def _check(training):
    for name in ("epochs", "checkpoint_steps", "learning_rate"):
        value = getattr(training, name)
        if value is not None and value <= 0:
            raise ValueError(
                f"Nothing would be learned. Expected {name} above 0. Received: {name}={value}"
            )


def _with_splits(training, chief):
    """The training with its splits named; says so where part of a split is held out."""
    split, validation_split = parted(training.dataset, training.validation_split, training.split)
    if chief and training.validation_split is None and validation_split != "test":
        held_out = "nothing" if validation_split == "none" else validation_split
        print(f"The images have no split test: {split} is trained on, {held_out} held out.")
    return dataclasses.replace(training, split=split, validation_split=validation_split)


def _labels(model_class, training):
    """Which labels the model learns from, as `datasets.load` takes them."""
    if model_class.fit_y == "labels":
        return training.labels or True
    if training.labels:
        raise ValueError(
            "The model learns from no labels. Expected none, or a model that does, as "
            f"conditional_gan. Received: {model_class.__name__}, labels={training.labels!r}"
        )
    return False


@contextlib.contextmanager
def _named_disk(folder):
    """Say where a disk failed, which a write in the middle of a file does not."""
    try:
        yield
    except OSError as error:
        if error.filename is not None:
            raise
        raise OSError(error.errno, error.strerror or str(error), str(folder)) from error


def _begin(model_class, options, training, images, folder):
    """The model, compiled, and how many epochs it has trained: new, or of the last checkpoint."""
    policy = _policy(training.mixed_precision)
    if training.resume and checkpoints.found(folder):
        return checkpoints.restore(folder)
    keras.utils.set_random_seed(training.seed)
    image_shape = tuple(keras.tree.flatten(images.element_spec)[0].shape[1:])
    model = model_class(image_shape, seed=training.seed, dtype=policy, **options)
    rate = {} if training.learning_rate is None else {"learning_rate": training.learning_rate}
    model.compile(keras.optimizers.Adam(**{**model.adam, **rate}))
    return model, 0


def _verbosity():
    """Keras' bar on a terminal; elsewhere, where it would draw thousands, a line an epoch."""
    return 1 if sys.stdout.isatty() else 2


def _claim(folder, model, training):
    """Make the output folder this run's, or see that it is."""
    arguments = {**model, **dataclasses.asdict(training)}
    for of_a_session in _OF_A_SESSION:
        del arguments[of_a_session]
    arguments = json.loads(json.dumps(arguments))
    path = folder / "run.json"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(arguments, indent=2) + "\n")
        return
    if not training.resume:
        raise ValueError(
            "The output folder holds a run already. Expected --resume to go on with it, or another "
            f"--output. Received: output={folder}"
        )
    for key, was in json.loads(path.read_text()).items():
        if arguments.get(key) != was:
            raise ValueError(
                f"The run in {folder} is another one. Expected --resume with the arguments that it "
                f"was started with, {key}={was!r}. Received: {key}={arguments.get(key)!r}"
            )


def _policy(mixed_precision):
    """The layers' dtype policy; bfloat16 on a CPU is TensorFlow's rewrite of the graphs instead.

    Measured on a CPU, Keras' own `mixed_bfloat16` is slower than float32; the rewrite is faster.
    """
    if mixed_precision == "bfloat16" and not tf.config.list_physical_devices("GPU"):
        if not _cpu_computes_bfloat16():
            raise ValueError(
                "This CPU does not compute in bfloat16. Expected avx512_bf16 or amx_bf16 among its "
                "flags, or a GPU. Received: mixed_precision='bfloat16'"
            )
        print("bfloat16 on a CPU: TensorFlow rewrites every graph of this process where it can.")
        tf.config.optimizer.set_experimental_options({"auto_mixed_precision_onednn_bfloat16": True})
        return None
    return mixed_precision and f"mixed_{mixed_precision}"


def _cpu_computes_bfloat16():
    cpu = Path("/proc/cpuinfo")
    return cpu.exists() and bool(re.search(r"\b(avx512_bf16|amx_bf16)\b", cpu.read_text()))


def _card(training, command, history):
    scores = {
        name.removeprefix("val_"): values[-1]
        for name, values in history.items()
        if name.startswith("val_")
    }
    embedded = training.dataset == Images.dataset
    card = {
        "dataset": training.dataset,
        "images": {name: getattr(training, name) for name in IMAGE_OPTIONS},
        "split": training.split,
        "validation_split": training.validation_split,
        "command": command,
        "seed": training.seed,
        "epochs": _epochs(history),
        "scores": scores,
        "licence": training.licence or ("MIT" if embedded else "not stated"),
    }
    if scores:
        card["protocol"] = f"evaluate() on the split {training.validation_split}, per image"
    return card


def _draw(model, folder, history, images):
    shown = keras.tree.flatten(next(iter(images)))[0].numpy()
    if hasattr(model, "sample"):
        samples = plots.image_grid(model.sample(64, seed=0), "Samples")
        samples.savefig(folder / "samples.png")
    if hasattr(model, "reconstruct"):
        plots.reconstructions(model, shown[:12]).savefig(folder / "reconstructions.png")
    plots.history(history).savefig(folder / "history.png")


def _rows(path):
    """The logged terms, each a list with a value for each epoch."""
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    # Keras writes NA in the val_ columns of a run without validation.
    terms = [name for name, value in rows[0].items() if name != "epoch" and value != "NA"]
    return {name: [float(row[name]) for row in rows] for name in terms}


def _epochs(history):
    return len(next(iter(history.values())))


def _has_column(path, term):
    """Whether a history can take a term: one that began without it cannot, an empty one can."""
    header = path.read_text().partition("\n")[0] if path.exists() else ""
    return not header or term in header.split(",")


def _keep_rows(path, epochs):
    """Cut from a history what a kill left behind the last checkpoint."""
    if path.exists():
        lines = path.read_text().splitlines(keepends=True)
        scratch = path.with_suffix(".writing")
        scratch.write_text("".join(lines[: epochs + 1] if epochs else []))
        os.replace(scratch, path)
