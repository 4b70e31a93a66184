"""Images in folders and zips: which files are read, of which splits, with which labels."""

import itertools
import os
import re
import warnings
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from keras_genzoo.datasets.decoding import decode, suffixes
from keras_genzoo.datasets.names import joined, label_names, numbers, split_of
from keras_genzoo.datasets.tables import Table, read_table

# CelebA numbers its partitions.
CELEBA_SPLITS = {"0": "train", "1": "validation", "2": "test"}
# Hidden files and folders, and what systems put beside images: thumbnails, doubles.
_LITTER = re.compile(r"(^|/)(\.|__MACOSX/|@eaDir/)")
MOST_BYTES = 2**28  # of an encoded image or a csv
_AT_ONCE = 64  # images decoded ahead of the one that is taken
_SHOWN = 3  # names in a warning


def read_folder(path, labels, fit, skip_corrupt):
    """Images of a folder: as `read_zip`."""

    def read_bytes(name):
        return (path / name).read_bytes()

    return _files(path, _walk(path), read_bytes, labels, fit, skip_corrupt)


def read_zip(path, labels, fit, skip_corrupt):
    """Images of a zip.

    Args:
        path: a `Path`.
        labels: as `load` takes them.
        fit: a function of a decoded image.
        skip_corrupt: whether to leave out images that do not decode.

    Returns:
        The splits, names to lists of files; a function (split, start, stop) that yields pairs
        (image, label); and, in words, what of the files is not used, or `None`.
    """
    archive = zipfile.ZipFile(path)
    sizes = {info.filename: info.file_size for info in archive.infolist() if not info.is_dir()}
    return _files(path, sizes, archive.read, labels, fit, skip_corrupt)


def _walk(folder):
    """The sizes of all files below a folder, by name, through links too; -1 where nothing is."""
    real = Path(folder).resolve()
    above_of = {str(folder): {str(real), *map(str, real.parents)}}
    sizes = {}

    def fail(error):
        raise error

    for path, folders, files in os.walk(folder, onerror=fail, followlinks=True):
        for name in [*folders]:
            below = os.path.join(path, name)
            real = os.path.realpath(below)
            if real in above_of[path]:  # a loop
                folders.remove(name)
                sizes[Path(below).relative_to(folder).as_posix()] = -1
            above_of[below] = above_of[path] | {real}
        for name in files:
            below = Path(path, name)
            size = below.stat().st_size if below.is_file() else -1
            sizes[below.relative_to(folder).as_posix()] = size
    return sizes


def _files(root, sizes, read_bytes, labels, fit, skip_corrupt):
    """Image files, named by their paths below the folder or in the zip."""

    def read_whole(name):
        if sizes[name] > MOST_BYTES:
            raise ValueError(f"{sizes[name]:,} bytes are more than {MOST_BYTES:,}")
        return read_bytes(name)

    names = sorted(name for name in sizes if sizes[name] >= 0 and not _LITTER.search(name))
    images = [name for name in names if Path(name).suffix.lower() in suffixes()]
    if not images:
        raise ValueError(
            f"There are no images. Expected files that end in {', '.join(suffixes())}. "
            f"Received: name_or_path={str(root)!r}, with {len(sizes)} files: {_some(sorted(sizes))}"
        )
    parts = _parts(images)
    table = _table(root, names, read_whole, parts)
    if table.rows:
        parts = {path: part for path, part in parts.items() if path in table.rows}
    splits, folders = _catalogue(parts, table)
    label_of, labelled = _labels(labels, splits, folders, table)

    def decoded(name):
        try:
            return decode(read_whole(name), fit)
        except Exception as error:  # of whatever kind the decoder of this format raises
            return error

    def read(split, start, stop):
        if split not in labelled:
            bare = next(path for path in splits[split] if not folders[path])
            raise ValueError(
                f"There are no such labels of the split {split!r}. Expected each of its images in "
                f"the folder of a class. Received: labels={labels!r}, file={str(root / bare)!r}"
            )
        part, corrupt = splits[split][start:stop], []
        with ThreadPoolExecutor() as pool:
            for begin in range(0, len(part), _AT_ONCE):
                some = part[begin : begin + _AT_ONCE]
                for name, image in zip(some, pool.map(decoded, some), strict=True):
                    if not isinstance(image, Exception):
                        yield image, label_of[name]
                    elif skip_corrupt:
                        corrupt.append(name)
                    else:
                        raise ValueError(
                            f"An image cannot be decoded: {image}. Expected whole image files, or "
                            "skip_corrupt=True (--skip-corrupt) to leave out the others. "
                            f"Received: file={str(root / name)!r}"
                        ) from image
        if corrupt:
            message = f"{len(corrupt)} of {len(part)} images are corrupt and left out: "
            warnings.warn(message + _some(corrupt), stacklevel=2)

    used = set(itertools.chain.from_iterable(splits.values()))
    unused = [n for n in sorted(sizes) if n not in used and str(root / n) != table.file]
    return splits, read, _unused(root, unused, len(sizes), table)


