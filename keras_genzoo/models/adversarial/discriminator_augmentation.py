"""Augmentation of all that a discriminator sees: of real images and of fakes alike."""

import keras
from keras import ops

from keras_genzoo.base import distribution

ADAPTIVE = "adaptive"
TARGET = 0.6  # of the mean sign of real images' logits: Karras et al., section 3.1
STEPS = 2000  # in which an adaptive probability gets from 0 to 1 at the fastest


class Augmentation(keras.layers.Layer):
    """Moves images, cuts squares out of them, and shifts their tone, each by chance.

    Every change is differentiable, so that a generator learns through it, and leaves pixels in
    [0, 1]. As long as a change does not always strike, drawn images show none of it.

    Args:
        probability: With which each change strikes an image, or `"adaptive"`: it begins at 0, and
            rises while the discriminator is too sure of real images.
        seed_generator: Where its noise comes from, a model's own.

    Call arguments:
        images: `(batch, height, width, channels)`, in [0, 1].

    Example:
        >>> import numpy as np
        >>> images = np.ones((2, 8, 8, 1), "float32")
        >>> augmentation = Augmentation("adaptive", keras.random.SeedGenerator(0))
        >>> bool((augmentation(images) == images).numpy().all())  # not yet
        True

    Reference: Karras et al. (2020), https://arxiv.org/abs/2006.06676; the changes: Zhao et al.
    (2020), https://arxiv.org/abs/2006.10738.
    """

    def __init__(self, probability, seed_generator, **kwargs):
        super().__init__(dtype="float32", **kwargs)
        self.seed_generator = seed_generator
        self.probability = probability
        if probability == ADAPTIVE:  # what training finds is kept; what is given is the config's
            self.probability = self.add_weight(
                shape=(), initializer="zeros", trainable=False, name="probability"
            )
        self.built = True

    def call(self, images):
        images = self._moved(self._moved(self._toned(images), axis=1), axis=2)
        return images * (1 - self._struck(images) * self._square(images))

    def adapt(self, shares_right, sample_weight=None):
        """Let the probability rise where real images are told too surely, else fall.

        Args:
            shares_right: `(batch,)`, of each real image's logits that say so, on this replica.
            sample_weight: `(batch,)` or `None`.
        """
        surplus = distribution.batch_mean(2 * shares_right - 1 - TARGET, sample_weight)
        moved = self.probability + ops.sign(surplus) / STEPS
        self.probability.assign(ops.clip(moved, 0.0, 1.0))

    def _toned(self, images):
        """Mixed with a grey; colours nearer to their own grey too."""
        if images.shape[-1] == 3:
            own_grey = ops.mean(images, axis=-1, keepdims=True)
            images = images + self._struck(images) * self._drawn(images) * (own_grey - images)
        share = self._struck(images) * self._drawn(images) / 2
        return images + share * (self._drawn(images) - images)

    def _moved(self, images, axis):
        """By up to an eighth of a side, what comes in black: a product, which XLA compiles too."""
        side = images.shape[axis]
        most = max(side // 8, 1)
        by = ops.floor(self._drawn(images) * (2 * most + 1)) - most
        places = ops.arange(side, dtype="float32")
        came_from = places[:, None] + (self._struck(images) * by)[:, 0]  # (batch, side, 1)
        moves = ops.cast(ops.equal(came_from, places), "float32")
        return ops.einsum("boi,biwc->bowc" if axis == 1 else "boi,bhic->bhoc", moves, images)

    def _square(self, images):
        """1 in a square of half an image's sides that lies anywhere, else 0."""
        near = 1.0
        for axis in (1, 2):
            side = images.shape[axis]
            places = ops.reshape(ops.arange(side, dtype="float32"), (-1, 1) if axis == 1 else -1)
            away = ops.abs(places + 0.5 - side * self._drawn(images)[..., 0])
            near = near * ops.cast(away < side / 4, "float32")
        return near[..., None]

    def _struck(self, images):
        """1 for images that a change strikes, else 0."""
        return ops.cast(self._drawn(images) < self.probability, "float32")

    def _drawn(self, images):
        """A number in [0, 1) for each image, `(batch, 1, 1, 1)`."""
        shape = (ops.shape(images)[0], 1, 1, 1)
        return keras.random.uniform(shape, seed=self.seed_generator)
