"""Splits of what comes in one piece: by a hash, so that they stay as they are when more comes."""

import hashlib

import numpy as np

SHARES = {"train": 0.8, "validation": 0.1, "test": 0.1}


def split_by_name(names, key=str):
    """Names by split, in their order; those of one key are on one side.

    Args:
        names: Strings.
        key: From a name to the text that decides.

    Returns:
        A dict of lists, of `train`, `validation` and `test`.

    Example:
        >>> splits = split_by_name(["a/x.mid", "b/x.mid"], lambda name: name[2:])
        >>> sorted(map(len, splits.values()))
        [0, 0, 2]
    """
    splits = {name: [] for name in SHARES}
    ends = np.cumsum([*SHARES.values()])
    for name in names:
        digest = hashlib.sha256(key(name).encode()).digest()
        place = int.from_bytes(digest[:8]) / 2**64
        splits[[*SHARES][np.searchsorted(ends[:-1], place, "right")]].append(name)
    return splits
