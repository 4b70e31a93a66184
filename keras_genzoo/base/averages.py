"""Moving averages of weights, which models draw from."""

import numbers

import keras
from keras import ops

from keras_genzoo.base import keeping


class DrawsFromAverage:
    """Gives a model a moving average of one of its networks.

    Its decay at step t is `min(ema, (1 + t) / (10 + t))`, so that short runs show what was learned.
    Batch statistics are copied, not averaged. A subclass names the network in `averaged`, and calls
    `keep_average` once it is made.
    """

    averaged = None  # name of the attribute that holds the network

    @property
    def always_frozen(self):
        return (self._average_name,)

    @property
    def _average_name(self):
        return f"averaged_{self.averaged}"

    def keep_average(self, ema):
        """Start the average, `averaged_<network>`, at the network's own weights; before `compile`.

        Args:
            ema: Its decay; `None` for no average.

        Raises:
            ValueError: If `ema` is not between 0 and 1.
        """
        if ema is not None and not (isinstance(ema, numbers.Real) and 0 < ema < 1):
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
        setattr(self, self._average_name, average)
        if average is not None:
            keeping.move_behind(self, network, average)

    @property
    def drawn_network(self):
        """The network that is drawn from."""
        return getattr(self, self.averaged if self.ema is None else self._average_name)

    def without_average(self):
        """A smaller model that draws the same: its network is this one's average.

        Half of a preset's size is often the network beside its average. From such a preset
        training goes on at the average; call `keep_average` before `compile` for a new one.

        Returns:
            A model of the same class, not compiled, with `ema=None`.

        Example:
            >>> import keras_genzoo as kg
            >>> gan = kg.models.GAN((8, 8, 1), latent_dim=2, hidden=(4,), seed=0)
            >>> smaller = gan.without_average()
            >>> bool((smaller.sample(2, seed=0) == gan.sample(2, seed=0)).all())
            True
        """
        config = {**self.get_config(), "ema": None}
        for word in config.keys() & {"frozen", "quantized"}:  # lists of layers
            paths = config[word]
            config[word] = [path for path in paths if not path.startswith(self._average_name)]
        smaller = type(self).from_config(config)
        network, average = getattr(self, self.averaged), self.drawn_network
        in_place = dict(zip(map(id, network.weights), average.weights, strict=True))
        dropped = {id(weight) for weight in average.weights} - in_place.keys()
        kept = [weight for weight in self.weights if id(weight) not in dropped]
        smaller.set_weights([in_place.get(id(weight), weight) for weight in kept])
        return smaller

    def train_step(self, data):
        logs = super().train_step(data)
        if self.ema is not None:
            self._average()
        return logs

    def _average(self):
        steps = ops.cast(self.steps_trained, "float32")
        share = 1 - ops.minimum(self.ema, (1 + steps) / (10 + steps))  # of today's weights
        network = getattr(self, self.averaged)
        # Whether a weight is trained is no sign: a user may have frozen it.
        statistics = {
            id(weight)
            for layer in network._flatten_layers()
            for weight in layer._non_trainable_variables
        }
        for average, weight in zip(self.drawn_network.weights, network.weights, strict=True):
            # By TensorFlow's own variables: Keras' take 10 operations, each traced, for these 4.
            average, today = average.value, weight.value
            if id(weight) not in statistics:
                step = ops.cast(share, average.dtype) * (today - average)
                average.assign_add(step, read_value=False)
            else:
                average.assign(today, read_value=False)
