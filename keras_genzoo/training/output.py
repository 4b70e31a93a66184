"""The output folder of a run: who works in it, what was asked of the run, its history."""

import contextlib
import csv
import json
import os
import socket
import warnings

from keras_genzoo.atomic import atomic_write

try:
    import fcntl
except ImportError:  # Windows has none: there two processes are not told from each other
    fcntl = None

# === Who works in it ===


@contextlib.contextmanager
def locked(folder):
    """Keep other processes out of a folder, which is made if it is missing, and gone if unused.

    The lock is the system's: it ends with the process, however that ends.

    Raises:
        ValueError: If another process works in the folder; it says which.
    """
    missing = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with _locked(folder / ".lock") if fcntl else contextlib.nullcontext():
            yield
    finally:
        if missing:
            with contextlib.suppress(OSError):  # it holds something: the run was claimed
                folder.rmdir()


@contextlib.contextmanager
def _locked(path):
    with _open_locked(path) as file:
        try:
            file.truncate(0)  # of one that was killed
            file.write(f"process {os.getpid()} on {socket.gethostname()}")
            file.flush()
            yield
        finally:
            path.unlink(missing_ok=True)


def _open_locked(path):
    while True:
        file = open(path, "a+")  # noqa: SIM115, the caller closes it
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            with file:
                file.seek(0)
                owner = file.read() or "another process"
            raise ValueError(
                f"The output folder is in use by {owner}. Expected to wait until that has ended, "
                f"or another --output. Received: output={path.parent}"
            ) from None
        except OSError as error:
            warnings.warn(
                f"{path}: this disk keeps no locks ({error.strerror}); let no other process work "
                "in the folder",
                stacklevel=5,
            )
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(file.fileno()), os.stat(path)):
                return file
        file.close()  # whoever had it deleted it in between


# === What was asked of it ===


def claim(folder, arguments):
    """Write down what a run is asked for."""
    with atomic_write(folder / "run.json") as scratch:
        scratch.write_text(json.dumps(arguments, indent=2) + "\n")


def claimed(folder):
    """What the run was asked for; `None` where nobody wrote it down, or it is damaged."""
    try:
        arguments = json.loads((folder / "run.json").read_text())
    except (FileNotFoundError, ValueError):
        return None
    return arguments if isinstance(arguments, dict) else None


def changes(was, arguments, defaults):
    """What a run was asked for and is no more, by name: what it was and what it would be.

    What a former version did not write down was its default.
    """
    pairs = {
        name: (was.get(name, defaults.get(name)), arguments.get(name)) for name in was | arguments
    }
    return {name: (before, now) for name, (before, now) in pairs.items() if before != now}


# === Its history ===


def keep_rows(path, epochs):
    """Make a history end with an epoch, for the next one to be appended.

    What a kill left behind the last checkpoint is cut. A history that does not lead up to the
    checkpoint is named and begins anew; what there was of it is kept beside it.
    """
    if not path.exists() or not path.stat().st_size:
        if epochs:
            warnings.warn(f"{path} is gone; it begins anew after epoch {epochs}", stacklevel=3)
        return
    aside = path.with_name("history.before.csv")
    if not epochs:
        os.replace(path, aside)
        print(f"{path} is of a run that left no checkpoint; it is kept as {aside.name}.")
        return
    try:
        lines = path.read_text().splitlines(keepends=True)
    except UnicodeDecodeError:
        kept = None
    else:
        kept = _leading_to(lines, epochs)
    if kept is None:
        os.replace(path, aside)
        warnings.warn(
            f"{path} is damaged; it begins anew after epoch {epochs}, and what there was is kept "
            f"as {aside.name}",
            stacklevel=3,
        )
    elif kept != lines:
        with atomic_write(path) as scratch:
            scratch.write_text("".join(kept))


def _leading_to(lines, epochs):
    """The lines of a history up to an epoch; `None` where they do not lead there."""
    header, *table = [line.strip().split(",") for line in lines]
    if header[0] != "epoch" or len(header) == 1 or not table or not table[0][0].isdecimal():
        return None
    first = int(table[0][0])
    count = max(epochs - first, 0)
    wanted = table[:count]
    sound = len(wanted) == count and all(
        row[0] == str(epoch) and len(row) == len(header) and all(map(_is_number, row))
        for epoch, row in enumerate(wanted, first)
    )
    return (lines[: count + 1] if count else []) if sound else None


def _is_number(cell):
    try:
        float("nan" if cell == "NA" else cell)
    except ValueError:
        return False
    return True


def rows(path):
    """The logged terms, each a list with a value for each epoch, and the epochs done at its end.

    Both are empty where nothing was logged.
    """
    if not path.exists():
        return {}, 0
    with open(path, newline="") as file:
        table = list(csv.DictReader(file))
    if not table:
        return {}, 0
    # Keras writes NA in the val_ columns of a run without validation.
    terms = [name for name, value in table[0].items() if name != "epoch" and value != "NA"]
    history = {name: [float(row[name]) for row in table] for name in terms}
    return history, int(table[-1]["epoch"]) + 1


def has_column(path, term):
    """Whether a history can take a term: one that began without it cannot, an empty one can."""
    header = path.read_text().partition("\n")[0] if path.exists() else ""
    return not header or term in header.split(",")
