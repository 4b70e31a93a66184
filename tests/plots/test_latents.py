"""What latents tell of images, as pictures."""

import numpy as np
import pytest
from contract import SHAPE, THREE_PARTS, pictures
from figures import text
from matplotlib.colors import to_rgba

from keras_genzoo import latent, metrics, plots
from keras_genzoo.models import GAN, VAE


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


def test_kl_of_maps():
    vae = VAE(SHAPE, latent_dim=(4, 4, 2), filters=(4,), seed=0)
    figure = plots.kl_per_dimension(vae, pictures(4))
    heights = [bar.get_height() for bar in figure.axes[0].patches]
    assert len(heights) == 32
    assert heights == sorted(heights, reverse=True)


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
