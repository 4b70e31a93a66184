"""Adam by TensorFlow's kernel, which goes once through a weight and its moments.

Keras' own update is 39 operations a weight, each of which is traced and goes through all of it.
"""

import contextlib
import functools

import keras
import tensorflow as tf


@contextlib.contextmanager
def one_kernel_a_weight(optimizer):
    """While it lasts, an Adam, or what updates as one, updates each weight by one kernel.

    Nothing of the optimizer's state or config is another; it gives what Keras gives to some 1e-5,
    for 1 - beta is rounded. Others update as ever, and so does an Adam with `amsgrad` or of weights
    that are not float32, whose 16 bits would round 1 - beta_2 to 0.

    Args:
        optimizer: A Keras optimizer, alone or in a `LossScaleOptimizer`.
    """
    adam = getattr(optimizer, "inner_optimizer", optimizer)
    if not _has_kernel(adam):
        yield
        return
    step = tf.cast(adam.iterations + 1, "float32")
    unbiased = tf.sqrt(1 - adam.beta_2**step) / (1 - adam.beta_1**step)  # the same for all weights
    adam.update_step = functools.partial(_update_step, adam, unbiased)
    try:
        yield
    finally:
        vars(adam).pop("update_step", None)  # another replica may have been before


def _has_kernel(optimizer):
    updates_as = getattr(type(optimizer), "update_step", None)
    if updates_as is not keras.optimizers.Adam.update_step or optimizer.amsgrad:
        return False
    return all(moment.dtype == "float32" for moment in optimizer._momentums)


def _update_step(adam, unbiased, gradient, weight, learning_rate):
    place = adam._get_variable_index(weight)
    tf.raw_ops.ResourceApplyAdam(
        var=weight.handle,
        m=adam._momentums[place].value.handle,
        v=adam._velocities[place].value.handle,
        beta1_power=0.0,
        beta2_power=0.0,
        lr=tf.cast(learning_rate * unbiased, weight.dtype),
        beta1=adam.beta_1,
        beta2=adam.beta_2,
        epsilon=adam.epsilon,
        grad=tf.cast(tf.convert_to_tensor(gradient), weight.dtype),
    )
