"""Two sets side by side: the shorter repeated, paired anew in each epoch, by seed and epoch."""

import numpy as np
import pytest
from contract import THREE_PARTS
from image_files import picture, write_folder

from keras_genzoo import datasets


def numbered(first, count):
    """Images that are told by their one grey."""
    return (np.arange(first, first + count) / 100)[:, None, None, None] * np.ones((1, 4, 4, 1))


def numbers(dataset):
    """Of each epoch's pairs, in order."""
    pairs = list(dataset.as_numpy_iterator())
    sides = (np.concatenate(side)[:, 0, 0, 0] * 100 for side in zip(*pairs, strict=True))
    return [np.rint(side).astype(int).tolist() for side in sides]


def test_the_shorter_is_repeated_and_paired_anew():
    dataset = datasets.unpaired(numbered(0, 10), numbered(50, 4), 3)
    assert len(dataset) == 4
    epochs = [numbers(dataset) for _ in range(3)]
    for a, b in epochs:
        assert sorted(a) == list(range(10))
        assert set(b) == {50, 51, 52, 53}
        assert max(map(b.count, b)) - min(map(b.count, b)) <= 1
    beside = [set(zip(*epoch, strict=True)) for epoch in epochs]
    assert beside[0] != beside[1] != beside[2]
    assert epochs[0][0] != epochs[1][0]


def test_epochs_are_functions_of_seed_and_epoch():
    def new(**options):
        images = numbered(0, 10).astype("float32"), numbered(50, 4).astype("float32")
        return datasets.unpaired(*images, 3, **{"flip": True, "jitter": 2, **options})

    first, second = (numbers(new().from_epoch(epoch).take(4)) for epoch in (0, 1))
    dataset = new()
    assert [numbers(dataset), numbers(dataset)] == [first, second]
    rest = numbers(new().from_epoch(1, step=2).take(2))
    assert rest == [side[6:] for side in second]
    assert numbers(new(seed=1)) != first
    assert numbers(new(shuffle=False))[1][:6] == [50, 51, 52, 53, 50, 51]


def test_sides_may_be_datasets():
    images = datasets.load("fashion_mnist_small", "train[:6]")
    both = datasets.unpaired(images, datasets.load("fashion_mnist_small", "test[:4]"), 6)
    a, b = next(iter(both))
    assert a.shape == b.shape == (6, 28, 28, 1)
    by_weight = datasets.resampled(images, [1, 0, 0, 0, 0, 0])
    with pytest.raises(ValueError, match=r"before it is resampled\. Received: b="):
        datasets.unpaired(images, by_weight)


@pytest.mark.parametrize(
    "bad",
    [
        np.zeros((0, 4, 4, 1)),
        np.zeros((2, 4, 4)),
        np.zeros((2, 4, 4, 1), np.uint8),
        np.zeros((2, 4, 5, 1)),
        datasets.load("fashion_mnist_small", "test[:4]", labels=True),
        datasets.load("fashion_mnist_small", "test[:4]").take(1),
    ],
)
def test_other_sides_are_refused(bad):
    with pytest.raises(ValueError, match=THREE_PARTS):
        datasets.unpaired(numbered(0, 3), bad)


def greys(images):
    return np.rint(images[:, 0, 0, 0] * 255).astype(int).tolist()


@pytest.mark.parametrize("tops", [("",), ("train/", "test/")], ids=["folders", "splits"])
def test_a_part_of_two_folders_is_as_of_pairs(tmp_path, tops):
    """Of either folder by itself; of both together 5.6 of 7 images were 6 of one and 5 of one."""
    names = [f"{top}{kind}/{i}.png" for top in tops for kind in "ab" for i in range(7)]
    write_folder(tmp_path, {name: picture(5 * place) for place, name in enumerate(names)})
    both = ["train[:50%]+test[50%:]"] if len(tops) > 1 else []
    for split in ("train[:80%]", "train[80%:]", "train[2:4]", *both):
        sides = datasets.domains(tmp_path, split, shuffle=False)
        pairs = datasets.arrays(datasets.pairs(tmp_path, split=split, shuffle=False))
        assert [greys(datasets.arrays(side)) for side in sides] == [*map(greys, pairs)], split
    few = datasets.domains(tmp_path, "train[1:]", take=2, shuffle=False)
    assert [greys(datasets.arrays(side)) for side in few] == [[5, 10], [40, 45]]
    with pytest.raises(ValueError, match=r"There is no such split.*Expected.*Received"):
        datasets.domains(tmp_path, "train[:9]")  # of 7 images, though of 14 in all


def test_a_part_of_folders_that_differ_in_length_is_of_either(tmp_path):
    files = {f"a/{i}.png": picture(i) for i in range(20)}
    files |= {f"b/{i}.png": picture(100 + i) for i in range(10)}
    write_folder(tmp_path, files)
    assert [side.count for side in datasets.domains(tmp_path, "train[:90%]")] == [18, 9]
    assert [side.count for side in datasets.domains(tmp_path, "train[:5]")] == [5, 5]


def test_files_left_out_of_one_of_several_splits_are_refused(tmp_path):
    names = [f"{top}{kind}/{i}.png" for top in ("train/", "test/") for kind in "ab" for i in (0, 1)]
    write_folder(tmp_path, {name: picture(5) for name in names} | {"test/b/1.png": b"none"})
    with pytest.warns(UserWarning, match="corrupt"):
        sides = datasets.domains(tmp_path, "test", skip_corrupt=True)
    assert [side.count for side in sides] == [2, 1]
    with (
        pytest.warns(UserWarning, match="corrupt"),
        pytest.raises(ValueError, match=THREE_PARTS),
    ):
        datasets.domains(tmp_path, "train+test", skip_corrupt=True)


@pytest.mark.parametrize("names", [("trainA", "trainB"), ("google", "twitter")])
def test_domains_are_splits_or_folders(tmp_path, names, monkeypatch):
    sets = [(name, 10 * place) for place, name in enumerate(names)]
    files = {f"{name}/{i}.png": picture(grey) for name, grey in sets for i in range(3)}
    if "trainA" in names:
        files |= {f"test{side}/9.png": picture(50) for side in "AB"}
    write_folder(tmp_path, files)
    sides = datasets.domains(tmp_path, "train[:100%]", shuffle=False)
    with monkeypatch.context() as patch:
        patch.delattr("keras_genzoo.datasets.image_files.decode")
        datasets.domains(tmp_path, "train", cache=None)  # told apart without a look at them
    found = [np.unique(datasets.arrays(side) * 255).round().tolist() for side in sides]
    assert found == [[0], [10]]
    assert [side.count for side in sides] == [3, 3]
    assert len(datasets.unpaired(*sides, 2)) == 2


@pytest.mark.parametrize("names", [("trainA", "trainB"), ("google", "twitter")])
def test_domains_are_as_of_load(tmp_path, names):
    write_folder(tmp_path, {f"{name}/{i}.png": picture(i) for name in names for i in range(3)})
    for options, expected in (({}, True), ({"shuffle": False, "labels": False}, False)):
        sides = datasets.domains(tmp_path, batch_size=2, **options)
        assert [side.settings["shuffle"] for side in sides] == [expected] * 2
        assert [side.settings["batch_size"] for side in sides] == [2, 2]
    with pytest.raises(ValueError, match=rf"{THREE_PARTS}: labels=True"):
        datasets.domains(tmp_path, labels=True)
