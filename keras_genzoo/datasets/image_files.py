"""Images in folders and zips: which files are read, of which splits, with which labels."""

import itertools
import os
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from keras_genzoo.datasets import meanings
from keras_genzoo.datasets.decoding import decode, shape_of, suffixes
from keras_genzoo.datasets.files import LITTER, members, open_zip, walk
from keras_genzoo.datasets.names import joined, label_names, numbers, split_of
from keras_genzoo.datasets.tables import Table, read_table

# CelebA numbers its partitions; among other numbers they are folds.
CELEBA_SPLITS = {"0": "train", "1": "validation", "2": "test"}
MOST_BYTES = 2**28  # of an encoded image or a csv
_AT_ONCE = 64  # images decoded ahead of the one that is taken, at most
_HELD = 2**28  # bytes of them, at most, as far as the ones before tell
_SHOWN = 3  # names in a warning


class ByIndex(NamedTuple):
    """Images of a source one by one, each by its split and its place in it.

    Attributes:
        image: `image(split, place)` decodes and fits it, (height, width, channels) of uint8.
        shape: `shape(split, place)`, the same of its shape, without decoding it where that can be.
        labels: `labels(split)`, of all its images.
    """

    image: Callable[[str, int], object]
    shape: Callable[[str, int], tuple]
    labels: Callable[[str], list]


def read_folder(path, labels, fit, skip_corrupt):
    """Images of a folder: as `read_zip`."""

    def open_file(name):
        return (path / name).open("rb")

    # A folder's files are told by their times, so its own place counts too.
    return _files(path, walk(path), open_file, labels, fit, skip_corrupt, str(path.resolve()))


def read_zip(path, labels, fit, skip_corrupt):
    """Images of a zip.

    Args:
        path: a `Path`.
        labels: as `load` takes them.
        fit: a function of a decoded image.
        skip_corrupt: whether to leave out images that do not decode.

    Returns:
        The splits, names to lists of files; a function (split, start, stop) that yields pairs
        (image, label); a list of what tells the files from any others; a `ByIndex`; a function of
        no arguments that gives what the numbers of each label stand for; and, in words, what of the
        files is not used, or `None`.
    """
    archive = open_zip(path, "name_or_path")
    infos = members(archive)
    found = {name: (info.file_size, info.CRC) for name, info in infos.items()}

    def open_file(name):
        return archive.open(infos[name])

    return _files(path, found, open_file, labels, fit, skip_corrupt)


