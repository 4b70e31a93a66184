"""Pictures: what they show, and that they can be written."""

import numpy as np
import pytest
from contract import SHAPE, THREE_PARTS, pictures
from figures import frames, headers, rows, shown, text
from matplotlib.colors import to_rgba

from keras_genzoo import latent, metrics, plots
from keras_genzoo.models import GAN, VAE, ConditionalGAN


def test_reconstructions():
    model, images = VAE(SHAPE, latent_dim=2, hidden=(4,), seed=0), pictures(3)
    figure = plots.reconstructions(model, images)
    expected = np.concatenate([images, model.reconstruct(images)])[..., 0]
    np.testing.assert_allclose(shown(figure), expected)
    assert rows(figure) == ["original", "reconstructed"]


def test_history():
    logs = {"loss": [3.0, 2.0], "kl": [0.5, 0.4], "val_loss": [4.0, 3.0], "val_kl": [0.6, 0.5]}
    figure = plots.history(logs)
    assert [axes.get_title() for axes in figure.axes] == ["loss", "kl"]
    for axes in figure.axes:
        lines = {line.get_label(): line for line in axes.lines}
        assert list(lines) == ["training", "validation"]
        np.testing.assert_array_equal(lines["training"].get_xdata(), [1, 2])
        np.testing.assert_array_equal(lines["training"].get_ydata(), logs[axes.get_title()])
        np.testing.assert_array_equal(
            lines["validation"].get_ydata(), logs[f"val_{axes.get_title()}"]
        )
        assert [each.get_text() for each in axes.get_legend().get_texts()] == list(lines)
    (alone,) = plots.history({"loss": [1.0]}).axes
    assert len(alone.lines) == 1
    assert alone.get_legend() is None


def test_units_of_history():
    units = {
        "kl": "nats per image",
        "mutual_information": "nats per image",
        "active_units": "latents",
        "fake_accuracy": "share of images",
        "critic_loss": "mean over images",
        "gradient_penalty": "mean over images",
        "l1": "mean over images",
        "loss": "nats per image",
    }

    def shown(units, **how):
        figure = plots.history({term: [1.0] for term in units}, **how)
        return {axes.get_title(): axes.get_ylabel() for axes in figure.axes}

    assert shown(units) == units
    # Of an autoencoder it is a squared error.
    of_error = {"loss": "mean over images", "reconstruction": "mean over images"}
    assert shown(of_error) == of_error
    of_melodies = {"loss": "nats per sequence", "kl": "nats per sequence"}
    assert shown(of_melodies, per="sequence") == of_melodies


# === Latent spaces ===


@pytest.fixture
def model():
    model = VAE(SHAPE, latent_dim=3, hidden=(4,), seed=0)
    model.mean_head.bias.assign([0.0, -20.0, 8.0])  # ranks the dimensions
    return model


def test_interpolations(model, tmp_path):
    start, end = pictures(2), pictures(2, seed=1)
    figure = plots.interpolations(model, start, end, steps=5, method="spherical")
    images = latent.interpolate(model, start, end, 5, "spherical")
    np.testing.assert_allclose(shown(figure), images.reshape(10, 8, 8), rtol=1e-5)
    assert text(figure) == "Spherical interpolation"
    assert headers(figure) == ["start", "25%", "50%", "75%", "end"]
    figure.savefig(tmp_path / "interpolations.png")


def test_interpolation_of_one_pair(model):
    figure = plots.interpolations(model, np.zeros(3), np.ones(3), steps=4, title="A way")
    assert len(shown(figure)) == 4
    assert text(figure) == "A way"


def test_traversals(model, tmp_path):
    images = pictures(6)
    figure = plots.traversals(model, images, values=(-1, 1), steps=5)
    kl = metrics.kl_per_dimension(model, images)
    assert rows(figure) == [f"z{index}, {kl[index]:.2f} nats" for index in (1, 2, 0)]
    assert headers(figure) == ["-1", "-0.5", "0", "0.5", "1"]
    expected = latent.traverse(model, images[0], [1, 2, 0], (-1, 1), 5)
    np.testing.assert_allclose(shown(figure), expected.reshape(15, 8, 8), rtol=1e-4)
    assert text(figure) == "Latent traversals"
    figure.savefig(tmp_path / "traversals.png")


