"""Images from anywhere as a `tf.data.Dataset`: TFDS, folders, zips, arrays, the embedded set."""

import contextlib
import csv
import difflib
import functools
import io
import itertools
import re
import sys
import warnings
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np
import PIL.Image
import PIL.ImageOps
import tensorflow as tf
import tensorflow_datasets as tfds

EMBEDDED = "fashion_mnist_small"
IMAGE_SUFFIXES = (".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")
SPLITS = {"train": "train", "validation": "validation", "val": "validation", "test": "test"}
CSV_SPLITS = SPLITS | {
    "0": "train",
    "1": "validation",
    "2": "test",
}  # CelebA numbers its partitions
LUMA = np.array([[0.299], [0.587], [0.114]], np.float32)  # ITU-R BT.601


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
):
    """Loads images, and their labels if asked for, as a `tf.data.Dataset` that is ready for `fit`.

    All images of the split are decoded once and held in memory, `n * height * width * channels`
    bytes (four times that for floating-point arrays). Each iteration of the dataset is one epoch:
    the first goes through the images in the order of epoch 0, the second in that of epoch 1, and
    so on. The order of an epoch depends on `(seed, epoch)` alone. A run that is resumed asks for
    its place by number, whatever has been iterated before: `dataset.from_epoch(epoch, step=0)` is
    the endless dataset that starts with batch `step` of that epoch.

    Sources, in the order in which a name is looked up (write `./mnist` for a folder of that name):

    - `"fashion_mnist_small"`, embedded in the package: 10,000 train and 2,000 test images;
    - a name of tensorflow-datasets with an image feature, as `"mnist"` or `"cmaterdb/bangla"`;
    - a folder or a zip of images. Top-level folders `train`, `validation` (or `val`) and `test`
      are splits, the folders in them are classes, numbered in sorted order; a single folder
      around everything is looked through. Within a split, classes are interleaved in proportion,
      so that slices and `take` hold every class. If there is a csv (the first, the shallowest),
      the images are those that its column `file`, or else its first one, names; a column `split`
      or `partition` gives their splits. Transparent images are put on white;
    - an `.npz` of `images` and `labels`, or `x_train`, `y_train`, `x_test`, `y_test`, or
      `train_images`, `train_labels` and so on: uint8, or floating-point in [0, 1].

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

    Returns:
        A `tf.data.Dataset` of one epoch: float32 images in [0, 1] of shape (batch, height, width,
        channels), 1 or 3 channels, or pairs (images, labels); with `len` and `from_epoch`.

    Raises:
        ValueError: if the source, the split or the labels do not exist, images differ in size
            and no `image_size` is given, a file is corrupt, or an argument makes no sense.

    Example:

    >>> dataset = load("fashion_mnist_small", split="train[:90%]", batch_size=100, labels=True)
    >>> len(dataset)
    90
    >>> images, labels = next(iter(dataset))
    >>> images.shape, labels.shape
    (TensorShape([100, 28, 28, 1]), TensorShape([100]))
    >>> resumed = dataset.from_epoch(3, step=17)  # goes on with the 18th batch of the 4th epoch
    """
    _check_positive("batch_size", batch_size)
    if take is not None:
        _check_positive("take", take)
    if binarize not in (None, "static", "dynamic"):
        raise ValueError(
            f"There is no such binarization.{_did_you_mean(binarize, ['static', 'dynamic'])} "
            f"Expected 'static', 'dynamic' or None. Received: binarize={binarize!r}"
        )
    if image_size is not None:
        image_size = _height_and_width(image_size)

    fit = functools.partial(_fit, image_size=image_size, grayscale=grayscale)
    source = _open(name_or_path, labels, fit, skip_corrupt)
    slices = _slices(split, source.splits, take)
    examples = itertools.chain.from_iterable(source.read(*part) for part in slices)
    images, classes = _stack(examples, sum(stop - start for _, start, stop in slices))
    if drop_remainder and len(images) < batch_size:
        raise ValueError(
            "With drop_remainder there is no batch left. Expected a batch_size of at most the "
            f"number of images, {len(images)}. Received: batch_size={batch_size}"
        )
    return _batches(
        images,
        classes if labels else None,
        batch_size=batch_size,
        binarize=binarize,
        shuffle=shuffle,
        seed=seed,
        drop_remainder=drop_remainder,
    )


