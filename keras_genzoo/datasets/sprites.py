"""White shapes on black, one image for every combination of five factors, drawn by code."""

import functools
import math

import numpy as np
import tensorflow as tf

from keras_genzoo.datasets.epochs import epochs

SIZE = 64  # of an image, in pixels
STEPS = 32  # of a sprite's centre, one pixel each, in both directions
FIRST = 16  # row and column of the centre's first place; the last mirrors it
AREA = 294  # pixels that each shape covers at scale 1: the mean pixel is then that of dSprites
LEAD = (STEPS - 1) * (SIZE + 1)  # bytes by which the farthest place is behind the first
TEST = 10_000  # images of the grid that `splits` holds out


def sprites():
    """The factor data on which disentanglement is measured, after dSprites; see `Sprites`.

    Example:
        >>> data = sprites()
        >>> data.factor_names
        ('shape', 'scale', 'orientation', 'x', 'y')
        >>> data.images([[2, 5, 0, 31, 0]]).shape  # a large upright heart, top right
        (1, 64, 64, 1)
        >>> train = data.dataset(batch_size=128)
        >>> len(train)
        5760
    """
    return Sprites()


class Sprites:
    """737,280 binary images of 64 x 64 pixels, and the factors that each of them is drawn from.

    A factor is an index:

    - shape: square, ellipse, heart;
    - scale: 6 values from 0.5 to 1;
    - orientation: 40 angles from 0 to 2 pi, both included, clockwise;
    - x, y: 32 places of the centre, one pixel apart, rightwards and downwards, in the middle half
      of the frame, so that no sprite is cut off.

    The grid, its order (y varies fastest: image i here has the factors of image i there), the
    heart's curve and the mean pixel, 0.0425, are those of dSprites. Its renderer was not published,
    so single images differ: here the shapes cover equal areas, the ellipse is twice as long as
    wide, at orientation 0 it lies and the heart stands upright, and centres may be off by a pixel.
    The orientations 0 and 39 are one picture, as are some that a small square or ellipse, being
    symmetric, cannot tell apart at this resolution: 649 of the 720 sprites at a place differ.

    Attributes:
        factor_names: `("shape", "scale", "orientation", "x", "y")`.
        factor_sizes: How many values each has, `(3, 6, 40, 32, 32)`.

    Reference: Matthey et al. (2017), https://github.com/google-deepmind/dsprites-dataset; Higgins
    et al. (2017), https://openreview.net/forum?id=Sy2fzU9gl.
    """

    factor_names = ("shape", "scale", "orientation", "x", "y")
    factor_sizes = (3, 6, 40, STEPS, STEPS)

    def images(self, factors):
        """Draws the images of given factors.

        Args:
            factors: `(n, 5)`, integer indices.

        Returns:
            `(n, 64, 64, 1)`, float32, 0 and 1.

        Raises:
            ValueError: If the factors have another shape, are no integers or out of range.
        """
        factors = np.asarray(factors)
        if factors.ndim != 2 or factors.shape[1] != 5 or factors.dtype.kind not in "iu":
            raise ValueError(
                f"The factors do not fit. Expected integers, (n, 5), of {self.factor_names}. "
                f"Received: factors of {factors.dtype}, {factors.shape}"
            )
        outside = ((factors < 0) | (factors >= self.factor_sizes)).any(axis=1)
        if outside.any():
            raise ValueError(
                "The factors are out of range. Expected indices from 0, less than "
                f"{self.factor_sizes}. Received: factors={factors[outside][0].tolist()}"
            )
        with tf.device("CPU"):
            return _draw(_strips(), np.ravel_multi_index(factors.T, self.factor_sizes)).numpy()

    def dataset(self, batch_size=128, *, factors=False, shuffle=True, seed=0, drop_remainder=False):
        """All images, drawn as they are needed, as a `tf.data.Dataset` that is ready for `fit`.

        Each iteration of the dataset is one epoch, whose order depends on `(seed, epoch)` alone;
        `dataset.from_epoch(epoch, step=0)` is the endless dataset that starts with batch `step` of
        that epoch, which a resumed run asks for: as of `kg.datasets.load`. An epoch is long; for
        shorter ones give `from_epoch(0)` and `steps_per_epoch` to `fit`, or train on a random part
        of the images: `kg.datasets.load("sprites", "train[:50000]")`.

        Args:
            batch_size: Number of images in a batch.
            factors: Whether to give pairs (images, factors).
            shuffle: Whether to shuffle; otherwise images come in the order of dSprites.
            seed: An int, for the order.
            drop_remainder: Whether to leave out a last batch that is not full.

        Returns:
            A `tf.data.Dataset` of float32 images, `(batch, 64, 64, 1)`, and int64 factors,
            `(batch, 5)`, if asked for; with `len` and `from_epoch`.

        Raises:
            ValueError: If there is no batch of that size.
        """
        count = math.prod(self.factor_sizes)
        if batch_size not in range(1, count + 1):
            raise ValueError(
                f"There is no such batch. Expected an int from 1 to {count}. "
                f"Received: batch_size={batch_size!r}"
            )
        return epochs(
            drawing(np.arange(count), range(5) if factors else None),
            count,
            batch_size=batch_size,
            shuffle=shuffle,
            seed=seed,
            drop_remainder=drop_remainder,
        )


