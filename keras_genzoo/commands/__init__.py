"""What `genzoo` does, beside training."""

from rich.console import Console

CONSOLE = Console(width=160)  # a table takes what it needs; names are never cut, in a pipe neither
