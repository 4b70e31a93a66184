"""The command, a tiny run of it, and images that it shows."""

import sys

import keras_genzoo as kg

GENZOO = [sys.executable, "-m", "keras_genzoo"]
TINY = ["--split", "train[:300]", "--validation-split", "test[:100]", "--hidden", "16"]


def fashion(split, **options):
    """All images of the split, and with `labels` their labels."""
    return next(
        iter(kg.datasets.load("fashion_mnist_small", split, 5000, shuffle=False, **options))
    )
