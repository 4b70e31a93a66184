"""The base of every model in the zoo: one training step, states that survive, verbs, export.

A subclass says what its words are (`fields`), how a batch flows (`flow`), what the flow costs and
who pays (`players`), and how to draw from it (methods marked `@verb`). The rest stands here, once.
"""

import contextlib
import functools
from collections.abc import Callable
from typing import NamedTuple

import keras
import tensorflow as tf
from keras import ops

from keras_genzoo import losses
from keras_genzoo.base import distribution, fields, fitting, inputs, variants, verbs, workers
from keras_genzoo.base.seeds import KeepsSeeds
from keras_genzoo.presets import load as load_preset
from keras_genzoo.presets import save as save_preset


class Player(NamedTuple):
    """Networks that descend a loss together.

    Attributes:
        loss: Name of the logged loss, a key of what `terms` returns.
        networks: Layers whose weights the player moves, and whose added losses it pays.
        terms: From a flow to a dict of per-example terms, `(batch,)`: `loss` and what is logged.
        optimizer: Name of the model's attribute that holds the player's optimizer.
        steps: Updates a training step; each but the last sees a flow of its own.
    """

    loss: str
    networks: tuple
    terms: Callable
    optimizer: str = "optimizer"
    steps: int = 1

    @property
    def trainable_weights(self):
        return [weight for network in self.networks for weight in network.trainable_weights]


