"""Images of TensorFlow Datasets in array_record: in order, and one by one."""

import weakref

import numpy as np
import pytest
import tensorflow_datasets as tfds

from keras_genzoo.datasets import arrays, load
from keras_genzoo.datasets.records import by_record


class GenzooPictures(tfds.core.GeneratorBasedBuilder):
    """Nine grey images of 2x2, each of one shade, with two labels."""

    VERSION = tfds.core.Version("1.0.0")
    FEATURES = tfds.features.FeaturesDict(
        {
            "image": tfds.features.Image(shape=(2, 2, 1)),
            "label": tfds.features.ClassLabel(num_classes=9),
            "size": np.float32,
        }
    )

    def _info(self):
        return tfds.core.DatasetInfo(builder=self, features=self.FEATURES)

    def _split_generators(self, _):
        return {"train": self._generate_examples()}

    def _generate_examples(self):
        for i in range(9):
            image = np.full((2, 2, 1), 10 * i, np.uint8)
            yield i, {"image": image, "label": i, "size": i / 2}


@pytest.fixture(scope="module")
def builder(tmp_path_factory):
    made = GenzooPictures(
        data_dir=tmp_path_factory.mktemp("tfds"), file_format=tfds.core.FileFormat.ARRAY_RECORD
    )
    made.download_and_prepare()
    return made


@pytest.mark.parametrize("labels", [False, True, "size", ["label", "size"]])
def test_images_are_had_one_by_one(builder, labels, monkeypatch):
    monkeypatch.setattr(tfds, "builder", lambda name: builder)
    found = []
    for cache in ("memory", None):
        options = {"labels": labels, "cache": cache, "batch_size": 4}
        found.append(arrays(load("genzoo_pictures", "train[2:]", **options)))
    for one, other in zip(*found, strict=True) if labels else [found]:
        np.testing.assert_array_equal(one, other)
        assert one.dtype == other.dtype
    if labels is True:
        images, classes = found[0]
        assert sorted(classes) == sorted(np.rint(images[:, 0, 0, 0] * 25.5))


def test_labels_are_read_without_holding_the_images(builder, monkeypatch):
    class Record(dict):
        __hash__ = object.__hash__

    held, most = weakref.WeakSet(), 0

    def records(split, decoders):
        nonlocal most
        for i in range(9):
            record = Record(image=b"", label=i)
            held.add(record)
            most = max(most, len(held))
            yield record

    monkeypatch.setattr(builder, "as_data_source", records)
    _, by_index = by_record(builder, "image", ["label"], True, None)
    assert by_index.labels("train").tolist() == [*range(9)]
    assert most <= 2
