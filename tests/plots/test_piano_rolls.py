"""Piano rolls: each note at its place, as long as it sounds."""

import numpy as np

from keras_genzoo.plots import piano_rolls


def test_notes_stand_where_they_sound():
    tokens = np.array([[63, 1, 2, 67, 1, 1], [1, 1, 70, 0, 71, 1], [2] * 6])
    figure = piano_rolls(tokens, "Three", labels=["a", "b", "c"], columns=3)
    axes = figure.axes
    assert [each.get_title() for each in axes] == ["a", "b", "c"]

    def boxes(one):
        paths = [path for bars in one.collections for path in bars.get_paths()]
        return [path.get_extents().bounds for path in paths]

    assert boxes(axes[0]) == [(0, 59.5, 2, 1), (3, 63.5, 3, 1)]
    assert boxes(axes[1]) == [(2, 66.5, 1, 1)]  # none of what is held from before
    assert boxes(axes[2]) == []
    assert axes[0].get_ylim() == axes[1].get_ylim() == (58.5, 68.5)


def test_lines_are_of_bars():
    tokens = np.full((1, 24), 2)
    for meter, starts in (((4, 4), [0, 16]), ((3, 4), [0, 12, 24]), ((6, 8), [0, 12, 24])):
        (axes,) = piano_rolls(tokens, meter=meter).axes
        assert axes.get_xticks().tolist() == starts
