"""Images of TensorFlow Datasets in array_record, the format whose records are had one by one."""

import functools
from concurrent.futures import ThreadPoolExecutor

import lazy_loader
import numpy as np

from keras_genzoo.datasets.image_files import ByIndex
from keras_genzoo.datasets.names import joined

tfds = lazy_loader.load("tensorflow_datasets")


def has_records(builder):
    """Whether a prepared dataset's records are to be had one by one."""
    return builder.info.file_format == tfds.core.FileFormat.ARRAY_RECORD


def by_record(builder, image, names, labels, fit):
    """What a `Source` of such a dataset reads by.

    Args:
        builder: A prepared `tfds.core.DatasetBuilder`.
        image: The feature of the images.
        names: Those of the labels.
        labels: As `load` takes them.
        fit: A function of a decoded image.

    Returns:
        A function (split, start, stop) that yields pairs (image, label), and a `ByIndex`.
    """
    declared = builder.info.features[image].shape

    @functools.cache
    def records(split, decodes=True):
        decoders = None if decodes else {image: tfds.decode.SkipDecoding()}
        return builder.as_data_source(split, decoders=decoders)

    def image_at(split, place):
        return fit(records(split)[place][image])

    def shape(split, place):
        return records(split)[place][image].shape if None in declared else declared

    def labels_in(split):
        # Of each record the labels alone: the images, though not decoded, are the whole set.
        rows = [[each[name] for name in names] for each in records(split, decodes=False)]
        return joined([np.array(column) for column in zip(*rows, strict=True)], labels)

    def read(split, start, stop):
        def both(place):
            record = records(split)[place]
            return fit(record[image]), joined([np.array([record[n]]) for n in names], labels)

        with ThreadPoolExecutor() as pool:
            for begin in range(start, stop, 64):
                for picture, label in pool.map(both, range(begin, min(begin + 64, stop))):
                    yield picture, next(iter(label))

    return read, ByIndex(image_at, shape, labels_in)
