"""What the benchmarks time by."""

import time

import keras


class Clock(keras.callbacks.Callback):
    """Times an epoch, from its first step to its last, by `now()`."""

    def __init__(self, now=time.perf_counter):
        super().__init__()
        self.now = now

    def on_epoch_begin(self, epoch, logs=None):
        self.start = self.now()

    def on_epoch_end(self, epoch, logs=None):
        self.seconds = self.now() - self.start
