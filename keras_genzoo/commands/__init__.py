"""What `genzoo` does, beside training."""

from rich.console import Console

# A table takes what it needs; names are never cut, in a pipe neither, nor taken for markup.
CONSOLE = Console(width=160, markup=False, emoji=False)
