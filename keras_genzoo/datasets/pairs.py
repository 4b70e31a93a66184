"""Pairs of images: of two folders, of one picture's two halves, or made of single images."""

from pathlib import PurePosixPath

import tensorflow as tf

from keras_genzoo.datasets import variation
from keras_genzoo.datasets.decoding import LUMA
from keras_genzoo.datasets.epochs import epochs
from keras_genzoo.datasets.loading import file_names, height_and_width, load, split_sizes
from keras_genzoo.datasets.names import did_you_mean, slices_of
from keras_genzoo.datasets.sources import split_infos

KINDS = ("colorize", "super_resolution", "inpaint")
FACTOR = 4  # how many times smaller sources of super-resolution are, unless named
HOLE = 0.5  # grey, and the share of each side that it takes


def pairs(
    path,
    kind=None,
    split="train",
    batch_size=16,
    *,
    source=None,
    factor=FACTOR,
    image_size=None,
    flip=False,
    crop=None,
    jitter=0,
    take=None,
    shuffle=True,
    seed=0,
    drop_remainder=False,
    skip_corrupt=False,
    cache="auto",
):
    """Loads pairs of images, sources and targets, as a `Pix2Pix` learns from them.

    Without a `kind` they lie in pairs: in two folders, of which each file has its like in the
    other, by its name without the ending (`maps/1.png` and `photos/1.jpg`, in each split, or
    `trainA/1.png` and `trainB/1.jpg`); or side by side in one picture. With a kind they are made of
    single images. Both sides are flipped and cut alike.

    Args:
        path: A folder or a zip; with a kind whatever `load` takes.
        kind: `"colorize"`: sources are the targets' luminance. `"super_resolution"`: they are
            `factor` times smaller. `"inpaint"`: they lack a rectangle, half as wide and high, at a
            random place. `None`: the pairs are there.
        split: As of `load`.
        batch_size: Pairs in a batch.
        source: Which side is the source: of pictures side by side `"left"`, unless given, or
            `"right"` (one is to be given where they lie in two folders); of folders the name of
            one, the first in the alphabet unless given.
        factor: How many times smaller sources of super-resolution are.
        image_size: A side in pixels, or (height, width), of a source and of a target, to which they
            are resized; pictures of two must be of one size.
        flip: Whether to mirror left to right, by the toss of a coin.
        crop: A side, or (height, width), of the part that is cut out at random; `None` for all.
        jitter: Pixels by which images are enlarged first; without `crop` a part of their own size
            is cut out.
        take: Keep only the first so many pairs of the split.
        shuffle: Whether to shuffle; otherwise pairs come in the order in which they are stored.
        seed: Integer seed of order, flips, cuts and holes: functions of `(seed, epoch)`.
        drop_remainder: Whether to leave out a last batch that is not full.
        skip_corrupt: Whether to leave out files that cannot be decoded, with a warning; not of two
            folders, whose pairs would be lost.
        cache: Where decoded pictures are kept, as of `load`.

    Returns:
        A `tf.data.Dataset` of one epoch, of pairs `(sources, targets)`, float32 in [0, 1], with
        `len` and `from_epoch` as of `load`.

    Raises:
        ValueError: If there are no pairs, files have no like, images differ in size and no
            `image_size` is given, or an argument makes no sense.

    Example:
        >>> small = pairs("fashion_mnist_small", "super_resolution", "test[:4]", factor=2)
        >>> sources, targets = next(iter(small))
        >>> sources.shape, targets.shape
        (TensorShape([4, 14, 14, 1]), TensorShape([4, 28, 28, 1]))

    Reference: jitter: Isola et al. (2017), https://arxiv.org/abs/1611.07004, section 6.2.
    """
    if kind is not None and kind not in KINDS:
        raise ValueError(
            f"There are no such pairs.{did_you_mean(kind, KINDS)} Expected kind of "
            f"{', '.join(map(repr, KINDS))}, or None. Received: kind={kind!r}"
        )
    if kind is not None and source is not None:
        raise ValueError(
            "Sources are made of targets. Expected no source beside a kind. "
            f"Received: source={source!r}, kind={kind!r}"
        )
    if factor != FACTOR and kind != "super_resolution":
        raise ValueError(
            "Nothing is made smaller. Expected no factor, or kind='super_resolution'. "
            f"Received: factor={factor!r}, kind={kind!r}"
        )
    how = {"image_size": image_size, "skip_corrupt": skip_corrupt, "cache": cache}
    how |= {"batch_size": batch_size, "seed": seed}
    folders = _folders(path, source) if kind is None else None
    if folders:
        together, count, shape = _of_folders(path, folders, split, source, take, how)
    elif kind is None:
        together, count, shape = _of_halves(path, split, source, take, how)
    else:
        own = load(path, split, take=take, **how)
        together, count, shape = own.load, own.count, own.element_spec.shape[1:]
    window = variation.check(crop, jitter, shape)
    if kind is None:
        divide = _in_two
    else:
        divide = _divider(kind, shape[-1], tuple(window or shape[:2]), factor, seed)

    def batch(epoch, indices):
        images = variation.varied(
            together(epoch, indices),
            *((seed, 4), epoch, indices),
            **{"flip": flip, "crop": window, "jitter": jitter},
        )
        return divide(epoch, indices, images)

    return epochs(
        batch,
        count,
        batch_size=batch_size,
        shuffle=shuffle,
        seed=seed,
        drop_remainder=drop_remainder,
    )


