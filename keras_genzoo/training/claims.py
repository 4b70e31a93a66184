"""Whose run an output folder holds: what it was asked for, and whether it may go on."""

import dataclasses
import inspect
import json
import warnings

import keras

from keras_genzoo.training import checkpoints, output

# What a resumed run may change.
_OF_A_SESSION = (
    *("epochs", "strategy", "devices", "checkpoint_steps", "licence", "output", "resume", "cache"),
)


def arguments(name, model_class, options, training, counts):
    """All that a run is asked for, given or default, and the defaults alone, as JSON holds them.

    With the counts of its examples: by another count all of them come in another order, and parts
    of a split are others.
    """
    parameters = inspect.signature(model_class).parameters.values()
    defaults = {p.name: p.default for p in parameters if p.default is not p.empty}
    asked = {"model": name, **defaults, **options, **dataclasses.asdict(training)}
    defaults |= dataclasses.asdict(type(training)()) | {"batch_size": model_class.batch_size}
    for of_a_session in _OF_A_SESSION:
        if of_a_session == "epochs" and training.decay != "none":
            continue  # over which the rate falls
        del asked[of_a_session], defaults[of_a_session]
    asked["examples"] = defaults["examples"] = counts  # of a claim of old these are not known
    return json.loads(json.dumps([asked, defaults], default=_serialized))


def _serialized(value):
    """A part of a model that was given, as data."""
    return keras.saving.serialize_keras_object(value)


def check_folder(folder, arguments, defaults, resume):
    """Raise a `ValueError` where a folder holds a run that is not to go on, or another one.

    One that left neither a sound checkpoint nor a preset has nothing to lose, and begins anew. A
    preset alone has: what it was trained to would be overwritten by a run from the first step on.
    """
    found, preset = checkpoints.found(folder / "checkpoints"), (folder / "config.json").exists()
    sound = checkpoints.newest(folder / "checkpoints")
    if resume and not sound and (found or preset):
        names = ", ".join(path.name for path in found)
        raise ValueError(
            "There is no sound checkpoint to go on from. Expected "
            f"{'another --output' if preset else 'no --resume, and the run begins anew'}. "
            f"Received: output={folder} with {f'{names}, damaged' if found else 'a preset alone'}"
        )
    if not (sound or preset):
        return
    was = output.claimed(folder)
    changed = {} if was is None else output.changes(was, arguments, defaults)
    if not resume:
        raise ValueError(
            "The output folder holds a run already. Expected --resume"
            f"{f' with {_listed(changed, 0)}' if changed else ''} to go on with it, or another "
            f"--output. Received: output={folder}"
        )
    if changed:
        raise _another(folder, changed)


def check_model(folder, model, model_class, arguments):
    """Raise a `ValueError` where a resumed model is not the one that is asked for.

    It is told by its own config, where nobody knows any more what the run was asked for.
    """
    if model.resumed is None or output.claimed(folder) is not None:
        return
    config = json.loads(json.dumps(model.get_config(), default=_serialized))
    # A preset that was named stands there whole, and could not be told from another.
    given = {name for name, value in config.items() if not isinstance(value, dict)}
    own = {name: arguments[name] for name in given & arguments.keys()}
    changed = output.changes({name: config[name] for name in own}, own, {})
    if type(model) is not model_class:
        changed["model"] = type(model).__name__, model_class.__name__
    if changed:
        raise _another(folder, changed)
    warnings.warn(
        f"{folder / 'run.json'} is gone or damaged, and written anew; of what the run was asked "
        "for only the model could be compared",
        stacklevel=3,
    )


def _another(folder, changed):
    return ValueError(
        f"The run in {folder} is another one. Expected --resume with the arguments that it was "
        f"started with, {_listed(changed, 0)}. Received: {_listed(changed, 1)}"
    )


def _listed(changed, which):
    """What was, or what would be, in words."""
    return ", ".join(f"{name}={values[which]!r}" for name, values in changed.items())


def diverged(folder, lost, epochs):
    """What to raise of a run whose loss is lost: what it left, and what may help."""
    if sound := checkpoints.newest(folder / "checkpoints"):
        left = f"; {sound} is its last good checkpoint"
    else:
        left = " before its first checkpoint"
    begun = sound or (folder / "config.json").exists()
    return ValueError(
        f"The run diverged{left}. Expected finite losses; a lower --learning-rate"
        f"{' and another --output' if begun else ''} may give them. "
        f"Received: {lost} not finite after epoch {epochs}"
    )
