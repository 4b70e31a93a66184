"""Checkpoints: the whole state of a run in one file, which a kill leaves whole or not at all."""

import json
import math
import os
import re
import warnings
import zipfile
from pathlib import Path

import keras

from keras_genzoo.base import arguments, workers

_PROGRESS = "progress.json"  # a member of the .keras file, beside Keras' own
_MEMBERS = {"config.json", "model.weights.h5", _PROGRESS}


class Checkpoint(keras.callbacks.Callback):
    """Keeps the whole state of a run, after each epoch and, if asked, every so many steps.

    A file, `epoch-0001.keras` or `epoch-0001-step-000200.keras` for 200 steps into the second
    epoch, holds config, weights, every optimizer and every seed, the epoch's averages so far and
    what the other callbacks count (their plain numbers, as patience used up; a `Checkpoint` is
    called after them). Where a callback stops a run in the middle of an epoch, that is kept as
    such. A file is written under a temporary name and moved into place, so that a kill leaves the
    ones before it. While a term of the model's own is not finite nothing is kept, which is said
    once: the last good file stays.

    Args:
        folder: Where the files go; made if it is missing.
        every_steps: Steps of an epoch between two files; `None` means one at its end.
        keep: How many of the newest that are sound stay.

    Raises:
        ValueError: If `keep` or `every_steps` is no count from 1 up; in `fit`, before its first
            step, if the folder holds checkpoints of a run that went further.
        OSError: In `fit`, if a file cannot be written; it names the file.

    Example:
        >>> import tempfile, numpy as np, keras_genzoo as kg
        >>> vae = kg.models.VAE((8, 8, 1), latent_dim=2, hidden=(16,))
        >>> vae.compile("adam")
        >>> images = np.zeros((32, 8, 8, 1))
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     history = vae.fit(images, epochs=2, callbacks=[Checkpoint(folder)], verbose=0)
        ...     model, epochs = restore(folder)
        >>> epochs
        2
    """

    comes_last = True  # what the others count is kept

    def __init__(self, folder, every_steps=None, keep=3):
        super().__init__()
        self.folder = Path(folder)
        self.every_steps = arguments.whole_or_none("every_steps", every_steps)
        self.keep = arguments.whole("keep", keep)
        if every_steps:  # else no hook after each batch, which makes Keras wait for its logs
            self.on_train_batch_end = self._keep_in_the_epoch

    def on_train_begin(self, logs=None):
        self.said = False
        self.folder.mkdir(parents=True, exist_ok=True)  # fails here, not after an epoch

    def on_epoch_begin(self, epoch, logs=None):
        course = self.model.course
        self.kept_at = course.step
        if workers.is_chief(self.model.distribute_strategy):
            self._check_folder((epoch, self.kept_at + course.lost_steps))

    def _check_folder(self, here):
        """Another run's files would be taken for the newest, and this one's deleted."""
        beyond = [path for path in found(self.folder) if _place(path) > here]
        if sound := [path.name for path in beyond if _progress(path)]:
            raise ValueError(
                "The folder holds checkpoints of a run that went further. Expected another folder, "
                "or `restore(folder)` and what it returns as model and `initial_epoch`. "
                f"Received: folder={str(self.folder)!r} with {', '.join(sound)}"
            )

    def _keep_in_the_epoch(self, batch, logs=None):
        step, every = self.model.course.step, self.every_steps
        if step // every == self.kept_at // every:
            return
        self.kept_at = step
        if not self.model.course.at_end and self._is_sound(logs):
            self.model.course.check_batches()
            _save(self.model, self.folder, self.keep)

    def on_epoch_end(self, epoch, logs=None):
        if self._is_sound(logs):
            _save(self.model, self.folder, self.keep)

    def _is_sound(self, logs):
        lost = broken(logs, self.model)
        if lost and not self.said and workers.is_chief(self.model.distribute_strategy):
            self.said = True
            print(f"\nNo checkpoint is kept while a loss is not finite: {lost}.")
        return not lost


