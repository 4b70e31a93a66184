"""Files that are written whole or not at all: aside at first, then moved into place."""

import contextlib
import errno
import os
import shutil
import tempfile
from pathlib import Path

_ASIDE = ".writing_"  # how a folder's name begins that lies beside a file while it is written


@contextlib.contextmanager
def atomic_write(path):
    """Gives a path of the same name to write at, and moves what was written into place.

    Nobody sees half of a file. If the writing breaks off, by a Ctrl-C too, what there was before
    stays, and nothing is left beside it; what a killed process leaves, `clear_aside` deletes.

    Args:
        path: A `Path`; its folder is made if it is missing.

    Raises:
        OSError: If the file cannot be written; it names `path`.

    Example:
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     with atomic_write(Path(folder, "a.txt")) as scratch:
        ...         _ = scratch.write_text("whole")
        ...     [each.name for each in Path(folder).iterdir()]
        ['a.txt']
    """
    with _aside(path) as scratch:
        yield scratch
        os.replace(scratch, path)


def check_writable(path):
    """Raises an `OSError` where a file cannot be written, before work that would be lost.

    Where there is a folder of its name it cannot.

    Example:
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     check_writable(Path(folder, "new", "a.txt"))
    """
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    with _aside(path):
        pass


def clear_aside(folder):
    """Deletes what killed processes left in a folder, where nobody else writes now.

    Not what lies below: in `runs` that may be another run's.

    Example:
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     clear_aside(Path(folder))
    """
    for left in folder.glob(f"{_ASIDE}*/"):
        shutil.rmtree(left)


@contextlib.contextmanager
def _aside(path):
    """A path in a folder for a while beside `path`, whose name tells a writer the format."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=_ASIDE) as folder:
            yield Path(folder) / path.name
    except OSError as error:
        # A write in the middle of a file names none; another file's trouble is its own.
        if error.filename is not None and _ASIDE not in str(error.filename):
            raise
        raise OSError(error.errno, error.strerror or str(error), str(path)) from error
