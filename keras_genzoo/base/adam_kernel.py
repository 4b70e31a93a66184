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
    for 1 - beta is rounded. Weights of 16 bits take operations, and move too: by Keras' own none
    does in bfloat16, in which a beta_2 of 0.999 is 1. Others update as ever, and so do weights of
    64 bits and an Adam with `amsgrad`.

    Args:
        optimizer: A Keras optimizer, alone or in a `LossScaleOptimizer`.
    """
    adam = getattr(optimizer, "inner_optimizer", optimizer)
    updates_as = getattr(type(adam), "update_step", None)
    if updates_as is not keras.optimizers.Adam.update_step or adam.amsgrad:
        yield
        return
    step = tf.cast(adam.iterations + 1, "float32")
    unbiased = tf.sqrt(1 - adam.beta_2**step) / (1 - adam.beta_1**step)  # the same for all weights
    adam.update_step = functools.partial(_update_step, adam, unbiased)
    try:
        yield
    finally:
        vars(adam).pop("update_step", None)  # another replica may have been before


def _update_step(adam, unbiased, gradient, weight, learning_rate):
    if weight.dtype == "float64":
        type(adam).update_step(adam, gradient, weight, learning_rate)
        return
    place = adam._get_variable_index(weight)
    if weight.dtype != "float32":
        moments = adam._momentums[place], adam._velocities[place]
        _update_in_16_bits(adam, unbiased, gradient, weight, learning_rate, *moments)
        return
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


def _update_in_16_bits(adam, unbiased, gradient, weight, learning_rate, momentum, velocity):
    gradient = tf.cast(tf.convert_to_tensor(gradient), weight.dtype)
    adam.assign_add(momentum, (gradient - momentum.value) * (1 - adam.beta_1))
    adam.assign_add(velocity, (tf.square(gradient) - velocity.value) * (1 - adam.beta_2))
    spread = tf.sqrt(tf.cast(velocity.value, "float32")) + adam.epsilon
    step = learning_rate * unbiased * tf.cast(momentum.value, "float32") / spread
    adam.assign_sub(weight, tf.cast(step, weight.dtype))
