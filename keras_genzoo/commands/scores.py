"""Commands that score models: one under a protocol, or several side by side."""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.table import Table

import keras_genzoo as kg
from keras_genzoo.commands import CONSOLE, drawing, printable, tunes_and_lines
from keras_genzoo.evaluation import Protocol, merged, words

Measured = Annotated[Protocol | None, Parameter(name="*", group="Protocol")]


def evaluate(
    preset: str,
    *,
    dataset: str | None = None,
    metrics: list[str] | None = None,
    keep: bool = False,
    measured: Measured = None,
):
    """Score a model, and write the scores with their protocol into its card.

    The card in a run's own folder is written; that of a preset that has a name, as what ships with
    the package, with --keep alone.

    Without --metrics it measures what the model allows and takes no more than minutes; on request
    also log_likelihood, bits_per_dim, beta_vae_score and factor_vae_score; and anomaly, how well
    each score of strangeness tells the images of --against from the model's own.

    Args:
        preset: Name or folder of a model.
        dataset: As for `genzoo train`; what the model was trained on, unless given.
        metrics: Which, by name.
        keep: Write the scores into the card of a preset that has a name, too.
    """
    drawing.check_said(metrics=metrics)
    on_hub = kg.presets.is_on_hub(preset)
    if on_hub and keep:
        raise ValueError(
            f"A card on a hub is not written into. Expected no --keep. Received: preset={preset!r}"
        )
    model = kg.from_preset(preset)
    if getattr(model, "learns_from", None) == "tokens":
        scores = _of_sequences(model, preset, dataset, measured, metrics)
    else:
        evaluation = _evaluation(preset, dataset, measured)
        names = evaluation.default_metrics(model) if metrics is None else metrics
        evaluation.check_asked([model], names)
        scores = evaluation.scores(model, metrics)
        _tell_of_trained(evaluation, kg.presets.card(preset))
    show({preset: scores})
    if on_hub:
        return
    if not keep and kg.presets.is_named(preset):
        print(f"The card of {preset} was left as it is; --keep writes the scores into it.")
        return
    former = kg.presets.card(preset).get("evaluation", [])
    try:
        kg.presets.annotate(preset, evaluation=merged(former, scores, kg.presets.versions()))
    except OSError as error:  # the table is printed: an installed package may not be writable
        print(f"The card was not written: {error}", file=sys.stderr)


def compare(
    *presets: str,
    dataset: str | None = None,
    metrics: list[str] | None = None,
    measured: Measured = None,
    num_samples: drawing.Count = 10,
    output: Path = Path("comparison.png"),
):
    """Score models side by side, on the same images, and draw a row of samples of each.

    Without --metrics it measures what all of them allow, but for their losses, which differ.

    Args:
        presets: Names or folders of models.
        dataset: As for `genzoo train`; what the first model was trained on, unless given.
        metrics: Which, by name; a dash stands where a model does not allow one.
        num_samples: Images in a row of the picture.
        output: Picture to write.
    """
    drawing.check_said(metrics=metrics)
    if not presets or len({*presets}) < len(presets):
        raise ValueError(
            "There is nothing to compare. Expected PRESET PRESET ..., each once. "
            f"Received: {' '.join(presets) or 'none'}"
        )
    models = {preset: drawing.load(preset, "sample", output) for preset in presets}
    evaluation = _evaluation(presets[0], dataset, measured)
    if metrics is None:
        usual = [evaluation.default_metrics(model) for model in models.values()]
        metrics = [name for name in usual[0] if name != "loss" and all(name in x for x in usual)]
    evaluation.check_asked(models.values(), metrics)
    possible = {
        preset: [name for name in metrics if evaluation.why_not(model, name) is None]
        for preset, model in models.items()
    }
    _check_shapes({preset: models[preset] for preset in presets if possible[preset]}, evaluation)
    show({preset: evaluation.scores(models[preset], names) for preset, names in possible.items()})
    seed = evaluation.protocol.seed
    rows = [
        model.sample(num_samples, seed=seed, **drawing.classes(model, None, num_samples))
        for model in models.values()
    ]
    drawing.write(kg.grids.grid(rows, "Samples", presets), output)


def _check_shapes(models, evaluation):
    """Raise a `ValueError` where a model is of other images than those that it is scored on."""
    for preset, model in models.items():
        shape, own = evaluation.batches().element_spec.shape[1:], model.fields["images"].shape
        if tuple(shape) != tuple(own):
            raise ValueError(
                "The models are scored on the same images, read as the first one's own were. "
                f"Expected models of images of {tuple(shape)}. Received: {preset} of {tuple(own)}"
            )


def _of_sequences(model, preset, dataset, measured, metrics):
    names = kg.evaluation.sequence_metrics(model)
    of_draws = ("bound", "log_likelihood")
    for name in metrics or []:
        if name not in names:
            raise ValueError(
                f"`{name}` cannot be measured of sequences. Expected some of {', '.join(names)}. "
                f"Received: metrics={name!r}"
            )
    measured, usual = measured or Protocol(), Protocol()
    others = ("extractor", "against", "steps", "solver", "guidance")
    asked = {word: getattr(measured, word) for word in others}
    drawing.known_of_sequences(
        **{word: value for word, value in asked.items() if value != getattr(usual, word)}
    )
    if measured.draws != usual.draws and set(of_draws).isdisjoint(metrics or names):
        raise ValueError(
            "Nothing that is measured asks for draws. Expected no --draws, or --metrics "
            f"{' or '.join(of_draws)}. "
            f"Received: draws={measured.draws}, metrics={', '.join(metrics)}"
        )
    dataset = dataset or kg.training.Images.of(preset).dataset
    found = tunes_and_lines.scores(model, dataset, measured)
    return [score for score in found if metrics is None or score.metric in metrics]


def _evaluation(preset, dataset, measured):
    images = kg.training.Images.of(preset, dataset)
    return kg.evaluation.Evaluation(images, measured or Protocol())


def _tell_of_trained(evaluation, card):
    """Say where the card names images that are measured as trained on."""
    images, split = evaluation.images, evaluation.protocol.split
    if images.dataset != card.get("dataset") or not isinstance(card.get("split"), str):
        return
    try:
        shared, count = images.in_both(split, card["split"])
    except ValueError:  # the card is a stranger's, and its data may be others by now
        return
    if shared:
        print(f"Of the {count} images of {split} {shared} were trained on, says the card.")


def show(scores):
    """A table for each protocol, a column for each preset."""
    tables = {}
    for preset, measured in scores.items():
        for score in measured:
            rows = tables.setdefault(words(score.protocol), {})
            rows.setdefault(score.metric, {})[preset] = _number(score.value)
    for protocol, rows in tables.items():
        CONSOLE.print(f"\n{printable(protocol)}")
        table = Table("metric", *scores)
        for metric, row in rows.items():
            table.add_row(printable(metric), *(row.get(preset, "-") for preset in scores))
        CONSOLE.print(table)


def _number(value):
    return f"{value:,.2f}" if abs(value) >= 1 else f"{value:.4f}"
