"""Presets: models kept in folders, found by name, and read as what they are, a stranger's data."""

from keras_genzoo.presets.folders import annotate, card, list, load, save, versions

__all__ = ["annotate", "card", "list", "load", "save", "versions"]
