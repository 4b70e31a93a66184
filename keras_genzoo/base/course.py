"""Where a run is: what a checkpoint keeps of it, and how a run that was cut off goes on."""

import warnings

import keras
import numpy as np
from keras import ops

from keras_genzoo.base import inputs

_SIGNED = "min_delta"  # an argument, whose sign Keras turns as the first epoch ends
_IN_THIS_EPOCH = "in this epoch"  # how `stop_training` holds, where the run is to go on


class Course(keras.callbacks.Callback):
    """Follows a run, before all other callbacks: where it is, and whether its batches are sound.

    Args:
        callbacks: Those of the run; what they count is kept and comes back.
        resumed: What `progress` gave when the run was cut off; `None` for a new one.
        steps_per_epoch: Batches of an epoch, where that is known.
        go_to: What data that are drawn an epoch at a time are told of its number and first step.
    """

    def __init__(self, callbacks, resumed, steps_per_epoch, go_to=None):
        super().__init__()
        self.callbacks = callbacks
        self.resumed = resumed
        self.steps_per_epoch = steps_per_epoch
        self.go_to = go_to
        self.counts_at_start = None
        if resumed is not None and resumed["step"]:
            # Not of the class: a hook after each batch makes Keras wait for its logs.
            self.on_train_batch_end = self._end_the_epoch

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch, self.first_step = epoch, 0
        self.lost_steps = 0  # that a checkpoint has of this epoch, which begins anew all the same
        self.cut = None  # the progress where a callback stopped the epoch before its last step
        self.averages = None  # of all steps, before a validation takes their place
        self.model.bad_batches.reset_state()
        if self.counts_at_start is None:  # all callbacks have begun, and reset themselves
            self.counts_at_start = [_counts(callback) for callback in self.callbacks]
            if self.resumed is not None:
                self._go_on()
        self.trained_before = self._trained - self.first_step
        if self.go_to is not None:
            self.go_to(epoch, self.first_step)

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
        if self.first_step and self.at_end and not self.model.stop_training:
            self.model.stop_training = _IN_THIS_EPOCH  # which began in its middle

    def on_test_begin(self, logs=None):
        self.averages = self._averages_so_far()

    def on_epoch_end(self, epoch, logs=None):
        self.check_batches()
        if self.model.stop_training is _IN_THIS_EPOCH:
            self.model.stop_training = False
        if self.model.stop_training and not self.at_end:
            self.cut = self.progress()  # before other callbacks count an epoch that is none
        else:
            self.epoch, self.trained_before = epoch + 1, self._trained

    def check_batches(self):
        """Stop a run that drew bad pixels, before a checkpoint is written."""
        if count := int(self.model.bad_batches.result()):
            units, values = inputs.allowed(self.model)
            raise ValueError(
                f"Epoch {self.epoch + 1} drew bad {units}. Expected {values}. Received: {count} "
                "bad batch(es). What was kept before them is untouched."
            )

    def progress(self):
        """Where the run is, as JSON holds it: whole epochs, steps of the next one, what counts."""
        if self.cut:
            return self.cut
        counted = [
            dict(_counts(callback).items() - before.items())
            for callback, before in zip(self.callbacks, self.counts_at_start, strict=True)
        ]
        return {
            "epoch": self.epoch,
            "step": self.step,
            "replicas": self.model.distribute_strategy.num_replicas_in_sync,
            "averages": self.averages or self._averages_so_far(),
            "callbacks": list(zip(map(_name, self.callbacks), counted, strict=True)),
        }

    def _go_on(self):
        self.first_step = self.resumed["step"]
        self.lost_steps = self.resumed.get("lost_steps", 0)
        if self.first_step:
            for variable, value in zip(self._averages, self.resumed["averages"], strict=True):
                variable.assign(value)
        counted = list(self.resumed["callbacks"])
        for callback in self.callbacks:
            mine = next((pair for pair in counted if pair[0] == _name(callback)), None)
            if mine:
                counted.remove(mine)
                mine[1].pop(_SIGNED, None)  # which checkpoints of before have
                vars(callback).update(mine[1])
                if "best" in mine[1] and getattr(callback, "restore_best_weights", False):
                    warnings.warn(
                        f"{mine[0]} goes on without the best weights, which no checkpoint holds: "
                        "it restores the best of the epochs from here on. Checkpoint(keep=...) "
                        "keeps those before",
                        stacklevel=2,
                    )

    @property
    def _trained(self):
        return int(self.model.steps_trained.numpy())

    def _averages_so_far(self):
        return [float(ops.convert_to_numpy(variable)) for variable in self._averages]

    @property
    def _averages(self):
        return [variable for metric in self.model.metrics for variable in metric.variables]


def anew(resumed, why):
    """Where a run is that begins the epoch anew in which it was cut off; a warning says why."""
    warnings.warn(f"Epoch {resumed['epoch'] + 1} starts anew: {why}", stacklevel=5)
    return {**resumed, "step": 0, "lost_steps": resumed["step"]}


def _name(callback):
    return type(callback).__name__


def _counts(callback):
    """What a callback counts: its plain numbers, texts and flags."""
    return {
        name: value.item() if isinstance(value, np.generic) else value
        for name, value in vars(callback).items()
        if isinstance(value, bool | int | float | str | np.generic) and name != _SIGNED
    }
