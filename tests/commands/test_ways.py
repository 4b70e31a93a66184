"""Commands that go through a latent space: what they show, of what, and what they refuse."""

import csv

import numpy as np
import PIL.Image
import pytest
from command import fashion
from figures import is_picture_of

import keras_genzoo as kg


def test_traverse_what_tells_the_most(genzoo, trained, vae, tmp_path):
    path = tmp_path / "x.png"
    code, out, _ = genzoo("traverse", trained, "--steps", 2, "--output", path)
    assert (code, out) == (0, f"{path} holds the picture.\n")
    images = fashion("test[:500]")
    order, _ = kg.latent.rank_dimensions(vae, images)
    assert vae.latent_dim > 10
    title = "vae: traversals from the first image of test"
    figure = kg.plots.traversals(vae, images, order[:10], steps=2, title=title)
    assert is_picture_of(figure, path)


def test_traverse_a_drawn_latent(genzoo, gan, conditional_gan, tmp_path):
    path = tmp_path / "x.png"
    options = ["--dimensions", 2, 0, "--values", -1, 0.5, "--steps", 2, "--label", 1, "--seed", 7]
    code, _, err = genzoo("traverse", gan, *options, "--output", path)
    assert (code, err) == (0, "")
    title = "gan: traversals from a drawn latent, class 1"
    start = conditional_gan.prior(1, 7).numpy()
    figure = kg.plots.traversals(conditional_gan, start, [2, 0], (-1, 0.5), 2, 1, title)
    assert is_picture_of(figure, path)


def test_interpolate_images(genzoo, trained, vae, tmp_path):
    path = tmp_path / "x.png"
    options = ["--rows", 2, "--steps", 2, "--output", path]
    assert genzoo("interpolate", trained, *options, "--split", "test[9:]")[0] == 0
    start, end = np.split(fashion("test[9:13]").numpy(), 2)
    title = "vae: linear interpolation between images of test[9:]"
    assert is_picture_of(kg.plots.interpolations(vae, start, end, 2, title=title), path)


def test_interpolate_samples(genzoo, trained, gan, vae, conditional_gan, tmp_path):
    path = tmp_path / "x.png"
    options = ["--steps", 3, "--seed", 1, "--output", path]
    linear = ["--samples", "--method", "linear", "--rows", 1]
    assert genzoo("interpolate", trained, *linear, *options)[0] == 0
    start, end = np.split(vae.prior(2, 1).numpy(), 2)
    title = "vae: linear interpolation between drawn latents"
    assert is_picture_of(kg.plots.interpolations(vae, start, end, 3, title=title), path)

    assert genzoo("interpolate", gan, "--rows", 4, *options)[0] == 0
    start, end = np.split(conditional_gan.prior(8, 1).numpy(), 2)
    title = "gan: spherical interpolation between drawn latents"
    in_turn = [0, 1, 2, 0]
    figure = kg.plots.interpolations(conditional_gan, start, end, 3, "spherical", in_turn, title)
    assert is_picture_of(figure, path)


def test_manifold(genzoo, trained, gan, vae, conditional_gan, tmp_path):
    path = tmp_path / "x.png"
    assert genzoo("manifold", trained, "--steps", 2, "--output", path)[0] == 0
    order, _ = kg.latent.rank_dimensions(vae, fashion("test[:500]"))
    figure = kg.plots.manifold(vae, order[:2], 2, title="vae: latent manifold")
    assert is_picture_of(figure, path)

    options = ["--dimensions", 2, 0, "--label", 1, "--steps", 2]
    assert genzoo("manifold", gan, *options, "--output", path)[0] == 0
    figure = kg.plots.manifold(conditional_gan, (2, 0), 2, 1, "gan: latent manifold, class 1")
    assert is_picture_of(figure, path)


def test_edit_by_a_class(genzoo, trained, vae, tmp_path):
    path = tmp_path / "x.png"
    options = ["--attribute", 9, "--rows", 2, "--strength", -1, 0.5, "--output", path]
    assert genzoo("edit", trained, *options)[0] == 0
    images, labels = fashion("train[:5000]", labels=True)
    vector = kg.latent.attribute_vector(vae, images, labels == 9)
    title = "vae: strength of class 9, method mean"
    figure = kg.plots.edits(vae, fashion("test[:2]"), vector, (-1, 0.5), title=title)
    assert is_picture_of(figure, path)


