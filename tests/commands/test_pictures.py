"""Commands that write pictures: each shows what a function of `plots` shows."""

import csv

import numpy as np
import PIL.Image
import pytest
from figures import is_picture_of

import keras_genzoo as kg


@pytest.fixture(scope="module")
def vae(trained):
    """The model of that folder."""
    return kg.from_preset(trained)


@pytest.fixture(scope="module")
def conditional_gan():
    return kg.models.ConditionalGAN((8, 8, 1), 3, latent_dim=3, hidden=(4,), seed=0)


@pytest.fixture(scope="module")
def gan(conditional_gan, tmp_path_factory):
    """The folder of a conditional GAN whose card names no images."""
    folder = tmp_path_factory.mktemp("presets") / "gan"
    conditional_gan.save_to_preset(folder)
    return folder


def fashion(split, **options):
    """All images of the split, and with `labels` their labels."""
    return next(
        iter(kg.datasets.load("fashion_mnist_small", split, 5000, shuffle=False, **options))
    )


def test_sample_and_reconstruct(genzoo, trained, vae, tmp_path):
    path = tmp_path / "new" / "x.png"
    code, out, _ = genzoo("sample", trained, "--num-samples", 2, "--seed", 3, "--output", path)
    assert (code, out) == (0, f"{path} holds the picture.\n")
    assert is_picture_of(kg.plots.image_grid(vae.sample(2, seed=3), "vae: samples"), path)
    genzoo("reconstruct", trained, "--num-images", 2, "--split", "test[5:]", "--output", path)
    title = "vae: reconstructions of test[5:]"
    assert is_picture_of(kg.plots.reconstructions(vae, fashion("test[5:7]"), title), path)


def test_sample_a_class(genzoo, gan, conditional_gan, tmp_path):
    path = tmp_path / "x.png"
    options = ["--num-samples", 2, "--label", 1, "--seed", 3, "--output", path]
    assert genzoo("sample", gan, *options)[0] == 0
    images = conditional_gan.sample(labels=[1, 1], seed=3)
    assert is_picture_of(kg.plots.image_grid(images, "gan: samples, class 1"), path)


def test_complete(genzoo, tmp_path):
    """Trained by the command, on classes; grey images are refused before anything is kept."""
    folder, path = tmp_path / "pixels", tmp_path / "x.png"
    data = tmp_path / "small.npz"
    small, labels = fashion("test[:50]", labels=True)
    small = small[:, 8:16, 8:16].numpy()
    np.savez(data, x_train=small[:30], y_train=labels[:30], x_test=small[30:], y_test=labels[30:])
    tiny = ["--dataset", data, "--split", "train", "--validation-split", "test", "--epochs", 1]
    tiny += ["--filters", 2, "--num-blocks", 1, "--num-classes", 10, "--output", folder]
    code, _, err = genzoo("train", "pixel_cnn", *tiny)
    assert code == 2
    assert 'binarize="dynamic"' in err
    code, out, _ = genzoo("train", "pixel_cnn", *tiny, "--binarize", "dynamic", "--decay", "cosine")
    assert code == 0
    assert f"  genzoo complete {folder} --dataset {data}\n" in out
    options = ["--dataset", data, "--num-images", 2, "--count", 3, "--seed", 5, "--output", path]
    code, out, _ = genzoo("complete", folder, *options, "--split", "test[5:]")
    assert (code, out) == (0, f"{path} holds the picture.\n")
    given = {"binarize": "dynamic", "labels": True, "shuffle": False}
    images, labels = next(iter(kg.datasets.load(data, "test[5:7]", **given)))
    title = "pixels: completions of the first 4 rows, test[5:]"
    figure = kg.plots.completions(
        kg.from_preset(folder), images.numpy(), 4, 3, 5, labels.numpy(), title
    )
    assert is_picture_of(figure, path)
    assert genzoo("complete", folder, "--rows", 9, "--output", path)[0] == 2


