"""What every model stands on: the step, its verbs and export, and what `tf.distribute` needs."""