def _files(root, found, open_file, labels, fit, skip_corrupt, *apart):
    """Image files, named by their paths below the folder or in the zip.

    `found` holds the size of each, and what changes when its bytes do; `apart` what else tells them
    from those of another root.
    """
    sizes = {name: size for name, (size, _) in found.items()}

    def read_whole(name, read=lambda file: file.read()):
        if sizes[name] > MOST_BYTES:
            raise ValueError(f"{sizes[name]:,} bytes are more than {MOST_BYTES:,}")
        with open_file(name) as file:
            return read(file)

    names = sorted(name for name in sizes if sizes[name] >= 0 and not LITTER.search(name))
    images = [name for name in names if os.path.splitext(name)[1].lower() in suffixes()]
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
    label_of, labelled, meant = _labels(root, labels, splits, folders, table)

    def decoded(name):
        try:
            return decode(read_whole(name), fit)
        except Exception as error:  # of whatever kind the decoder of this format raises
            return error

    def refusal(name, error):
        return ValueError(
            f"An image cannot be decoded: {error}. Expected whole image files, or "
            "skip_corrupt=True (--skip-corrupt) to leave out the others. "
            f"Received: file={str(root / name)!r}"
        )

    def image(split, place):
        decodes = decoded(splits[split][place])
        if isinstance(decodes, Exception):
            raise refusal(splits[split][place], decodes) from decodes
        return decodes

    def shape(split, place):
        name = splits[split][place]
        try:
            return read_whole(name, shape_of)
        except Exception as error:  # as above
            raise refusal(name, error) from error

    def labels_in(split):
        check_labels(split)
        return [label_of[name] for name in splits[split]]

    def check_labels(split):
        if split not in labelled:
            bare = next(path for path in splits[split] if not folders[path])
            raise ValueError(
                f"There are no such labels of the split {split!r}. Expected each of its images in "
                f"the folder of a class. Received: labels={labels!r}, file={str(root / bare)!r}"
            )

    def read(split, start, stop):
        check_labels(split)
        part, corrupt = splits[split][start:stop], []
        left, at_once = iter(part), 1
        with ThreadPoolExecutor() as pool:
            while some := [*itertools.islice(left, at_once)]:
                for name, image in zip(some, pool.map(decoded, some), strict=True):
                    if not isinstance(image, Exception):
                        at_once = min(max(1, _HELD // image.nbytes), _AT_ONCE)
                        yield image, label_of[name]
                    elif skip_corrupt:
                        corrupt.append(name)
                    else:
                        raise refusal(name, image) from image
        if corrupt:
            message = f"{len(corrupt)} of {len(part)} images are corrupt and left out: "
            warnings.warn(message + _some(corrupt), stacklevel=2)

    used = set(itertools.chain.from_iterable(splits.values()))
    unused = [n for n in sorted(sizes) if n not in used and str(root / n) != table.file]
    tells = (
        (name, *found[name]) for name in names if name in used or str(root / name) == table.file
    )
    by_index = ByIndex(image, shape, labels_in)
    beside = _unused(root, unused, len(sizes), table)
    return splits, read, [*apart, *tells], by_index, meant, beside


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
    cells = table.column(by_table, parts) if by_table else [None] * len(parts)
    by_number = CELEBA_SPLITS if {*cells} <= CELEBA_SPLITS.keys() else {}
    splits, folders, lines = {}, {}, {}
    for (path, (*above, _)), cell in zip(parts.items(), cells, strict=True):
        split = "train"
        if has_splits:
            split = split_of(above.pop(0)) if above else None
            if split and path in table.rows:
                _check_row(table, path, split, lines)
        if cell is not None:
            split = by_number.get(cell) or split_of(cell) or cell
        if split:
            splits.setdefault(split, []).append(path)
            folders[path] = above[0] if above else ""
    return {split: _interleaved(paths, folders) for split, paths in splits.items()}, folders


def _check_row(table, path, split, lines):
    """Refuse a row that names images of several splits, which differ; sides of one are alike."""
    line, split = table.rows[path][0], split.rstrip("AB")
    other, of = lines.setdefault(line, (path, split))
    if of != split:
        raise ValueError(
            "A csv names images of several splits by one row. Expected names with their folders. "
            f"Received: file={table.file!r}, row={line}, images={other!r} and {path!r}"
        )


def _labels(root, labels, splits, folders, table):
    """The label of each file, the splits whose files have one, and what all labels stand for."""
    in_folders = {s: paths for s, paths in splits.items() if all(folders[p] for p in paths)}
    columns = [c for c in table.columns if c.lower() not in ("split", "partition")]
    by_folder = bool(in_folders) and "folder" not in columns
    known = [*(["folder"] if by_folder else []), *columns]
    candidates = ["label", "folder"] if len(known) > 1 else known
    default = next((name for name in candidates if name in known), None)
    names = label_names(labels, default, known)
    labelled = splits
    if by_folder and "folder" in names:
        labelled = in_folders
        _check_classes(root, {folders[path] for path in itertools.chain(*in_folders.values())})

    def cells(name, splits):
        listed = itertools.chain.from_iterable(splits.values())
        if by_folder and name == "folder":
            return [folders[path] for path in listed]
        return table.column(name, [*listed])

    def meant():
        every = [*itertools.chain.from_iterable(splits.values())]
        parts = {name: splits for name in columns if not table.blank(name, every)}
        # Asked for together with folders, a column is numbered over the splits that have some.
        if by_folder and (not columns or in_folders.keys() == splits.keys()):
            parts["folder"] = in_folders
        return {name: meanings.of_cells(cells(name, part)) for name, part in parts.items()}

    listed = list(itertools.chain.from_iterable(labelled.values()))
    chosen = [numbers(cells(name, labelled)) for name in names]
    return dict(zip(listed, joined(chosen, labels), strict=False)), labelled, meant


def _check_classes(root, folders):
    """Refuse folders that are one number, as 7 and 007: they would be one class."""
    of_number = {}
    names = sorted(folders)
    for name, number in zip(names, numbers(names).tolist(), strict=True):
        if (other := of_number.setdefault(number, name)) != name:
            raise ValueError(
                "Two folders are one number, and would be one class. Expected other names. "
                f"Received: name_or_path={str(root)!r}, with the folders {other!r} and {name!r}"
            )


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