class _Source(NamedTuple):
    """Where images come from: `read(split, start, stop)` yields pairs (image, label)."""

    splits: dict[str, tfds.core.SplitInfo]
    read: Callable[[str, int, int], Iterator[tuple]]


def _open(name, labels, fit, skip_corrupt):
    if name == EMBEDDED:
        return _arrays(Path(__file__).parent / "data" / f"{EMBEDDED}.npz", labels, fit)
    known = tfds.list_builders()
    dataset = re.split("[/:]", str(name))[0]
    path = Path(name).expanduser()
    if dataset not in known or isinstance(name, Path):
        if path.is_dir():
            names = [p.relative_to(path).as_posix() for p in path.rglob("*") if p.is_file()]
            return _files(names, lambda name: (path / name).read_bytes(), labels, fit, skip_corrupt)
        if path.is_file() and path.suffix in (".npz", ".zip"):
            if not zipfile.is_zipfile(path):
                raise ValueError(
                    f"The file is corrupt. Expected a whole {path.suffix} file. "
                    f"Received: name_or_path={str(name)!r}"
                )
            if path.suffix == ".npz":
                return _arrays(path, labels, fit)
            archive = zipfile.ZipFile(path)
            return _files(archive.namelist(), archive.read, labels, fit, skip_corrupt)
    try:
        builder = tfds.builder(str(name))
    except ValueError as error:
        if dataset in known:
            known = [f"{dataset}/{config}" for config in tfds.builder_cls(dataset).builder_configs]
        raise ValueError(
            f"There is no such dataset.{_did_you_mean(name, [EMBEDDED, *known])} Expected "
            f"'{EMBEDDED}', a name of tensorflow-datasets, or an existing folder, .zip or .npz. "
            f"Received: name_or_path={str(name)!r}"
        ) from error
    return _tfds(builder, labels, fit)


def _tfds(builder, labels, fit):
    features = builder.info.features
    pictures = [key for key, feature in features.items() if _is_picture(feature)]
    if not pictures:
        raise ValueError(
            "The dataset has no images. Expected an image feature of uint8, 1 or 3 channels. "
            f"Received: name_or_path={builder.name!r} with the features {sorted(features)}"
        )
    image = "image" if "image" in pictures else pictures[0]
    scalars = [key for key, feature in features.items() if _is_number(feature)]
    names = _label_names(labels, "label" if "label" in scalars else None, scalars)
    if not builder.is_prepared():
        try:
            builder.download_and_prepare()
        except Exception as error:  # no network, a manual download, a missing package, ...
            raise ValueError(
                f"The dataset cannot be downloaded or prepared: {error} Expected a dataset that "
                "tensorflow-datasets can fetch, or that lies prepared in TFDS_DATA_DIR. "
                f"Received: name_or_path={builder.name!r}"
            ) from error

    def read(split, start, stop):
        dataset = builder.as_dataset(
            split=tfds.core.ReadInstruction(split, from_=start, to=stop, unit="abs"),
            read_config=tfds.ReadConfig(try_autocache=False),
            decoders=tfds.decode.PartialDecoding([image, *names]),
        )
        batch_size = 1 if None in features[image].shape else 1000
        for batch in dataset.batch(batch_size).as_numpy_iterator():
            columns = [batch[name] for name in names]
            yield from zip(map(fit, batch[image]), _joined(columns, labels), strict=False)

    return _Source(builder.info.splits, read)


def _is_picture(feature):
    is_image = isinstance(feature, tfds.features.Image) and feature.np_dtype == np.uint8
    return is_image and feature.shape[-1] in (1, 3)


