"""What a card may say: it is read as data of a stranger, as all of a preset is."""

import json
import reprlib

_LARGEST = 2**63


def check_card(card, path):
    """Raises a ValueError unless the entries that are known of a card are what they are taken for.

    None has to be there; entries of other names are their writer's.
    """
    for name, (expected, is_sound) in _ENTRIES.items():
        if name in card and not is_sound(card[name]):
            raise ValueError(
                f"{path.name} of a preset is damaged: its entry {name!r} is none. "
                f"Expected {expected}. Received: {name}={reprlib.repr(card[name])}, "
                f"path={str(path)!r}"
            )


def check_entries(entries):
    """Raises a ValueError unless entries are what JSON knows, before anything is written."""
    for name, value in entries.items():
        try:
            json.dumps(value)
        except (TypeError, ValueError, RecursionError) as error:
            raise ValueError(
                "An entry of a card is no JSON. Expected text, numbers of Python's own, lists and "
                f"objects of them. Received: {name}={reprlib.repr(value)}: {error}"
            ) from error


def _is_number(value):
    return isinstance(value, float) or (type(value) is int and abs(value) < _LARGEST)


def _is_score(entry):
    return (
        isinstance(entry, dict)
        and isinstance(entry.get("metric"), str)
        and _is_number(entry.get("value"))
        and isinstance(entry.get("protocol", {}), dict)
    )


_ENTRIES = {
    "model": ("the name of a class", lambda value: isinstance(value, str)),
    "dataset": ("a name, or null", lambda value: value is None or isinstance(value, str)),
    "images": ("an object", lambda value: isinstance(value, dict)),
    "parameters": ("an integer", lambda value: type(value) is int and 0 <= value < _LARGEST),
    "scores": (
        "an object of numbers",
        lambda value: isinstance(value, dict) and all(map(_is_number, value.values())),
    ),
    "evaluation": (
        "objects of a metric, a value and a protocol",
        lambda value: isinstance(value, list) and all(map(_is_score, value)),
    ),
}