def test_a_conditional_vae_encodes_images_as_their_own_classes(genzoo, tmp_path):
    sizes = {"latent_dim": 2, "hidden": (4,), "seed": 0}
    model = kg.models.ConditionalVAE((28, 28, 1), 10, learned_prior=True, **sizes)
    model.prior_mean_head.bias.assign([1.0, -1.0])
    folder, path = tmp_path / "cvae", tmp_path / "x.png"
    model.save_to_preset(folder, dataset="fashion_mnist_small")
    images, classes = fashion("test[:4]", labels=True)

    def drawn(figure, *tokens):
        assert genzoo(*tokens, "--output", path)[::2] == (0, "")
        return is_picture_of(figure, path)

    samples = model.sample(labels=[7, 7], seed=0)
    grid = kg.plots.image_grid(samples, "cvae: samples, class 7")
    assert drawn(grid, "sample", folder, "--num-samples", 2, "--label", 7)
    title = "cvae: reconstructions of test"
    pairs = kg.plots.reconstructions(model, images, title, labels=classes)
    assert drawn(pairs, "reconstruct", folder, "--num-images", 4)
    codes = model.encode(images, labels=classes)
    title = "cvae: linear interpolation between images of test"
    ways = kg.plots.interpolations(model, codes[:2], codes[2:], 3, labels=classes[:2], title=title)
    assert drawn(ways, "interpolate", folder, "--rows", 2, "--steps", 3)
    ends = np.asarray(model.prior(4, 0, labels=[0, 1, 0, 1]))
    title = "cvae: spherical interpolation between drawn latents"
    ways = kg.plots.interpolations(
        model, ends[:2], ends[2:], 3, "spherical", labels=[0, 1], title=title
    )
    assert drawn(ways, "interpolate", folder, "--rows", 2, "--steps", 3, "--samples")
    images, classes = fashion("test[:500]", labels=True)
    title = f"cvae: traversals from the first image of test, class {classes[0]}"
    moved = kg.plots.traversals(model, images, steps=2, labels=classes, title=title)
    assert drawn(moved, "traverse", folder, "--steps", 2)
    code, out, err = genzoo(
        *("evaluate", folder, "--split", "test[:60]", "--draws", 5),
        *("--metrics", "loss", "log_likelihood", "active_units", "mutual_information"),
    )
    assert (code, err) == (0, "")
    assert "log_likelihood" in out
    refused = genzoo("evaluate", folder, "--metrics", "dci", "--dataset", "sprites")
    assert "not alone" in refused[2]


def test_a_model_of_images_for_conditions_is_not_drawn(genzoo, tmp_path):
    model = kg.models.ConditionalVAE((8, 8, 1), None, (8, 8, 2), latent_dim=2, hidden=(4,))
    model.save_to_preset(tmp_path / "cvae")
    code, _, err = genzoo("sample", tmp_path / "cvae", "--output", tmp_path / "x.png")
    assert code == 2
    assert "depends on images" in err


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
    ("tokens", "message"),
    [
        (["edit", "--attribute", "3"], "encodes none"),
        (["interpolate", "--rows", "0"], "--rows"),
        (["traverse", "--label", "3"], "from 0 to 2"),
        (["traverse", "--output", "x.gfi"], "'x.gfi'"),
        (["reconstruct"], "does not reconstruct"),
        (["sample", "--label", "3"], "from 0 to 2"),
        (["sample", "--num-samples", "99999999"], "99999999"),
        (["manifold", "--steps", "99999999"], "99999999"),
    ],
)
def test_what_a_gan_cannot_do(genzoo, gan, tokens, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    verb, *options = tokens
    code, _, err = genzoo(verb, gan, *options)
    assert code == 2
    assert err.count("\n") == 1
    assert message in err


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


def test_a_class_of_a_model_without(genzoo, trained, tmp_path):
    code, _, err = genzoo("sample", trained, "--label", 1, "--output", tmp_path / "x.png")
    assert code == 2
    assert "Received: VAE, label=1" in err


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


@pytest.fixture(scope="module")
def diffusion(tmp_path_factory):
    """A diffusion model of classes, and its folder."""
    model = kg.models.Diffusion((8, 8, 1), filters=(4,), num_blocks=1, num_classes=3, seed=0)
    folder = tmp_path_factory.mktemp("presets") / "diffusion"
    model.save_to_preset(folder)
    return model, folder


def test_sample_in_steps(genzoo, diffusion, tmp_path):
    model, folder = diffusion
    path = tmp_path / "x.png"
    options = ["--num-samples", 4, "--steps", 2, "--solver", "ddim", "--guidance", 2]
    assert genzoo("sample", folder, *options, "--seed", 3, "--output", path)[0] == 0
    asked = {"labels": [0, 1, 2, 0], "steps": 2, "solver": "ddim", "guidance": 2.0}
    images = model.sample(seed=3, **asked)
    assert is_picture_of(kg.plots.image_grid(images, "diffusion: samples"), path)
    path = tmp_path / "x.gif"
    assert genzoo("sample", folder, "--num-samples", 2, "--steps", 2, "--output", path)[0] == 0
    with PIL.Image.open(path) as film:
        assert film.n_frames == 4  # noise, after either step, and back


def test_interpolate_by_way_of_noise(genzoo, diffusion, tmp_path):
    model, folder = diffusion
    path = tmp_path / "x.png"
    options = ["--samples", "--rows", 1, "--steps", 2, "--seed", 3, "--output", path]
    assert genzoo("interpolate", folder, *options)[0] == 0
    ends = model.sample(2, seed=3)
    title = "diffusion: spherical interpolation between drawn latents"
    figure = kg.plots.interpolations(model, ends[:1], ends[1:], 2, "spherical", title=title)
    assert is_picture_of(figure, path)


def test_steps_and_animations_of_models_that_have_none(genzoo, gan, tmp_path):
    for options in (["--steps", 5], ["--output", tmp_path / "x.gif"]):
        code, _, err = genzoo("sample", gan, *options)
        assert code == 2
        assert "Expected" in err
    assert not (tmp_path / "x.gif").exists()
