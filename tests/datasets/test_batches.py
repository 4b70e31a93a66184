"""Batches by their indices: decoded when they are needed, and not before."""

import threading
import time
import weakref
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from contract import THREE_PARTS
from image_files import picture, write_folder, write_zip

from keras_genzoo.datasets import arrays, epochs, load, stored_labels
from keras_genzoo.datasets.batches import gathered


def files(**more):
    return {**{f"{i}.png": picture(10 * i) for i in range(6)}, **more}


def test_images_are_decoded_when_they_are_needed(tmp_path, monkeypatch):
    decoded = []

    def decode(data, fit):
        decoded.append(data)
        return fit(np.zeros((4, 6, 1), np.uint8))

    monkeypatch.setattr("keras_genzoo.datasets.image_files.decode", decode)
    dataset = load(write_folder(tmp_path, files()), batch_size=2, cache=None, drop_remainder=True)
    assert decoded == []
    assert dataset.element_spec.shape == (2, 4, 6, 1)
    list(dataset.from_epoch(0).take(3))
    assert set(decoded) == set(files().values())


@pytest.mark.parametrize(
    ("more", "options", "message"),
    [
        ({}, {"cache": "dsk"}, "Did you mean 'disk'"),
        ({}, {"skip_corrupt": True, "cache": None}, "Received: skip_corrupt=True, cache=None"),
        ({"9.png": picture(0, (9, 9))}, {"cache": None}, "differ in size"),
        ({"9.png": b"no image"}, {"cache": None}, "cannot be decoded.*9.png"),
    ],
)
def test_what_cannot_be_is_refused_at_once(tmp_path, more, options, message):
    path = write_folder(tmp_path, files(**more))
    with pytest.raises(ValueError, match=rf"(?s)(?=.*{message}).*{THREE_PARTS[4:]}"):
        load(path, **options)


def test_arrays_are_not_to_be_had_one_by_one():
    with pytest.raises(ValueError, match=r"one by one.*Expected.*Received: cache=None, name"):
        load("fashion_mnist_small", cache=None)
    assert len(load("sprites", "test", cache=None)) == 79  # which are drawn


def test_a_file_that_is_cut_is_named_when_its_turn_comes(tmp_path):
    cut = picture(7, (64, 64), "RGB", "jpeg")[:-30]
    path = write_folder(tmp_path, {"0.jpg": cut})
    dataset = load(path, cache=None)
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"cannot be decoded.*0\.jpg"):
        next(iter(dataset))


def test_uint8_is_scaled_and_floats_are_not():
    for images, expected in (([0, 51], [0, 0.2]), ([0.0, 0.2], [0, 0.2])):
        dtype = np.uint8 if isinstance(images[1], int) else np.float32
        given, indices = np.array(images, dtype).reshape(2, 1, 1, 1), tf.constant([1, 0])
        batch, labels = gathered(given, tf.constant([3, 4]), None, 0)(0, indices)
        np.testing.assert_allclose(np.ravel(batch), expected[::-1])
        assert labels.numpy().tolist() == [4, 3]


@pytest.mark.parametrize("name", ["fashion_mnist_small", "sprites"])  # which are drawn for it
def test_labels_in_the_order_in_which_they_are_stored(name):
    dataset = load(name, "test[:9]", batch_size=4, labels=True, drop_remainder=True)
    _, expected = arrays(load(name, "test[:9]", labels=True, shuffle=False))
    np.testing.assert_array_equal(stored_labels(dataset), expected)


def anonymous():
    """Bytes of this process' own memory; pages of mapped files are not of it."""
    with open("/proc/self/status") as status:
        return next(1024 * int(line.split()[1]) for line in status if line.startswith("RssAnon"))


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="Linux alone counts RssAnon")
def test_images_are_not_copied(tmp_path):
    """Neither those of a mapped file into memory, nor those that are held."""
    with open(tmp_path / "images", "wb") as file:
        file.truncate(2**27)
    images = np.memmap(tmp_path / "images", np.uint8, "r", shape=(2**15, 64, 64, 1))
    options = {"batch_size": 8, "shuffle": True, "seed": 0, "drop_remainder": True}
    before = anonymous()
    dataset = epochs(gathered(images, None, None, 0), len(images), **options)
    next(iter(dataset))
    assert anonymous() - before < 2**26
    np.savez(tmp_path / "a.npz", images=images)
    dataset = load(tmp_path / "a.npz", batch_size=8, cache="memory")
    assert anonymous() - before < 1.5 * 2**27
    next(iter(dataset))
    assert anonymous() - before < 1.5 * 2**27


HOW = {"batch_size": 2, "shuffle": True, "seed": 0, "drop_remainder": False}


def test_images_are_freed_with_what_reads_them():
    """Though TensorFlow keeps what it calls for as long as the process lives."""
    images = np.ones((6, 2, 2, 1), np.float32)
    dataset = epochs(gathered(images, None, None, 0), len(images), **HOW)
    batches, held = iter(dataset.map(lambda each: 2 * each).repeat()), weakref.ref(images)
    del images, dataset
    assert [float(next(batches)[0, 0, 0, 0]) for _ in range(5)] == [2.0] * 5
    del batches
    assert held() is None


def test_threads_and_files_end_with_what_reads_them(tmp_path):
    path = write_zip(tmp_path / "a.zip", files())
    before = threading.active_count()
    for _ in range(3):
        next(iter(load(path, batch_size=2, cache=None)))
    until = time.monotonic() + 5
    while threading.active_count() > before and time.monotonic() < until:
        time.sleep(0.01)
    assert threading.active_count() <= before
