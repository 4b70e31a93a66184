"""Images from anywhere as a `tf.data.Dataset`, in an order that a resumed run finds again."""

import functools
import warnings

import numpy as np
import tensorflow as tf

from keras_genzoo.datasets.batches import decoded, gathered
from keras_genzoo.datasets.cached import entry
from keras_genzoo.datasets.decoding import MOST_PIXELS, resize, resized
from keras_genzoo.datasets.epochs import check_batches, epochs
from keras_genzoo.datasets.names import check_positive, did_you_mean, label_names, slices_of
from keras_genzoo.datasets.preparing import prepared
from keras_genzoo.datasets.sources import SPRITES, open_source, split_infos
from keras_genzoo.datasets.sprites import SIZE, Sprites, drawing, splits

CACHES = (None, "auto", "memory", "disk")


def load(
    name_or_path,
    split="train",
    batch_size=128,
    *,
    labels=False,
    image_size=None,
    grayscale=False,
    binarize=None,
    take=None,
    shuffle=True,
    seed=0,
    drop_remainder=False,
    skip_corrupt=False,
    cache="auto",
):
    """Loads images, and their labels if asked for, as a `tf.data.Dataset` that is ready for `fit`.

    The images of the split are decoded once, to `n * height * width * channels` bytes (four times
    that for floating-point arrays), which `cache` keeps in memory or on disk; sprites are drawn as
    they are needed, whatever it says.
    Each iteration of the dataset is one epoch: the first goes through the images in the order of
    epoch 0, the second in that of epoch 1, and so on. The order of an epoch depends on `(seed,
    epoch)` alone. A run that is resumed asks for its place by number, whatever has been iterated
    before: `dataset.from_epoch(epoch, step=0)` is the endless dataset that starts with batch `step`
    of that epoch.

    Sources, in the order in which a name is looked up (write `./mnist` for a folder of that name):

    - `"fashion_mnist_small"`, embedded in the package: 10,000 train and 2,000 test images;
    - `"sprites"`, those of `sprites()`, in a random order that never changes: the last 10,000 are
      `test`, the others `train`. Labels are the factors, `True` means all five, (batch, 5). The
      images are 64 x 64, grey and binary already: `grayscale` and `binarize` change nothing, and
      another `image_size` is refused;
    - a name of tensorflow-datasets with an image feature, as `"mnist"` or `"cmaterdb/bangla"`;
    - a folder or a zip of images. Top-level folders `train` (or `training`), `validation` (or
      `valid`, `val`) and `test` (or `testing`), and `trainA`, `trainB` and so on, are splits, the
      folders in them are classes, numbered in sorted order; folders around everything are looked
      through, links are followed. Within a split, classes are interleaved in proportion, so that
      slices and `take` hold every class. If there is a csv that names images (the first, the
      shallowest), the images are those that its column `file`, or else the first or the fullest
      one, names; a column `split` or `partition` gives their splits (0, 1 and 2, if there are no
      others, are CelebA's: train, validation, test). Transparent images are put on white; of an
      animation the first picture is read. A warning counts what is not read;
    - an `.npz` of `images` and `labels`, or `x_train`, `y_train`, `x_test`, `y_test`, or
      `train_images`, `train_labels` and so on: uint8, floating-point in [0, 1], or bool.

    All are read a piece at a time, but for an array in Fortran's order, which is read whole.

    Args:
        name_or_path: a string or a path, see above.
        split: in the syntax of TFDS, for every source: `"test"`, `"train[:90%]"`,
            `"train[100:200]"`, `"train+test"`. A source without splits is all `"train"`.
        batch_size: number of images in a batch.
        labels: `True` for the class (int64; of a csv, its column `label` or its only one), the
            name of a csv's column or of a TFDS feature, or a list of names for labels of shape
            (batch, names). Numbers stay as they are (CelebA's are -1 and 1), texts become
            indices into their sorted values.
        image_size: an int, or (height, width), in pixels: images are resized, antialiased.
        grayscale: whether to turn RGB images into one channel of luma.
        binarize: `"dynamic"` draws every pixel anew in every epoch, from the Bernoulli
            distribution whose mean is the pixel; `"static"` draws once. The draw depends on
            `(seed, epoch, index of the image)`, without the epoch if static.
        take: keep only the first so many images of the split.
        shuffle: whether to shuffle; otherwise images come in the order in which they are stored.
        seed: an int, for the order and the draws.
        drop_remainder: whether to leave out a last batch that is not full.
        skip_corrupt: whether to leave out files that cannot be decoded, with a warning.
        cache: where decoded images are kept; it changes neither them nor their order. `"memory"`;
            `"disk"`, in a file that is mapped, of a folder that all processes share: it is made
            once, and anew when the source or the file was altered (`genzoo cache` lists and clears
            them; `$GENZOO_CACHE_DIR`, or else the platform's folder for caches); `None`: nowhere,
            images are decoded when they are needed, of a folder, a zip or TFDS' array_record;
            `"auto"`: in memory what fits in a quarter of what is free, of the machine or of what a
            container may take, else on disk, which is said.

    Returns:
        A `tf.data.Dataset` of one epoch: float32 images in [0, 1] of shape (batch, height, width,
        channels), 1 or 3 channels, or pairs (images, labels); with `len` and `from_epoch`.

    Raises:
        ValueError: if the source, the split or the labels do not exist, images differ in size
            and no `image_size` is given, a file is corrupt, memory does not suffice, or an
            argument makes no sense.
        OSError: if a disk is full or may not be written.

    Example:

    >>> dataset = load("fashion_mnist_small", split="train[:90%]", batch_size=100, labels=True)
    >>> len(dataset)
    90
    >>> images, labels = next(iter(dataset))
    >>> images.shape, labels.shape
    (TensorShape([100, 28, 28, 1]), TensorShape([100]))
    >>> resumed = dataset.from_epoch(3, step=17)  # goes on with the 18th batch of the 4th epoch
    """
    check_batches(batch_size, seed)
    if binarize not in (None, "static", "dynamic"):
        raise ValueError(
            f"There is no such binarization.{did_you_mean(binarize, ['static', 'dynamic'])} "
            f"Expected 'static', 'dynamic' or None. Received: binarize={binarize!r}"
        )
    if cache not in CACHES:
        raise ValueError(
            f"There is no such cache.{did_you_mean(cache, CACHES[1:])} "
            f"Expected 'auto', 'memory', 'disk' or None. Received: cache={cache!r}"
        )
    if image_size is not None:
        image_size = height_and_width(image_size)

    if name_or_path == SPRITES:
        batch, count = _drawn(split, labels, image_size, take)
    else:
        how = {"image_size": image_size, "grayscale": grayscale}
        fit = functools.partial(resize, **how)
        source = open_source(name_or_path, labels, fit, skip_corrupt)
        if source.unused:
            warnings.warn(source.unused, stacklevel=2)
        slices = slices_of(split, source.splits, take)
        if cache is None:
            _check_by_index(source, name_or_path, skip_corrupt)
            fitted = functools.partial(resized, **how)
            batch, count = decoded(source, slices, fitted, bool(labels), binarize, seed)
        else:
            options = {"labels": labels, **how, "skip_corrupt": skip_corrupt}
            kept = functools.partial(entry, name_or_path, split, slices, source.tells, options)
            images, classes = prepared(source, slices, cache, kept)
            batch = gathered(images, classes if labels else None, binarize, seed)
            count = len(images)
    return epochs(
        batch,
        count,
        batch_size=batch_size,
        shuffle=shuffle,
        seed=seed,
        drop_remainder=drop_remainder,
    )


