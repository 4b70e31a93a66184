"""Images beside what a model translates them to."""

from keras_genzoo.plots.grids import grid

SHOWN = 12  # columns at most


def translations(model, sources, targets=None, title="Translations"):
    """Rows of sources, of what the model makes of them, and of targets.

    Of a model that translates back, too, these are rows of the first kind, there and back, and of
    the second kind, back and there.

    Args:
        model: One with `translate`.
        sources: `(n, height, width, channels)` in [0, 1]; the first 12 are shown.
        targets: What they should be, or images of the other kind; `None` for none.
        title: Headline.

    Returns:
        A matplotlib figure.

    Raises:
        ValueError: If the images do not fit the model.

    Example:
        >>> import numpy as np, keras_genzoo as kg
        >>> model = kg.models.Pix2Pix((8, 8, 1), filters=(4, 8), discriminator_filters=(4,))
        >>> figure = translations(model, np.zeros((2, 8, 8, 1)))
    """
    there = {"source": sources[:SHOWN]}
    there["output"] = model.translate(there["source"])
    beside = {} if targets is None else {"target": targets[:SHOWN]}
    if hasattr(model, "translate_back"):
        there["and back"] = model.translate_back(there["output"])
        if beside:
            beside["back"] = model.translate_back(beside["target"])
            beside["and there"] = model.translate(beside["back"])
    rows = there | beside
    shortest = min(map(len, rows.values()))
    return grid([row[:shortest] for row in rows.values()], title, [*rows])
