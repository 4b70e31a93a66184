"""Images beside what a model makes of them."""

import numpy as np
from contract import SHAPE, pictures
from figures import rows, shown

from keras_genzoo import plots
from keras_genzoo.models import VAE


def test_reconstructions():
    model, images = VAE(SHAPE, latent_dim=2, hidden=(4,), seed=0), pictures(3)
    figure = plots.reconstructions(model, images)
    expected = np.concatenate([images, model.reconstruct(images)])[..., 0]
    np.testing.assert_allclose(shown(figure), expected)
    assert rows(figure) == ["original", "reconstructed"]
