"""What gradient penalties are made of: how steep a judge is at each image."""

import tensorflow as tf
from keras import ops

from keras_genzoo import losses


def with_squared_slopes(judge, images, when=True):
    """A judge's logits of images, and how steep their vote is at each.

    Args:
        judge: From images to logits, one or a map, whose places vote.
        images: `(batch, height, width, channels)`.
        when: Whether slopes are wanted, a bool, or a tensor where that is only known in the step.

    Returns:
        The logits, and `(batch,)`: the squared length of the gradient by an image's pixels, which
        can be descended itself; 0 where it is not wanted.

    Example:
        >>> images = ops.ones((2, 4, 4, 1))
        >>> _, slopes = with_squared_slopes(lambda x: ops.sum(x, axis=(1, 2)), images)
        >>> slopes.numpy().tolist()
        [16.0, 16.0]
    """
    with tf.GradientTape() as tape:
        tape.watch(images)
        logits = judge(images)
        votes = losses.vote(logits)

    def squared_slopes():
        gradient = ops.cast(tape.gradient(votes, images), "float32")
        return ops.sum(ops.square(gradient), axis=(1, 2, 3))

    if when is True:
        return logits, squared_slopes()
    return logits, tf.cond(when, squared_slopes, lambda: ops.zeros_like(votes))
