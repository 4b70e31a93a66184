"""The course of a training."""

from matplotlib.ticker import MaxNLocator

from keras_genzoo.plots import grids

_NATS = {"kl", "mutual_information", "total_correlation", "dimension_wise_kl", "classification"}


def history(logs, title="Training history", per="image", validation_freq=1):
    """Each logged term over the epochs, training and validation together.

    Args:
        logs: Term to its values, one an epoch, as `History.history` holds them.
        title: Headline.
        per: What one example is.
        validation_freq: As `fit` had it: epochs from one validation to the next, or their numbers.

    Returns:
        A matplotlib figure.

    Raises:
        ValueError: If there were not so many validations.

    Example:
        >>> figure = history({"loss": [300.0, 260.0], "val_loss": [290.0, 265.0]})
    """
    terms = [name for name in logs if not name.startswith("val_")]
    figure = grids.new_figure(title, 4 * len(terms), 3.2)
    for axes, term in zip(figure.subplots(1, len(terms), squeeze=False)[0], terms, strict=True):
        for name, label in ((term, "training"), (f"val_{term}", "validation")):
            if name in logs:
                frequency = 1 if name == term else validation_freq
                epochs = _epochs(name, logs[name], len(logs[term]), frequency)
                axes.plot(epochs, logs[name], marker=".", label=label)
        axes.set(title=term, xlabel="epoch", ylabel=_unit(term, terms, per))
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        if term == "active_units":
            axes.yaxis.set_major_locator(MaxNLocator(integer=True))
        if f"val_{term}" in logs:  # the title names a line alone
            axes.legend()
    return figure


def _epochs(name, values, count, frequency):
    """The epochs after which a term's values were measured."""
    if isinstance(frequency, int):
        epochs = [*range(frequency, count + 1, frequency)]
    else:
        epochs = [epoch for epoch in sorted(frequency) if epoch <= count]
    if len(epochs) != len(values):
        raise ValueError(
            f"The term {name!r} is not of these epochs. Expected validation_freq as `fit` had it. "
            f"Received: {len(values)} values in {count} epochs, validation_freq={frequency}"
        )
    return epochs


def _unit(term, terms, per):
    if term == "active_units":
        return "latents"
    if term == "learning_rate":
        return "in the epoch"
    if term == "bits_per_dim":
        return "bits per dimension"
    if term.endswith("accuracy"):
        return f"share of {per}s"
    # A loss is in nats beside a KL; else it may be a squared error, or an adversary's.
    if term in _NATS or (term in ("loss", "reconstruction") and "kl" in terms):
        return f"nats per {per}"
    return f"mean over {per}s"
