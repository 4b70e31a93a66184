"""Which tokens a source holds, and how they are read."""

import zipfile

import pytest
from contract import THREE_PARTS

import keras_genzoo as kg
from keras_genzoo.training import sequences


def test_a_source_is_of_melodies_or_of_a_text(tmp_path):
    (tmp_path / "tunes").mkdir()
    for i in range(7):
        kg.datasets.to_midi([60, 1, 65, 1] * 8, tmp_path / "tunes" / f"{i}.mid")
    (tmp_path / "words.txt").write_text("to be\nor not\nto be\n" * 9)
    with zipfile.ZipFile(tmp_path / "words.zip", "w") as archive:
        archive.write(tmp_path / "words.txt", "words.txt")
    held = ("tunes", "words.txt", "words.zip")
    assert [kg.datasets.holds_midi(tmp_path / name) for name in held] == [True, False, False]
    every = "train+validation+test"
    tunes = sequences.load(tmp_path / "tunes", every, length=16, training=True)
    assert sequences.sizes(tunes) == {"vocabulary_size": 131, "length": 16, "vocabulary": None}
    assert tunes.count == 14
    words = sequences.load(tmp_path / "words.zip", every, unit="word")
    vocabulary = ["", "be", "to", "not", "or"]
    sizes = {"vocabulary_size": 5, "length": 3, "vocabulary": vocabulary}
    assert sequences.sizes(words) == sizes
    model = kg.models.SequenceVAE(**sizes, latent_dim=2, units=2)
    assert sequences.load_as(model, tmp_path / "words.txt", every).vocabulary == vocabulary
    assert not sequences.is_of_melodies(model)
    sequences.draw(model, tmp_path)
    assert (tmp_path / "samples.txt").exists()
    with pytest.raises(ValueError, match=THREE_PARTS):
        sequences.load(tmp_path / "tunes", every, length=20)
    with pytest.raises(ValueError, match=THREE_PARTS):
        sequences.load(tmp_path / "tunes", every, unit="word")
    with pytest.raises(ValueError, match=THREE_PARTS):
        sequences.load(tmp_path / "words.txt", every, skip_corrupt=True)
