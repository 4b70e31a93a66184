"""Commands that draw: each shows what a function of `plots` shows."""

import numpy as np
import PIL.Image
import pytest
from command import fashion
from figures import is_picture_of

import keras_genzoo as kg


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


def test_a_class_of_a_model_without(genzoo, trained, tmp_path):
    code, _, err = genzoo("sample", trained, "--label", 1, "--output", tmp_path / "x.png")
    assert code == 2
    assert "Received: VAE, label=1" in err


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


def test_steps_and_animations_of_models_that_have_none(genzoo, gan, tmp_path):
    for options in (["--steps", 5], ["--output", tmp_path / "x.gif"]):
        code, _, err = genzoo("sample", gan, *options)
        assert code == 2
        assert "Expected" in err
    assert not (tmp_path / "x.gif").exists()
