"""What the command says where something fails."""

import os
import subprocess

import pytest
from command import GENZOO


@pytest.mark.parametrize(
    ("tokens", "message"),
    [
        (["train", "vea"], "Did you mean"),
        (["train", "vae", "--laten-dim", "3"], "Did you mean --latent-dim"),
        (["train", "vae", "--dataset", "mnits"], "mnist"),
        (["train", "vae", "--filters", "8", "8", "8", "--output", "unused"], "that 8 divides"),
        (["sample", "no_such_preset"], "Received: preset='no_such_preset'"),
    ],
)
def test_errors_are_one_line_and_exit_code_2(genzoo, tokens, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, _, err = genzoo(*tokens)
    assert code == 2
    assert err.count("\n") == 1
    assert message in err


def test_a_failing_import_shows_what_tensorflow_said(tmp_path):
    (tmp_path / "tensorflow.py").write_text(
        "import os; os.write(2, b'chatter'); raise ImportError('no such library')"
    )
    done = subprocess.run(
        [*GENZOO, "list"],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
    )
    assert done.returncode == 2
    assert "chatter" in done.stderr
    assert "no such library" in done.stderr
