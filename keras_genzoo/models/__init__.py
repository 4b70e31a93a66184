"""The models, one line each."""

from keras_genzoo.models.autoencoder import Autoencoder
from keras_genzoo.models.beta_vae import BetaVAE
from keras_genzoo.models.vae import VAE

__all__ = ["VAE", "Autoencoder", "BetaVAE"]