# === Pairs that are there ===


def _in_two(epoch, indices, images):
    """Sources and targets, which lie one behind the other as channels."""
    return tuple(tf.split(images, 2, axis=-1))


def _of_halves(path, split, source, take, how):
    """What gives pictures' halves by their numbers, how many there are, and their shape."""
    if source not in (None, "left", "right"):
        raise ValueError(
            "There is no such side. Expected source='left' or 'right' of pictures side by side, "
            "for there are no two folders of the same files. "
            f"Received: source={source!r}, path={str(path)!r}"
        )
    size = how["image_size"]
    size = None if size is None else height_and_width(size)
    own = load(path, split, take=take, **{**how, "image_size": None})
    height, width, channels = own.element_spec.shape[1:]
    if width % 2:
        raise ValueError(
            "The pictures have no halves. Expected an even width, of two images side by side. "
            f"Received: {height}x{width} pixels, path={str(path)!r}"
        )

    def together(epoch, indices):
        sides = tf.split(own.load(epoch, indices), 2, axis=2)
        both = tf.concat(sides if source != "right" else sides[::-1], axis=-1)
        # Not before: one side would bleed into the other.
        return both if size is None else tf.image.resize(both, size, antialias=True)

    return together, own.count, (*(size or (height, width // 2)), channels)


def _folders(path, source):
    """Of each split and side the files, by their names without endings; `None` unless in pairs.

    Those of a name are a list of `(split of the source, place in it, path)`. Folders that share
    names, and yet are not in pairs, are no pictures side by side unless a `source` says so.
    """
    found = {}
    sizes = split_sizes(path)
    for split in sizes:
        for place, name in enumerate(file_names(path, split)):
            file = PurePosixPath(name)
            of, side = split, file.parent.name
            if f"{split[:-1]}A" in sizes and f"{split[:-1]}B" in sizes:
                of, side = split[:-1], split[-1]
            found.setdefault(of, {}).setdefault(side, {}).setdefault(file.stem, []).append(
                (split, place, name)
            )
    sides = {side for named in found.values() for side in named}
    if len(sides) == 2 and all(len(each) == 2 for each in found.values()):
        are_classes = source in ("left", "right") and not sides & {source, "A", "B"}
        return None if are_classes else found
    for of, named in found.items():
        names = [name for each in named.values() for name in each]
        if source is None and len({*names}) < len(names):
            held = {of: sorted(each) for of, each in found.items()}
            raise ValueError(
                "The pairs are not two folders. Expected the same two in each split and no picture "
                "beside them, or source='left' or 'right', of pictures side by side. "
                f"Received: the folders {held}, path={str(path)!r}"
            )
    return None


def _of_folders(path, folders, split, source, take, how):
    """As of `_of_halves`, of two folders whose files have the same names."""
    sides = sorted(next(iter(folders.values())))
    if source not in (None, *sides):
        raise ValueError(
            f"There is no such side.{did_you_mean(source, sides)} Expected source of "
            f"{', '.join(map(repr, sides))}. Received: source={source!r}, path={str(path)!r}"
        )
    if how["skip_corrupt"]:
        raise ValueError(
            "Which files belong together is not known where some are left out. Expected "
            f"skip_corrupt=False for two folders. Received: skip_corrupt=True, path={str(path)!r}"
        )
    ordered = sides if source != sides[1] else sides[::-1]
    matched = {of: _matched(named, ordered, path) for of, named in folders.items()}
    parts = slices_of(split, split_infos(matched), take)
    wanted = [pair for of, start, stop in parts for pair in matched[of][start:stop]]
    used = sorted({of for pair in wanted for of, *_ in pair})
    own = load(path, "+".join(used), **how)
    starts, sizes = {}, split_sizes(path)
    for of in used:
        starts[of] = sum(sizes[before] for before in starts)
    places = tf.constant(
        [[starts[of] + place for of, place, _ in pair] for pair in wanted], dtype=tf.int64
    )

    def together(epoch, indices):
        pair = tf.unstack(tf.gather(places, indices), axis=1)
        return tf.concat([own.load(epoch, each) for each in pair], axis=-1)

    return together, len(wanted), own.element_spec.shape[1:]


def _matched(named, sides, path):
    """Pairs of files of the two sides, by name."""
    first, second = (named[side] for side in sides)
    if alone := sorted(first.keys() ^ second.keys()):
        raise ValueError(
            "Files have no like in the other folder. Expected the same names in "
            f"{' and '.join(sides)}, or source='left' or 'right' of pictures side by side. "
            f"Received: {', '.join(alone[:3])}, {len(alone)} in all, path={str(path)!r}"
        )
    for files in (*first.values(), *second.values()):
        if len(files) > 1:
            raise ValueError(
                "Files of one name could stand for each other. Expected names that differ in more "
                "than their endings, in one folder a side. "
                f"Received: {' and '.join(path for *_, path in files)}, path={str(path)!r}"
            )
    return [(*first[name], *second[name]) for name in sorted(first)]


# === Pairs that are made ===


def _divider(kind, channels, shape, factor, seed):
    """What makes sources of a batch's targets, and both sides of it."""
    if kind == "colorize" and channels != 3:
        raise ValueError(
            "Grey images have no colours to learn. Expected images of 3 channels. "
            f"Received: kind='colorize', images of {channels}"
        )
    if kind == "super_resolution" and (
        not isinstance(factor, int) or factor < 2 or any(side % factor for side in shape)
    ):
        raise ValueError(
            "The images cannot be made smaller so. Expected a factor of at least 2 that divides "
            f"height and width. Received: factor={factor!r}, images of {shape[0]}x{shape[1]}"
        )

    def divide(epoch, indices, images):
        if kind == "colorize":
            sources = images @ tf.constant(LUMA)
        elif kind == "super_resolution":
            sources = tf.image.resize(images, [side // factor for side in shape], "area")
        else:
            sources = tf.where(_holes(shape, seed, epoch, indices), HOLE, images)
        return sources, images

    return divide


def _holes(shape, seed, epoch, indices):
    """Where pixels are missing, `(batch, height, width, 1)`."""
    draws = variation.drawn((seed, 6), epoch, indices, 2)

    def missing(side, draw):
        width = int(side * HOLE)
        start = tf.cast(draw * (side - width + 1), tf.int32)[:, None]
        places = tf.range(side)[None]
        return (places >= start) & (places < start + width)

    rows, columns = (missing(side, draws[:, axis]) for axis, side in enumerate(shape))
    return (rows[:, :, None] & columns[:, None, :])[..., None]