class GenerativeModel(KeepsSeeds, keras.Model):
    """Base class of the zoo's models.

    A subclass builds its networks in `__init__`, says in `fields` what its words are and in `fit_x`
    and `fit_y` which of them `fit` takes, names in `logged` all that its players log, and
    implements `players` and `flow`. Of the zoo's own classes one names only the arguments that it
    adds or changes; see `variants`.

    Args:
        seed: Integer seed of the model's own noise; `None` draws one.
        **kwargs: `name` and `dtype`, as of any Keras layer.
    """

    logged = ("loss",)
    fit_x = "images"
    fit_y = None  # what `fit` is given as y is ignored
    needs_y = True  # where `fit_y` is a word
    custom_networks = frozenset()  # arguments for which the user gave a network
    adam = {"learning_rate": 1e-3}  # noqa: RUF012 - what `compile()` makes, a constant of the class

    def __init_subclass__(cls, without=(), **kwargs):
        super().__init_subclass__(**kwargs)
        variants.merge(cls, without)

    def __new__(cls, *args, **kwargs):
        variants.refuse(cls, kwargs)
        return super().__new__(cls, *args, **kwargs)

    def __init__(self, seed: int | None = None, **kwargs):
        distribution.check_strategy()
        super().__init__(autocast=False, **kwargs)  # images stay float32; networks cast themselves
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.steps_trained = self.add_weight(
            shape=(), initializer="zeros", dtype="int32", trainable=False, name="steps_trained"
        )
        self._trackers = {name: keras.metrics.Mean(name) for name in self.logged}
        self.bad_batches = keras.metrics.Sum("bad_batches")
        self.compiled_verbs = {}
        self.resumed = None  # where a restored run was cut off, until `fit` goes on there
        self.built = True

    # === What a subclass says ===

    @property
    def fields(self):
        """The model's words: name to `fields.Field`, or `fields.Scalar`."""
        return {"num_samples": fields.Scalar(least=0), "seed": fields.Scalar()}

    @property
    def players(self):
        """The model's players, in the order of their updates."""
        raise NotImplementedError

    def flow(self, x, y=None, sample_weight=None, training=False):
        """Send a batch through the networks; returns a dict of all that the players' terms need."""
        raise NotImplementedError

    # === Training ===

    def compile(
        self,
        optimizer=None,
        *,
        run_eagerly=False,
        steps_per_execution=1,
        jit_compile="auto",
        auto_scale_loss=True,
        **optimizers,
    ):
        """Give each player its optimizer; the losses are the model's own.

        Args:
            optimizer: A Keras optimizer or its name; `None` means Adam as the model likes it.
            run_eagerly: As in Keras.
            steps_per_execution: As in Keras.
            jit_compile: As in Keras; XLA does not pay on a CPU, where "auto" leaves it off.
            auto_scale_loss: Whether float16 training scales every player's loss.
            **optimizers: Those of the other players; `None` takes a copy of `optimizer`.

        Raises:
            ValueError: If an argument names no player's optimizer, one was made outside the scope
                of the model's strategy, or XLA is asked for under several replicas.
        """
        others = sorted({player.optimizer for player in self.players} - {"optimizer"})
        if unknown := sorted(optimizers.keys() - set(others)):
            raise ValueError(
                f"{type(self).__name__} brings its own losses and metrics. Expected, beside "
                f"Keras' options, only optimizers: {['optimizer', *others]}. "
                f"Received: {', '.join(unknown)}"
            )
        if jit_compile is True and self.distribute_strategy.num_replicas_in_sync > 1:
            raise ValueError(
                "XLA does not compile a step of several replicas. Expected jit_compile='auto' or "
                f"False. Received: jit_compile={jit_compile}"
            )
        options = {
            "run_eagerly": run_eagerly,
            "steps_per_execution": steps_per_execution,
            "jit_compile": jit_compile,
            "auto_scale_loss": auto_scale_loss,
        }
        with self.distribute_strategy.scope():
            optimizer = keras.optimizers.get(optimizer or keras.optimizers.Adam(**self.adam))
            config = {"optimizer": keras.optimizers.serialize(optimizer)}
            super().compile(optimizer=optimizer, **options)
            scaled = isinstance(self.optimizer, keras.optimizers.LossScaleOptimizer)
            for name in others:
                # Without one of its own a player gets a copy: no two share momenta.
                copy = keras.optimizers.serialize(optimizer)  # anew: Keras alters it
                own = optimizers.get(name)
                other = keras.optimizers.get(copy if own is None or own is optimizer else own)
                config[name] = keras.optimizers.serialize(other)
                if scaled and not isinstance(other, keras.optimizers.LossScaleOptimizer):
                    other = keras.optimizers.LossScaleOptimizer(other)
                setattr(self, name, other)
        optimizing = {name: getattr(self, name).iterations for name in ["optimizer", *others]}
        weights = {weight.path: weight for weight in self.weights}
        distribution.check_scope(self.distribute_strategy, {**weights, **optimizing})
        for player in self.players:
            # Built now: a file restores the state of built optimizers only.
            getattr(self, player.optimizer).build(player.trainable_weights)
        self._compile_arguments = {**config, **options}

    def get_compile_config(self):
        return self._compile_arguments if self.compiled else {}

    def compile_from_config(self, config):
        self.compile(**keras.saving.deserialize_keras_object(config))

    @functools.wraps(keras.Model.fit)
    def fit(self, *args, **kwargs):
        given = fitting.arguments(keras.Model.fit, args, kwargs)
        fitting.prepare_fit(self, given)
        with fitting.plain_errors(self):
            return super().fit(**given)

    @functools.wraps(keras.Model.evaluate)
    def evaluate(self, *args, **kwargs):
        given = fitting.arguments(keras.Model.evaluate, args, kwargs)
        fitting.prepare_evaluate(self, given)
        with fitting.plain_errors(self):
            return super().evaluate(**given)

    def _maybe_symbolic_build(self, iterator=None, data_batch=None):
        """Nothing: the model is built, and Keras would trip over a batch that splits unevenly."""

    def train_step(self, data):
        batch = self._batch(data)
        with tf.control_dependencies([batch[0]]):  # a refused batch moves no counter and no seed
            self.bad_batches.update_state(~inputs.sound(batch, self))
            batch = inputs.steppable(batch, self)
            share = distribution.share(batch[2])
            for player in self.players:
                if player.steps > 1:
                    self._descend_repeatedly(player, batch, share)
            self._descend(self.players, batch, share)
            self.steps_trained.assign_add(1)
            return self._logs()

    def test_step(self, data):
        batch = self._batch(data)
        flow = self.flow(*batch, training=False)
        for player in self.players:
            self._pay(player, flow, batch[2])
        return self._logs()

    def _batch(self, data):
        return distribution.padded(*inputs.unpacked(data, self))

    def _descend_repeatedly(self, player, batch, share):
        """All updates of the player but the last, which alone is logged."""

        def update(step, done):
            self._descend([player], batch, share, logged=False)
            return done + 1

        if distribution.replicas() > 1:  # a sum over replicas cannot stand in a loop
            for step in range(player.steps - 1):
                update(step, 0)
        else:  # the graph does not grow with the steps
            ops.fori_loop(0, player.steps - 1, update, 0)

    def _descend(self, players, batch, share, logged=True):
        """Update the players in turn, all on one flow: a generator's fakes are made once."""
        with contextlib.ExitStack() as stack:
            tapes = [stack.enter_context(tf.GradientTape()) for _ in players]
            flow = self.flow(*batch, training=True)
            for player, tape in zip(players, tapes, strict=True):
                optimizer = getattr(self, player.optimizer)
                loss = optimizer.scale_loss(share * self._pay(player, flow, batch[2], logged))
                weights = player.trainable_weights
                distribution.apply(optimizer, tape.gradient(loss, weights), weights)

    def _pay(self, player, flow, sample_weight, logged=True):
        """The player's loss, a mean over this replica's part of the batch."""
        terms = player.terms(flow)
        added = [loss for network in player.networks for loss in network.losses]
        loss = losses.batch_mean(terms[player.loss], sample_weight) + sum(added)
        if logged:
            examples = ops.shape(terms[player.loss])[0] if sample_weight is None else sample_weight
            self._trackers[player.loss].update_state(loss, ops.sum(examples))
            for name, values in terms.items():
                if name != player.loss:
                    self._trackers[name].update_state(values, sample_weight)
        return loss

    def _logs(self):
        return workers.loggable(self.get_metrics_result(), self.distribute_strategy)

    @property
    def metrics(self):
        return [self._trackers[name] for name in self.logged]

    # === Drawing from the model ===

    def endpoints(self):
        """Name to `(function, specs of its inputs)`: all that `export` writes."""
        return verbs.endpoints(self)

    def export(self, filepath):
        """Write a SavedModel for TensorFlow Serving, with one endpoint per verb.

        `encode(images) -> latents`, `decode(latents) -> images`, `reconstruct(images) -> images`,
        `sample(num_samples, seed) -> images`, as far as the model has them; `serving_default` is
        the first of `reconstruct`, `decode`, `translate`, `sample` that it has. It runs where
        neither Keras nor this package is installed.

        Args:
            filepath: Folder to write; TensorFlow Serving wants `<model>/<version>`. A SavedModel or
                an empty folder there is replaced.

        Raises:
            ValueError: If anything else lies there.
        """
        verbs.export(self, filepath)

    # === Keeping ===

    def save_to_preset(self, folder, half_precision=False, **card):
        """Write the model as a preset folder: config, weights, card; see `presets.save`."""
        save_preset(self, folder, half_precision, **card)

    @classmethod
    def from_preset(cls, name, **overrides):
        """Load a preset of this class by name or folder; see `presets.load`."""
        return load_preset(name, cls=cls, **overrides)

    @classmethod
    def from_config(cls, config, custom_objects=None):
        return cls(**keras.saving.deserialize_keras_object(config, custom_objects=custom_objects))

    def get_config(self):
        arguments = {name: self._in_config(name) for name in variants.arguments_of(type(self))}
        return {**super().get_config(), **arguments}

    def _in_config(self, name):
        """An argument's value; a network whole if it is the user's, `None` for the zoo's own."""
        value = getattr(self, name)
        if not isinstance(value, keras.Layer):
            return value
        return keras.saving.serialize_keras_object(value) if name in self.custom_networks else None
