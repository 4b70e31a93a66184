"""Presets: models kept in folders, found by name, and read as what they are, a stranger's data."""

from keras_genzoo.presets.files import FILES
from keras_genzoo.presets.folders import annotate, load, save, versions
from keras_genzoo.presets.hubs import is_on_hub
from keras_genzoo.presets.shelves import called, card, find, is_named, is_there, list

__all__ = [
    "FILES",
    "annotate",
    "called",
    "card",
    "find",
    "is_named",
    "is_on_hub",
    "is_there",
    "list",
    "load",
    "save",
    "versions",
]
