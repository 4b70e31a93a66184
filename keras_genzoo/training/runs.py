"""A run from images to a preset with pictures, which a kill does not undo."""

import collections
import contextlib
import dataclasses
import inspect
import math
import re
import sys
from pathlib import Path
from typing import Literal

import keras

from keras_genzoo import plots, presets
from keras_genzoo.atomic import atomic_write, clear_aside
from keras_genzoo.base import inputs, workers
from keras_genzoo.training import callbacks, checkpoints, claims, data, output, precision, sequences
from keras_genzoo.training.images import IMAGE_OPTIONS, Images
from keras_genzoo.training.splits import classes_of

SHOWN = 12  # examples in a run's pictures


@dataclasses.dataclass(kw_only=True)
class Training(Images):
    """How a model is trained on which images."""

    split: str | None = None
    """What to train on, as TensorFlow Datasets writes it: train, train[:90%]. Unless given it is
    train, or what the validation split leaves of it."""
    unit: Literal["character", "word"] = "character"
    """For a model of sequences that learns from a text: what a token stands for."""
    length: int | None = None
    """For a model of sequences: their tokens; two bars of a melody, 32, or the longest line of a
    text, unless given."""
    epochs: int = 10
    """Passes over the images."""
    batch_size: int | None = None
    """Images in a step, of all devices together; 128 unless given, of a GAN 16, a CycleGAN 1."""
    learning_rate: float | None = None
    """Adam's; the model's own unless given."""
    decay: Literal["none", "cosine", "linear"] = "none"
    """How the learning rate falls to 0 over the epochs; cosine: Loshchilov and Hutter (2017)."""
    cache: Literal["auto", "memory", "disk", "none"] = "auto"
    """Where decoded images are kept: in memory, on disk, or nowhere, decoded when they are needed;
    auto keeps in memory what fits in a quarter of what is free, else on disk."""
    mixed_precision: Literal["float16", "bfloat16"] | None = None
    """Compute in 16 bits. On a CPU, bfloat16 rewrites every graph of the process where it can, but
    for diffusion."""
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
        ValueError: If the folder holds another run, or this one and `resume` is not set, or another
            process works in it, if what `training` asks for is no training, or if the run diverges.
        OSError: If a disk is full or may not be written; it names the path.
    """
    _check(training)
    if training.batch_size is None:
        training = dataclasses.replace(training, batch_size=model_class.batch_size)
    strategy = workers.new_strategy(training.strategy, training.devices)
    chief = workers.is_chief(strategy)
    dataset_name = re.sub(r"\W+", "_", Path(training.dataset).stem)
    folder = training.output or Path("runs") / f"{name}_{dataset_name}"
    labels = data.labels_of(training, model_class, options)
    data.check(training, model_class)
    training = data.with_splits(training, model_class, chief)
    images, validation = data.loaded(training, model_class, labels)
    parameters = inspect.signature(model_class).parameters
    if labels and "num_classes" in parameters:
        asked = options.get("num_classes")
        options = {**options, "num_classes": classes_of(images, validation, asked, chief)}

    counts = [each.count for each in (images, validation) if each is not None]
    arguments, defaults = claims.arguments(name, model_class, options, training, counts)
    with _named_disk(folder), output.locked(folder) if chief else contextlib.nullcontext():
        if chief:
            claims.check_folder(folder, arguments, defaults, training.resume)
            for own in (folder, folder / "checkpoints", folder / "samples"):
                clear_aside(own)
        with strategy.scope():
            model, epochs = _begin(model_class, options, training, images, folder / "checkpoints")
        if chief and training.resume:
            claims.check_model(folder, model, model_class, arguments)
        for given in (images, validation):
            _check_first_batch(given, model)
        workers.check_agreement(strategy, model)
        stop, until = callbacks.StopWhenLost(), training.epochs
        if model.resumed is not None and epochs < until and stop.stays_stopped(model.resumed):
            until = epochs
        if epochs >= until and _is_whole(folder, epochs):
            return folder, _nothing_left(folder, training, epochs) if chief else {}
        if strategy.num_replicas_in_sync > 1:
            share = -(-training.batch_size // strategy.num_replicas_in_sync)
            replicas = strategy.num_replicas_in_sync
            print(f"{replicas} replicas, up to {share} images of a batch on each.")
        measured = images if validation is None else validation
        history_file = folder / "history.csv"
        watching = [
            callbacks.Checkpoint(folder / "checkpoints", training.checkpoint_steps),
            stop,
        ]
        if chief:
            output.keep_rows(history_file, epochs)
            watched = hasattr(model, "posterior") and measured.count > 1  # one varies by nothing
            if watched and output.has_column(history_file, "active_units"):
                watching.append(callbacks.LatentHealth(measured))
            watching.append(keras.callbacks.CSVLogger(history_file, append=True))
            output.claim(folder, arguments)  # all that could be refused has been
        if hasattr(model, "sample") and model.learns_from != "tokens":
            watching.append(callbacks.SampleGrid(folder / "samples"))
        elif hasattr(model, "translate"):
            shown = tuple(data.first(measured, SHOWN))
            watching.append(callbacks.SampleGrid(folder / "samples", images=shown))
        model.fit(
            images,
            validation_data=validation,
            epochs=until,
            initial_epoch=epochs,
            callbacks=watching,
            verbose=_verbosity() if chief else 0,
        )
        if not chief:
            return folder, {}
        history, logged = output.rows(history_file)
        epochs = max(epochs, logged)
        logs = {name: values[-1] for name, values in history.items()}
        if lost := checkpoints.broken(logs, model):
            raise claims.diverged(folder, lost, epochs)
        # The card last: it says that all else is there.
        _draw(model, folder, history, measured)
        presets.save(model, folder, **_card(model_class, training, command, history, epochs))
    return folder, logs


def _check(training):
    for name in ("epochs", "checkpoint_steps", "learning_rate"):
        value = getattr(training, name)
        if value is not None and not 0 < value < math.inf:
            raise ValueError(
                f"Nothing would be learned. Expected {name} above 0 and finite. "
                f"Received: {name}={value}"
            )
    if not 0 <= training.seed < 2**32:
        raise ValueError(
            f"No noise begins so. Expected seed from 0 to {2**32 - 1}. "
            f"Received: seed={training.seed}"
        )


def _check_first_batch(dataset, model):
    """Raise a `ValueError` where the images do not fit the model, before anything is kept."""
    if dataset is None:
        return
    # Iterated itself, it would move on by an epoch.
    batch = next(iter(dataset.from_epoch(0)))
    inputs.examples(*keras.utils.unpack_x_y_sample_weight(batch), model)


def _is_whole(folder, epochs):
    """Whether the folder holds the preset of that many epochs, which a run writes last."""
    try:
        return presets.card(folder).get("epochs") == epochs
    except ValueError:
        return False


def _nothing_left(folder, training, epochs):
    """Say so; the final logs."""
    print(
        f"Nothing was left to do: the run in {folder} has trained {epochs} epoch(s), and --epochs "
        f"asks for {training.epochs}."
    )
    if training.licence:
        presets.annotate(folder, licence=training.licence)
    output.keep_rows(folder / "history.csv", epochs)
    history, _ = output.rows(folder / "history.csv")
    return {name: values[-1] for name, values in history.items()}


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
    policy = precision.policy(model_class, training.mixed_precision)
    if training.resume and checkpoints.found(folder):
        return checkpoints.restore(folder)
    keras.utils.set_random_seed(training.seed)
    options = {**data.sizes(model_class, images), **options}
    model = model_class(seed=training.seed, dtype=policy, **options)
    steps = training.epochs * len(images)
    updates = collections.Counter()
    for player in model.players:
        updates[player.optimizer] += steps * player.steps
    model.compile(**{name: _adam(model, training, count) for name, count in updates.items()})
    return model, 0


def _adam(model, training, updates):
    """A player's optimizer, whose rate falls over all its updates."""
    rate = {} if training.learning_rate is None else {"learning_rate": training.learning_rate}
    options = {**model.adam, **rate}
    schedules = keras.optimizers.schedules
    if training.decay == "cosine":
        options["learning_rate"] = schedules.CosineDecay(options["learning_rate"], updates)
    elif training.decay == "linear":
        options["learning_rate"] = schedules.PolynomialDecay(options["learning_rate"], updates, 0.0)
    return keras.optimizers.Adam(**options)