def split_sizes(name_or_path):
    """How many images there are of each split, by its name; nothing is decoded.

    Args:
        name_or_path: as of `load`.

    Raises:
        ValueError: if there is no such source.

    Example:

    >>> split_sizes("fashion_mnist_small")
    {'train': 10000, 'test': 2000}
    """
    if name_or_path == SPRITES:
        infos = split_infos(splits())
    else:
        infos = open_source(name_or_path, False, None, False).splits
    return {name: info.num_examples for name, info in infos.items()}


def label_values(name_or_path):
    """What the numbers stand for that `load` gives for each label; nothing is decoded.

    Args:
        name_or_path: as of `load`.

    Returns:
        By the label's name a dict of number and text. A csv's columns with blank cells are left
        out, beside columns the folders that not all splits have, and what TensorFlow Datasets says
        no values of.

    Raises:
        ValueError: if there is no such source.

    Example:

    >>> label_values("sprites")["shape"]
    {0: '0', 1: '1', 2: '2'}
    """
    if name_or_path == SPRITES:
        sizes = zip(Sprites.factor_names, Sprites.factor_sizes, strict=True)
        return {name: {number: str(number) for number in range(size)} for name, size in sizes}
    return open_source(name_or_path, False, None, False).meanings()


def file_names(name_or_path, split="train", take=None):
    """The files of a split's images, in the order in which they are stored.

    Args:
        name_or_path: as of `load`, like `split` and `take`.
        split: in the syntax of TFDS.
        take: keep only the first so many.

    Returns:
        A list of paths below the folder or in the zip; of a source whose images are not files, of
        the split and the place in it, as "test[3]".

    Raises:
        ValueError: if there is no such source or split.

    Example:

    >>> file_names("fashion_mnist_small", "test[10:12]")
    ['test[10]', 'test[11]']
    """
    if name_or_path == SPRITES:
        infos, files = split_infos(splits()), None
    else:
        source = open_source(name_or_path, False, None, False)
        infos, files = source.splits, source.files
    names = []
    for part, start, stop in slices_of(split, infos, take):
        places = range(start, stop)
        names += [files[part][i] if files else f"{part}[{i}]" for i in places]
    return names


