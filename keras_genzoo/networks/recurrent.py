"""Recurrent networks over sequences of tokens."""

import keras
from keras import layers, ops


@keras.saving.register_keras_serializable(package="keras_genzoo")
class Recurrence(layers.Layer):
    """The recurrent part of an LSTM, over inputs that a dense layer has projected all at once.

    Keras' own LSTM projects its inputs step by step, in many small products, and runs its steps in
    a loop of the graph; here one product projects all steps, another is the kernel's gradient in
    training, and the steps are unrolled. `step` is one of them, for loops that draw their inputs.

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
        self.direction = -1 if backwards else 1
        self.state_sizes = [units, units]

    def build(self, projected_shape):
        shape = (self.units, 4 * self.units)
        self.kernel = self.add_weight(shape=shape, initializer="orthogonal", name="kernel")

    def call(self, projected, states=None, training=False):
        projected = ops.cast(projected, self.compute_dtype)
        if states is None:
            zeros = ops.zeros_like(projected[:, 0, : self.units])
            states = zeros, zeros
        kernel, *states = (ops.cast(x, self.compute_dtype) for x in (self.kernel, *states))
        if training:
            return ops.custom_gradient(self._run)(projected, kernel, *states)
        return self._run(projected, kernel, *states)[0]

    def step(self, projected, states):
        """The output and the states of a step, from its projected input and the states before."""
        projected, *states = (ops.cast(x, self.compute_dtype) for x in (projected, *states))
        hidden, cell, *_ = _step(projected, ops.cast(self.kernel, self.compute_dtype), *states)
        return hidden, [hidden, cell]

    def _run(self, projected, kernel, hidden, cell):
        """The outputs, and what their gradient is, given that by them.

        Derived step by step, the kernel's is a sum of as many small products as there are steps;
        here it is one large product of all.
        """
        outputs, kept = [], []
        for each in ops.unstack(projected, axis=1)[:: self.direction]:
            before = hidden, cell
            hidden, cell, *inside = _step(each, kernel, *before)
            outputs.append(hidden)
            kept.append((*before, *inside))

        def gradient(by_outputs):
            by_hidden, by_cell, by_totals = 0.0, 0.0, []
            by_outputs = ops.unstack(by_outputs, axis=1)[:: self.direction]
            for by_output, of_step in [*zip(by_outputs, kept, strict=True)][::-1]:
                _, cell, gates, candidate, active = of_step
                let_in, keep, let_out = ops.split(gates, 3, axis=-1)
                by_hidden = by_hidden + by_output
                by_cell = by_cell + by_hidden * let_out * (1 - active * active)
                by_gates = [by_cell * candidate, by_cell * cell, by_hidden * active]
                by_gates = ops.concatenate(by_gates, axis=-1) * gates * (1 - gates)
                by_candidate = by_cell * let_in * (1 - candidate * candidate)
                by_totals.append(ops.concatenate([by_gates, by_candidate], axis=-1))
                by_hidden = ops.matmul(by_totals[-1], ops.transpose(kernel))
                by_cell = by_cell * keep
            by_totals.reverse()
            hiddens = ops.transpose(ops.concatenate([each[0] for each in kept], axis=0))
            by_kernel = ops.matmul(hiddens, ops.concatenate(by_totals, axis=0))
            by_projected = ops.stack(by_totals[:: self.direction], axis=1)
            return by_projected, by_kernel, by_hidden, by_cell

        return ops.stack(outputs[:: self.direction], axis=1), gradient

    def compute_output_shape(self, projected_shape):
        return (*projected_shape[:-1], self.units)

    def get_config(self):
        return {**super().get_config(), "units": self.units, "backwards": self.backwards}


def _step(projected, kernel, hidden, cell):
    """A step of an LSTM: hidden and cell state, and what its gradient is made of."""
    total = projected + ops.matmul(hidden, kernel)
    units = cell.shape[-1]
    gates, candidate = ops.sigmoid(total[:, : 3 * units]), ops.tanh(total[:, 3 * units :])
    let_in, keep, let_out = ops.split(gates, 3, axis=-1)
    cell = keep * cell + let_in * candidate
    active = ops.tanh(cell)
    return let_out * active, cell, gates, candidate, active


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
