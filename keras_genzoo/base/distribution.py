"""What `tf.distribute` needs and Keras 3 lacks.

The engine is TensorFlow's: a strategy copies the variables to its replicas, splits each batch among
them and sums what they compute. Keras 3 runs a training step under it, and leaves to the step:

- Gradients are summed over replicas, so a mean loss steps N times too far, and a mean of the
  replicas' means is another loss where a batch splits unevenly: each replica's loss is scaled by
  its share of the global batch. A share may be empty: it is padded by an example of weight 0.
- Every replica draws the same noise and the same dropout masks, since the copies of a
  `SeedGenerator` count alike: each copy starts from a seed of its own.
- Optimizers clip, and `LossScaleOptimizer` looks for an overflow, before gradients are summed, the
  latter on the first replica only: a step that another replica should have stopped ruins the
  weights, or leaves workers waiting for each other. Gradients are summed before the optimizer
  sees them.
- `fit` builds a model by a symbolic batch, which uneven batches and several workers break, and
  averages scalar logs in a way that fails on several workers. Our models are built when they are
  constructed, and `workers` mends the logs and the order of shuffled arrays.
- Parameter servers are not supported: they are refused.

Keras' own issues tell more: 20585 (several workers), 18624 (parameter servers), 21061 (NaN under
several replicas), 19340. Two private hooks of Keras are needed, `Model._maybe_symbolic_build` and
the optimizers' `_all_reduce_sum_gradients`; a test names them where a new Keras changes them.
"""

import threading

import keras
import tensorflow as tf

from keras_genzoo.base import adam_kernel

_drawing = threading.Lock()  # a generator reads its state and then moves it
_SEED_STRIDE = 0x9E3779B9  # far from any step between seeds that people choose


def check_keras():
    """Refuse settings of Keras that the zoo's models do not compute in, where one is made."""
    expected = {"backend": "tensorflow", "floatx": "float32", "image_data_format": "channels_last"}
    for name, value in expected.items():
        if (received := getattr(keras.config, name)()) != value:
            way = " (KERAS_BACKEND=tensorflow in the environment)" if name == "backend" else ""
            raise ValueError(
                f"The zoo's models do not compute so. Expected Keras' {name} {value!r}{way}. "
                f"Received: {name}={received!r}"
            )


def check_strategy():
    """Refuse the strategy in whose scope a model is made where Keras 3 does not support it."""
    strategy = tf.distribute.get_strategy()
    if isinstance(strategy, tf.distribute.ParameterServerStrategy):
        raise ValueError(
            "Keras 3 does not train on parameter servers. Expected MirroredStrategy for the "
            "devices of one machine, or MultiWorkerMirroredStrategy for several machines. "
            f"Received: {type(strategy).__name__}"
        )


def check_scope(strategy, made):
    """Refuse variables that were not made in the strategy's scope, before a step trips over them.

    Args:
        strategy: The model's.
        made: Name of each thing, and one of its variables.

    Raises:
        ValueError: If one is of another scope.
    """
    is_mirrored = isinstance(strategy, tf.distribute.MirroredStrategy)  # of one device, too
    for name, variable in made.items():
        mirrored = isinstance(variable.value, tf.distribute.DistributedValues)
        if mirrored != (is_mirrored or strategy.num_replicas_in_sync > 1):
            raise ValueError(
                f"{name} was not made where the model was. Expected model, networks and optimizers "
                "made in one `with strategy.scope():`, or all outside of it. "
                f"Received: a model of {strategy.num_replicas_in_sync} replica(s)"
            )


def replicas():
    """How many replicas share a batch, where this is asked."""
    return tf.distribute.get_strategy().num_replicas_in_sync


def padded(x, y, sample_weight):
    """A replica's share of a batch, with weights; an empty one gets an example of weight 0."""
    if replicas() == 1:
        return x, y, sample_weight
    if sample_weight is None:
        sample_weight = tf.ones(tf.shape(x)[:1])
    if x.shape[0]:  # known to hold some; on a TPU always
        return x, y, sample_weight
    missing = tf.cast(tf.equal(tf.shape(x)[0], 0), tf.int32)

    def pad(values):
        if values is None:
            return None
        return tf.pad(values, [[0, missing]] + [[0, 0]] * (values.shape.rank - 1))

    return pad(x), pad(y), pad(sample_weight)