def _verbosity():
    """Keras' bar on a terminal; elsewhere, where it would draw thousands, a line an epoch."""
    return 1 if sys.stdout.isatty() else 2


def _card(model_class, training, command, history, epochs):
    scores = {
        name.removeprefix("val_"): values[-1]
        for name, values in history.items()
        if name.startswith("val_")
    }
    embedded = training.dataset == Images.dataset
    card = {
        "dataset": training.dataset,
        "images": {name: getattr(training, name) for name in IMAGE_OPTIONS},
        **({"labels": training.labels} if training.labels else {}),
        "split": training.split,
        "validation_split": training.validation_split,
        "command": command,
        **precision.in_card(model_class, training.mixed_precision, command),
        "seed": training.seed,
        "epochs": epochs,
        "scores": scores,
        "licence": training.licence or ("MIT" if embedded else "not stated"),
    }
    if scores:
        per = _example(model_class)
        card["protocol"] = f"evaluate() on the split {training.validation_split}, per {per}"
    return card


def _example(model):
    """What a model, or a class of them, learns from one by one."""
    return "sequence" if model.learns_from == "tokens" else "image"


def _draw(model, folder, history, images):
    per = _example(model)
    pictures = {"history.png": plots.history(history, per=per)} if history else {}
    if model.learns_from == "tokens":
        sequences.draw(model, folder)
    else:
        pictures |= _of_images(model, images)
    for name, figure in pictures.items():
        with atomic_write(folder / name) as scratch:
            figure.savefig(scratch)


def _of_images(model, images):
    shown, *beside = data.first(images, SHOWN)
    pictures = {}
    if hasattr(model, "translate"):
        pictures["samples.png"] = plots.translations(model, shown, *beside)
    if hasattr(model, "sample"):
        pictures["samples.png"] = plots.image_grid(model.sample(64, seed=0), "Samples")
    if hasattr(model, "reconstruct"):
        condition = {model.condition_word: beside[0]} if model.condition_word else {}
        pictures["reconstructions.png"] = plots.reconstructions(model, shown, **condition)
    return pictures
