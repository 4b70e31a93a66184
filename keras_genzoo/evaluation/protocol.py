"""How models are measured, and what a score keeps of it; nothing here loads TensorFlow."""

import dataclasses
from typing import Literal, NamedTuple

Solver = Literal["ddpm", "ddim", "heun", "dpm++2m"]  # of diffusion models


@dataclasses.dataclass(kw_only=True)
class Protocol:
    """How models are measured."""

    split: str = "test"
    """Real images that models are measured on; where there is no test, what was held out."""
    num_images: int = 10_000
    """How many of them at most, of sequences 2,000; as many are drawn where a metric compares."""
    extractor: str | None = None
    """Preset of the classifier that looks at images, or inception_v3; the dataset's own unless
    given."""
    draws: int = 5000
    """Latents drawn for the likelihood of an image; of the metric anomaly, and of sequences, at
    most 16."""
    against: str | None = None
    """Of the metric anomaly: other images, as of --dataset, which do not belong."""
    steps: int = 20
    """Of a diffusion model, from noise to images."""
    solver: Solver = "dpm++2m"
    """Of a diffusion model."""
    guidance: float = 1.0
    """Of a diffusion model with classes: 1 is the prediction for the class, more goes beyond."""
    seed: int = 0
    """Of all that is drawn."""

    def __post_init__(self):
        for name in ("num_images", "draws", "steps"):
            if (count := getattr(self, name)) < 1:
                raise ValueError(
                    f"There would be nothing to measure. Expected {name} of at least 1. "
                    f"Received: {name}={count}"
                )


class Score(NamedTuple):
    """A number, and what it takes to get it again.

    Attributes:
        metric: What it is called.
        value: A float; likelihoods and divergences are nats per image.
        protocol: What it was measured on, by name.
    """

    metric: str
    value: float
    protocol: dict


def merged(entries, scores, versions):
    """A card's entries and new scores, each in place of the one that was measured alike.

    Args:
        entries: Dicts, as this function returns them.
        scores: `Score`s.
        versions: Of the packages that measured them, by name.

    Returns:
        A list of dicts: metric, value, protocol, versions.

    Example:
        >>> first = Score("accuracy", 0.8, {"split": "test", "seed": 0})
        >>> entries = merged([], [first], {"keras": "3.15"})
        >>> [entry["value"] for entry in merged(entries, [first._replace(value=0.9)], {})]
        [0.9]
    """
    found = {}
    for entry in [*entries, *({**score._asdict(), "versions": versions} for score in scores)]:
        how = {name: x for name, x in entry.get("protocol", {}).items() if name != "standard_error"}
        found[entry["metric"], str(how)] = entry
    return list(found.values())


def words(protocol):
    """A score's protocol in a line.

    Example:
        >>> words({"dataset": "mnist", "split": "test", "images": 10_000, "seed": 0})
        'mnist test, images 10,000, seed 0'
    """
    rest = dict(protocol)
    on = [str(rest.pop(name)) for name in ("dataset", "split") if name in rest]
    parts = [" ".join(on)] if on else []
    for name, value in rest.items():
        match value:
            case float():
                value = f"{value:,.3g}"
            case int():
                value = f"{value:,}"
        parts.append(str(value) if name == "resize" else f"{name.replace('_', ' ')} {value}")
    return ", ".join(parts)
