"""Melodies as piano rolls, time across and pitch up; of `plots`."""

import itertools
import math

import numpy as np

from keras_genzoo.plots import grids

HOLD, FIRST_PITCH, STEPS_OF_WHOLE = 1, 3, 16  # of the tokens of `datasets.melodies`


def piano_rolls(tokens, title="", labels=(), columns=None, meter=(4, 4)):
    """Melodies side by side, each note a box, with a line where a bar begins.

    Args:
        tokens: `(n, length)`, as of `datasets.melodies`.
        title: Headline.
        labels: Text above each.
        columns: Melodies in a row; `None` makes the grid square.
        meter: Beats in a bar and the beat's note value, as of `datasets.melodies`.

    Returns:
        A matplotlib figure.

    Example:
        >>> figure = piano_rolls([[63, 1, 65, 1, 67, 1, 1, 1]], "Do re mi")
    """
    tokens = np.asarray(tokens)
    columns = columns or math.ceil(math.sqrt(len(tokens)))
    rows = math.ceil(len(tokens) / columns)
    bar = meter[0] * STEPS_OF_WHOLE // meter[1]
    figure = grids.new_figure(title, 2.4 * columns, 1.2 * rows + 0.5)
    cells = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True).ravel()
    melodies = [[*_notes(melody)] for melody in tokens]
    pitches = [pitch for notes in melodies for *_, pitch in notes] or [60, 72]
    for axes, notes in zip(cells, melodies, strict=False):
        for start, length, pitch in notes:
            axes.broken_barh([(start, length)], (pitch - 0.5, 1), facecolor="C0", edgecolor="k")
        axes.set(xlim=(0, tokens.shape[1]), ylim=(min(pitches) - 1.5, max(pitches) + 1.5))
        axes.set_xticks(range(0, tokens.shape[1] + 1, bar), labels=[])
        axes.grid(axis="x", alpha=0.5)
        axes.tick_params(labelsize="x-small", length=0)
    for axes in cells[len(tokens) :]:
        axes.set_axis_off()
    for axes, label in zip(cells, labels, strict=False):
        axes.set_title(label, fontsize="small")
    return figure


def _notes(melody):
    """Start, length and pitch of each note."""
    ends = np.flatnonzero(melody == 0)
    melody = melody[: ends[0]] if len(ends) else melody
    changes = [*np.flatnonzero(melody != HOLD), len(melody)]
    for start, end in itertools.pairwise(changes):
        if melody[start] >= FIRST_PITCH:
            yield start, end - start, melody[start] - FIRST_PITCH
