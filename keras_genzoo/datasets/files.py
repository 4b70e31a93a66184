"""Which files a folder or a zip holds, by their names with slashes."""

import os
import re
import zipfile
from pathlib import Path

# Hidden files and folders, and what systems put beside others: thumbnails, doubles.
LITTER = re.compile(r"(^|/)(\.|__MACOSX/|@eaDir/)")


def walk(folder):
    """Size and time of change of all files below a folder, by name, through links too.

    The size is -1 where there is no file: links that lead nowhere, or to a folder above.
    """
    real = os.path.realpath(folder)
    found, left = {}, [(folder, "", {real, *map(str, Path(real).parents)}, real)]
    while left:
        path, prefix, above, real = left.pop()
        with os.scandir(path) as entries:
            for entry in entries:
                name = prefix + entry.name
                if entry.is_dir():
                    below = os.path.join(real, entry.name)
                    if entry.is_symlink():
                        below = os.path.realpath(below)
                    if below in above:
                        found[name] = (-1, 0)
                    else:
                        left.append((entry.path, f"{name}/", above | {below}, below))
                elif entry.is_file():
                    status = entry.stat()
                    found[name] = (status.st_size, status.st_mtime_ns)
                else:
                    found[name] = (-1, 0)
    return found


def open_zip(path, name="path"):
    """A zip to read; where its list of files is damaged, an error names it as the argument."""
    try:
        return zipfile.ZipFile(path)
    except Exception as error:  # of whatever kind a damaged file raises
        raise ValueError(
            f"The file is corrupt: {error}. Expected a whole zip. Received: {name}={str(path)!r}"
        ) from error


def read_member(archive, info):
    """The bytes of a file in a zip; of a damaged one the error, to be told or skipped."""
    try:
        return archive.read(info)
    except Exception as error:  # as above
        return error


def members(archive):
    """The files in a zip, by their names with slashes: some programs of Windows write others."""
    named = {info.filename.replace("\\", "/"): info for info in archive.infolist()}
    return {name: info for name, info in named.items() if not name.endswith("/")}


def ending_in(names, *endings):
    """Those of the names that end so, in letters of any size; no litter.

    Example:
        >>> ending_in(["a.TXT", "b.png", "__MACOSX/a.txt"], ".txt")
        ['a.TXT']
    """
    named = [name for name in names if name.lower().endswith(endings)]
    return [name for name in named if not LITTER.search(name)]
