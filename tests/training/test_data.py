"""What a run learns from, by what its model does."""

import pytest
from contract import THREE_PARTS

import keras_genzoo as kg
from keras_genzoo.training import data


@pytest.mark.parametrize(
    ("model_class", "given"),
    [
        (kg.models.VAE, {"length": 32}),
        (kg.models.Pix2Pix, {"unit": "word"}),
        (kg.models.SequenceVAE, {"grayscale": True}),
        (kg.models.SequenceVAE, {"jitter": 2}),
        (kg.models.SequenceVAE, {"cache": "disk"}),
    ],
)
def test_what_is_of_other_data_is_refused(model_class, given):
    data.check(kg.training.Training(), model_class)
    with pytest.raises(ValueError, match=THREE_PARTS):
        data.check(kg.training.Training(**given), model_class)


def test_sequences_are_not_held_out_and_trained_on():
    training = kg.training.Training(dataset="lines.txt", validation_split="train[90%:]")
    assert data.with_splits(training, kg.models.SequenceVAE).split == "train[:90%]"


@pytest.mark.parametrize(
    ("model", "split", "held_out", "told"),
    [
        ("VAE", "train[:9]+test", "train[8:9]", "the 1 images of train[8:9] 1 are trained on"),
        ("VAE", "test[:300]", None, "the 2000 images of test 300 are trained on"),
        ("VAE", "train+test", None, "the 2000 images of test 2000 are trained on"),
        ("VAE", "test", "train[8:9]", None),
        ("VAE", "train[:9]", None, None),
        ("VAE", "test", "none", None),
        ("VAE", None, "test[:300]", None),
        ("Pix2Pix", "train", "train[50%:]", "train[50%:] held out: some of train is in both"),
        ("Pix2Pix", "test[:9]", None, "test held out: some of test is in both"),
        ("Pix2Pix", "train[:50%]", "train[50%:]", None),
        ("SequenceVAE", "train+validation", None, "held out: some of validation is in both"),
        ("SequenceVAE", "train", None, None),
        ("SequenceVAE", "train", "none", None),
    ],
)
def test_what_is_on_both_sides_is_told_of(capsys, model, split, held_out, told):
    training = kg.training.Training(split=split, validation_split=held_out)
    for chief in (True, False):
        data.with_splits(training, getattr(kg.models, model), chief)
        said = capsys.readouterr().out
        if chief and told:
            assert told in said
        else:
            assert said == ""


def test_a_model_is_built_for_its_data():
    training = kg.training.Training(batch_size=4, validation_split="none")
    training = data.with_splits(training, kg.models.VAE)
    assert training.split == "train"
    images, validation = data.loaded(training, kg.models.VAE, labels=False)
    assert validation is None
    assert data.sizes(kg.models.VAE, images) == {"image_shape": (28, 28, 1)}
    assert data.sizes(kg.models.LatentDiffusion, images) == {}
