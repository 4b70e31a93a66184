"""The pool of fakes from which CycleGAN's discriminators learn."""

import keras
import numpy as np
from keras import ops


class ImagePool:
    """Fakes of earlier steps, which a discriminator is shown in place of some new ones.

    A new fake fills a free place, and is shown itself; once all are taken it is shown itself, or
    changes places with a former one, which is shown, by the toss of a coin. Examples of weight 0
    stay out. Each replica has a pool of its own.

    Its variables are neither weights nor metrics: Keras does not track them, presets and exports
    lack them, and the model keeps them in its files.

    Args:
        size: Images that it holds.
        image_shape: Of an image.

    Example:
        >>> pool, seed = ImagePool(4, (8, 8, 1)), keras.random.SeedGenerator(0)
        >>> shown = pool.exchanged(np.ones((3, 8, 8, 1), "float32"), seed)
        >>> float(ops.sum(pool.filled))
        3.0

    Reference: Shrivastava et al. (2017), https://arxiv.org/abs/1612.07828, section 2.3.
    """

    def __init__(self, size, image_shape):
        self.size = size
        shapes = {"images": (size, *image_shape), "filled": (size,)}
        for name, shape in shapes.items():
            setattr(self, name, _untracked(shape, name))

    def exchanged(self, fakes, seed_generator, sample_weight=None):
        """What a discriminator is shown for fakes; in training alone."""
        # Free places first, then the others, at random; each is one image's turn at most.
        order = ops.argsort(keras.random.uniform((self.size,), seed=seed_generator) + self.filled)
        coin = keras.random.uniform((ops.shape(fakes)[0],), seed=seed_generator) > 0.5
        places = order[: ops.shape(fakes)[0]]
        new, coin = fakes[: self.size], coin[: self.size]  # more find no place, and are shown
        is_taken = ops.take(self.filled, places) > 0
        enters = ops.logical_or(coin, ops.logical_not(is_taken))
        if sample_weight is not None:
            enters = ops.logical_and(enters, sample_weight[: self.size] > 0)
        former = ops.take(self.images, places, axis=0)
        shown = ops.where(_as_map(ops.logical_and(enters, is_taken)), former, new)

        moved = ops.where(_as_map(enters), new, former)
        self.images.assign(ops.scatter_update(self.images, places[:, None], moved))
        filled = ops.cast(ops.logical_or(enters, is_taken), "float32")
        self.filled.assign(ops.scatter_update(self.filled, places[:, None], filled))
        return ops.concatenate([shown, fakes[self.size :]])

    def save(self, store, name, strategy):
        """Write the pools of this process' replicas into a file's part."""
        for part in ("images", "filled"):
            for replica, values in enumerate(self._copies(part, strategy)):
                store[f"{name}_{part}_{replica}"] = values.numpy()

    def load(self, store, name, strategy):
        """Read them; replicas for which there are none take turns with those that there are."""
        for part in ("images", "filled"):
            kept = sum(key.startswith(f"{name}_{part}_") for key in store)
            if kept and (shape := store[f"{name}_{part}_0"].shape) != getattr(self, part).shape:
                raise ValueError(
                    "The file's pool is another. Expected the model's pool_size and image_shape, "
                    f"{part} of shape {getattr(self, part).shape}. Received: {name!r}, {shape}"
                )
            for replica, values in enumerate(self._copies(part, strategy)):
                values.assign(np.asarray(store[f"{name}_{part}_{replica % kept}"]))

    def _copies(self, part, strategy):
        return strategy.experimental_local_results(getattr(self, part).value)


def _untracked(shape, name):
    return keras.Variable("zeros", shape, "float32", trainable=False, name=name, aggregation="none")


def _as_map(values):
    return ops.reshape(values, (-1, 1, 1, 1))
