"""What `genzoo` does, beside training."""

from rich.console import Console

# A table takes what it needs; names are never cut, in a pipe neither, nor taken for markup.
CONSOLE = Console(width=200, markup=False, emoji=False)


def printable(text):
    """A text of a stranger's, without what would steer a terminal."""
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text)
