"""Adam as one kernel a weight, for tests: Keras' own is 39 operations, each of which is traced.

That is half of a dense model's step. It gives what Keras gives to some 1e-5, as it rounds 1 - beta.
"""

import keras
import tensorflow as tf

AS_KERAS_HAS_IT = {
    name: getattr(keras.optimizers.Adam, name) for name in ("_backend_update_step", "update_step")
}


def prefer():
    """Let every Adam of this process update a weight by TensorFlow's kernel."""
    keras.optimizers.Adam._backend_update_step = _backend_update_step
    keras.optimizers.Adam.update_step = _update_step


def _backend_update_step(self, gradients, weights, learning_rate):
    if not self.amsgrad:  # the correction of the bias, which is the same for all weights
        step = tf.cast(self.iterations + 1, "float32")
        learning_rate *= tf.sqrt(1 - self.beta_2**step) / (1 - self.beta_1**step)
    super(keras.optimizers.Adam, self)._backend_update_step(gradients, weights, learning_rate)


def _update_step(self, gradient, weight, learning_rate):
    if self.amsgrad:
        AS_KERAS_HAS_IT["update_step"](self, gradient, weight, learning_rate)
        return
    place = self._get_variable_index(weight)
    tf.raw_ops.ResourceApplyAdam(
        var=weight.handle,
        m=self._momentums[place].value.handle,
        v=self._velocities[place].value.handle,
        beta1_power=0.0,
        beta2_power=0.0,
        lr=tf.cast(learning_rate, weight.dtype),
        beta1=self.beta_1,
        beta2=self.beta_2,
        epsilon=self.epsilon,
        grad=tf.convert_to_tensor(gradient),
    )
