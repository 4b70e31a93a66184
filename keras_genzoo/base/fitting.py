"""What `fit` and `evaluate` do around Keras' loop: check what they are given, follow the run.

A run that was cut off in the middle of an epoch goes on there: with the next batch, the averages
that the epoch had logged, and what its callbacks had counted.
"""

import contextlib
import inspect
import warnings

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from keras_genzoo.base import inputs, workers


def arguments(method, args, kwargs):
    """The arguments of one of Keras' methods by name, defaults included."""
    call = inspect.signature(method).bind(None, *args, **kwargs)
    call.apply_defaults()
    named = dict(call.arguments)
    del named["self"]
    return named.pop("kwargs", {}) | named


def prepare_fit(model, given):
    """Check what `fit` is given, change it to what Keras needs, put a `Course` at its side."""
    resumed = model.resumed
    if resumed is not None and resumed["epoch"] != given["initial_epoch"]:
        resumed = None
    if hasattr(given["x"], "from_epoch"):  # of datasets.load: its order is of (seed, epoch)
        dataset = given["x"]
        inputs.check_spec(dataset, model)
        steps = given["steps_per_epoch"] = given["steps_per_epoch"] or len(dataset)
        done = given["initial_epoch"] * steps + (resumed["step"] if resumed else 0)
        given["x"] = dataset.from_epoch(*divmod(done, len(dataset)))
    else:
        if resumed is not None and resumed["step"]:
            warnings.warn(
                f"Epoch {resumed['epoch'] + 1} starts anew: only datasets of `datasets.load`, "
                "whose order is known, go on in the middle of one",
                stacklevel=4,
            )
            resumed = {**resumed, "step": 0}
        given["x"], given["y"] = inputs.examples(
            given["x"], given["y"], given["sample_weight"], model
        )
    measured = given["validation_data"]
    if hasattr(measured, "from_epoch"):  # the same draws after each epoch, resumed or not
        measured = measured.from_epoch(0).take(len(measured))
    given["validation_data"] = inputs.validation(measured, model)
    workers.share_data(model.distribute_strategy, given)
    # Keras warns of shuffling, its default, where it leaves the order to a dataset.
    given["shuffle"] = not isinstance(given["x"], tf.data.Dataset) and given["shuffle"]
    callbacks = keras.tree.flatten(given["callbacks"] or [])
    callbacks.sort(key=lambda callback: getattr(callback, "comes_last", False))
    model.course = Course(callbacks, resumed, given["steps_per_epoch"])
    given["callbacks"] = [model.course, *callbacks]
    model.resumed = None  # last: a call that is refused may be mended and made again


def prepare_evaluate(model, given):
    """Check what `evaluate` is given."""
    if not given.get("_use_cached_eval_dataset"):  # then `fit` has checked it
        given["x"], given["y"] = inputs.examples(
            given["x"], given["y"], given["sample_weight"], model
        )
        workers.share_data(model.distribute_strategy, given)


@contextlib.contextmanager
def plain_errors(model):
    """Say in plain words what TensorFlow reports from within a step."""
    with (
        inputs.batch_errors(model),
        workers.named_failures(model.distribute_strategy),
    ):
        yield


class Course(keras.callbacks.Callback):
    """Follows a run, before all other callbacks: where it is, and whether its batches are sound.

    Args:
        callbacks: Those of the run; what they count is kept and comes back.
        resumed: What `progress` gave when the run was cut off; `None` for a new one.
        steps_per_epoch: Batches of an epoch, where that is known.
    """

    def __init__(self, callbacks, resumed, steps_per_epoch):
        super().__init__()
        self.callbacks = callbacks
        self.resumed = resumed
        self.steps_per_epoch = steps_per_epoch
        self.counts_at_start = None
        if resumed is not None and resumed["step"]:
            # Not of the class: a hook after each batch makes Keras wait for its logs.
            self.on_train_batch_end = self._end_the_epoch

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch, self.first_step = epoch, 0
        self.model.bad_batches.reset_state()
        if self.counts_at_start is None:  # all callbacks have begun, and reset themselves
            self.counts_at_start = [_counts(callback) for callback in self.callbacks]
            if self.resumed is not None:
                self._go_on()
        self.trained_before = self._trained - self.first_step

    @property
    def step(self):
        """Steps of the epoch that are done."""
        return self._trained - self.trained_before

    @property
    def at_end(self):
        """Whether the epoch's last step is done."""
        steps = self.steps_per_epoch or self.params["steps"]
        return steps is not None and self.step >= steps

    def _end_the_epoch(self, batch, logs=None):
        if self.first_step and self.at_end:
            self.model.stop_training = True  # only this epoch, which began in its middle

    def on_epoch_end(self, epoch, logs=None):
        self.check_batches()
        if self.first_step:
            self.model.stop_training = False
        self.epoch, self.trained_before = epoch + 1, self._trained

    def check_batches(self):
        """Stop a run that drew bad pixels, before a checkpoint is written."""
        if count := int(self.model.bad_batches.result()):
            fields = inputs.learned(self.model).values()
            units, values = ([getattr(f, name) for f in fields] for name in ("unit", "values"))
            raise ValueError(
                f"Epoch {self.epoch + 1} drew bad {' or '.join(units)}. Expected "
                f"{'; '.join(values)}. Received: {count} bad batch(es). The checkpoint before them "
                "is untouched."
            )

    def progress(self):
        """Where the run is, as JSON holds it: whole epochs, steps of the next one, what counts."""
        counted = [
            dict(_counts(callback).items() - before.items())
            for callback, before in zip(self.callbacks, self.counts_at_start, strict=True)
        ]
        return {
            "epoch": self.epoch,
            "step": self.step,
            "replicas": self.model.distribute_strategy.num_replicas_in_sync,
            "averages": [float(ops.convert_to_numpy(v)) for v in self._averages],
            "callbacks": list(zip(map(_name, self.callbacks), counted, strict=True)),
        }

    def _go_on(self):
        self.first_step = self.resumed["step"]
        if self.first_step:
            for variable, value in zip(self._averages, self.resumed["averages"], strict=True):
                variable.assign(value)
        counted = list(self.resumed["callbacks"])
        for callback in self.callbacks:
            mine = next((pair for pair in counted if pair[0] == _name(callback)), None)
            if mine:
                counted.remove(mine)
                vars(callback).update(mine[1])

    @property
    def _trained(self):
        return int(self.model.steps_trained.numpy())

    @property
    def _averages(self):
        return [variable for metric in self.model.metrics for variable in metric.variables]


def _name(callback):
    return type(callback).__name__


def _counts(callback):
    """What a callback counts: its plain numbers, texts and flags."""
    return {
        name: value.item() if isinstance(value, np.generic) else value
        for name, value in vars(callback).items()
        if isinstance(value, bool | int | float | str | np.generic)
    }
