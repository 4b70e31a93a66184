"""Files whole or as they were, whatever breaks off the writing; the file at fault is named."""

import errno
import multiprocessing
import os
from pathlib import Path

import pytest

from keras_genzoo.atomic import atomic_write, check_writable, clear_aside


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_takes_the_place_of_the_one_before_at_once(tmp_path):
    path = tmp_path / "new" / "a.txt"
    for text in ("first", "second"):
        with atomic_write(path) as scratch:
            assert scratch.name == "a.txt"  # by which writers tell formats
            scratch.write_text(text)
            assert not path.exists() or path.read_text() == "first"
        assert path.read_text() == text
        assert names(path.parent) == ["a.txt"]


NO_SPACE = OSError(errno.ENOSPC, "No space left on device")


def write_half(path, stop):
    with atomic_write(path) as scratch:
        scratch.write_text("half")
        raise stop


@pytest.mark.parametrize("stop", [KeyboardInterrupt(), ValueError(), NO_SPACE], ids=repr)
def test_what_breaks_off_leaves_what_there_was(tmp_path, stop):
    path = tmp_path / "a.txt"
    path.write_text("before")
    with pytest.raises(type(stop)) as raised:
        write_half(path, stop)
    assert path.read_text() == "before"
    assert names(tmp_path) == ["a.txt"]
    if isinstance(stop, OSError):
        assert raised.value.filename == str(path)


def test_the_file_at_fault_is_named(tmp_path):
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match=rf"{tmp_path}/file'") as raised:
        check_writable(tmp_path / "file" / "a.txt")
    with pytest.raises(OSError, match=rf"{tmp_path}/folder'"), atomic_write(tmp_path / "folder"):
        pass  # nothing was written
    with pytest.raises(OSError, match=r"nowhere'") as raised, atomic_write(tmp_path / "a.txt"):
        (tmp_path / "nowhere").read_text()  # another file's trouble
    assert raised.value.errno == errno.ENOENT
    assert names(tmp_path) == ["file", "folder"]


def test_a_folder_of_the_name_is_told_before_the_work(tmp_path):
    with pytest.raises(IsADirectoryError, match=str(tmp_path)):
        check_writable(tmp_path)


def killed(path):
    with atomic_write(path) as scratch:
        scratch.write_text("half")
        os._exit(9)


def test_what_a_kill_leaves_is_cleared(tmp_path):
    process = multiprocessing.get_context("fork").Process(
        target=killed, args=(tmp_path / "samples" / "a.txt",)
    )
    process.start()
    process.join()
    (left,) = names(tmp_path / "samples")
    assert left.startswith(".writing_")
    Path(tmp_path, "samples", "mine.txt").touch()
    clear_aside(tmp_path)  # whose folders may be others'
    assert names(tmp_path / "samples") == [left, "mine.txt"]
    clear_aside(tmp_path / "samples")
    assert names(tmp_path / "samples") == ["mine.txt"]
