"""What `genzoo` does, beside training."""

from typing import Annotated

from cyclopts import Parameter, validators
from rich.console import Console

# To listen on: a wrong one is told before a model is exported or a page is made.
Port = Annotated[int, Parameter(validator=validators.Number(gte=1, lte=2**16 - 1))]

# A table takes what it needs; names are never cut, in a pipe neither, nor taken for markup.
CONSOLE = Console(width=200, markup=False, emoji=False)


def printable(text):
    """A text of a stranger's, without what would steer a terminal."""
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text)
