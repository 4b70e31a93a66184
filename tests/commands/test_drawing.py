"""What commands that write pictures refuse, and that they write a file whole or not at all."""

import numpy as np
import PIL.Image
import pytest
from contract import SHAPE, THREE_PARTS, pictures
from matplotlib.figure import Figure

import keras_genzoo as kg
from keras_genzoo.commands import drawing


@pytest.mark.parametrize("name", ["x.gfi", "folder", "x.mp4"])
def test_formats_that_cannot_be_written(name, tmp_path):
    with pytest.raises(ValueError, match=THREE_PARTS) as error:
        drawing.load("no_such_preset", "sample", tmp_path / name)
    assert name in str(error.value)  # not the preset, which would be looked for later
    assert ".webp" in str(error.value)


def test_folders_that_cannot_be_written(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        drawing.load("no_such_preset", "sample", tmp_path / "file" / "x.png")


def test_verbs_that_a_model_lacks(tmp_path):
    autoencoder = kg.models.Autoencoder(SHAPE, latent_dim=2, hidden=(4,))
    autoencoder.save_to_preset(tmp_path)
    with pytest.raises(ValueError, match="does not sample"):
        drawing.load(tmp_path, "sample", tmp_path / "x.png")
    with pytest.raises(ValueError, match="does not sample"):
        drawing.points(autoencoder, tmp_path, drawing.TEST_IMAGES, 3, seed=0, samples=True)


def test_images_are_the_first_of_the_split(trained, tmp_path):
    shown = drawing.Shown(split="test[3:]")
    images = shown.load(trained, 2)
    assert shown.of(trained) == "test[3:]"
    data = kg.datasets.load("fashion_mnist_small", "test[3:5]", shuffle=False)
    np.testing.assert_array_equal(images, next(iter(data)))
    np.savez(tmp_path / "own.npz", images=pictures(3))
    images = drawing.Shown(dataset=str(tmp_path / "own.npz"), split="train[1:]").load(trained, 9)
    np.testing.assert_array_equal(images, pictures(3)[1:])


def test_a_title_names_the_split_without_another_look_at_the_source(trained, monkeypatch):
    shown = drawing.Shown()
    shown.load(trained, 2)
    monkeypatch.setattr(kg.datasets, "split_sizes", None)
    assert shown.of(trained) == "test"


def test_classes_in_turn():
    gan = kg.models.ConditionalGAN(SHAPE, num_classes=3, latent_dim=2, hidden=(4,))
    assert drawing.labels(gan, None).shape == ()
    assert drawing.labels(gan, None) == 0
    assert drawing.labels(gan, None, 5).tolist() == [0, 1, 2, 0, 1]
    assert drawing.labels(gan, 2, 5) == 2
    assert drawing.labels(kg.models.GAN(SHAPE, latent_dim=2, hidden=(4,)), None, 5) is None


def test_titles_name_the_preset_not_its_place():
    assert drawing.title("runs/vae/", "samples") == "vae: samples"
    assert drawing.title("vae_mnist", "manifold", 3) == "vae_mnist: manifold, class 3"


def test_files_are_whole_or_as_they_were(tmp_path, capsys):
    output = tmp_path / "new" / "x.svg"
    drawing.write(kg.plots.image_grid(pictures(1)), output)
    assert capsys.readouterr().out == f"{output} holds the picture.\n"
    before = output.read_bytes()
    broken = Figure()
    broken.text(0, 0, r"$\never$")  # fails when half of the file is written
    with pytest.raises(ValueError, match="Unknown symbol"):
        drawing.write(broken, output)
    assert output.read_bytes() == before
    assert [path.name for path in output.parent.iterdir()] == ["x.svg"]
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(("name", "frames"), [("x.GIF", 2), ("x.webp", 2)])
def test_animations(name, frames, tmp_path):
    vae = kg.models.VAE(SHAPE, latent_dim=2, hidden=(4,))
    moves = drawing.is_animation(tmp_path / name)
    walk = kg.plots.traversals(vae, np.zeros(2), steps=2, animated=moves)
    drawing.write(walk, tmp_path / name)
    with PIL.Image.open(tmp_path / name) as file:
        assert file.n_frames == frames
    assert not drawing.is_animation(tmp_path / "x.png")
