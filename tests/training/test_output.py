"""A run's output folder: one process at a time, files whole or not at all, a history that fits."""

import contextlib
import errno
import os
import resource
import socket
import subprocess
import sys

import pytest

from keras_genzoo.training import output

# Works in a folder until it is killed; the file stands on nothing that takes time to import.
HOLDER = f"""
import pathlib, runpy, sys
with runpy.run_path({output.__file__!r})["locked"](pathlib.Path(sys.argv[1])):
    print("locked", flush=True)
    sys.stdin.read()
"""


def test_one_process_works_in_a_folder_until_it_is_killed(tmp_path):
    folder = tmp_path / "run"
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", HOLDER, folder], **pipes) as holder:
        assert holder.stdout.readline() == b"locked\n"
        message = rf"in use by process {holder.pid} on .* Expected .*Received: output={folder}"
        for _ in range(2):  # to ask does not take it away
            with pytest.raises(ValueError, match=message), output.locked(folder):
                pass
        holder.kill()
    assert (folder / ".lock").exists()
    with output.locked(folder):
        owner = f"process {os.getpid()} on {socket.gethostname()}"
        assert (folder / ".lock").read_text() == owner
        with pytest.raises(ValueError, match=f"by {owner}"), output.locked(folder):
            pass
        assert (folder / ".lock").exists()
    assert list(folder.iterdir()) == []


def test_a_disk_that_keeps_no_locks_is_named(tmp_path, monkeypatch):
    def refuse(file, operation):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(output.fcntl, "flock", refuse)
    message = rf"{tmp_path / '.lock'}: this disk keeps no locks \(No locks available\)"
    with pytest.warns(UserWarning, match=message), output.locked(tmp_path):
        assert (tmp_path / ".lock").exists()


def test_a_folder_that_nothing_was_claimed_in_is_gone(tmp_path):
    with contextlib.suppress(KeyError), output.locked(tmp_path / "new"):
        raise KeyError
    assert not (tmp_path / "new").exists()
    with output.locked(tmp_path):
        pass
    assert tmp_path.exists()  # it was there before
    with output.locked(tmp_path / "new"):
        output.claim(tmp_path / "new", {"seed": 0})
    assert output.claimed(tmp_path / "new") == {"seed": 0}


def test_a_full_disk_leaves_the_claim_as_it_was(tmp_path):
    output.claim(tmp_path, {"seed": 0})
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4, limits[1]))
    try:
        with pytest.raises(OSError, match=str(tmp_path / "run.json")):
            output.claim(tmp_path, {"seed": 1})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert output.claimed(tmp_path) == {"seed": 0}
    assert [path.name for path in tmp_path.iterdir()] == ["run.json"]


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff\xfe"])
def test_a_damaged_claim_is_none(tmp_path, content):
    (tmp_path / "run.json").write_bytes(content)
    assert output.claimed(tmp_path) is None


def test_what_an_old_claim_lacks_was_the_default():
    was, defaults = {"seed": 0, "gone": 1}, {"seed": 0, "beta": 4.0, "hidden": None}
    now = {"seed": 0, "beta": 4.0, "hidden": [8]}
    assert output.changes(was, now, defaults) == {"gone": (1, None), "hidden": (None, [8])}


# === History ===

HEADER = "epoch,kl,loss\n"
ROWS = ["0,1.0,3.0\n", "1,NA,2.5\n", "2,0.5,inf\n"]


@pytest.mark.parametrize(
    ("lines", "epochs", "kept"),
    [
        ([HEADER, *ROWS], 3, [HEADER, *ROWS]),
        ([HEADER, *ROWS], 2, [HEADER, *ROWS[:2]]),
        ([HEADER, *ROWS[:2], "2,0."], 2, [HEADER, *ROWS[:2]]),  # cut by a kill
        ([HEADER, *ROWS[1:]], 3, [HEADER, *ROWS[1:]]),  # begun anew after epoch 1
        ([HEADER, *ROWS[1:]], 1, []),
    ],
)
def test_a_history_is_cut_to_the_checkpoint(tmp_path, lines, epochs, kept):
    path = tmp_path / "history.csv"
    path.write_text("".join(lines))
    output.keep_rows(path, epochs)
    assert path.read_text() == "".join(kept)
    assert [entry.name for entry in tmp_path.iterdir()] == ["history.csv"]


@pytest.mark.parametrize(
    "content",
    [
        HEADER + ROWS[0],  # too short
        HEADER + ROWS[0] + ROWS[2],
        HEADER + ROWS[0] + HEADER + ROWS[1],
        HEADER + ROWS[0] + "1,2.0\n",
        HEADER + ROWS[0] + "1,2.0,much\n",
        HEADER,
        "".join(ROWS),
        "\0" * 50,
        "\n\n\n",
        b"\xff\xfe\x00",
    ],
)
def test_a_damaged_history_is_named_and_kept_aside(tmp_path, content):
    path = tmp_path / "history.csv"
    content = content if isinstance(content, bytes) else content.encode()
    path.write_bytes(content)
    with pytest.warns(UserWarning, match=f"{path} is damaged.*anew after epoch 2.*before.csv"):
        output.keep_rows(path, 2)
    assert (tmp_path / "history.before.csv").read_bytes() == content
    with pytest.warns(UserWarning, match=f"{path} is gone"):
        output.keep_rows(path, 2)
    assert output.rows(path) == ({}, 0)
    assert output.has_column(path, "kl")


def test_a_history_that_led_to_no_checkpoint_is_kept_aside(tmp_path, capsys):
    path = tmp_path / "history.csv"
    output.keep_rows(path, 0)
    path.write_text(HEADER + ROWS[0])
    assert output.rows(path) == ({"kl": [1.0], "loss": [3.0]}, 1)
    output.keep_rows(path, 0)
    assert (tmp_path / "history.before.csv").read_text() == HEADER + ROWS[0]
    assert f"{path} is of a run that left no checkpoint" in capsys.readouterr().out
    assert not path.exists()