def share(sample_weight):
    """This replica's part of the global batch, 0 to 1, by weight."""
    if replicas() == 1:
        return 1.0
    own = tf.reduce_sum(sample_weight)
    return tf.math.divide_no_nan(own, _sum_over_replicas(own))


def batch_mean(values, sample_weight=None):
    """Mean of per-example values over the global batch, for a loss that couples its examples.

    Args:
        values: `(batch,)`, this replica's.
        sample_weight: `(batch,)`, or `None` on one replica.

    Returns:
        A scalar, the same on every replica; 0 where all weights are 0.

    Example:
        >>> float(batch_mean(tf.constant([1.0, 5.0])))
        3.0
    """
    if sample_weight is None:
        return tf.reduce_mean(values)
    total = _sum_over_replicas(tf.reduce_sum(values * sample_weight))
    return tf.math.divide_no_nan(total, _sum_over_replicas(tf.reduce_sum(sample_weight)))


def gathered(values):
    """Values of the global batch, of every replica after another, for a loss that couples them.

    Args:
        values: `(batch, ...)`, this replica's: one tensor, as TensorFlow 2.21 mixes up the
            gradients of several.

    Returns:
        `(global batch, ...)`, the same on every replica.

    Example:
        >>> gathered(tf.constant([1.0, 5.0])).numpy().tolist()
        [1.0, 5.0]
    """
    if replicas() == 1:
        return values
    return tf.distribute.get_replica_context().all_gather(values, axis=0)


def apply(optimizer, gradients, weights):
    """Let an optimizer descend by gradients summed over replicas."""
    if replicas() > 1:
        summed = iter(_sum_over_replicas([each for each in gradients if each is not None]))
        gradients = [each if each is None else next(summed) for each in gradients]
        descends = getattr(optimizer, "inner_optimizer", optimizer)
        descends._all_reduce_sum_gradients = list  # they are summed already
    with adam_kernel.one_kernel_a_weight(optimizer):
        optimizer.apply(gradients, weights)


def spread(seed_states, strategy, spread_before):
    """Give every replica noise of its own: offset the seeds in its copies of the states.

    Args:
        seed_states: Variables of `keras.random.SeedGenerator`s.
        strategy: The one in whose scope they were made.
        spread_before: Whether they were offset since they were last set as one.
    """
    if strategy.num_replicas_in_sync == 1:
        return

    def offset():
        replica = tf.distribute.get_replica_context().replica_id_in_sync_group
        for state in alike:
            shift = tf.cast(replica, state.dtype) * _SEED_STRIDE
            state.assign(tf.stack([state.value[0] + shift, state.value[1]]))

    def is_alike(state):
        copies = strategy.experimental_local_results(state.value)
        if len(copies) == 1:  # the only one in this process
            return not spread_before
        return len({tuple(copy.numpy()) for copy in copies}) == 1

    # Whoever draws outside of a step sets all copies alike.
    alike = [state for state in seed_states if is_alike(state)]
    if alike:
        on_replicas(strategy, offset)


def draw_seed(seed_generator, strategy):
    """The next seed of a generator, drawn so that its copies stay apart.

    Each copy moves as `next` moves it, which on replicas would be a graph for each draw.
    """
    with _drawing:
        if strategy.num_replicas_in_sync == 1:
            return seed_generator.next()
        copies = strategy.experimental_local_results(seed_generator.state.value)
        seed = tf.identity(copies[0])
        for copy in copies:
            copy.assign_add(tf.constant([0, 1], copy.dtype))
        return seed


def on_replicas(strategy, function):
    """Run a function on all replicas, as a graph: TensorFlow complains of eager ones."""
    return tf.function(lambda: strategy.run(function), autograph=False)()


def _sum_over_replicas(values):
    return tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.SUM, values)