def _is_number(feature):
    return feature.shape == () and np.dtype(feature.np_dtype).kind in "biuf"


def _arrays(path, labels, fit):
    """Arrays of an `.npz`: `images`, `x_<split>` or `<split>_images`, and their labels."""
    images, classes = {}, {}
    with np.load(path) as archive:
        for key in archive.files:
            match = re.fullmatch("images|x_(?P<x>[a-z]+)|(?P<images>[a-z]+)_images", key)
            if match:
                name = match["x"] or match["images"] or "train"
                split = SPLITS.get(name, name)
                images[split] = _pixels(key, archive[key])
                partner = f"y_{name}" if match["x"] else key.replace("images", "labels")
                if partner in archive.files:
                    classes[split] = _numbers(archive[partner])
    if not images:
        raise ValueError(
            "The .npz holds no images. Expected arrays named images, x_train or train_images. "
            f"Received: name_or_path={str(path)!r} with {archive.files}"
        )
    _label_names(labels, "labels", ["labels"] if classes.keys() == images.keys() else [])
    for split in classes:
        if len(classes[split]) != len(images[split]):
            raise ValueError(
                f"The arrays of {split!r} differ in length. Expected one label for each image. "
                f"Received: {len(images[split])} images and {len(classes[split])} labels"
            )

    def read(split, start, stop):
        columns = [classes[split][start:stop]] if labels else []
        return zip(map(fit, images[split][start:stop]), _joined(columns, labels), strict=False)

    return _Source(_split_infos(images), read)


def _pixels(name, array):
    """The array as (n, height, width, channels), uint8 or float32 in [0, 1]."""
    array = array[..., None] if array.ndim == 3 else array
    in_range = array.dtype == np.uint8 or (
        array.dtype.kind == "f" and bool(np.all((array >= 0) & (array <= 1)))
    )
    if array.ndim != 4 or array.shape[3] not in (1, 3) or not in_range:
        raise ValueError(
            f"The array {name!r} does not hold images. Expected shape (n, height, width) or (n, "
            "height, width, channels) with 1 or 3 channels, and uint8, or floats in [0, 1]. "
            f"Received: shape={array.shape}, dtype={array.dtype}"
        )
    return array if array.dtype == np.uint8 else array.astype(np.float32)


def _files(names, read_bytes, labels, fit, skip_corrupt):
    """Image files, named by their paths below the folder or in the zip."""
    names = sorted(name for name in names if not re.search(r"(^|/)(\.|__MACOSX/)", name))
    tables = sorted((n for n in names if n.lower().endswith(".csv")), key=lambda n: n.count("/"))
    paths = [name for name in names if Path(name).suffix.lower() in IMAGE_SUFFIXES]
    if not paths:
        raise ValueError(
            f"There are no images. Expected files that end in {', '.join(IMAGE_SUFFIXES)}. "
            f"Received: names={names[:5]}"
        )
    root = paths[0].split("/")[0]
    has_root = root not in SPLITS and all(path.startswith(f"{root}/") for path in paths)
    parts = {path: path.split("/")[has_root:] for path in paths}
    rows = _csv_rows(read_bytes(tables[0]), parts) if tables else {}
    paths = [path for path in paths if path in rows] or paths

    splits, columns = _catalogue({path: parts[path] for path in paths}, rows)
    candidates = ["label", "folder"] if len(columns) > 1 else list(columns)
    default = next((name for name in candidates if name in columns), None)
    chosen = [_numbers(columns[name]) for name in _label_names(labels, default, columns)]
    listed = itertools.chain.from_iterable(splits.values())
    label_of = dict(zip(listed, _joined(chosen, labels), strict=False))

    def decode(path):
        try:
            return fit(_decode(read_bytes(path)))
        except Exception as error:  # of whatever kind the decoder of this format raises
            return error

    def read(split, start, stop):
        part, corrupt = splits[split][start:stop], []
        with ThreadPoolExecutor() as pool:
            for path, image in zip(part, pool.map(decode, part), strict=True):
                if not isinstance(image, Exception):
                    yield image, label_of[path]
                elif skip_corrupt:
                    corrupt.append(path)
                else:
                    raise ValueError(
                        f"An image cannot be decoded: {image}. Expected whole image files, or "
                        f"skip_corrupt=True to leave out the others. Received: file={path!r}"
                    ) from image
        if corrupt:
            first = ", ".join(corrupt[:3]) + (", ..." if len(corrupt) > 3 else "")
            message = f"{len(corrupt)} of {len(part)} images are corrupt and left out: {first}"
            warnings.warn(message, stacklevel=2)

    return _Source(_split_infos(splits), read)