def _parts(images):
    """The parts of each path, below the folders that are around everything."""
    parts = {path: path.split("/") for path in images}
    stripped = False
    while len({part[0] for part in parts.values()}) == 1:
        depths = {len(part) for part in parts.values()}
        # Below the outermost, a folder of images alone is a class.
        is_class = stripped and max(depths) == 2
        if min(depths) == 1 or is_class or split_of(parts[images[0]][0]):
            break
        parts = {path: part[1:] for path, part in parts.items()}
        stripped = True
    return parts


def _table(root, names, read_whole, parts):
    """The first csv that names images, the shallowest; one without rows if none does."""
    for name in sorted(names, key=lambda name: name.count("/")):
        if name.lower().endswith(".csv"):
            try:
                data = read_whole(name)
            except Exception as error:  # of whatever kind an archive raises
                raise ValueError(
                    f"A csv cannot be read: {error}. Expected a whole file. "
                    f"Received: file={str(root / name)!r}"
                ) from error
            table = read_table(str(root / name), data, parts)
            if table.rows:
                return table
    return Table("")


def _catalogue(parts, table):
    """The files of each split, and the folder below the split that each lies in."""
    tops = {part[0] for part in parts.values()}
    named = {top for top in tops if split_of(top)}
    # One folder `train` among others is a class: some data sets have trains.
    has_splits = tops == named or len(named) > 1
    by_table = next((c for c in table.columns if c.lower() in ("split", "partition")), None)
    cells = table.column(by_table, parts) if by_table else itertools.repeat(None)
    splits, folders = {}, {}
    for (path, (*above, _)), cell in zip(parts.items(), cells, strict=False):
        split = "train"
        if has_splits:
            split = split_of(above.pop(0)) if above else None
        if cell is not None:
            split = CELEBA_SPLITS.get(cell) or split_of(cell) or cell
        if split:
            splits.setdefault(split, []).append(path)
            folders[path] = above[0] if above else ""
    return {split: _interleaved(paths, folders) for split, paths in splits.items()}, folders


def _labels(labels, splits, folders, table):
    """The label of each file, and the splits whose files have one."""
    labelled = {s: paths for s, paths in splits.items() if all(folders[p] for p in paths)}
    columns = [c for c in table.columns if c.lower() not in ("split", "partition")]
    by_folder = bool(labelled) and "folder" not in columns
    known = [*(["folder"] if by_folder else []), *columns]
    candidates = ["label", "folder"] if len(known) > 1 else known
    default = next((name for name in candidates if name in known), None)
    names = label_names(labels, default, known)
    if not by_folder or "folder" not in names:
        labelled = splits
    listed = list(itertools.chain.from_iterable(labelled.values()))
    chosen = [
        numbers(
            [folders[path] for path in listed]
            if by_folder and name == "folder"
            else table.column(name, listed)
        )
        for name in names
    ]
    return dict(zip(listed, joined(chosen, labels), strict=False)), labelled


def _interleaved(paths, folders):
    """Sorted paths with the classes mixed in proportion, so that every slice holds all of them."""
    groups = {}
    for path in paths:
        groups.setdefault(folders[path], []).append(path)
    places = {p: (i + 0.5) / len(group) for group in groups.values() for i, p in enumerate(group)}
    return sorted(paths, key=places.get)


def _unused(root, unused, count, table):
    """What is not used, in words."""
    said = []
    if unused:
        said.append(f"{len(unused)} of {count} files are not used: {_some(unused)}")
    if table.strays:
        said.append(f"{table.strays} rows of {table.file} name no image")
    return f"In {root} {' and '.join(said)}." if said else None


def _some(names):
    return ", ".join([*names][:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")
