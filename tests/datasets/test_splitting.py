"""Splits by a hash."""

from keras_genzoo.datasets.splitting import split_by_name


def test_a_name_stays_on_its_side_and_shares_are_kept():
    names = [str(i) for i in range(2000)]
    splits = split_by_name(names)
    counts = {split: len(part) for split, part in splits.items()}
    assert [*counts] == ["train", "validation", "test"]
    assert sum(counts.values()) == 2000
    assert 1540 < counts["train"] < 1660
    assert 150 < counts["test"] < 250
    fewer = split_by_name(names[::7])
    assert all(set(fewer[split]) <= set(splits[split]) for split in splits)
    assert splits["train"] == sorted(splits["train"], key=int)
    assert sum(bool(part) for part in split_by_name(names, lambda name: "one").values()) == 1