def _catalogue(parts, rows):
    """The paths of each split, and columns of labels, in the same order as all these paths."""
    tops = {part[0] for part in parts.values()}
    # One folder `train` among others is a class: some data sets have trains.
    has_splits = tops <= SPLITS.keys() or len(tops & SPLITS.keys()) > 1
    splits, folders = {}, {}
    for path, (*above, _) in parts.items():
        folder_split = SPLITS.get(above.pop(0)) if has_splits and above else None
        row = rows.get(path, {})
        column = row.get("split", row.get("partition"))
        if column is not None:
            split = CSV_SPLITS.get(column.lower(), column)
        else:
            split = folder_split if has_splits else "train"
        if split:
            splits.setdefault(split, []).append(path)
            folders[path] = above[0] if above else ""
    splits = {split: _interleaved(paths, folders) for split, paths in splits.items()}
    listed = list(itertools.chain.from_iterable(splits.values()))
    columns = {"folder": [folders[path] for path in listed]} if all(folders.values()) else {}
    for name in next(iter(rows.values()), {}).keys() - {"split", "partition"}:
        columns[name] = [rows[path][name] for path in listed]
    return splits, columns


def _csv_rows(data, parts):
    """The csv's row for each image that it names: by path, below the root, or by file name."""
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig")), restval=""))
    key = "file" if rows and "file" in rows[0] else next(iter(rows[0]), None) if rows else None
    by_name = {row.pop(key): row for row in rows}
    found = {}
    for path, part in parts.items():
        for name in (path, "/".join(part), part[-1]):
            if name in by_name:
                found.setdefault(path, by_name[name])
    return found


def _interleaved(paths, folders):
    """Sorted paths with the classes mixed in proportion, so that every slice holds all of them."""
    groups = {}
    for path in paths:
        groups.setdefault(folders[path], []).append(path)
    places = {p: (i + 0.5) / len(group) for group in groups.values() for i, p in enumerate(group)}
    return sorted(paths, key=places.get)


def _decode(data):
    """The pixels of an encoded image, (height, width, channels) of uint8, 1 or 3 channels."""
    image = PIL.ImageOps.exif_transpose(PIL.Image.open(io.BytesIO(data)))
    if image.mode.startswith("I;16"):  # which PIL would clip, not scale, to 8 bits
        return (np.asarray(image) >> 8).astype(np.uint8)[..., None]
    mode = "L" if image.mode in ("1", "L", "LA") else "RGB"
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = PIL.Image.alpha_composite(PIL.Image.new("RGBA", image.size, "white"), image)
    pixels = np.asarray(image.convert(mode))
    return pixels.reshape(*pixels.shape[:2], -1)


def _fit(image, image_size, grayscale):
    """Makes an image grey, or resizes it, in floating point."""
    if not image_size and not (grayscale and image.shape[2] == 3):
        return image
    pixels = image.astype(np.float32)
    if grayscale and image.shape[2] == 3:
        pixels = pixels @ LUMA
    if image_size:
        height, width = image_size
        channels = [PIL.Image.fromarray(channel) for channel in np.moveaxis(pixels, 2, 0)]
        resized = [c.resize((width, height), PIL.Image.Resampling.BILINEAR) for c in channels]
        pixels = np.stack([np.asarray(channel) for channel in resized], axis=-1)
    return (np.rint(pixels) if image.dtype == np.uint8 else pixels).astype(image.dtype)


