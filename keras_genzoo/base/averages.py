"""Moving averages of weights, which models draw from."""

import keras
from keras import ops


class DrawsFromAverage:
    """Gives a model a moving average of one of its networks.

    Its decay at step t is `min(ema, (1 + t) / (10 + t))`, so that short runs show what was learned.
    Batch statistics are copied, not averaged. A subclass names the network in `averaged`, and calls
    `keep_average` once it is made.
    """

    averaged = None  # name of the attribute that holds the network

    def keep_average(self, ema):
        """Start the average, `averaged_<network>`, at the network's own weights.

        Args:
            ema: Its decay; `None` for no average.

        Raises:
            ValueError: If `ema` is not between 0 and 1.
        """
        if ema is not None and not 0 < ema < 1:
            raise ValueError(
                "The moving average's decay does not fit. Expected a number between 0 and 1, or "
                f"None. Received: ema={ema}"
            )
        self.ema = ema
        network, average = getattr(self, self.averaged), None
        if ema is not None:
            average = keras.models.clone_model(network)
            if self.holds_values:  # else reading the network's would take their memory
                average.set_weights(network.get_weights())
            average.trainable = False
        setattr(self, f"averaged_{self.averaged}", average)

    @property
    def drawn_network(self):
        """The network that is drawn from."""
        return getattr(self, self.averaged if self.ema is None else f"averaged_{self.averaged}")

    def train_step(self, data):
        logs = super().train_step(data)
        if self.ema is not None:
            self._average()
        return logs

    def _average(self):
        steps = ops.cast(self.steps_trained, "float32")
        share = 1 - ops.minimum(self.ema, (1 + steps) / (10 + steps))  # of today's weights
        network = getattr(self, self.averaged)
        for average, weight in zip(self.drawn_network.weights, network.weights, strict=True):
            # By TensorFlow's own variables: Keras' take 10 operations, each traced, for these 4.
            average, today = average.value, weight.value
            if weight.trainable:
                average.assign_add(share * (today - average), read_value=False)
            else:
                average.assign(today, read_value=False)
