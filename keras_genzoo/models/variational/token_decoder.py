"""The autoregressive decoder of sequences: from latents, token by token; of `SequenceVAE`."""

import itertools

import keras
import tensorflow as tf
from keras import layers, ops

from keras_genzoo.networks import CellRecurrence, Recurrence, projection

EMBEDDING_DIM = 64  # numbers that a token becomes


@keras.saving.register_keras_serializable(package="keras_genzoo")
class TokenDecoder(layers.Layer):
    """An LSTM over tokens, which a latent enters at its initial state and at every step.

    With several bars a conductor, an LSTM that takes a step for each, makes of the latent a code
    for each bar, and the bar's LSTM begins anew from its code: so the latent is not forgotten on a
    long way.

    Args:
        vocabulary_size: Tokens there are.
        length: Tokens of a sequence.
        units: Of the LSTMs.
        bars: Parts of a sequence, equally long but for the last; 1 is without a conductor.
        cell: A Keras RNN cell in place of the LSTM over tokens; its inputs are of `units` numbers.

    Call arguments:
        latents: `(batch, latent_dim)`.
        before: `(batch, length)`, the token before each place; see `shifted`.

    Returns:
        Logits of each place's token, `(batch, length, vocabulary_size)`, float32.

    Reference: Bowman et al. (2016), https://arxiv.org/abs/1511.06349; the conductor: Roberts et al.
    (2018), https://arxiv.org/abs/1803.05428.
    """

    def __init__(self, vocabulary_size, length, units, bars=1, cell=None, **kwargs):
        super().__init__(**kwargs)
        dtype = self.dtype_policy
        self.vocabulary_size = vocabulary_size
        self.length = length
        self.units = units
        self.bars = bars
        self.steps_of_bar = -(-length // bars)
        self.start, self.dropped = vocabulary_size, vocabulary_size + 1  # tokens beside the words
        self.embedding = layers.Embedding(vocabulary_size + 2, EMBEDDING_DIM, dtype=dtype)
        if cell is None:
            recurrence, of_code = Recurrence(units, dtype=dtype), projection(units, dtype=dtype)
        else:
            recurrence, of_code = CellRecurrence(cell, units), layers.Dense(units, dtype=dtype)
        self.cuts = (0, *itertools.accumulate(recurrence.state_sizes))  # between states
        self.of_token = layers.Dense(of_code.units, use_bias=False, dtype=dtype)
        self.of_code = of_code
        self.first_states = layers.Dense(self.cuts[-1], activation="tanh", dtype=dtype)
        self.recurrence = recurrence
        self.logits = layers.Dense(vocabulary_size, dtype="float32")
        self.conductor = None
        if bars > 1:
            self.of_latents = projection(units, dtype=dtype)
            self.conductors_states = layers.Dense(2 * units, activation="tanh", dtype=dtype)
            self.conductor = Recurrence(units, dtype=dtype)

    def build(self, latents_shape, before_shape=None):
        codes = latents_shape
        if self.conductor is not None:
            self.of_latents.build(latents_shape)
            self.conductors_states.build(latents_shape)
            self.conductor.build((None, self.bars, 4 * self.units))
            codes = (None, self.units)
        self.embedding.build(None)
        self.of_token.build((None, EMBEDDING_DIM))
        self.of_code.build(codes)
        self.first_states.build(codes)
        steps = (None, self.steps_of_bar, self.of_code.units)
        self.recurrence.build(steps)
        self.logits.build((None, self.recurrence.compute_output_shape(steps)[-1]))

    def call(self, latents, before, training=False):
        return self.logits(self.outputs(latents, before, training))

    def outputs(self, latents, before, training=False):
        """What the logits are made of, `(batch, length, numbers)`."""
        codes = self.codes(latents, training)
        codes = ops.reshape(codes, (-1, codes.shape[-1]))
        # Given all tokens, no bar waits for another.
        rest = self.bars * self.steps_of_bar - self.length
        before = ops.reshape(ops.pad(before, ((0, 0), (0, rest))), (-1, self.steps_of_bar))
        projected = self.of_token(self.embedding(before)) + self.of_code(codes)[:, None]
        states = self._states_in(self.first_states(codes))
        outputs = self.recurrence(projected, states, training=training)
        outputs = ops.reshape(outputs, (-1, self.bars * self.steps_of_bar, outputs.shape[-1]))
        return outputs[:, : self.length]

    def codes(self, latents, training=False):
        """What each bar is told, `(batch, bars, numbers)`."""
        if self.conductor is None:
            return latents[:, None]
        states = ops.split(self.conductors_states(latents), 2, axis=-1)
        projected = ops.repeat(self.of_latents(latents)[:, None], self.bars, axis=1)
        return self.conductor(projected, states, training=training)

    def _states_in(self, numbers):
        """The recurrence's states, of a dense layer's output."""
        numbers = ops.cast(numbers, self.recurrence.compute_dtype)
        return [numbers[:, start:end] for start, end in itertools.pairwise(self.cuts)]

    def shifted(self, tokens):
        """The token before each place, `(batch, length)`."""
        starts = ops.full_like(tokens[:, :1], self.start)
        return ops.concatenate([starts, tokens[:, :-1]], axis=1)

    def draw(self, latents, choose):
        """Sequences, token by token, in one loop of the graph that carries the states.

        Args:
            latents: `(batch, latent_dim)`.
            choose: From logits `(batch, vocabulary_size)` and the place, a tensor, to tokens
                `(batch,)`. After the first 0 it is not asked.

        Returns:
            `(batch, length)`, int32.
        """
        codes = self.codes(latents)
        of_bars, first_states = self.of_code(codes), self.first_states(codes)

        def step(place, token, alive, states, written):
            bar = place // self.steps_of_bar
            begins = place % self.steps_of_bar == 0
            fresh = self._states_in(first_states[:, bar])
            states = [ops.where(begins, *pair) for pair in zip(fresh, states, strict=True)]
            projected = self.of_token(self.embedding(token)) + of_bars[:, bar]
            output, states = self.recurrence.step(projected, states)
            token = alive * choose(self.logits(output), place)
            alive = alive * ops.cast(token != 0, "int32")
            written = ops.where(places == place, token[:, None], written)
            return place + 1, token, alive, states, written

        ones = ops.ones_like(latents[:, 0], "int32")
        states = self._states_in(first_states[:, 0])
        # A tensor, for other runtimes know no arrays of them.
        places = tf.range(self.length)
        written = tf.zeros((ops.shape(latents)[0], self.length), "int32")
        *_, written = tf.while_loop(
            lambda place, *_: place < self.length,
            step,
            (tf.constant(0), self.start * ones, ones, states, written),
        )
        return written


def likeliest(logits, place):
    """The likeliest token; see `TokenDecoder.draw`."""
    return tf.argmax(logits, axis=-1, output_type="int32")  # `ops.argmax` is refused by ONNX


def drawn_by(key, temperature, top_p=None):
    """What draws tokens in `TokenDecoder.draw`.

    Args:
        key: A pair of numbers, from which all noise comes.
        temperature: What logits are divided by, a tensor above 0.
        top_p: Keep only the likeliest tokens that together reach this probability.

    Reference: `top_p`: Holtzman et al. (2020), https://arxiv.org/abs/1904.09751.
    """

    def choose(logits, place):
        logits = logits / temperature
        if top_p is not None:
            logits = _without_tail(logits, top_p)
        pair = tf.random.experimental.stateless_fold_in(key, place, alg="philox")
        uniforms = tf.random.stateless_uniform(ops.shape(logits), pair, alg="philox")
        # The maximum of logits with Gumbel noise is a draw.
        return likeliest(logits - ops.log(-ops.log(uniforms)), place)

    return choose


def _without_tail(logits, top_p):
    """Logits, those of the unlikely tokens minus infinity."""
    descending = -ops.sort(-logits, axis=-1)
    probabilities = ops.softmax(descending, axis=-1)
    likelier = ops.cumsum(probabilities, axis=-1) - probabilities  # of the tokens before each
    kept = ops.where((likelier < top_p) | (likelier == 0), descending, float("inf"))
    return ops.where(logits >= ops.min(kept, axis=-1, keepdims=True), logits, float("-inf"))