def found(folder):
    """The checkpoints in a folder, oldest first; other files are passed over.

    Example:
        >>> found("no/such/folder")
        []
    """
    places = {path: _place(path) for path in Path(folder).glob("epoch-*.keras")}
    return sorted((path for path in places if places[path]), key=places.get)


def newest(folder):
    """The newest checkpoint of a folder that can be restored; `None` where there is none.

    Example:
        >>> newest("no/such/folder") is None
        True
    """
    return next((path for path in reversed(found(folder)) if _progress(path)), None)


def restore(folder):
    """The newest sound checkpoint of a folder, compiled, ready to go on where it was written.

    In the middle of an epoch `fit` goes on with the next batch if the dataset is one of
    `datasets.load`; others start the epoch anew. On another number of replicas the noise differs
    from what it would have been.

    Args:
        folder: What a `Checkpoint` wrote to.

    Returns:
        `(model, epochs)`, the whole epochs that it has trained: the `initial_epoch` of the next
        `fit`.

    Raises:
        ValueError: If the folder holds no sound checkpoint.

    Example: see `Checkpoint`.
    """
    for path in reversed(found(folder)):
        if (progress := _progress(path)) is None:
            warnings.warn(f"{path} is damaged; using the one before it", stacklevel=2)
            continue
        model = keras.saving.load_model(path)
        model.resumed = progress
        replicas = model.distribute_strategy.num_replicas_in_sync
        if replicas != progress["replicas"]:
            warnings.warn(
                f"The run goes on with {replicas} replica(s) after {progress['replicas']}: from "
                "the same weights, with other noise",
                stacklevel=2,
            )
        return model, progress["epoch"]
    raise ValueError(
        "There is nothing to resume. Expected a folder with a sound checkpoint, epoch-*.keras. "
        f"Received: folder={str(folder)!r}"
    )


def broken(logs, model):
    """Names of the model's own terms, of training or validation, that are logged and not finite."""
    own = getattr(model, "logged", model.metrics_names)  # or of a model of Keras alone
    logged = {name: x for name, x in (logs or {}).items() if name.removeprefix("val_") in own}
    return ", ".join(name for name, value in logged.items() if not math.isfinite(value))


def _save(model, folder, keep):
    """Write a checkpoint, and delete all that are older than the newest `keep` sound ones.

    Of several workers one writes.
    """
    progress = model.course.progress()
    if not workers.is_chief(model.distribute_strategy):
        return
    path = folder / _name(progress["epoch"], progress["step"])
    scratch = folder / ".writing.keras"  # what a kill leaves, the next one overwrites
    try:
        model.save(scratch)
        with zipfile.ZipFile(scratch, "a") as archive:
            archive.writestr(_PROGRESS, json.dumps(progress))
        os.replace(scratch, path)
    except OSError as error:
        scratch.unlink(missing_ok=True)
        before = "; the checkpoints before it are whole" if newest(folder) else ""
        reason = f"{error.strerror or error}{before}"
        raise OSError(error.errno, reason, str(path)) from error
    sound = 0
    for kept in reversed(found(folder)):
        if sound == keep:
            kept.unlink()
        elif kept == path or _progress(kept):  # of what is damaged none counts
            sound += 1


def _name(epoch, step):
    return f"epoch-{epoch:04d}-step-{step:06d}.keras" if step else f"epoch-{epoch:04d}.keras"


def _place(path):
    """Epoch and step of a checkpoint; `None` of another file."""
    match = re.fullmatch(r"epoch-(\d+)(?:-step-(\d+))?\.keras", path.name)
    return match and (int(match[1]), int(match[2] or 0))


def _progress(path):
    """What a sound file says of its run; `None` of a damaged one."""
    try:
        with zipfile.ZipFile(path) as archive:
            # It compares every checksum.
            if archive.testzip() is None and set(archive.namelist()) >= _MEMBERS:
                return json.loads(archive.read(_PROGRESS))
    except Exception:  # a damaged file fails in many ways
        pass
    return None
