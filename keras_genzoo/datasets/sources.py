"""Where images come from: TFDS, folders, zips, arrays, the embedded set."""

import contextlib
import csv
import difflib
import io
import itertools
import re
import warnings
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np
import PIL.Image
import PIL.ImageOps
import tensorflow_datasets as tfds

EMBEDDED = "fashion_mnist_small"
SPRITES = "sprites"  # which `datasets` reads itself: they are drawn, not stored
IMAGE_SUFFIXES = (".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")
SPLITS = {"train": "train", "validation": "validation", "val": "validation", "test": "test"}
# CelebA numbers its partitions.
CSV_SPLITS = SPLITS | {"0": "train", "1": "validation", "2": "test"}
LUMA = np.array([[0.299], [0.587], [0.114]], np.float32)  # ITU-R BT.601


class Source(NamedTuple):
    """Where images come from: `read(split, start, stop)` yields pairs (image, label)."""

    splits: dict[str, tfds.core.SplitInfo]
    read: Callable[[str, int, int], Iterator[tuple]]


def open_source(name, labels, fit, skip_corrupt):
    if name == EMBEDDED:
        return _arrays(Path(__file__).parent / "embedded" / f"{EMBEDDED}.npz", labels, fit)
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
            f"There is no such dataset.{did_you_mean(name, [EMBEDDED, SPRITES, *known])} "
            f"Expected '{EMBEDDED}', '{SPRITES}', a name of tensorflow-datasets, or an existing "
            f"folder, .zip or .npz. Received: name_or_path={str(name)!r}"
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
    names = label_names(labels, "label" if "label" in scalars else None, scalars)
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

    return Source(builder.info.splits, read)


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
    label_names(labels, "labels", ["labels"] if classes.keys() == images.keys() else [])
    for split in classes:
        if len(classes[split]) != len(images[split]):
            raise ValueError(
                f"The arrays of {split!r} differ in length. Expected one label for each image. "
                f"Received: {len(images[split])} images and {len(classes[split])} labels"
            )

    def read(split, start, stop):
        columns = [classes[split][start:stop]] if labels else []
        return zip(map(fit, images[split][start:stop]), _joined(columns, labels), strict=False)

    return Source(split_infos(images), read)


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
    chosen = [_numbers(columns[name]) for name in label_names(labels, default, columns)]
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

    return Source(split_infos(splits), read)


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


def resize(image, image_size, grayscale):
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


def split_infos(splits):
    """What TFDS needs to know of splits (sequences by name) to resolve slices of them."""
    return {
        name: tfds.core.SplitInfo(name=name, shard_lengths=[len(examples)], num_bytes=0)
        for name, examples in splits.items()
    }


def label_names(labels, default, known):
    """The names of the labels that were asked for."""
    if not labels:
        return []
    names = [default] if labels is True else labels
    names = [names] if isinstance(names, str) else names
    for name in names:
        if name not in known:
            raise ValueError(
                f"There are no such labels.{did_you_mean(name, known)} Expected one of "
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


def did_you_mean(name, names):
    nearest = difflib.get_close_matches(str(name), names, n=1)
    return f" Did you mean {nearest[0]!r}?" if nearest else ""
