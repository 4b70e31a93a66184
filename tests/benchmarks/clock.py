"""What the benchmarks time by."""

import time

import keras


class Clock(keras.callbacks.Callback):
    """Times an epoch, from its first step to its last."""

    def on_epoch_begin(self, epoch, logs=None):
        self.start = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        self.seconds = time.perf_counter() - self.start
