"""How well sequences of tokens come back."""

import numpy as np


def token_scores(tokens, others, onsets_from=None):
    """How far sequences are like others: by their places, and as wholes.

    Places count to the first 0 of `tokens`, and with it. Of melodies most tokens hold the note
    before, and are easily right; those that begin a note are looked at alone too.

    Args:
        tokens: `(n, length)`, integers: what was to come back.
        others: What came back, like `tokens`.
        onsets_from: The lowest token that begins a note; `None` where none does.

    Returns:
        A dict: `tokens`, the share of places that agree, and `whole`, that of sequences that do;
        of melodies also `onsets`, the share of notes' beginnings that are there, and `onset_f1`,
        the F1 score of beginnings, of one pitch at one place, against those that came back.

    Raises:
        ValueError: If the two differ in shape, or there are none.

    Example:
        >>> scores = token_scores([[63, 1, 65, 1]], [[63, 1, 1, 67]], onsets_from=3)
        >>> scores["tokens"], scores["whole"], scores["onsets"], scores["onset_f1"]
        (0.5, 0.0, 0.5, 0.5)
    """
    tokens, others = np.asarray(tokens), np.asarray(others)
    if tokens.shape != others.shape or tokens.ndim != 2 or not tokens.size:
        raise ValueError(
            "The sequences do not fit each other. Expected two arrays of the same shape, (n, "
            f"length). Received: {tokens.shape} and {others.shape}"
        )
    going_on = np.cumprod(tokens != 0, axis=1)
    is_paid = np.pad(going_on[:, :-1], ((0, 0), (1, 0)), constant_values=1) > 0
    agree = tokens == others
    scores = {
        "tokens": float(agree[is_paid].mean()),
        "whole": float((agree | ~is_paid).all(axis=1).mean()),
    }
    if onsets_from is None:
        return scores
    begin, begun = tokens >= onsets_from, others >= onsets_from
    found = (agree & begin & is_paid).sum()
    counts = (begin & is_paid).sum(), (begun & is_paid).sum()
    return {
        **scores,
        "onsets": float(found / max(counts[0], 1)),
        "onset_f1": float(2 * found / max(sum(counts), 1)),
    }


def edit_distance(start, end):
    """The fewest tokens to put in, take out or change that make one sequence of another.

    Args:
        start: `(length,)`, integers.
        end: `(other_length,)`, integers.

    Returns:
        An int.

    Example:
        >>> edit_distance([1, 2, 3], [2, 3, 4])
        2
    """
    start, end = list(start), list(end)
    row = np.arange(len(end) + 1)
    for i, token in enumerate(start, 1):
        changed = row[:-1] + [token != other for other in end]
        best = np.minimum(changed, row[1:] + 1)
        row = np.r_[i, best]
        # Tokens that are put in: each place by the best of those before it.
        row = np.minimum.accumulate(row - np.arange(len(row))) + np.arange(len(row))
    return int(row[-1])
