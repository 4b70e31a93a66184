"""What `fit` and `evaluate` do around Keras' loop: check what they are given, follow the run.

A run that was cut off in the middle of an epoch goes on there: with the next batch, the averages
that the epoch had logged, and what its callbacks had counted.
"""

import contextlib
import copy
import functools
import inspect
import math
import types

import keras

from keras_genzoo import datasets
from keras_genzoo.base import inputs, known_order, workers
from keras_genzoo.base.course import Course, anew

_SHARED = (  # among several workers
    *("x", "y", "sample_weight", "batch_size", "shuffle", "validation_split", "steps_per_epoch"),
)


def arguments(method, args, kwargs):
    """The arguments of one of Keras' methods by name, defaults included."""
    call = inspect.signature(method).bind(None, *args, **kwargs)
    call.apply_defaults()
    named = dict(call.arguments)
    del named["self"]
    return named.pop("kwargs", {}) | named


def prepare_fit(model, given):
    """Check what `fit` is given, change it to what Keras needs, put a `Course` at its side.

    Returns:
        What is given then; of several workers all examples, and not the part of each.
    """
    _check_compiled(model)
    if not 0 <= given["validation_split"] < 1:  # of which Keras would take some share
        raise ValueError(
            "Nothing can be held out so. Expected validation_split from 0 up to below 1. "
            f"Received: validation_split={given['validation_split']}"
        )
    if model.learns_from == "unpaired":
        _pair_anew(model, given)
    resumed, go_to, strategy = model.resumed, None, model.distribute_strategy
    if resumed is not None and resumed["epoch"] != given["initial_epoch"]:
        resumed = None
    if hasattr(given["x"], "from_epoch"):  # of datasets.load: its order is of (seed, epoch)
        resumed, go_to, whole = known_order.begin(model, given, resumed)
    else:
        if resumed is not None and resumed["step"]:
            known = "only datasets of `datasets.load`, whose order is known, go on in its middle"
            resumed = anew(resumed, known)
        given["x"], given["y"] = inputs.examples(
            given["x"], given["y"], given["sample_weight"], model
        )
        whole = {name: given[name] for name in _SHARED}
    measured = given["validation_data"]
    if hasattr(measured, "from_epoch"):  # the same draws after each epoch, resumed or not
        given["validation_data"] = workers.shared(
            strategy,
            measured,
            lambda each: inputs.validation(each.moving(lambda: (0, 0)), model),
        )
    else:
        given["validation_data"] = inputs.validation(measured, model)
    workers.share_data(strategy, given)
    # Keras warns of shuffling, its default, where it leaves the order to a dataset.
    given["shuffle"] = not workers.is_dataset(given["x"]) and given["shuffle"]
    callbacks = _of_all_players(given["callbacks"], model)
    _understood(callbacks, model)
    callbacks.sort(key=lambda callback: getattr(callback, "comes_last", False))
    model.course = Course(callbacks, resumed, given["steps_per_epoch"], go_to)
    if resumed is not None and given["epochs"] > given["initial_epoch"]:
        stops = [each.stays_stopped for each in callbacks if hasattr(each, "stays_stopped")]
        if any(stays_stopped(resumed) for stays_stopped in stops):
            given["epochs"] = given["initial_epoch"]  # in an epoch Keras would take a step at least
    given["callbacks"] = [model.course, *callbacks]
    model.resumed = None  # last: a call that is refused may be mended and made again
    return {**given, **whole} if workers.several(strategy) else given


def _check_compiled(model):
    if not model.compiled:
        raise ValueError(
            f"The {type(model).__name__} is not compiled. Expected `compile()` before, which gives "
            "its players their optimizers. Received: compiled=False"
        )


def _pair_anew(model, given):
    """Put arrays side by side in each epoch anew, of which the shorter is repeated."""
    x, y, share = given["x"], given["y"], given["validation_split"]
    measured = given["validation_data"]
    if isinstance(measured, tuple | list) and len(measured) == 2:
        size = given["validation_batch_size"] or given["batch_size"]
        given["validation_data"] = _unpaired(model, *measured, size, shuffle=False)
    if not _are_unpaired(x, y, given["sample_weight"]):
        return
    if share and measured is None:
        ends = [math.floor(len(side) * (1 - share)) for side in (x, y)]
        held_out = [side[end:] for side, end in zip((x, y), ends, strict=True)]
        x, y = (side[:end] for side, end in zip((x, y), ends, strict=True))
        size = given["validation_batch_size"] or given["batch_size"]
        given["validation_data"] = _unpaired(model, *held_out, size, shuffle=False)
    given["validation_split"] = 0.0
    given["x"] = _unpaired(model, x, y, given["batch_size"], shuffle=bool(given["shuffle"]))
    given["y"] = None


def _are_unpaired(x, y, sample_weight):
    """Whether they are arrays without weights, each of which would belong to a pair."""
    if not inputs.is_array(x) or not inputs.is_array(y):
        return False
    if sample_weight is not None and len(x) != len(y):
        raise ValueError(
            "Weights are of pairs. Expected as many of x as of y, or no sample_weight. "
            f"Received: {len(x)} and {len(y)}"
        )
    return sample_weight is None


def _unpaired(model, x, y, batch_size, shuffle):
    x, y = inputs.examples(x, y, None, model)
    return datasets.unpaired(x, y, batch_size or 32, shuffle=shuffle, seed=model.seed or 0)