def test_traversals_from_latents():
    gan = GAN(SHAPE, latent_dim=3, hidden=(4,), seed=0)
    latents = np.ones((2, 3))
    figure = plots.traversals(gan, latents, dimensions=[2, 0], steps=2)
    assert rows(figure) == ["z2", "z0"]
    expected = latent.traverse(gan, latents[0], [2, 0], steps=2)
    np.testing.assert_allclose(shown(figure), expected.reshape(4, 8, 8), rtol=1e-5)
    assert len(shown(plots.traversals(gan, latents[0], steps=2))) == 6


def test_edits(model, tmp_path):
    images, vector = pictures(2), np.ones(3)
    figure = plots.edits(model, images, vector, strength=[-1.5, 0, 2], title="Taller")
    expected = latent.edit(model, images, vector, [-1.5, 0, 2])
    np.testing.assert_allclose(shown(figure), expected.reshape(6, 8, 8), rtol=1e-5)
    assert headers(figure) == ["-1.5", "0", "2"]
    assert text(figure) == "Taller"
    figure.savefig(tmp_path / "edits.png")
    one = plots.edits(model, images[0], vector, strength=-0.001)
    assert len(shown(one)) == 1
    assert headers(one) == ["0"]  # not -0


def test_manifold(model, tmp_path):
    figure = plots.manifold(model, dimensions=(2, 0), steps=3)
    (picture,), (axes,) = shown(figure), figure.axes
    images = latent.manifold(model, dimensions=(2, 0), steps=3)[..., 0]
    np.testing.assert_allclose(picture[-8:, :8], images[0, 0], rtol=1e-5)  # at the bottom left
    np.testing.assert_allclose(picture[-8:, -8:], images[2, 0], rtol=1e-5)
    np.testing.assert_allclose(picture[:8, :8], images[0, 2], rtol=1e-5)
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("z2", "z0")
    assert headers(figure) == ["all other latents at 0"]
    for axis in (axes.xaxis, axes.yaxis):
        assert [label.get_text() for label in axis.get_ticklabels()] == ["-0.97", "0", "0.97"]
        np.testing.assert_array_equal(axis.get_ticklocs(), [0.5, 1.5, 2.5])
    assert axes.images[0].get_extent() == [0, 3, 0, 3]
    assert text(figure) == "Latent manifold"
    figure.savefig(tmp_path / "manifold.png")


def test_manifold_in_colour():
    model = VAE((8, 16, 3), latent_dim=2, hidden=(4,), seed=0)
    figure = plots.manifold(model, steps=30)
    assert shown(figure)[0].shape == (30 * 8, 30 * 16, 3)
    assert headers(figure) == []
    assert len(figure.axes[0].get_xticks()) == 10
    assert figure.axes[0].get_aspect() == 0.5


def test_aggregate_posterior(model, tmp_path):
    images, labels = pictures(7), np.array(["cat", "dog", "cat", "cow", "dog", "cat", "cat"])
    figure = plots.aggregate_posterior(model, images, labels)
    (axes,) = figure.axes
    (dots,) = axes.collections
    points, shares = latent.aggregate_posterior(model, images)
    np.testing.assert_allclose(dots.get_offsets(), points, rtol=1e-5)
    assert axes.get_xlabel() == f"principal component 1 ({shares[0]:.0%} of variance)"
    assert axes.get_ylabel() == f"principal component 2 ({shares[1]:.0%} of variance)"
    figure.savefig(tmp_path / "posterior.png")  # colours are made when it is drawn
    legend = dict(
        zip(
            (label.get_text() for label in axes.get_legend().get_texts()),
            (handle.get_color() for handle in axes.get_legend().legend_handles),
            strict=True,
        )
    )
    assert list(legend) == ["cat", "cow", "dog"]
    assert len(set(map(tuple, legend.values()))) == 3
    for label, colour in zip(labels, dots.get_facecolors(), strict=True):
        np.testing.assert_allclose(colour[:3], legend[label][:3])


def test_many_classes_of_two_latents():
    model = VAE(SHAPE, latent_dim=2, hidden=(4,), seed=0)
    figure = plots.aggregate_posterior(model, np.zeros((12, 2)), range(12), title="Twelve")
    assert (figure.axes[0].get_xlabel(), figure.axes[0].get_ylabel()) == ("z0", "z1")
    colours = [handle.get_color() for handle in figure.axes[0].get_legend().legend_handles]
    assert len(set(map(tuple, colours))) == len(colours) == 12
    assert text(figure) == "Twelve"
    assert plots.aggregate_posterior(model, np.zeros((12, 2))).axes[0].get_legend() is None


