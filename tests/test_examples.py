"""Examples open as notebooks, and say first what they draw and how long they take."""

import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent.parent / "examples"
EXAMPLES = sorted(FOLDER.glob("*.py"))


def cells(path):
    """Pairs of a cell's kind, "" or " [markdown]", and its text."""
    parts = re.split(r"^# %%(.*)\n", path.read_text(), flags=re.MULTILINE)
    assert parts[0] == "", "something stands before the first cell"
    return list(zip(parts[1::2], parts[2::2], strict=True))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_is_a_notebook(path):
    (first, text), *others = cells(path)
    assert first == " [markdown]"
    head = " ".join(line.removeprefix("# ") for line in text.splitlines()[:6])
    assert head.startswith("# ")  # the title
    assert "Pictures" in head
    assert "`runs/" in head
    assert re.search(r"Time: .*`--quick` \d+ s", head)
    assert {kind for kind, _ in others} == {"", " [markdown]"}
    for kind, text in others:
        if kind:
            assert all(line.startswith("#") for line in text.strip().splitlines()), text
        else:
            compile(text, path, "exec")  # each cell is whole


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_takes_no_notice_of_a_notebooks_arguments(path):
    """A kernel is started with `-f`, or `--f`, and a file."""
    text = path.read_text()
    assert "argparse.ArgumentParser(allow_abbrev=False)" in text
    assert "parser.parse_known_args()" in text


def test_the_files_are_found():
    assert len(EXAMPLES) > 5