def _stack(examples, count):
    """Copies at most `count` pairs (image, label) into two arrays."""
    images, labels = None, []
    for image, label in examples:
        if images is None:
            images = np.empty((count, *image.shape), image.dtype)
        if image.shape[:2] != images.shape[1:3]:
            raise ValueError(
                "The images differ in size. Expected one size, or image_size=(height, width) to "
                f"resize them. Received: shapes={images.shape[1:]} and {image.shape}"
            )
        if image.shape[2] > images.shape[3]:  # colour after grey
            images = np.repeat(images, image.shape[2], axis=-1)
        images[len(labels)] = image
        labels.append(label)
    if not labels:
        raise ValueError(
            f"No image is left. Expected at least one that decodes. Received: {count} corrupt files"
        )
    labels = np.asarray(labels)
    return images[: len(labels)], labels.astype(np.int64 if labels.dtype.kind in "biu" else "f4")


def _slices(split, infos, take):
    """The triples (split, start, stop) that a split in the syntax of TFDS stands for."""
    if "val" not in infos:
        split = re.sub(r"\bval\b", "validation", str(split))
    try:
        parts = tfds.core.splits.AbstractSplit.from_spec(split).to_absolute(infos)
    except (ValueError, NotImplementedError) as error:
        raise ValueError(
            f"There is no such split: {str(error).splitlines()[-1]}{_did_you_mean(split, infos)} "
            f"Expected one of {list(infos)}, or a part of one, such as "
            f"'{next(iter(infos))}[90%:]'. Received: split={split!r}"
        ) from error
    slices, left = [], take or sys.maxsize
    for part in parts:
        start = part.from_ or 0
        stop = infos[part.splitname].num_examples if part.to is None else part.to
        stop = min(stop, start + left)
        if start < stop:
            slices.append((part.splitname, start, stop))
            left -= stop - start
    if not slices:
        raise ValueError(f"The split is empty. Expected some images. Received: split={split!r}")
    return slices


def _split_infos(splits):
    """What TFDS needs to know of splits (sequences by name) to resolve slices of them."""
    return {
        name: tfds.core.SplitInfo(name=name, shard_lengths=[len(examples)], num_bytes=0)
        for name, examples in splits.items()
    }


def _label_names(labels, default, known):
    """The names of the labels that were asked for."""
    if not labels:
        return []
    names = [default] if labels is True else labels
    names = [names] if isinstance(names, str) else names
    for name in names:
        if name not in known:
            raise ValueError(
                f"There are no such labels.{_did_you_mean(name, known)} Expected one of "
                f"{sorted(known)}. Received: labels={labels!r}"
            )
    return names


def _joined(columns, labels):
    """One label, or one row of them, per example."""
    if not columns:
        return itertools.repeat(0)
    return np.stack(columns, axis=-1) if isinstance(labels, list | tuple) else columns[0]


def _numbers(values):
    """Numbers as they are; other texts as indices into their sorted values."""
    values = np.asarray(values)
    if values.dtype.kind != "U":
        return values[:, 0] if values.shape[1:] == (1,) else values
    for dtype in (np.int64, np.float32):
        with contextlib.suppress(ValueError):
            return values.astype(dtype)
    return np.unique(values, return_inverse=True)[1]


