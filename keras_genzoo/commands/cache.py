"""The command that lists and clears the decoded images that are kept on disk."""

from rich.table import Table

import keras_genzoo as kg
from keras_genzoo.commands import CONSOLE


def cache(*names: str, clear: bool = False):
    """List the decoded images that are kept on disk, or clear them.

    They lie in $GENZOO_CACHE_DIR, else in the platform's folder for caches, and are made again when
    they are needed.

    Args:
        names: Of what to list or clear; all of it unless given.
        clear: Delete them.
    """
    if clear:
        print(f"{kg.datasets.clear_caches(names or None):,} bytes are free again.")
        return
    table = Table("name", "images", "shape", "bytes", "made")
    for each in kg.datasets.caches(names or None):
        shape = "damaged" if each.shape is None else " x ".join(f"{size:,}" for size in each.shape)
        table.add_row(each.name, each.images, shape, f"{each.bytes:,}", each.made)
    CONSOLE.print(table)
