"""Ways through a latent space: what pictures and animations of them show."""

import numpy as np
import pytest
from contract import SHAPE, pictures
from figures import frames, headers, rows, shown, text

from keras_genzoo import latent, metrics, plots
from keras_genzoo.models import GAN, VAE, ConditionalGAN, ConditionalVAE


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


def test_ways_of_a_model_whose_condition_is_an_image():
    cvae = ConditionalVAE(SHAPE, latent_dim=2, condition_shape=SHAPE, hidden=(4,), seed=0)
    codes, given = np.zeros((2, 2)), pictures(2)
    figure = plots.edits(cvae, codes, np.ones(2), [0, 1], conditions=given)
    expected = latent.edit(cvae, codes, np.ones(2), [0, 1], conditions=given)
    np.testing.assert_allclose(shown(figure), expected.reshape(4, 8, 8), rtol=1e-5)
    (picture,) = shown(plots.manifold(cvae, steps=2, conditions=given[0]))
    expected = latent.manifold(cvae, steps=2, conditions=given[0])
    np.testing.assert_allclose(picture[8:, :8], expected[0, 0, ..., 0], rtol=1e-5)


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