def _batches(images, labels, *, batch_size, binarize, shuffle, seed, drop_remainder):
    """The dataset of one epoch over arrays in memory, with `from_epoch`."""
    count = len(images)
    steps = count // batch_size if drop_remainder else -(-count // batch_size)
    scale = 255.0 if images.dtype == np.uint8 else 1.0
    with tf.device("CPU"):  # eager tensors: the graphs below hold references, not copies
        images = tf.constant(images)
        labels = None if labels is None else tf.constant(labels)
    fold_in = tf.random.experimental.stateless_fold_in
    order_seed, draw_seed = tf.constant([[seed, 0], [seed, 1]], tf.int64)

    def indices_of(epoch):
        order = tf.range(count, dtype=tf.int64)
        if shuffle:
            order = tf.random.experimental.stateless_shuffle(order, fold_in(order_seed, epoch))

        def batch(step):
            indices = order[step * batch_size : (step + 1) * batch_size]
            return epoch, tf.ensure_shape(indices, [batch_size if drop_remainder else None])

        return tf.data.Dataset.range(steps).map(batch)

    def gather(epoch, indices):
        batch = tf.cast(tf.gather(images, indices), tf.float32) / scale
        if binarize:
            draw = fold_in(draw_seed, epoch) if binarize == "dynamic" else draw_seed
            batch = tf.cast(_uniform(draw, indices, images.shape[1:]) < batch, tf.float32)
        return batch if labels is None else (batch, tf.gather(labels, indices))

    def finish(indices, cardinality):
        # Asserted, for flat_map forgets it; on indices, so that what is skipped is never gathered.
        indices = indices.apply(tf.data.experimental.assert_cardinality(cardinality))
        return indices.map(gather, tf.data.AUTOTUNE).prefetch(tf.data.AUTOTUNE)

    def from_epoch(epoch, step=0):
        """The endless dataset that starts with batch `step` of `epoch`, both from 0."""
        epochs = tf.data.Dataset.range(epoch, tf.int64.max)
        return finish(epochs.flat_map(indices_of).skip(step), tf.data.INFINITE_CARDINALITY)

    epochs = itertools.count()

    def next_epoch(_):
        epoch = tf.numpy_function(lambda: np.int64(next(epochs)), (), tf.int64)
        return indices_of(tf.ensure_shape(epoch, ()))

    dataset = finish(tf.data.Dataset.range(1).flat_map(next_epoch), steps)
    dataset.from_epoch = from_epoch
    return dataset


def _uniform(seed, indices, shape):
    """Draws from [0, 1) of `shape` for each index, the same whatever the rest of the batch is.

    TensorFlow draws a batch from one seed only, so random keys are hashed with the indices.
    """
    keys = tf.random.stateless_uniform(
        [1 + shape.num_elements()], seed, minval=None, maxval=None, dtype=tf.uint32
    )
    rows = _hash(tf.cast(indices, tf.uint32) + keys[0])
    bits = tf.bitwise.right_shift(_hash(rows[:, None] + keys[1:]), 8)  # all that a float32 can hold
    return tf.reshape(tf.cast(bits, tf.float32) * 2.0**-24, [-1, *shape])


def _hash(x):
    """Mixes the bits of uint32 integers (lowbias32 of Chris Wellons' hash-prospector)."""
    shift, xor = tf.bitwise.right_shift, tf.bitwise.bitwise_xor
    x = xor(x, shift(x, 16)) * tf.constant(0x7FEB352D, tf.uint32)
    x = xor(x, shift(x, 15)) * tf.constant(0x846CA68B, tf.uint32)
    return xor(x, shift(x, 16))


def _did_you_mean(name, names):
    nearest = difflib.get_close_matches(str(name), names, n=1)
    return f" Did you mean {nearest[0]!r}?" if nearest else ""


def _check_positive(name, value):
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
        raise ValueError(
            f"{name} is no positive number. Expected an int of at least 1. "
            f"Received: {name}={value!r}"
        )


def _height_and_width(image_size):
    size = image_size if isinstance(image_size, list | tuple) else (image_size, image_size)
    if len(size) != 2:
        raise ValueError(
            "image_size is no size. Expected an int, or two: (height, width). "
            f"Received: image_size={image_size!r}"
        )
    for pixels in size:
        _check_positive("image_size", pixels)
    return tuple(size)
