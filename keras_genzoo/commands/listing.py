"""Commands that tell what presets there are, and what one of them is."""

import json

from rich.table import Table

import keras_genzoo as kg
from keras_genzoo.commands import CONSOLE, printable, scores
from keras_genzoo.evaluation import Score, words

_COLUMNS = ("preset", "model", "dataset", "size", "score", "protocol")
# The first that a card has is its main score.
_MAIN = {
    "onset_f1": "onset F1 {:.2f}",
    "log_likelihood": "log p(x) {:.1f}",
    "mutual_information_gap": "MIG {:.2f}",
    "loss": "loss {:.1f}",
    "accuracy": "{:.1%} right",
    "frechet_distance": "Frechet distance {:.1f}",
    "psnr": "PSNR {:.1f} dB",
    "l1": "absolute error {:.3f}",
}


def list_presets(*, markdown: bool = False):
    """List the pretrained models, each with its main score and how that was measured.

    Args:
        markdown: Print the table as Markdown, with the command that trained each, as README has it.
    """
    rows = {name: _row(name) for name in kg.presets.list()}
    if markdown:
        print(_markdown([*_COLUMNS, "trained by"]))
        print(_markdown(["---"] * (len(_COLUMNS) + 1)))
        for name, (*row, command) in rows.items():
            print(_markdown([_code(name), *row, _code(command)]))
        return
    table = Table()
    for column in _COLUMNS:
        table.add_column(column, no_wrap=column != "protocol")
    for name, (*row, _) in rows.items():
        table.add_row(*(printable(text) for text in (name, *row)))
    CONSOLE.print(table)


def card(preset: str):
    """Show what a preset is: where it lies, its picture, its card, and its scores.

    Args:
        preset: Name or folder of a model.
    """
    folder, entries = kg.presets.find(preset), kg.presets.card(preset)
    measured = [
        Score(entry["metric"], entry["value"], entry.get("protocol", {}))
        for entry in entries.pop("evaluation", [])
    ]
    pictures = ", ".join(str(path) for path in sorted(folder.glob("*.png")))
    place = {"folder": str(folder), "pictures": pictures or "none", "size": _size(folder)}
    for name, value in [*place.items(), *entries.items()]:
        text = value if isinstance(value, str) else json.dumps(value)
        # A command is copied from here, whole.
        CONSOLE.print(printable(f"{name}: {text}"), soft_wrap=True)
    scores.show({preset: measured})


def _row(name):
    """What is told of a preset: model, dataset, size, score, protocol, and its command."""
    try:
        card = kg.presets.card(name)
        score, protocol = _main_score(card)
        size = _size(kg.presets.find(name))
        command = card.get("command")
        command = command if isinstance(command, str) else ""
        return card["model"], card.get("dataset") or "", size, score, protocol, command
    except KeyError as error:
        return "damaged", "", "", "", f"card.json of a preset lacks {error}.", ""
    except (ValueError, OSError) as error:
        return "damaged", "", "", "", str(error).partition(" Expected")[0], ""


def _main_score(card):
    """What a card says first of how good its model is, and how that was measured.

    What `genzoo evaluate` measured of the weights as they are kept comes before what the training
    logged, on its own validation images and before the weights were halved.
    """
    how = card.get("protocol")
    found = {name: (value, how or "") for name, value in card.get("scores", {}).items()}
    for entry in reversed(card.get("evaluation", [])):
        found[entry["metric"]] = entry["value"], words(entry.get("protocol", {}))
    for metric, text in _MAIN.items():
        if metric in found:
            value, how = found[metric]
            return text.format(value), how if isinstance(how, str) else ""
    return "", ""


def _size(folder):
    """Of the files that make a preset."""
    size = sum((folder / name).stat().st_size for name in kg.presets.FILES)
    return f"{size / 1e6:.1f} MB"


def _markdown(cells):
    return f"| {' | '.join(printable(cell).replace('|', chr(92) + '|') for cell in cells)} |"


def _code(text):
    return f"`{text}`" if text else ""
