"""A model whose latents are told apart."""

import pytest
from contract import SHAPE

from keras_genzoo.models import VAE


@pytest.fixture
def model():
    model = VAE(SHAPE, latent_dim=3, hidden=(4,), seed=0)
    model.mean_head.bias.assign([0.0, -20.0, 8.0])  # ranks the dimensions
    return model
