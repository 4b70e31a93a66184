"""What a csv says of images: their labels, and their splits."""

import codecs
import csv
import io
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

DELIMITERS = ",;\t|"
SHOWN = 5  # rows that an error names
_BLANK = {"", "nan"}
_ABSENT = {"na", "n/a", "#n/a", "null"}  # of numbers, as R and others write it; else a word


class Table(NamedTuple):
    """The rows of a csv that name images.

    Attributes:
        file: Its path, for errors.
        columns: Their names, but for that of the images.
        rows: For the path of each image that is named, the line of the file and the cells by
            column.
        strays: How many rows name no image.
    """

    file: str
    columns: tuple = ()
    rows: Mapping = MappingProxyType({})
    strays: int = 0

    def column(self, name, paths):
        """The cells of a column, none of which may be blank."""
        if blank := self.blank(name, paths):
            lines = [self.rows[path][0] for path in blank]
            raise ValueError(
                "A csv has blank cells. Expected a value in each row of the column. "
                f"Received: file={self.file!r}, column={name!r}, rows={_shown(lines)}"
            )
        return [self.rows[path][1][name] for path in paths]

    def blank(self, name, paths):
        """The images that have a blank cell in a column."""
        cells = {path: self.rows[path][1][name].lower() for path in paths}
        told = {*cells.values()} - _BLANK - _ABSENT
        blank = _BLANK | _ABSENT if told and all(map(_is_number, told)) else _BLANK
        return [path for path, cell in cells.items() if cell in blank]


def read_table(file, data, parts):
    """Reads a csv.

    Args:
        file: Its path, for errors.
        data: Its bytes.
        parts: The images that it may name: their paths, and the parts of these below the root.
            A csv names an image by either, or by the last part.

    Returns:
        A `Table`; one without rows if the csv names none of the images.

    Raises:
        ValueError: If it is not UTF-8 (or UTF-16 with its mark), a row has more cells than there
            are columns, or two columns, or rows of an image, are told apart by nothing.

    Example:
        >>> parts = {"a/1.png": ["1.png"], "a/2.png": ["2.png"]}
        >>> read_table("x.csv", b"smiles;filename\\n0;1.png\\n1;2.png\\n", parts).rows["a/2.png"]
        (3, {'smiles': '1'})
    """
    text = _text(file, data)
    aliases = {
        path: [_plain(name) for name in (path, "/".join(part), part[-1])]
        for path, part in parts.items()
    }
    names = {name for path in aliases for name in aliases[path]}
    # csv.Sniffer goes by how often characters come; here it is known what some cells must be.
    errors = []
    for delimiter in DELIMITERS:
        try:
            lines = _lines(file, text, delimiter)
        except ValueError as error:
            errors.append(error)
            continue
        if any(_plain(cell) in names for _, cells in lines for cell in cells):
            break
    else:
        if errors:
            raise errors[0]
        return Table(file)
    has_header = names.isdisjoint(map(_plain, lines[0][1]))
    first = lines[0][1] if has_header else [""] * len(lines[0][1])
    header = [cell or str(number) for number, cell in enumerate(first, 1)]
    lines = lines[has_header:]
    _check_width(file, header, lines)
    lines = [(line, cells + [""] * (len(header) - len(cells))) for line, cells in lines]

    key = header.index("file") if "file" in header else 0
    if not any(_plain(cells[key]) in names for _, cells in lines):
        hits = [sum(_plain(cells[i]) in names for _, cells in lines) for i in range(len(header))]
        key = hits.index(max(hits))
    by_name = {}
    for line, cells in lines:
        row = {column: cells[i] for i, column in enumerate(header) if i != key}
        other, before = by_name.setdefault(_plain(cells[key]), (line, row))
        if before != row:
            raise ValueError(
                "A csv has two rows for one image, which differ. Expected one. "
                f"Received: file={file!r}, rows={other} and {line}, {header[key]}={cells[key]!r}"
            )
    rows, used = {}, set()
    for path in parts:
        found = next((name for name in aliases[path] if name in by_name), None)
        if found is not None:
            rows[path] = by_name[found]
            used.add(found)
    columns = tuple(column for i, column in enumerate(header) if i != key)
    return Table(file, columns, rows, len(by_name) - len(used))


def _is_number(cell):
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _plain(name):
    """A path as all systems write it: with slashes, from the root, of composed letters."""
    return unicodedata.normalize("NFC", name.replace("\\", "/")).removeprefix("./")


def _text(file, data):
    is_wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = data.decode("utf-16" if is_wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        row = data[: error.start].count(b"\n") + 1
        raise ValueError(
            "A csv is in another encoding. Expected UTF-8. "
            f"Received: file={file!r}, with the byte {data[error.start]:#x} in row {row}"
        ) from error
    if "\0" in text:
        row = text[: text.index("\0")].count("\n") + 1
        raise ValueError(
            "A csv is in another encoding. Expected UTF-8. "
            f"Received: file={file!r}, with a zero byte in row {row}"
        )
    return text


def _lines(file, text, delimiter):
    """Pairs: the number of a line in the file, and its cells; lines without any are left out."""
    reader = csv.reader(io.StringIO(text), delimiter=delimiter, skipinitialspace=True, strict=True)
    try:
        lines = [(reader.line_num, [cell.strip() for cell in cells]) for cells in reader]
    except csv.Error as error:
        raise ValueError(
            f"A csv cannot be read: {error}. Expected cells that are quoted whole, or not at all. "
            f"Received: file={file!r}, row={reader.line_num}"
        ) from error
    return [(line, cells) for line, cells in lines if any(cells)]


def _check_width(file, header, lines):
    if len(set(header)) < len(header):
        raise ValueError(
            "A csv has two columns of one name. Expected names that differ. "
            f"Received: file={file!r}, columns={header}"
        )
    wide = [line for line, cells in lines if any(cells[len(header) :])]
    if wide:
        raise ValueError(
            f"A csv has rows of more cells than columns. Expected {len(header)} cells, and those "
            f"that hold a delimiter in quotes. Received: file={file!r}, columns={header}, "
            f"rows={_shown(wide)}"
        )


def _shown(lines):
    return ", ".join(map(str, lines[:SHOWN])) + (", ..." if len(lines) > SHOWN else "")
