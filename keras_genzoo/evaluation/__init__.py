"""Models under a protocol: what `genzoo evaluate` and `genzoo compare` report.

The names are loaded when they are first used: the command reads a `Protocol` before TensorFlow.
"""

import importlib

_HOMES = {
    "Evaluation": "evaluation",
    "FeatureNetwork": "features",
    "MEASURES": "measures",
    "Protocol": "protocol",
    "Score": "protocol",
    "Solver": "protocol",
    "merged": "protocol",
    "sequence_metrics": "of_sequences",
    "sequence_scores": "of_sequences",
    "words": "protocol",
}
_MODULES = ("features", "measures", "of_sequences", "protocol")

__all__ = [*_HOMES, *_MODULES]


def __getattr__(name):
    if name in _MODULES:
        return importlib.import_module(f"{__name__}.{name}")
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
