"""Images in an .npz: which arrays are read, how, and what is refused."""

import tracemalloc

import numpy as np
import pytest
from contract import THREE_PARTS

from keras_genzoo.datasets import array_files, arrays, load, split_sizes


def test_floating_point_arrays_keep_their_values(tmp_path):
    images = np.random.default_rng(0).random((5, 3, 3, 3), np.float32)
    np.savez(tmp_path / "a.npz", x_train=images, y_train=np.ones((5, 1), np.uint8), x_test=images)
    assert (arrays(load(tmp_path / "a.npz", shuffle=False)) == images).all()
    with pytest.raises(ValueError, match="no such labels"):
        load(tmp_path / "a.npz", split="test", labels=True)


def test_keras_arrays(tmp_path):
    images = np.zeros((5, 3, 3), np.uint8)
    labels = np.arange(5, dtype=np.uint8)[:, None]
    np.savez(tmp_path / "a.npz", x_train=images, y_train=labels, x_val=images, y_val=labels)
    dataset = load(tmp_path / "a.npz", split="validation", labels=True, shuffle=False)
    assert arrays(dataset)[1].tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    "images",
    [
        np.full((2, 3, 3), 200.0),
        np.full((2, 3, 3), np.nan),
        np.zeros((2, 3, 3, 2)),
        np.ones((2, 3, 3), np.uint8),  # of 255
        np.full((2, 3, 3), 2, np.int64),
        np.array([{}]),
        np.float32(1),
    ],
)
def test_arrays_that_are_no_images(tmp_path, images):
    np.savez(tmp_path / "a.npz", images=images)
    with pytest.raises(ValueError, match=rf"{THREE_PARTS}.*a\.npz"):
        load(tmp_path / "a.npz")


def test_truth_is_white(tmp_path):
    images = np.random.default_rng(0).random((5, 3, 3)) > 0.5
    np.savez(tmp_path / "a.npz", images=images)
    assert (arrays(load(tmp_path / "a.npz", shuffle=False))[..., 0] == images).all()


def test_arrays_of_splits_by_other_names(tmp_path):
    images = np.arange(45, dtype=np.uint8).reshape(5, 3, 3)
    np.savez(tmp_path / "a.npz", x_train=images, x_valid=images[:3], training_labels=images)
    with pytest.warns(UserWarning, match=r"1 arrays are not used: training_labels"):
        assert len(arrays(load(tmp_path / "a.npz", "val"))) == 3
    np.savez(tmp_path / "b.npz", x_train=images, x_valid=images[:3], x_val=images[:2])
    assert split_sizes(tmp_path / "b.npz") == {"train": 5, "valid": 3, "validation": 2}
    np.savez(tmp_path / "c.npz", x_val=images, val_images=images)
    with pytest.raises(ValueError, match=r"Two arrays.*Expected.*Received.*c\.npz"):
        load(tmp_path / "c.npz")


def test_texts_are_the_same_classes_in_all_splits(tmp_path):
    images = np.full((2, 3, 3), 9, np.uint8)
    names = {"y_train": ["ant", "bee"], "y_test": ["bee", "bee"]}
    np.savez(tmp_path / "a.npz", x_train=images, x_test=images, **names)
    for split, classes in (("train", [0, 1]), ("test", [1, 1])):
        dataset = load(tmp_path / "a.npz", split, labels=True, shuffle=False)
        assert arrays(dataset)[1].tolist() == classes


WRITERS = {
    "stored": np.savez,
    "compressed": np.savez_compressed,
    "fortran": lambda path, images: np.savez(path, images=np.asfortranarray(images)),
}


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
def test_arrays_are_read_in_pieces(tmp_path, monkeypatch, write):
    """The same images as in one piece, of all and of a part; the last piece is a short one."""
    monkeypatch.setattr(array_files, "_BYTES_READ", 100)  # 2 of 25 images
    images = np.random.default_rng(0).integers(256, size=(25, 4, 4, 3), dtype=np.uint8)
    write(tmp_path / "a.npz", images=images)
    for split, part in (("train", images), ("train[3:8]", images[3:8])):
        found = arrays(load(tmp_path / "a.npz", split, shuffle=False))
        np.testing.assert_array_equal(np.rint(found * 255), part)


def test_memory_need_not_hold_an_array(tmp_path, monkeypatch):
    monkeypatch.setattr(array_files, "_BYTES_READ", 2**14)
    np.savez_compressed(tmp_path / "a.npz", images=np.full((200, 32, 32, 3), 9.0 / 255))
    tracemalloc.start()
    _, read, *_ = array_files.read_arrays(tmp_path / "a.npz", False, lambda image: image)
    assert sum(1 for _ in read("train", 0, 200)) == 200
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 5e5  # of 4.9e6


def test_damage_is_named_where_it_is_read(tmp_path):
    path = tmp_path / "a.npz"
    train, test = np.full((900, 8, 8), 200, np.uint8), np.full((2, 8, 8), 99, np.uint8)
    np.savez(path, x_train=train, x_test=test)
    data = path.read_bytes()
    path.write_bytes(data.replace(bytes([200] * 3), bytes([200, 201, 200]), 1))
    assert split_sizes(path) == {"train": 900, "test": 2}  # by their headers
    assert len(arrays(load(path, "test"))) == 2
    with pytest.raises(ValueError, match=rf"'x_train' cannot be read: Bad CRC.*{THREE_PARTS[4:]}"):
        load(path, "train")
    path.write_bytes(data.replace(b"\x93NUMPY", b"\x93NUMPI", 1))
    with pytest.raises(ValueError, match=rf"'x_train' cannot be read.*{THREE_PARTS[4:]}"):
        split_sizes(path)


def test_a_dark_part_is_no_refusal(tmp_path):
    images = np.repeat(np.arange(3, dtype=np.uint8), 9).reshape(3, 3, 3)
    np.savez(tmp_path / "a.npz", images=images)
    assert arrays(load(tmp_path / "a.npz", "train[:2]")).max() == np.float32(1 / 255)
