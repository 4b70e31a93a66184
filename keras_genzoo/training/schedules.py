"""What moves while a model trains: the weight of the KL, the learning rates of its players."""

import json

import keras
from keras.optimizers.schedules import LearningRateSchedule

from keras_genzoo.base import arguments


class BetaWarmUp(keras.callbacks.Callback):
    """Raises the weight of the KL from `start` to the model's beta, once or in cycles.

    Works by the step, on `model.sampler.beta`, without retracing; a resumed run goes on where it
    stood, for the model's own steps count, `steps_trained`, which presets keep too. Once
    (`cycles=1`) is Bowman et al. (2016); several cycles, each rising in its first part, are Fu et
    al. (2019).

    Args:
        steps: Training steps of the whole warm-up; after it beta stays.
        start: Weight at the start of each cycle.
        cycles: How often the weight rises.
        rise: Share of a cycle in which it rises; in the rest it stays at the top.

    Raises:
        ValueError: If the arguments make no schedule, or the model has no weighted KL.

    Example:
        >>> warm_up = BetaWarmUp(steps=100, cycles=2, rise=0.5)
        >>> [warm_up.share(step) for step in (0, 10, 25, 49, 50, 100)]
        [0.0, 0.4, 1.0, 1.0, 0.0, 1.0]

    Reference: Bowman et al. (2016), https://arxiv.org/abs/1511.06349; Fu et al. (2019),
    https://arxiv.org/abs/1903.10145.
    """

    def __init__(self, steps, start=0.0, cycles=1, rise=1.0):
        super().__init__()
        steps = arguments.whole("steps", steps)
        start = arguments.number("start", start)
        cycles = arguments.whole("cycles", cycles)
        if not 0 < arguments.number("rise", rise) <= 1:
            raise ValueError(
                f"The warm-up is none. Expected a rise above 0 and up to 1. Received: rise={rise}"
            )
        self.steps = steps
        self.start = start
        self.cycles = cycles
        self.rise = rise

    def share(self, step):
        """How far beta has risen at a step, 0 to 1."""
        if step >= self.steps:
            return 1.0
        return min(step * self.cycles / self.steps % 1 / self.rise, 1.0)

    def on_train_begin(self, logs=None):
        if getattr(getattr(self.model, "sampler", None), "beta", None) is None:
            raise ValueError(
                "The model weighs no KL. Expected one whose sampler has a beta. "
                f"Received: {type(self.model).__name__}"
            )

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch_start = int(self.model.steps_trained.numpy())

    def on_train_batch_begin(self, batch, logs=None):
        share = self.share(self.epoch_start + batch)
        self.model.sampler.beta.assign(self.start + share * (self.model.beta - self.start))


class RateOfAllPlayers(keras.callbacks.Callback):
    """Lets the learning rates of a model's other players follow that of `optimizer`.

    Keras' `LearningRateScheduler` and `ReduceLROnPlateau` reach `model.optimizer` alone, of a GAN
    the generator's. With this one, put after them, the others keep the ratio that they began with.

    Raises:
        ValueError: In `fit`, before its first step, if a rate is a schedule, which moves by itself,
            or that of `optimizer` is 0 and no checkpoint knows the ratios.

    Example:
        >>> import numpy as np, keras_genzoo as kg
        >>> gan = kg.models.GAN((8, 8, 1), latent_dim=2, hidden=(16,))
        >>> gan.compile(keras.optimizers.Adam(0.1), keras.optimizers.Adam(0.2))
        >>> slower = keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate / 10)
        >>> history = gan.fit(
        ...     np.zeros((4, 8, 8, 1)), callbacks=[slower, RateOfAllPlayers()], verbose=0)
        >>> round(float(gan.discriminator_optimizer.learning_rate), 6)
        0.02
    """

    def on_train_begin(self, logs=None):
        names = sorted({player.optimizer for player in self.model.players})
        optimizers = {name: getattr(self.model, name) for name in names}
        for name, optimizer in optimizers.items():
            # What scales a loss has no rate of its own.
            rate = getattr(optimizer, "inner_optimizer", optimizer)._learning_rate
            if isinstance(rate, LearningRateSchedule):
                raise ValueError(
                    "A rate moves by itself. Expected numbers as learning rates. "
                    f"Received: {name} with {type(rate).__name__}"
                )
        self.leader = optimizers.pop("optimizer")
        self.followers = [*optimizers.values()]
        every = (self.leader, *self.followers)
        self.begun_with = [float(each.learning_rate) for each in every]
        self.ratios = ""  # so that a checkpoint takes what is set from here on as new

    def on_epoch_begin(self, epoch, logs=None):
        # Of a run that was cut off its own: those of its rates, which were rounded, are others.
        self.ratios = self.ratios or json.dumps(self._ratios())
        for optimizer, ratio in zip(self.followers, json.loads(self.ratios), strict=True):
            optimizer.learning_rate = ratio * float(self.leader.learning_rate)

    def on_epoch_end(self, epoch, logs=None):
        self.on_epoch_begin(epoch)

    def _ratios(self):
        first, *others = self.begun_with
        if others and not first:
            raise ValueError(
                "To a rate of 0 others have no ratio. Expected a learning rate of `optimizer` "
                f"above 0, or a checkpoint that knows the ratios. Received: learning_rate={first}"
            )
        return [rate / first for rate in others]
