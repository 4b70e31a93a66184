"""What the numbers of labels stand for, in words, whatever the source."""

import lazy_loader
import numpy as np

from keras_genzoo.datasets.names import numbers

tfds = lazy_loader.load("tensorflow_datasets")


def of_cells(values):
    """What stands for each number that `numbers` makes of a label's values, in their order.

    Example:
        >>> of_cells(["dogs", "cats", "dogs"]), of_cells(["1", "-1"])
        ({0: 'cats', 1: 'dogs'}, {-1: '-1', 1: '1'})
    """
    values = np.asarray(values)
    pairs = zip(numbers(values).tolist(), values.astype(str).tolist(), strict=True)
    return dict(sorted(pairs))


def of_arrays(labels):
    """Of an `.npz`, its labels by split; nothing where an image has several.

    Example:
        >>> of_arrays({"train": np.array([3, 1]), "test": np.array([[2]])})
        {'labels': {1: '1', 2: '2', 3: '3'}}
    """
    flat = [each.ravel() for each in labels.values() if each.size == len(each)]
    if not flat or len(flat) < len(labels):
        return {}
    if any(each.dtype.kind in "US" for each in flat):
        flat = [each.astype(str) for each in flat]
    return {"labels": of_cells(np.concatenate(flat))}


def of_features(features):
    """Of TensorFlow Datasets, scalar features by name; those are left out that do not say it."""
    found = {}
    for name, feature in features.items():
        if isinstance(feature, tfds.features.ClassLabel) and feature.num_classes:
            found[name] = {number: feature.int2str(number) for number in range(feature.num_classes)}
        elif np.dtype(feature.np_dtype) == bool:
            found[name] = {0: "False", 1: "True"}
    return found
