"""Where images come from: TFDS, folders, zips, arrays, the embedded set."""

import functools
import logging
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import lazy_loader
import numpy as np

from keras_genzoo.datasets import meanings
from keras_genzoo.datasets.array_files import read_arrays
from keras_genzoo.datasets.image_files import ByIndex, read_folder, read_zip
from keras_genzoo.datasets.names import builder_names, did_you_mean, joined, label_names
from keras_genzoo.datasets.records import by_record, has_records
from keras_genzoo.memory import free_memory

tfds = lazy_loader.load("tensorflow_datasets")
# It warns of a word that none but itself uses.
logging.getLogger("absl").addFilter(lambda said: "FeatureConnector.dtype" not in said.getMessage())

EMBEDDED = "fashion_mnist_small"
SPRITES = "sprites"  # which `datasets` reads itself: they are drawn, not stored
# What to do with files that others use, for errors.
_ADVICE = {
    ".npy": "save it as an .npz: np.savez(path, images=array)",
    ".mat": "save its images as an .npz: np.savez(path, images=array)",
    ".h5": "save its images as an .npz: np.savez(path, images=array)",
    ".gz": "unpack it to a folder",
    ".tgz": "unpack it to a folder",
    ".tar": "unpack it to a folder",
    ".7z": "unpack it to a folder",
    ".rar": "unpack it to a folder",
    ".csv": "name the folder of the images that it tells of",
}


class Source(NamedTuple):
    """Where images come from.

    Attributes:
        splits: by their names.
        read: `read(split, start, stop)` yields pairs (image, label).
        tells: what tells the source from any other, and from itself once it was altered.
        by_index: images one by one, a `ByIndex`; `None` where they are to be had in turn alone.
        meanings: gives what the numbers of each label stand for, by its name.
        unused: in words, what there is beside, and is not read.
        files: of each split, in the order in which they are read, where images are files.
    """

    splits: dict[str, "tfds.core.SplitInfo"]
    read: Callable[[str, int, int], Iterator[tuple]]
    tells: Iterable = ()
    by_index: ByIndex | None = None
    meanings: Callable[[], dict] = dict
    unused: str | None = None
    files: dict[str, list[str]] | None = None


def open_source(name, labels, fit, skip_corrupt):
    if name == EMBEDDED:
        return _arrays(Path(__file__).parent / "embedded" / f"{EMBEDDED}.npz", labels, fit)
    if not str(name):  # as of a shell's variable that is not set: `Path` takes it for "."
        raise ValueError(
            "No dataset is named. Expected a name, or '.' for the folder that you are in. "
            f"Received: name_or_path={name!r}"
        )
    known = builder_names()
    dataset = re.split("[/:]", str(name))[0]
    path = Path(name).expanduser()
    if (dataset not in known or isinstance(name, Path)) and path.exists():
        return _own(path, labels, fit, skip_corrupt)
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


def is_at_hand(name):
    """Whether a dataset can be read without a download.

    Args:
        name: A name of tensorflow-datasets, or of a dataset that comes with the package.

    Example:
        >>> is_at_hand("fashion_mnist_small")
        True
    """
    return name in (EMBEDDED, SPRITES) or tfds.builder(name).is_prepared()


def _own(path, labels, fit, skip_corrupt):
    """A user's own folder or file."""
    suffix = path.suffix.lower()
    if path.is_dir():
        splits, *rest = read_folder(path, labels, fit, skip_corrupt)
        return Source(split_infos(splits), *rest, files=splits)
    if suffix not in (".npz", ".zip"):
        advice = _ADVICE.get(suffix, "put images into a folder, arrays into an .npz")
        raise ValueError(
            f"The file is not read. Expected a folder of images, a .zip of one, or an .npz of "
            f"arrays: {advice}. Received: name_or_path={str(path)!r}"
        )
    if not zipfile.is_zipfile(path):
        raise ValueError(
            f"The file is corrupt. Expected a whole {suffix} file. "
            f"Received: name_or_path={str(path)!r}"
        )
    if suffix == ".npz":
        return _arrays(path, labels, fit)
    splits, *rest = read_zip(path, labels, fit, skip_corrupt)
    return Source(split_infos(splits), *rest, files=splits)


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
            yield from zip(map(fit, batch[image]), joined(columns, labels), strict=False)

    by_index = None
    if has_records(builder):
        read, by_index = by_record(builder, image, names, labels, fit)
    meant = functools.partial(meanings.of_features, {name: features[name] for name in scalars})
    return Source(builder.info.splits, read, _told(builder), by_index, meant)


def _told(builder):
    sizes = [(s.name, s.num_bytes, *s.shard_lengths) for s in builder.info.splits.values()]
    return builder.info.full_name, str(builder.data_path), *sizes


def _is_picture(feature):
    is_image = isinstance(feature, tfds.features.Image) and feature.np_dtype == np.uint8
    return is_image and feature.shape[-1] in (1, 3)


def _is_number(feature):
    return feature.shape == () and np.dtype(feature.np_dtype).kind in "biuf"


def _arrays(path, labels, fit):
    splits, read, tells, meant, unused = read_arrays(path, labels, fit)
    return Source(split_infos(splits), read, tells, meanings=meant, unused=unused)


def check_memory(size, what):
    """Refuse what does not fit into the free memory, before it is taken."""
    free = free_memory()
    if size > free:
        raise ValueError(
            f"The images do not fit into memory. Expected at most {free:,} bytes, which are free: "
            "images from disk by cache='disk', a smaller image_size, or fewer images by take or a "
            f"part of a split. Received: {size:,} bytes, of {what}"
        )


def check_size(shape, first):
    """Refuse an image whose height and width are not those of the first."""
    if shape[:2] != first[:2]:
        raise ValueError(
            "The images differ in size. Expected one size, or image_size=(height, width) to "
            f"resize them. Received: shapes={first} and {shape}"
        )


def split_infos(splits):
    """What TFDS needs to know of splits (sequences by name) to resolve slices of them."""
    return {
        name: tfds.core.SplitInfo(name=name, shard_lengths=[len(examples)], num_bytes=0)
        for name, examples in splits.items()
    }
