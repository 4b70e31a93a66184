"""The folder of decoded images: who finds what there, what is made anew, what is left behind."""

import errno
import json
import os
import shutil
import subprocess
import sys
import threading
import time

import filelock
import numpy as np
import pytest
from contract import THREE_PARTS

from keras_genzoo.datasets import cached, caches, clear_caches

IMAGES, LABELS = np.arange(90, dtype=np.uint8).reshape(9, 2, 5, 1), np.arange(9)


@pytest.fixture(autouse=True)
def kept(tmp_path, monkeypatch):
    """The folder of decoded images, the test's own."""
    monkeypatch.setenv("GENZOO_CACHE_DIR", str(tmp_path / "kept"))
    return tmp_path / "kept"


def place(split="train", told=(), **options):
    return cached.entry("/home/me/x.zip", split, [("train", 0, 9)], told, options)[0]


def write(folder):
    records = {}
    for name, rows in (("images", IMAGES), ("labels", LABELS)):
        with cached.RowsFile(folder / name) as file:
            for row in rows:
                file.append(row[None])
            records[name] = file.record()
    return records


def found(at=None):
    """Whether an entry is found as it is, or made; it must hold what was written."""
    made = []
    arrays = cached.found_or_made(at or place(), "x", lambda f: made.append(f) or write(f))
    for array, expected in ((arrays["images"], IMAGES), (arrays["labels"], LABELS)):
        assert array.dtype == expected.dtype
        np.testing.assert_array_equal(array, expected)
        assert isinstance(array, np.memmap)
        assert not array.flags.writeable
    return not made


def test_entries_are_found_by_source_split_and_options(kept, monkeypatch):
    names = {place(), place("test"), place(told=[("a.png", 3, 9)]), place(image_size=(2, 3))}
    assert len(names) == 4
    assert place(image_size=(2, 3)) in names
    assert all(name.parent == kept and name.name.startswith("x_t") for name in names)
    with monkeypatch.context() as patch:
        patch.setattr(cached.metadata, "version", lambda name: "of another Pillow")
        assert place() not in names
    assert not found()
    assert found()
    (entry,) = caches()
    assert (entry.name, entry.images, entry.shape) == (place().name, "x", (9, 2, 5, 1))
    assert entry.bytes > 90 + 72
    monkeypatch.delenv("GENZOO_CACHE_DIR")
    assert cached.folder().name == "keras_genzoo"  # of the platform's


DAMAGES = {
    "cut": lambda place: os.truncate(place / "images", 50),
    "altered": lambda place: (place / "images").write_bytes(b"\7" * 90),
    "no labels": lambda place: (place / "labels").unlink(),
    "no record": lambda place: (place / "record.json").unlink(),
    "empty record": lambda place: (place / "record.json").write_text("{}"),
    "odd record": lambda place: (place / "record.json").write_text('{"arrays": []}'),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_what_was_cut_or_altered_is_made_anew(damage, capfd):
    found()
    damage(place())
    assert len(caches()) == 1  # which lists the damaged too
    assert not found()
    assert "was cut or altered, and is made anew" in capfd.readouterr().err
    assert found()
    assert capfd.readouterr().err == ""


def test_a_copy_on_another_disk_is_as_good(kept, tmp_path, monkeypatch):
    found()
    shutil.copytree(kept, tmp_path / "other", copy_function=shutil.copy)  # times are now
    monkeypatch.setenv("GENZOO_CACHE_DIR", str(tmp_path / "other"))
    assert found()


def test_nothing_half_made_is_left(kept, monkeypatch):
    def interrupt(self, rows):
        if self.count == 5:
            raise stop
        append(self, rows)

    append = cached.RowsFile.append
    for stop in (KeyboardInterrupt(), OSError(errno.ENOSPC, "No space left on device")):
        with monkeypatch.context() as patch:
            patch.setattr(cached.RowsFile, "append", interrupt)
            with pytest.raises(type(stop)) as raised:
                found()
        assert [path for path in kept.glob("*") if path.is_dir()] == []
    assert str(place()) in str(raised.value)  # where the disk is full

    left = kept / f".{place().name}.0123abcd"  # of a process that was killed
    left.mkdir()
    assert not found()
    assert not left.exists()


def test_a_full_disk_is_named_before_the_work_starts(tmp_path, monkeypatch):
    disk = shutil.disk_usage(tmp_path)._replace(free=100)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: disk)
    cached.check_disk(tmp_path, 100)
    with pytest.raises(OSError, match=r"do not fit on the disk. Expected 101 free.*Received: 100"):
        cached.check_disk(tmp_path, 101)


def test_others_wait_for_the_one_that_makes_it(capfd):
    found()
    DAMAGES["cut"](place())
    others = []
    with filelock.FileLock(f"{place()}.lock"):
        other = threading.Thread(target=lambda: others.append(found()))
        other.start()
        said = ""
        while "waiting for it" not in said:
            time.sleep(0.01)
            said += capfd.readouterr().err
        with pytest.raises(ValueError, match=rf"(?s)by another process.*{THREE_PARTS[4:]}"):
            clear_caches()
        (place() / "images").write_bytes(IMAGES)
        assert not others
    other.join()
    assert others == [True]  # what the other has made


def test_a_killed_process_keeps_no_lock(kept):
    kept.mkdir()
    script = "import filelock, sys; filelock.FileLock(sys.argv[1]).acquire(); print(1); input()"
    command = [sys.executable, "-c", script, f"{place()}.lock"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, **pipes) as holder:
        holder.stdout.readline()
        holder.kill()
    assert not found()


def test_caches_are_cleared_by_name_or_all(kept):
    arrays = cached.found_or_made(place(), "x", write)
    found(place("test"))
    (kept / "a_folder-of-mine").mkdir()
    (kept / f".{place().name}.0123abcd").mkdir()
    with pytest.raises(ValueError, match=rf"(?s)no such decoded.*{THREE_PARTS[4:]}"):
        clear_caches(["x"])
    assert clear_caches([place("test").name]) > 0
    assert [each.name for each in caches()] == [place().name]
    clear_caches()
    assert caches() == []
    assert [path.name for path in kept.iterdir() if path.is_dir()] == ["a_folder-of-mine"]
    np.testing.assert_array_equal(arrays["images"], IMAGES)  # it stays mapped


def test_records_of_another_time_are_no_records(kept):
    found()
    record = json.loads((place() / "record.json").read_text())
    del record["arrays"]["images"]["sha256"]
    (place() / "record.json").write_text(json.dumps(record))
    assert caches()[0].shape is None
    assert not found()
