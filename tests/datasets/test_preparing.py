"""Images decoded once: the same wherever they are kept, and kept where they fit."""

import types

import keras
import numpy as np
import pytest
from contract import THREE_PARTS
from image_files import picture, write_folder, write_zip

import keras_genzoo as kg
from keras_genzoo.datasets import arrays, caches, load


@pytest.fixture(autouse=True)
def kept(tmp_path, monkeypatch):
    monkeypatch.setenv("GENZOO_CACHE_DIR", str(tmp_path / "kept"))
    return tmp_path / "kept"


def epochs_of(path, cache, **options):
    """Images and labels of two epochs."""
    dataset = load(path, labels=True, batch_size=4, cache=cache, **options)
    return [part for _ in range(2) for part in arrays(dataset)]


FILES = {f"{kind}/{i}.png": picture(20 * i) for kind in "ab" for i in range(5)}
# Grey ones first, then one of each kind that becomes a colour.
COLOURS = {"b/7.png": picture((9, 99, 200), mode="RGB"), "b/8.png": picture(3, mode="P")}


@pytest.mark.parametrize(
    ("files", "options"),
    [
        (FILES | COLOURS, {"split": "train[2:]", "take": 9, "seed": 3}),
        (FILES | COLOURS, {"grayscale": True, "image_size": (3, 5), "binarize": "dynamic"}),
    ],
)
def test_images_are_the_same_wherever_they_are_kept(tmp_path, files, options):
    folder = write_folder(tmp_path / "x", files)
    expected = epochs_of(folder, "memory", **options)
    for path, cache in ((folder, "disk"), (write_zip(tmp_path / "x.zip", files), None)):
        for found, wanted in zip(epochs_of(path, cache, **options), expected, strict=True):
            assert found.dtype == wanted.dtype
            np.testing.assert_array_equal(found, wanted)


def test_an_altered_source_is_read_anew(tmp_path):
    path = write_folder(tmp_path / "x", FILES)
    for shade in (80, 200):
        (path / "b" / "4.png").write_bytes(picture(shade))
        brightest = max(epochs_of(path, "disk", split="train[6:]")[0].ravel())
        assert round(brightest * 255) == shade
    assert len(caches()) == 2


def test_floats_and_labels_of_arrays(tmp_path):
    images = np.random.default_rng(0).random((5, 3, 3, 3), "float32")
    np.savez(tmp_path / "a.npz", images=images, labels=np.linspace(0, 1, 5))
    for cache in ("memory", "disk"):
        found = epochs_of(tmp_path / "a.npz", cache, shuffle=False)
        np.testing.assert_array_equal(found[0], images)
        assert found[1].dtype == "float32"


def test_what_does_not_fit_goes_to_disk_and_says_so(tmp_path, monkeypatch, capfd):
    path = write_folder(tmp_path / "x", FILES)  # 10 images of 24 bytes
    memory = types.SimpleNamespace(available=960)
    monkeypatch.setattr("psutil.virtual_memory", lambda: memory)
    load(path)
    assert caches() == []
    memory.available = 956
    load(path)
    (entry,) = caches()
    assert entry.shape == (10, 4, 6, 1)
    said = capfd.readouterr().err.splitlines()
    assert len(said) == 1
    assert "240 bytes, more than a quarter of the free memory, 239: " in said[0]
    assert entry.name in said[0]
    with pytest.raises(ValueError, match=r"differ in size.*Received: shapes"):
        load(write_folder(tmp_path / "x", {"b/9.png": picture(0, (9, 9))}))
    assert len(caches()) == 1


def test_what_is_left_out_is_said_of_each_load(tmp_path):
    path = write_folder(tmp_path / "x", FILES | {"a/9.png": b"no image"})
    for said in (
        r"1 of 11 images are corrupt and left out: a/9.png",
        r"1 of 11 images are corrupt",
    ):
        with pytest.warns(UserWarning, match=said):
            assert len(arrays(load(path, skip_corrupt=True, cache="disk"))) == 10
    bad = write_folder(tmp_path / "bad", {"a.png": b""})
    with (
        pytest.warns(UserWarning, match="1 of 1"),
        pytest.raises(ValueError, match=r"No image is left"),
    ):
        load(bad, skip_corrupt=True, cache="disk")


def test_weights_are_the_same_wherever_images_are_kept(tmp_path):
    """Bit for bit, also where the cache changes between two epochs."""
    files = {f"{i}.png": picture(20 * i, (8, 8)) for i in range(12)}
    path = write_folder(tmp_path / "x", files)
    weights = []
    for first, second in (("memory", "memory"), ("disk", None)):
        keras.utils.set_random_seed(0)
        model = kg.models.VAE((8, 8, 1), latent_dim=2, hidden=(4,), seed=0)
        model.compile("adam")
        for epoch, cache in enumerate((first, second)):
            images = load(path, batch_size=5, cache=cache)
            model.fit(images, initial_epoch=epoch, epochs=epoch + 1, verbose=0)
        weights.append(model.get_weights())
    for one, other in zip(*weights, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("cache", ["memory", "disk"])
def test_splits_of_bytes_and_of_floats_are_not_mixed(tmp_path, cache):
    images = np.full((2, 3, 3), 255, np.uint8)
    path = tmp_path / "a.npz"
    np.savez(path, x_train=images, x_val=images > 0, x_test=np.ones((2, 3, 3)))
    for split in ("train+validation", "test"):
        assert (arrays(load(path, split, cache=cache)) == 1).all()
    for split in ("train+test", "test+train"):
        with pytest.raises(ValueError, match=rf"{THREE_PARTS}: .*float32.*a\.npz {split[:4]}"):
            load(path, split, cache=cache)
