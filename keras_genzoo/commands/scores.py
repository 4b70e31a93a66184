"""Commands that score models."""

from rich.table import Table

import keras_genzoo as kg
from keras_genzoo.commands import CONSOLE


def evaluate(
    preset: str, *, dataset: str | None = None, split: str = "test", batch_size: int = 128
):
    """Score a model: its losses, in nats per image.

    Args:
        preset: Name or folder of a model.
        dataset: As for `genzoo train`; what the model was trained on, unless given.
        split: Which images.
        batch_size: Images in a step.
    """
    model = kg.from_preset(preset)
    images = kg.training.Images.of(preset, dataset)
    model.compile()
    labels = model.learns_from_labels
    data = images.load(split, batch_size=batch_size, shuffle=False, labels=labels)
    table = Table("term", f"{images.dataset} {split}")
    for term, value in model.evaluate(data, return_dict=True).items():
        table.add_row(term, f"{value:.2f}")
    CONSOLE.print(table)
