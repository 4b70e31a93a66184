"""The models, one line each."""

from keras_genzoo.models.autoencoder import Autoencoder
from keras_genzoo.models.beta_vae import BetaVAE
from keras_genzoo.models.conditional_gan import ConditionalGAN
from keras_genzoo.models.gan import GAN
from keras_genzoo.models.vae import VAE
from keras_genzoo.models.wgan_gp import WGANGP

__all__ = ["GAN", "VAE", "WGANGP", "Autoencoder", "BetaVAE", "ConditionalGAN"]