def arrays(dataset):
    """Collects one epoch of a dataset in memory.

    Args:
        dataset: A `tf.data.Dataset` of batches, as `load` gives it.

    Returns:
        The images, `(n, height, width, channels)`, or a pair: images and labels.

    Example:

    >>> images, labels = arrays(load("fashion_mnist_small", "test", labels=True, shuffle=False))
    >>> images.shape, labels.shape
    ((2000, 28, 28, 1), (2000,))
    """
    batches = dataset.as_numpy_iterator()
    return tf.nest.map_structure(lambda *parts: np.concatenate(parts), *batches)


def _drawn(split, labels, image_size, take):
    """What draws a batch of sprites for `epochs`, and how many sprites there are."""
    if image_size not in (None, (SIZE, SIZE)):
        raise ValueError(
            f"Sprites are drawn at one size. Expected image_size={SIZE}, or none. "
            f"Received: image_size={image_size}"
        )
    factors = Sprites.factor_names
    names = label_names(factors if labels is True else labels, None, factors)
    columns = [factors.index(name) for name in names] or None
    numbers = splits()
    slices = slices_of(split, split_infos(numbers), take)
    chosen = np.concatenate([numbers[name][start:stop] for name, start, stop in slices])
    return drawing(chosen, columns[0] if isinstance(labels, str) else columns), len(chosen)


def _check_by_index(source, name_or_path, skip_corrupt):
    """Refuse to decode images when they are needed where that cannot be."""
    if source.by_index is None:
        raise ValueError(
            "These images are not to be had one by one, as cache=None needs them. Expected a "
            "folder or a zip of images, or a dataset of TFDS in the format array_record; or "
            "cache='disk'. "
            f"Received: cache=None, name_or_path={str(name_or_path)!r}"
        )
    if skip_corrupt:
        raise ValueError(
            "Which images do not decode is known once all are decoded. Expected "
            "skip_corrupt=False, or cache='disk'. Received: skip_corrupt=True, cache=None"
        )


def height_and_width(image_size):
    """Two numbers of pixels, of which a user may give one."""
    size = image_size if isinstance(image_size, list | tuple) else (image_size, image_size)
    if len(size) != 2:
        raise ValueError(
            "image_size is no size. Expected an int, or two: (height, width). "
            f"Received: image_size={image_size!r}"
        )
    for pixels in size:
        check_positive("image_size", pixels)
    if size[0] * size[1] > MOST_PIXELS:  # which no memory would hold, before it is looked at
        raise ValueError(
            f"Images are not made so large. Expected at most {MOST_PIXELS:,} pixels. "
            f"Received: image_size={image_size!r}"
        )
    return tuple(size)