def prepare_evaluate(model, given):
    """Check what `evaluate` is given."""
    _check_compiled(model)
    unpaired = model.learns_from == "unpaired"
    if unpaired and _are_unpaired(given["x"], given["y"], given["sample_weight"]):
        size = given["batch_size"]
        given["x"] = _unpaired(model, given["x"], given["y"], size, shuffle=False)
        given["y"] = None
    if not given.get("_use_cached_eval_dataset"):  # then `fit` has checked it
        strategy, dataset = model.distribute_strategy, given["x"]
        if hasattr(dataset, "from_epoch"):

            def checked(each):
                return inputs.examples(each.moving(dataset.next_place), None, None, model)[0]

            given["x"] = workers.shared(strategy, dataset, checked)
        else:
            given["x"], given["y"] = inputs.examples(
                given["x"], given["y"], given["sample_weight"], model
            )
            workers.share_data(strategy, given)
        given["callbacks"] = _of_all_players(given["callbacks"], model)


@contextlib.contextmanager
def no_bad_batches(model):
    """Raise a `ValueError` after an evaluation that drew bad batches, whose scores mean nothing."""
    before = int(model.bad_batches.result())
    yield
    if count := int(model.bad_batches.result()) - before:
        units, values = inputs.allowed(model)
        raise ValueError(
            f"The evaluation drew bad {units}. Expected {values}. Received: {count} bad batch(es)"
        )


@contextlib.contextmanager
def averages_of_all_players(model):
    """Let the end of `fit` give each player's weights their averages, where its optimizer has any.

    Keras pairs the averages of `model.optimizer` with the model's weights by place.
    """
    optimizer = model.optimizer

    def finalize(_):
        for player in model.players:
            own = getattr(model, player.optimizer)
            type(own).finalize_variable_values(own, player.trainable_weights)

    if optimizer is not None:
        optimizer.finalize_variable_values = finalize
    try:
        yield
    finally:
        if optimizer is not None:
            del optimizer.finalize_variable_values


@contextlib.contextmanager
def plain_errors(model):
    """Say in plain words what TensorFlow reports from within a step."""
    with (
        inputs.batch_errors(model),
        workers.named_failures(model.distribute_strategy),
    ):
        yield


class Fits:
    """Gives a model Keras' methods that take data, with what is given checked by its fields."""

    @functools.wraps(keras.Model.fit)
    def fit(self, *args, **kwargs):
        given = arguments(keras.Model.fit, args, kwargs)
        whole = prepare_fit(self, given)
        with plain_errors(self), averages_of_all_players(self):
            self.before_fit(whole)
            return super().fit(**given)

    @functools.wraps(keras.Model.evaluate)
    def evaluate(self, *args, **kwargs):
        given = arguments(keras.Model.evaluate, args, kwargs)
        prepare_evaluate(self, given)
        with plain_errors(self), no_bad_batches(self):
            return super().evaluate(**given)

    @functools.wraps(keras.Model.predict)
    def predict(self, x, *args, **kwargs):
        with plain_errors(self):
            return super().predict(inputs.predictable(x, self), *args, **kwargs)

    @functools.wraps(keras.Model.train_on_batch)
    def train_on_batch(self, x, y=None, sample_weight=None, **kwargs):
        x, y = inputs.examples(x, y, sample_weight, self)
        return super().train_on_batch(x, y, sample_weight, **kwargs)

    @functools.wraps(keras.Model.test_on_batch)
    def test_on_batch(self, x, y=None, sample_weight=None, **kwargs):
        x, y = inputs.examples(x, y, sample_weight, self)
        return super().test_on_batch(x, y, sample_weight, **kwargs)


def _of_all_players(callbacks, model):
    """Callbacks as a list, each `SwapEMAWeights` followed by a twin for each further optimizer.

    Keras' own swaps the averages of `model.optimizer` alone.
    """
    names = sorted({player.optimizer for player in model.players} - {"optimizer"})
    others = [getattr(model, name) for name in names]
    others = [each for each in others if getattr(each, "inner_optimizer", each).use_ema]
    found = []
    for callback in keras.tree.flatten(callbacks or []):
        found.append(callback)
        if isinstance(callback, keras.callbacks.SwapEMAWeights):
            for optimizer in others:
                twin = copy.copy(callback)
                twin.set_model(types.SimpleNamespace(optimizer=optimizer))
                twin.set_model = lambda model: None  # it stays with its optimizer
                found.append(twin)
    return found


def _understood(callbacks, model):
    """Tell Keras' callbacks what they cannot know of our logs.

    Which way a term is better, where `mode` is left to them; and of a GAN, which logs no `loss`,
    that it is lost when any of its terms is.
    """
    for callback in callbacks:
        term = getattr(callback, "monitor", None)
        is_ours = isinstance(term, str) and term.removeprefix("val_") in model.logged
        if is_ours and getattr(callback, "mode", None) == "auto":
            callback.mode = "max" if term.endswith("accuracy") else "min"
        if isinstance(callback, keras.callbacks.TerminateOnNaN) and "loss" not in model.logged:
            callback.on_batch_end = functools.partial(_look_at_all, callback)


def _look_at_all(callback, batch, logs=None):
    """Show a callback that watches `loss` the sum of all terms: lost where one is."""
    type(callback).on_batch_end(callback, batch, {"loss": sum((logs or {}).values())})
