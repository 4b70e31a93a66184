"""Flips and cuts of images, drawn by seed, epoch and example, so that a resumed run finds them."""

import tensorflow as tf


def varied(images, seed, epoch, indices, *, flip=False, crop=None, jitter=0):
    """Mirrors images, and cuts them out of larger ones.

    Args:
        images: `(batch, height, width, channels)`.
        seed: Two integers.
        epoch: A tensor; the draws are others in another epoch.
        indices: `(batch,)`, of the examples: what is drawn for one does not depend on the batch.
        flip: Whether to mirror left to right, by the toss of a coin.
        crop: Height and width of a part that is cut out at a random place; `None` means all.
        jitter: Pixels by which images are enlarged first, bilinearly; without `crop` parts of
            their own size are cut out.

    Returns:
        A tensor `(batch, height, width, channels)`.

    Example:
        >>> images = tf.reshape(tf.range(32.0), (2, 4, 4, 1))
        >>> varied(images, (0, 1), 0, tf.range(2, dtype=tf.int64), crop=(2, 3)).shape
        TensorShape([2, 2, 3, 1])
    """
    if not flip and not jitter and crop is None:
        return images
    draws = drawn(seed, epoch, indices, 3)
    if jitter or crop is not None:
        size = crop or tuple(images.shape[1:3])
        if jitter:
            images = tf.image.resize(images, tf.shape(images)[1:3] + jitter)
        images = _cut(images, size, draws[:, 1:])
    if flip:
        is_mirrored = draws[:, 0, None, None, None] < 0.5
        images = tf.where(is_mirrored, tf.reverse(images, [2]), images)
    return images


def drawn(seed, epoch, indices, count):
    """Numbers in [0, 1) of each example, `(batch, count)`, whatever the rest of the batch is."""
    fold_in = tf.random.experimental.stateless_fold_in
    key = fold_in(tf.constant(seed, tf.int64), epoch)
    return tf.map_fn(
        lambda index: tf.random.stateless_uniform([count], fold_in(key, index)),
        indices,
        fn_output_signature=tf.float32,
    )


def check(crop, jitter, shape):
    """A window's `(height, width)`, or `None`; a `ValueError` where no such can be cut out."""
    if isinstance(jitter, bool) or not isinstance(jitter, int) or jitter < 0:
        raise ValueError(
            "That is no enlargement. Expected a whole number of pixels of at least 0. "
            f"Received: jitter={jitter!r}"
        )
    if crop is None:
        return None
    window = tuple(crop) if isinstance(crop, list | tuple) else (crop, crop)
    fits = len(window) == 2 and all(isinstance(side, int) and side > 0 for side in window)
    if not fits or any(side > of + jitter for side, of in zip(window, shape, strict=False)):
        raise ValueError(
            "No such part can be cut out. Expected a side, or (height, width), within images of "
            f"{shape[0]}x{shape[1]} pixels, enlarged by {jitter}. Received: crop={crop!r}"
        )
    return window


def _cut(images, size, draws):
    """Parts of a size, each at a place of its own."""
    free = tf.shape(images)[1:3] - tf.constant(size) + 1
    starts = tf.cast(draws * tf.cast(free, tf.float32), tf.int32)
    rows = starts[:, :1] + tf.range(size[0])
    columns = starts[:, 1:] + tf.range(size[1])
    cut = tf.gather(tf.gather(images, rows, axis=1, batch_dims=1), columns, axis=2, batch_dims=1)
    return tf.ensure_shape(cut, (images.shape[0], *size, images.shape[-1]))