def test_kl_per_dimension(model, tmp_path):
    kernel = model.mean_head.kernel.numpy()
    kernel[:, 1] = 0  # no image moves this mean, far from 0 as it is
    model.mean_head.kernel.assign(kernel)
    images = pictures(20)
    figure = plots.kl_per_dimension(model, images)
    (axes,) = figure.axes
    kl = metrics.kl_per_dimension(model, images)
    np.testing.assert_allclose([bar.get_height() for bar in axes.patches], kl[[1, 2, 0]])
    assert [label.get_text() for label in axes.get_xticklabels()] == ["1", "2", "0"]
    active = [bar.get_facecolor() == to_rgba("C0") for bar in axes.patches]
    assert sum(active) == metrics.active_units(model, images) > 0
    assert not active[0]
    assert axes.get_ylabel() == "KL (nats per image)"
    assert text(figure) == "KL from the prior in each latent dimension"
    figure.savefig(tmp_path / "kl.png")


def test_kl_needs_a_posterior():
    with pytest.raises(ValueError, match=THREE_PARTS):
        plots.kl_per_dimension(GAN(SHAPE, latent_dim=2, hidden=(4,)), pictures(2))


def animated(name):
    """An animation by name: what makes it, its images, its captions, and labels of its rows."""
    start, end = pictures(2), pictures(2, seed=1)
    return {
        "interpolations": (
            lambda model: plots.interpolations(model, start, end, 3, animated=True),
            lambda model: latent.interpolate(model, start, end, 3),
            ["start", "50%", "end"],
            [],
        ),
        "traversals": (
            lambda model: plots.traversals(model, start[0], [2, 0], (-1, 1), 3, animated=True),
            lambda model: latent.traverse(model, start[0], [2, 0], (-1, 1), 3),
            ["at -1", "at 0", "at 1"],
            ["z2", "z0"],
        ),
        "edits": (
            lambda model: plots.edits(model, start, np.ones(3), [0, 0.5, 2], animated=True),
            lambda model: latent.edit(model, start, np.ones(3), [0, 0.5, 2]),
            ["strength 0", "strength 0.5", "strength 2"],
            [],
        ),
        "manifold": (
            lambda model: plots.manifold(model, dimensions=(2, 0), steps=3, animated=True),
            lambda model: latent.manifold(model, dimensions=(2, 0), steps=3).swapaxes(0, 1),
            ["z2 = -0.97", "z2 = 0", "z2 = 0.97"],
            ["z0 = -0.97", "z0 = 0", "z0 = 0.97"],
        ),
    }[name]


@pytest.mark.parametrize("name", ["interpolations", "traversals", "edits", "manifold"])
def test_animations(name, model, tmp_path):
    make, images, captions, labels = animated(name)
    seen, said, figure = frames(make(model), tmp_path)
    np.testing.assert_allclose(
        seen, images(model)[..., 0][:, [0, 1, 2, 1]].swapaxes(0, 1), rtol=1e-4
    )
    assert said == [*captions, captions[1]]
    assert [header.partition(",")[0] for header in headers(figure)] == labels


def test_classes_are_named():
    gan = ConditionalGAN(SHAPE, num_classes=3, latent_dim=2, hidden=(4,), seed=0)
    latents = np.zeros((2, 2))
    assert rows(plots.interpolations(gan, latents, latents, steps=2, labels=[2, 0])) == [
        *("class 2", "class 0")
    ]
    assert rows(plots.edits(gan, latents, np.ones(2), labels=1)) == ["class 1", "class 1"]


def test_pictures_of_a_class():
    gan = ConditionalGAN(SHAPE, num_classes=3, latent_dim=2, hidden=(4,), seed=0)
    start, end = np.zeros(2), np.ones(2)
    figure = plots.interpolations(gan, start, end, steps=2, labels=2)
    np.testing.assert_allclose(shown(figure)[1], gan.decode([end], [2])[0, ..., 0], rtol=1e-5)
    figure = plots.traversals(gan, end, values=(1, 2), steps=2, labels=2)
    np.testing.assert_allclose(shown(figure)[0], gan.decode([end], [2])[0, ..., 0], rtol=1e-5)
    figure = plots.edits(gan, start, end, strength=1, labels=2)
    np.testing.assert_allclose(shown(figure)[0], gan.decode([end], [2])[0, ..., 0], rtol=1e-5)
    square = latent.manifold(gan, steps=2, labels=2)
    picture = shown(plots.manifold(gan, steps=2, labels=2))[0]
    np.testing.assert_allclose(picture[8:, :8], square[0, 0, ..., 0], rtol=1e-5)
