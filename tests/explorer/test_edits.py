"""Edits: which attributes there are, and that their ways are those of `latent.attribute_vector`."""

import numpy as np
import pytest

import keras_genzoo as kg
from keras_genzoo.explorer import edits, page, subjects


def test_labels_of_two_values_are_attributes_and_classes_are():
    labels = {
        "Smiling": {-1: "-1", 1: "1"},
        "hat": {0: "False", 1: "True"},
        "pet": {0: "cat", 1: "dog"},
        "race": {0: "x", 1: "y", 2: "z"},
        "all_alike": {1: "1"},
        "person": {number: str(number) for number in range(999)},
    }
    found = edits.attributes(labels)
    assert [*found] == ["Smiling", "hat", "pet: dog", "race: x", "race: y", "race: z"]
    assert found["Smiling"] == ("Smiling", 1)
    assert found["race: z"] == ("race", 2)


@pytest.fixture
def subject(model, tmp_path):
    """A model, and a set of three classes."""
    pixels = np.random.default_rng(0).uniform(size=(40, 8, 8))
    arrays = {"x_train": pixels, "y_train": np.arange(40) % 3, "x_test": pixels[:5]}
    np.savez(tmp_path / "set.npz", **arrays)
    model.save_to_preset(tmp_path / "vae")
    return subjects.load(tmp_path / "vae", tmp_path / "set.npz")


def test_ways_are_learned_once_from_the_datasets_images(subject, monkeypatch):
    data = kg.datasets.load(subject.dataset.dataset, labels=True, shuffle=False)
    pictures, labels = kg.datasets.arrays(data)
    encoded, encode = [], subject.model.encode
    monkeypatch.setattr(subject.model, "encode", lambda x: encoded.append(len(x)) or encode(x))
    ways = edits.Ways(subject)
    assert [*ways.found] == ["labels: 0", "labels: 1", "labels: 2"]
    for number in (2, 0):
        for method in ("mean", "logistic"):
            expected = kg.latent.attribute_vector(
                subject.model, encode(pictures), labels == number, method
            )
            np.testing.assert_allclose(ways.vector(f"labels: {number}", method), expected)
    assert encoded == [40]


def test_a_tab_is_there_where_something_is_known_of_the_images(subject):
    tabs = [label for label, _ in page._tabs(subject)]
    assert tabs == ["Latents", "Samples", "Interpolation", "Edits", "Reconstruction"]
    subject.labels = {}
    assert "Edits" not in [label for label, _ in page._tabs(subject)]
    subject.labels = {"labels": {0: "0", 1: "1"}}
    subject.model = kg.models.ConditionalVAE((8, 8, 1), num_classes=2, hidden=(4,), latent_dim=2)
    assert "Edits" not in [label for label, _ in page._tabs(subject)]