def splits():
    """Which images are to train on and which, 10,000 at random, to test on.

    Returns:
        `{"train": ..., "test": ...}`, each `(n,)`, int64: numbers in the grid, in a random order
        that never changes, so that any slice holds values of all factors.

    Example:
        >>> {split: len(numbers) for split, numbers in splits().items()}
        {'train': 727280, 'test': 10000}
    """
    # RandomState, for numpy may change what its new generators draw, never what this one does.
    order = np.random.RandomState(0).permutation(math.prod(Sprites.factor_sizes))
    return {"train": order[:-TEST], "test": order[-TEST:]}


def drawing(numbers, columns=None):
    """What draws a batch of chosen images, for `epochs`.

    Args:
        numbers: `(n,)`, of the images in the grid.
        columns: Which factors follow the images, one index or several; `None` means none.

    Returns:
        A function from an epoch, of no effect, and indices into `numbers`, `(batch,)`, to images,
        `(batch, 64, 64, 1)`, or pairs (images, factors), `(batch,)` or `(batch, columns)`.

    Example:
        >>> images, shapes = drawing([5, 737_279], columns=0)(0, [1])
        >>> images.shape, shapes.numpy()
        (TensorShape([1, 64, 64, 1]), array([2]))
    """
    with tf.device("CPU"):  # eager tensors: the graph below holds references, not copies
        strips, numbers = _strips(), tf.constant(numbers, tf.int64)

    def batch(_, indices):
        chosen = tf.gather(numbers, indices)
        images = _draw(strips, chosen)
        if columns is None:
            return images
        factors = tf.transpose(tf.unravel_index(chosen, Sprites.factor_sizes))
        return images, tf.gather(factors, columns, axis=1)

    return batch


def _draw(strips, indices):
    """Images by their numbers in the grid, as a tensor."""
    places = indices % STEPS**2
    shift = SIZE * (places % STEPS) + places // STEPS
    # To move a sprite right and down is to begin its image earlier on its strip.
    lengths = tf.ones_like(shift) * SIZE**2
    windows = tf.strings.substr(tf.gather(strips, indices // STEPS**2), LEAD - shift, lengths)
    pixels = tf.cast(tf.io.decode_raw(windows, tf.uint8), tf.float32)
    return tf.reshape(pixels, [indices.shape[0] or -1, SIZE, SIZE, 1])


@functools.cache
def _strips():
    """All 720 sprites at their first place, each image a string of bytes after `LEAD` zeros."""
    y, x = np.mgrid[:SIZE, :SIZE] - float(FIRST)
    angles = np.linspace(0, 2 * np.pi, 40)[:, None, None]
    # In a turned sprite's own axes; pixels count whose centres lie inside.
    x, y = np.cos(angles) * x + np.sin(angles) * y, np.cos(angles) * y - np.sin(angles) * x
    sides = math.sqrt(AREA) * np.linspace(0.5, 1, 6)
    inside = [shape(x / side, y / side) for shape in (_square, _ellipse, _heart) for side in sides]
    images = np.reshape(inside, (-1, SIZE**2)).astype(np.uint8)
    return tf.constant([bytes(LEAD) + image.tobytes() for image in images])


# Whether points lie in a shape of area 1 around the origin.


def _square(x, y):
    return np.maximum(abs(x), abs(y)) <= 0.5


def _ellipse(x, y):
    return (x / 2) ** 2 + y**2 <= 1 / (2 * np.pi)


def _heart(x, y):
    """The curve x = 16 sin^3 t, y = 13 cos t - 5 cos 2t - 2 cos 3t - cos 4t, of area 180 pi."""
    x, y = x * math.sqrt(180 * np.pi), -y * math.sqrt(180 * np.pi)  # its y points upwards
    cosine = np.sqrt(1 - np.minimum(abs(x) / 16, 1) ** (2 / 3))
    curve = [-8, -8, -2, 19, 4]  # y as a polynomial in cos t
    upper, lower = np.polyval(curve, cosine), np.polyval(curve, -cosine)
    return (abs(x) <= 16) & (lower <= y) & (y <= upper)