@pytest.fixture(scope="module")
def bright(tmp_path_factory):
    """A folder of images and a csv that says which are bright."""
    folder = tmp_path_factory.mktemp("bright")
    with open(folder / "attributes.csv", "w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["file", "split", "Bright", "number"])
        for number, image in enumerate(fashion("train[:30]").numpy()):
            split = "train" if number < 26 else "test"
            table.writerow([f"{number:02d}.png", split, int(image.mean() > 0.3), number])
            pixels = np.rint(image[..., 0] * 255).astype("uint8")
            PIL.Image.fromarray(pixels).save(folder / f"{number:02d}.png")
    return folder


def test_edit_samples_by_a_column(genzoo, trained, vae, bright, tmp_path):
    path = tmp_path / "x.png"
    learned = ["--dataset", bright, "--attribute", "Bright", "--method", "logistic"]
    options = ["--learn-from", "train[:20]", "--samples", "--seed", 4, "--rows", 1]
    assert genzoo("edit", trained, *learned, *options, "--output", path)[0] == 0
    images = fashion("train[:20]").numpy()
    is_bright = images.mean(axis=(1, 2, 3)) > 0.3
    vector = kg.latent.attribute_vector(vae, images, is_bright, "logistic")
    title = "vae: strength of Bright, method logistic"
    figure = kg.plots.edits(vae, vae.prior(1, 4), vector, title=title)
    assert is_picture_of(figure, path)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--attribute", "Brigth"], "Did you mean 'Bright'?"),
        (["--attribute", "number"], "does not part the images"),
        (["--attribute", "0"], "Expected one of ['Bright', 'number']"),
    ],
)
def test_attributes_that_are_none(genzoo, trained, bright, tmp_path, options, message):
    output = tmp_path / "x.png"
    code, _, err = genzoo("edit", trained, "--dataset", bright, *options, "--output", output)
    assert code == 2
    assert err.count("\n") == 1
    assert message in err
    assert not output.exists()


@pytest.mark.parametrize(
    "tokens",
    [
        ("interpolate", "trained", "--samples", "--split", "test"),
        ("interpolate", "gan", "--dataset", "mnist"),
        ("traverse", "gan", "--split", "test"),
        ("manifold", "gan", "--dataset", "mnist"),
        ("manifold", "trained", "--dimensions", 0, 1, "--split", "test"),
        ("edit", "trained", "--samples", "--attribute", 8, "--split", "test"),
    ],
    ids=lambda tokens: " ".join(map(str, tokens)),
)
def test_images_that_nobody_would_look_at(genzoo, trained, gan, tokens, tmp_path):
    verb, preset, *rest = tokens
    folder = {"trained": trained, "gan": gan}[preset]
    code, _, err = genzoo(verb, folder, *rest, "--output", tmp_path / "x.png")
    assert code == 2
    assert "No image is looked at" in err
    assert not list(tmp_path.glob("*.png"))


def test_a_class_that_is_none(genzoo, trained, tmp_path):
    options = ["--attribute", 12, "--output", tmp_path / "x.png"]
    code, _, err = genzoo("edit", trained, *options)
    assert code == 2
    assert "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]" in err


def test_too_few_images_for_the_rows(genzoo, trained, tmp_path):
    options = ["--rows", 2, "--split", "test[:3]", "--output", tmp_path / "x.png"]
    code, _, err = genzoo("interpolate", trained, *options)
    assert code == 2
    assert "Expected 4" in err


def test_a_strength_that_is_none(genzoo, trained, tmp_path):
    options = ["--attribute", 9, "--output", tmp_path / "x.png", "--strength"]
    code, _, err = genzoo("edit", trained, *options)
    assert code == 2
    assert "Expected a value or more behind it, or no --strength. Received: strength=()" in err


@pytest.mark.parametrize("verb", ["traverse", "interpolate", "manifold"])
def test_animations(genzoo, gan, tmp_path, verb):
    path = tmp_path / "x.gif"
    assert genzoo(verb, gan, "--steps", 2, "--output", path)[0] == 0
    with PIL.Image.open(path) as file:
        assert file.n_frames == 2


def test_animated_edits(genzoo, trained, bright, tmp_path):
    path, options = tmp_path / "x.webp", ["--dataset", bright, "--attribute", "Bright"]
    options += ["--rows", 1, "--strength", -1, 0, 1]
    assert genzoo("edit", trained, *options, "--output", path)[0] == 0
    with PIL.Image.open(path) as file:
        assert file.n_frames == 4


def test_interpolate_by_way_of_noise(genzoo, diffusion, tmp_path):
    model, folder = diffusion
    path = tmp_path / "x.png"
    options = ["--samples", "--rows", 1, "--steps", 2, "--seed", 3, "--output", path]
    assert genzoo("interpolate", folder, *options)[0] == 0
    ends = model.sample(2, seed=3)
    title = "diffusion: spherical interpolation between drawn latents"
    figure = kg.plots.interpolations(model, ends[:1], ends[1:], 2, "spherical", title=title)
    assert is_picture_of(figure, path)
