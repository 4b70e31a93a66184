"""Two sets of images side by side, without pairs."""

import re

import numpy as np
import tensorflow as tf

from keras_genzoo.datasets.batches import stored_labels
from keras_genzoo.datasets.epochs import epochs
from keras_genzoo.datasets.loading import load, split_sizes
from keras_genzoo.datasets.names import slices_of
from keras_genzoo.datasets.sources import split_infos
from keras_genzoo.datasets.variation import check, varied


def unpaired(
    a,
    b,
    batch_size=1,
    *,
    flip=False,
    crop=None,
    jitter=0,
    shuffle=True,
    seed=0,
    drop_remainder=False,
):
    """Puts two sets side by side, as a `CycleGAN` learns from them.

    An epoch is as long as the longer set; the shorter is repeated. Which image stands beside which
    is drawn anew in each epoch, and is a function of `(seed, epoch)` alone, as the order is.

    Args:
        a: Images of one kind, `(n, height, width, channels)`: an array in [0, 1], or a dataset of
            `load` without labels.
        b: Images of the other kind.
        batch_size: Images of each kind in a batch.
        flip: Whether to mirror each image left to right, by the toss of a coin.
        crop: A side, or `(height, width)`, of the part that is cut out at random; `None` for all.
        jitter: Pixels by which an image is enlarged first; without `crop` a part of its own size is
            cut out.
        shuffle: Whether to shuffle and to pair at random; otherwise both come as they are stored.
        seed: Integer seed of order, pairing, flips and cuts.
        drop_remainder: Whether to leave out a last batch that is not full.

    Returns:
        A `tf.data.Dataset` of one epoch, of pairs `(images of a, images of b)`, with `len` and
        `from_epoch` as of `load`.

    Raises:
        ValueError: If a side has no images, or is no array of them and no dataset of `load`.

    Example:
        >>> a, b = np.zeros((5, 8, 8, 3)), np.ones((2, 8, 8, 3))
        >>> [len(images) for images, _ in unpaired(a, b, batch_size=2)]
        [2, 2, 1]
    """
    (load_a, count_a, shape), (load_b, count_b, other) = _side("a", a), _side("b", b)
    if shape != other:
        raise ValueError(
            "The two sets differ in shape. Expected images of one height, width and channels. "
            f"Received: a of {shape}, b of {other}"
        )
    crop = check(crop, jitter, shape)
    count = max(count_a, count_b)
    pairing = tf.constant([seed, 3], tf.int64)

    def batch(epoch, places):
        beside = places
        if shuffle:
            key = tf.random.experimental.stateless_fold_in(pairing, epoch)
            beside = tf.random.experimental.index_shuffle(places, key, count - 1)
        images = load_a(epoch, places % count_a), load_b(epoch, beside % count_b)
        return tuple(
            varied(each, (seed, 4 + side), epoch, places, flip=flip, crop=crop, jitter=jitter)
            for side, each in enumerate(images)
        )

    return epochs(
        batch,
        count,
        batch_size=batch_size,
        shuffle=shuffle,
        seed=seed,
        drop_remainder=drop_remainder,
    )


def domains(path, split="train", take=None, **options):
    """The two sets of images of one source, for `unpaired`.

    They are its splits `trainA` and `trainB`, `testA` and `testB`, or else its two folders. Parts
    are of either set by itself, as they are of `pairs`: `"train[:90%]"` is 9 of the 10 images of
    the one, and 18 of the 20 of the other.

    Args:
        path: As of `load`.
        split: As of `load`, without the letter: `"train"`, `"test[:100]"`.
        take: As of `load`, of either set.
        **options: As of `load`, of either set; no `labels`.

    Returns:
        Two datasets as of `load`.

    Raises:
        ValueError: If the source has no such sets, labels are asked for, or corrupt files are left
            out of two folders of several splits.

    Example:
        >>> domains("fashion_mnist_small")
        Traceback (most recent call last):
        ...
        ValueError: There are no two sets. Expected splits trainA, trainB, ... or two folders. \
Received: path='fashion_mnist_small' of 10 classes
    """
    if labels := options.pop("labels", False):
        raise ValueError(
            "Two sets side by side have no labels. Expected none, or `load` of one set. "
            f"Received: labels={labels!r}, path={str(path)!r}"
        )
    sizes = split_sizes(path)
    if any(f"{name[:-1]}B" in sizes for name in sizes if name[-1:] == "A"):
        letters = (letter_of(split, letter) for letter in "AB")
        return tuple(load(path, each, take=take, **options) for each in letters)
    in_all = slices_of(split, split_infos({name: range(n) for name, n in sizes.items()}), None)
    used = [*dict.fromkeys(name for name, *_ in in_all)]
    whole = load(path, "+".join(used), labels=True, **{**options, "shuffle": False})
    classes = stored_labels(whole)
    numbers = np.unique(classes)
    if len(numbers) != 2:
        raise ValueError(
            "There are no two sets. Expected splits trainA, trainB, ... or two folders. "
            f"Received: path={str(path)!r} of {len(numbers)} classes"
        )
    counts = [sizes[name] for name in used] if len(used) > 1 else [whole.count]
    if sum(counts) != whole.count:
        raise ValueError(
            "Which files are of which split is not known where some are left out. Expected "
            "skip_corrupt=False, or a part of one split. "
            f"Received: split={split!r}, {sum(counts) - whole.count} corrupt files"
        )
    starts = np.cumsum([0, *counts[:-1]])
    in_splits = dict(zip(used, np.split(classes, starts[1:]), strict=True))
    sides = []
    for number in numbers:
        of_side = {
            name: start + np.flatnonzero(labels == number)
            for start, (name, labels) in zip(starts, in_splits.items(), strict=True)
        }
        parts = slices_of(split, split_infos(of_side), take)
        places = np.concatenate([of_side[name][start:stop] for name, start, stop in parts])
        sides.append(_part(whole, places, options.get("shuffle", True)))
    return tuple(sides)


def letter_of(split, letter):
    """A split of one of two sets: `trainA[:10]` of `train[:10]`."""
    return re.sub(r"\b([A-Za-z]\w*)", rf"\1{letter}", str(split))


def _part(whole, places, shuffle):
    """A labelled dataset's images at some places, alone."""
    places = tf.constant(places, tf.int64)

    def batch(epoch, indices):
        return whole.load(epoch, tf.gather(places, indices))[0]

    return epochs(batch, len(places), **{**whole.settings, "shuffle": shuffle})


def _side(name, images):
    """What gives images by their numbers, how many there are, and their shape."""
    is_of_load = hasattr(images, "again") and isinstance(images.element_spec, tf.TensorSpec)
    if is_of_load and images.settings["order"] is None:
        return images.load, images.count, tuple(images.element_spec.shape[1:])
    pixels = None if isinstance(images, tf.data.Dataset) else np.asarray(images)
    if pixels is None or pixels.ndim != 4 or pixels.dtype.kind != "f" or not len(pixels):
        what = type(images).__name__ if pixels is None else f"{pixels.shape} of {pixels.dtype}"
        raise ValueError(
            "There are no images to put beside others. Expected an array, (n, height, width, "
            "channels), of floats in [0, 1], or a dataset of datasets.load without labels, before "
            "it is resampled. "
            f"Received: {name}={what}"
        )
    with tf.device("CPU"):  # eager: the graphs hold a reference, not a copy
        pixels = tf.constant(pixels, tf.float32)
    return (lambda epoch, indices: tf.gather(pixels, indices)), len(pixels), tuple(pixels.shape[1:])
