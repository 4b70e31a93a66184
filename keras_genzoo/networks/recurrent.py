"""Recurrent networks over sequences of tokens."""

import keras
from keras import layers, ops


@keras.saving.register_keras_serializable(package="keras_genzoo")
class Recurrence(layers.Layer):
    """The recurrent part of an LSTM, over inputs that a dense layer has projected all at once.

    Keras' own LSTM projects its inputs step by step, in many small products, and runs its steps in
    a loop of the graph; here one product projects all steps, and the steps are unrolled. `step` is
    one of them, for loops that draw their own inputs.

    Args:
        units: Numbers of the state, and of the output.
        backwards: Whether to go from the last step to the first; outputs keep their places.

    Call arguments:
        projected: `(batch, length, 4 * units)`: input gate, forget gate, output gate, candidate.
        states: Hidden and cell state, each `(batch, units)`; `None` for zeros.

    Returns:
        `(batch, length, units)`.

    Example:
        >>> import numpy as np
        >>> Recurrence(8)(np.ones((2, 5, 32))).shape
        TensorShape([2, 5, 8])

    Reference: Hochreiter and Schmidhuber (1997), https://doi.org/10.1162/neco.1997.9.8.1735; the
    forget gate's start at 1: Jozefowicz et al. (2015), http://proceedings.mlr.press/v37/jozefowicz15.
    """

    def __init__(self, units, backwards=False, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.backwards = backwards
        self.state_sizes = [units, units]

    def build(self, projected_shape):
        shape = (self.units, 4 * self.units)
        self.kernel = self.add_weight(shape=shape, initializer="orthogonal", name="kernel")

    def call(self, projected, states=None):
        projected = ops.cast(projected, self.compute_dtype)
        if states is None:
            zeros = ops.zeros_like(projected[:, 0, : self.units])
            states = zeros, zeros
        steps = ops.unstack(projected, axis=1)
        outputs = []
        for each in reversed(steps) if self.backwards else steps:
            output, states = self.step(each, states)
            outputs.append(output)
        return ops.stack(outputs[::-1] if self.backwards else outputs, axis=1)

    def step(self, projected, states):
        """The output and the states of a step, from its projected input and the states before."""
        hidden, cell = (ops.cast(state, self.compute_dtype) for state in states)
        kernel = ops.cast(self.kernel, self.compute_dtype)
        total = ops.cast(projected, self.compute_dtype) + ops.matmul(hidden, kernel)
        gates = ops.sigmoid(total[:, : 3 * self.units])
        let_in, keep, let_out = ops.split(gates, 3, axis=-1)
        cell = keep * cell + let_in * ops.tanh(total[:, 3 * self.units :])
        hidden = let_out * ops.tanh(cell)
        return hidden, [hidden, cell]

    def compute_output_shape(self, projected_shape):
        return (*projected_shape[:-1], self.units)

    def get_config(self):
        return {**super().get_config(), "units": self.units, "backwards": self.backwards}


@keras.saving.register_keras_serializable(package="keras_genzoo")
class CellRecurrence(layers.Layer):
    """A cell of the user's, step by step, as a `Recurrence` takes its own.

    Args:
        cell: A Keras RNN cell.
        width: Numbers of an input.

    Call arguments:
        inputs: `(batch, length, width)`.
        states: As many as `state_sizes` has, each `(batch, size)`.

    Returns:
        `(batch, length, output_size)`.

    Raises:
        ValueError: If it is no such cell.

    Example:
        >>> import numpy as np
        >>> recurrence = CellRecurrence(layers.GRUCell(8), width=4)
        >>> recurrence(np.ones((2, 5, 4)), [np.ones((2, 8))]).shape
        TensorShape([2, 5, 8])
    """

    def __init__(self, cell, width, **kwargs):
        if not isinstance(cell, layers.Layer) or not hasattr(cell, "state_size"):
            raise ValueError(
                "The cell is not usable. Expected a Keras RNN cell, as keras.layers.GRUCell(256). "
                f"Received: cell={cell!r}"
            )
        super().__init__(dtype=cell.dtype_policy, **kwargs)
        self.width = width
        try:
            self.rnn = layers.RNN(cell, return_sequences=True, return_state=True, unroll=True)
            self.state_sizes = keras.tree.flatten(self.rnn.state_size)
            self.output_size = self._tried(cell)
        except Exception as error:  # whatever a cell raises that was built for others, or for maps
            raise ValueError(
                f"The cell does not fit. Expected one that takes inputs (batch, {width}) and its "
                "states, each (batch, size), and gives an output (batch, numbers) and such states. "
                f"Received: cell={cell!r} with state_size={cell.state_size}"
            ) from error

    def _tried(self, cell):
        """Numbers of an output, of steps on shapes alone."""
        inputs = keras.Input((self.width,), dtype=self.compute_dtype)
        sizes = [keras.Input((size,), dtype=self.compute_dtype) for size in self.state_sizes]
        states = self._packed(sizes)
        for _ in range(2):  # a stack of one cell loses the form of its states
            output, states = cell(inputs, states)
        if [state.shape for state in keras.tree.flatten(states)] != [each.shape for each in sizes]:
            raise ValueError(f"Its step gives states {states}.")
        _, numbers = output.shape
        return numbers

    def build(self, inputs_shape, states_shape=None):
        self.rnn.build(inputs_shape)

    def call(self, inputs, states, training=False):
        return self.rnn(inputs, initial_state=self._packed(states), training=training)[0]

    def step(self, inputs, states):
        """The output and the states of a step, as of a `Recurrence`; without dropout."""
        states = self._packed(states)
        outputs, *states = self.rnn(inputs[:, None], initial_state=states, training=False)
        states = [ops.cast(state, self.compute_dtype) for state in keras.tree.flatten(states)]
        return outputs[:, 0], states

    def _packed(self, states):
        """States as the cell has them: in lists of lists, where it is a stack of cells."""
        return keras.tree.pack_sequence_as(self.rnn.state_size, list(states))

    def compute_output_shape(self, inputs_shape, states_shape=None):
        return (*inputs_shape[:-1], self.output_size)


def projection(units, **options):
    """The dense layer before a `Recurrence`; its bias opens the forget gates at the start.

    Example:
        >>> projection(8).units
        32
    """
    return layers.Dense(4 * units, bias_initializer=open_forget_gates, **options)


@keras.saving.register_keras_serializable(package="keras_genzoo")
def open_forget_gates(shape, dtype=None):
    """Biases of an LSTM's gates: 1 of the forget gates, 0 of the others."""
    return ops.repeat(ops.cast([0.0, 1.0, 0.0, 0.0], dtype), shape[0] // 4)


def sequence_encoder(vocabulary_size, length, units, *, embedding_dim=64, dtype=None):
    """A network from sequences of tokens to features: an LSTM each way.

    Args:
        vocabulary_size: Tokens there are.
        length: Tokens of a sequence.
        units: Of each of the two LSTMs.
        embedding_dim: Numbers that a token becomes.
        dtype: Policy of the layers.

    Returns:
        A model, `(batch, length)` to `(batch, 2 * units)`, the last states of both.

    Example:
        >>> sequence_encoder(131, length=32, units=16).output_shape
        (None, 32)
    """
    tokens = keras.Input((length,), dtype="int32", name="tokens")
    x = layers.Embedding(vocabulary_size, embedding_dim, dtype=dtype)(tokens)
    forwards = Recurrence(units, dtype=dtype)(projection(units, dtype=dtype)(x))
    backwards = Recurrence(units, True, dtype=dtype)(projection(units, dtype=dtype)(x))
    ends = [forwards[:, -1], backwards[:, 0]]
    return keras.Model(tokens, layers.Concatenate(dtype=dtype)(ends), name="encoder")
