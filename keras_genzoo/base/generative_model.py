"""The base of every model in the zoo: one training step, states that survive, verbs, export.

A subclass says what its words are (`fields`), how a batch flows (`flow`), what the flow costs and
who pays (`players`), and how to draw from it (methods marked `@verb`). The rest stands here, once.
"""

import contextlib
import inspect
from collections.abc import Callable
from typing import NamedTuple

import keras
import tensorflow as tf
from keras import ops

from keras_genzoo import losses
from keras_genzoo.base import (
    arguments,
    distribution,
    exporting,
    fields,
    inputs,
    variants,
    verbs,
    workers,
)
from keras_genzoo.base.fitting import Fits
from keras_genzoo.base.keeping import KeepsConfig
from keras_genzoo.base.optimizers import Compiles
from keras_genzoo.base.quantizing import Quantizes
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
        every = (weight for network in self.networks for weight in network.trainable_weights)
        return [*{id(weight): weight for weight in every}.values()]  # of shared layers once


class GenerativeModel(Compiles, Fits, KeepsConfig, KeepsSeeds, Quantizes, keras.Model):
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
    learns_from = "images"  # or "tokens", "pairs", "unpaired": two sets, paired in each epoch anew
    at_once = 256  # examples that a verb computes at a time, which bounds its memory
    call_words = None  # what `call`, and so `predict`, takes; `None` means what `fit` takes as x
    condition_word = None  # what its verbs take beside images or latents: labels, conditions
    custom_networks = frozenset()  # arguments for which the user gave a network
    always_frozen = ()  # attributes of networks that never train, whatever `trainable` is set to
    rewritten_for_bfloat16 = True  # on a CPU, where Keras' own policy makes it slower
    adam = {"learning_rate": 1e-3}  # noqa: RUF012 - what `compile()` makes, a constant of the class
    batch_size = 128  # examples in a step of `genzoo train`, unless it is told

    def __init_subclass__(cls, without=(), **kwargs):
        super().__init_subclass__(**kwargs)
        variants.merge(cls, without)

    def __new__(cls, *args, **kwargs):
        variants.refuse(cls, kwargs)
        return super().__new__(cls, *args, **kwargs)

    def __init__(self, seed: int | None = None, **kwargs):
        distribution.check_keras()
        distribution.check_strategy()
        super().__init__(autocast=False, **kwargs)  # images stay float32; networks cast themselves
        self.seed = None if seed is None else arguments.whole("seed", seed, least=None)
        self.seed_generator = keras.random.SeedGenerator(self.seed)
        self.steps_trained = self.add_weight(
            shape=(), initializer="zeros", dtype="int32", trainable=False, name="steps_trained"
        )
        self._trackers = {name: keras.metrics.Mean(name) for name in self.logged}
        self.bad_batches = keras.metrics.Sum("bad_batches")
        self.compiled_verbs = {}
        self.networks_of_verbs = None  # those that they were compiled of
        self.resumed = None  # where a restored run was cut off, until `fit` goes on there
        self.built = True

    @property
    def trainable(self):
        return super().trainable

    @trainable.setter
    def trainable(self, value):
        keras.Model.trainable.fset(self, value)
        for name in self.always_frozen:
            if (network := getattr(self, name, None)) is not None:
                network.trainable = False

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

    def before_fit(self, given):
        """What the model has to know of what `fit` is given, checked and by name; nothing.

        Of several workers each is given all examples here, whatever its part is.
        """

    def check_together(self, given):
        """Raise a `ValueError` where what a verb is given, by word, does not go together."""

    # === Training ===

    def _maybe_symbolic_build(self, iterator=None, data_batch=None):
        """Nothing: the model is built, and Keras would trip over a batch that splits unevenly."""

    def train_step(self, data):
        batch = self._batch(data)
        with tf.control_dependencies([batch[0]]):  # a refused batch moves no counter and no seed
            batch = self._counted(batch)
            share = distribution.share(batch[2])
            for player in self.players:
                if player.steps > 1:
                    self._descend_repeatedly(player, batch, share)
            self._descend(self.players, batch, share)
            self.steps_trained.assign_add(1)
            return self._logs()

    def test_step(self, data):
        batch = self._counted(self._batch(data))
        flow = self.flow(*batch, training=False)
        for player in self.players:
            self._pay(player, flow, batch[2])
        return self._logs()

    def predict_step(self, data):
        return super().predict_step((inputs.called(data, self),))

    def _batch(self, data):
        return distribution.padded(*inputs.unpacked(data, self))

    def _counted(self, batch):
        """The batch, counted if it is bad, as the networks can take it all the same."""
        self.bad_batches.update_state(~inputs.sound(batch, self))
        return inputs.steppable(batch, self)

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
        terms = _checked_terms(player, player.terms(flow), self.logged)
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

    def takes(self, verb, word):
        """Whether a verb, by name, may be given a word, as `sample` may labels."""
        return word in self.fields and word in inspect.signature(getattr(self, verb)).parameters

    def endpoints(self):
        """Name to `(function, specs of its inputs)`: all that `export` writes."""
        return verbs.endpoints(self)

    def export(self, filepath, format="tf_saved_model", verbose=None, verbs=None):
        """Write the model's verbs as files that run without Keras and without this package.

        A SavedModel for TensorFlow Serving has an endpoint for each: `encode(images) -> latents`,
        `decode(latents) -> images`, `reconstruct(images) -> images`,
        `sample(num_samples, seed) -> images`, as far as the model has them; `serving_default` is
        the first of `reconstruct`, `decode`, `translate`, `sample` that it has.

        The other formats, of the extra `export`, run without TensorFlow too. Their runtimes draw
        other random numbers, so `sample(noise) -> images` is given the noise that it would draw,
        standard normal or, of a `PixelCNN`, even in [0, 1); what else draws is not there. They do
        not check what they are given. In `"onnx"` and `"openvino"`, which know no two of a name,
        `reconstruct` gives `images_out`. What is written has been run in its own runtime, and gave
        what the model gives.

        Args:
            filepath: Folder to write; TensorFlow Serving wants `<model>/<version>`. An export of
                the same format or an empty folder there is replaced.
            format: `"tf_saved_model"`; `"onnx"`, which writes `<verb>.onnx`; `"openvino"`,
                `<verb>.xml` and `.bin`; or `"litert"`, `model.tflite` with a signature per verb.
            verbose: Whether to print the endpoints, as in Keras; `None` does not.
            verbs: Names of those that are written; `None` means all.

        Raises:
            ValueError: If there is no such format or verb, if one does not convert, with the
                reason, if a model of 16 bits is to be converted, or if anything else lies there.
            ImportError: If the extra is not installed.
        """
        exporting.export(self, filepath, format, verbs, verbose=bool(verbose))

    # === Keeping ===

    def save_to_preset(self, folder, half_precision=False, **card):
        """Write the model as a preset, in a folder or to a hub: see `presets.save`."""
        save_preset(self, folder, half_precision, **card)

    @classmethod
    def from_preset(cls, name, **overrides):
        """Load a preset of this class by name, from a folder or from a hub: see `presets.load`."""
        return load_preset(name, cls=cls, **overrides)


def _checked_terms(player, terms, logged):
    """A player's terms; a `ValueError` where one is not logged, or not of each example."""
    for name, values in terms.items():
        if name not in logged:
            raise ValueError(
                f"A term is not logged. Expected it among `logged`, {', '.join(logged)}. "
                f"Received: {name!r} of the player of {player.loss!r}"
            )
        if len(values.shape) != 1:
            raise ValueError(
                "A term is not one of each example. Expected shape (batch,), never averaged. "
                f"Received: {name!r} of shape {tuple(values.shape)}"
            )
    return terms
