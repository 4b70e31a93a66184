"""Which images: of whose card, read how."""

import numpy as np
import PIL.Image
import pytest
from toys import rewrite

import keras_genzoo as kg
from keras_genzoo.training import Images, is_public
from keras_genzoo.training import images as of_images


def test_a_card_says_how_images_are_read(toy_preset):
    how = {"image_size": 8, "grayscale": True, "binarize": "static"}
    kg.presets.annotate(toy_preset, dataset="fashion_mnist_small", images=how)
    images = Images.of(toy_preset)
    assert images == Images(dataset="fashion_mnist_small", **how)
    batch = next(iter(images.load("test", batch_size=4)))
    assert batch.shape == (4, 8, 8, 1)
    assert set(np.unique(batch)) <= {0.0, 1.0}
    assert Images.of(toy_preset, "sprites").dataset == "sprites"


def test_a_card_that_names_no_images(toy_preset):
    kg.presets.annotate(toy_preset, dataset=None)
    with pytest.raises(ValueError, match=r"Expected --dataset. Received"):
        Images.of(toy_preset)


@pytest.mark.parametrize(
    ("validated", "shown"),
    [("train[50%:]", "train[50%:]"), ("none", "train"), (None, "train[90%:]")],
)
def test_what_is_shown_was_held_out(tmp_path, toy_preset, validated, shown):
    path = str(tmp_path / "own.npz")
    np.savez(path, images=np.full((10, 8, 8), 9, np.uint8))
    kg.presets.annotate(toy_preset, dataset=path, validation_split=validated)
    assert Images.of(toy_preset, path).held_out() == shown
    kg.presets.annotate(toy_preset, validation_split=["train"])  # a stranger's
    with pytest.raises(ValueError, match=r"held out. Expected .*Received: validation_split="):
        Images.of(toy_preset, path)
    # Of other images than those of the training.
    assert Images.of(toy_preset, "fashion_mnist_small").held_out() == "test"
    kg.presets.annotate(toy_preset, validation_split=None, labels=["smiles"])
    with pytest.raises(ValueError, match=r"learned .* Expected .*Received: labels="):
        Images.of(toy_preset, path)


def test_one_number_or_two_are_a_size():
    assert Images(image_size=(64,)).image_size == 64
    batch = next(iter(Images(image_size=(8, 6)).load("test[:2]")))
    assert batch.shape == (2, 8, 6, 1)


@pytest.mark.parametrize("dataset", ["sprites", "mnist", "cmaterdb/telugu", "fashion_mnist_small"])
def test_a_card_may_name_public_images(toy_preset, dataset):
    kg.presets.annotate(toy_preset, dataset=dataset)
    assert Images.of(toy_preset).dataset == dataset
    assert is_public(dataset)


@pytest.mark.parametrize(
    "dataset",
    [
        *("faces/data_dir=cool/data", "mnist/data_dir=x", "cmaterdb/telugu/data_dir=x", "mnist/x"),
        *("huggingface:mnist", "kubric:movi", "mnist:3.0.1", "mnist/", "", "/mnist", "./mnist"),
        *("photos.zip", "~/photos", "../mnist", "mnist/..", "mnist\n", "gs://mnist", "s" * 10**6),
    ],
)
def test_a_card_leads_to_nothing_else(toy_preset, dataset, monkeypatch):
    """Neither to code beside the preset, nor to a server, nor to a file."""
    monkeypatch.chdir(toy_preset)
    monkeypatch.setattr(kg.datasets, "load", None)
    (toy_preset / "mnist").mkdir()
    (toy_preset / "photos.zip").touch()
    kg.presets.annotate(toy_preset, dataset=dataset)
    with pytest.raises(ValueError, match=r"name the dataset yourself by --dataset\. Rec") as error:
        Images.of(toy_preset)
    assert len(str(error.value)) < 300
    if dataset:
        assert Images.of(toy_preset, dataset).dataset == dataset  # the caller's own word


def test_two_sides_are_a_size(toy_preset):
    kg.presets.annotate(toy_preset, dataset="fashion_mnist_small", images={"image_size": [8, 6]})
    batch = next(iter(Images.of(toy_preset).load("test[:2]")))
    assert batch.shape == (2, 8, 6, 1)


@pytest.mark.parametrize(
    "images",
    [
        *({"evil": 1}, {"dataset": "x"}, {"grayscale": 1}, {"binarize": ["static"]}),
        *({"image_size": size} for size in (0, True, "8", 8.0, 10**5, [8], [8, "8"], {"a": 1})),
        *([], "x", None),
    ],
)
def test_a_card_says_no_more_than_how_images_are_read(toy_preset, images):
    rewrite(toy_preset / "card.json", lambda card: card.update(dataset="mnist", images=images))
    with pytest.raises(ValueError, match=r"Expected .*Received: images="):
        Images.of(toy_preset)


def test_a_model_is_given_what_it_learns_from(tmp_path, monkeypatch):
    pixels = np.random.default_rng(0).integers(256, size=(4, 8, 16), dtype=np.uint8)
    for split in ("trainA", "trainB"):
        for index, each in enumerate(pixels):
            path = tmp_path / "sides" / split / f"{index}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            PIL.Image.fromarray(each).save(path)
    images = Images(dataset=str(tmp_path / "sides"), flip=True, crop=(8, 8), jitter=2)
    monkeypatch.setenv("GENZOO_CACHE_DIR", str(tmp_path / "kept"))
    for model in (kg.models.Pix2Pix, kg.models.CycleGAN):
        pairs = {
            cache: next(iter(images.load_for(model, "train", batch_size=3, cache=cache)))
            for cache in ("memory", "disk", None)
        }
        sources, targets = pairs["memory"]
        assert sources.shape == targets.shape == (3, 8, 8, 1)
        for others in (pairs["disk"], pairs[None]):
            np.testing.assert_array_equal(others[0], sources)
            np.testing.assert_array_equal(others[1], targets)
    assert sorted(each.shape[0] for each in kg.datasets.caches()) == [4, 4, 8]
    assert images.crop == (8, 8)
    assert Images(crop=(8,)).crop == 8
    again = Images(pairs="super_resolution").load_for(kg.models.Pix2Pix, "test[:2]")
    assert next(iter(again))[0].shape == (2, 7, 7, 1)
    for model, refused in (
        (kg.models.VAE, {"pairs": "inpaint"}),
        (kg.models.VAE, {"flip": True}),
        (kg.models.Pix2Pix, {"grayscale": True}),
        (kg.models.CycleGAN, {"source": "left"}),
    ):
        with pytest.raises(ValueError, match=rf"Expected no {next(iter(refused))}.*Received"):
            Images(**refused).load_for(model, "train")


def test_attributes_are_learned_from_the_first_images_of_train(model, tmp_path, monkeypatch):
    pixels = np.random.default_rng(0).uniform(size=(40, 8, 8))
    np.savez(tmp_path / "set.npz", x_train=pixels, y_train=np.arange(40) % 3, x_test=pixels)
    monkeypatch.setattr(of_images, "LEARNED", 7)
    images = Images(dataset=str(tmp_path / "set.npz"))
    codes, labels = images.coded(model, ["labels"])
    np.testing.assert_allclose(codes, model.encode(pixels[:7, ..., None]), rtol=1e-5)
    assert labels.tolist() == [[0], [1], [2], [0], [1], [2], [0]]
    codes, labels = images.coded(model, True, "train[38:]")
    assert (codes.shape, labels.tolist()) == ((2, 2), [2, 0])
