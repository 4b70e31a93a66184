"""The models, one line each."""

from keras_genzoo.models.autoencoder import Autoencoder
from keras_genzoo.models.beta_tcvae import BetaTCVAE
from keras_genzoo.models.beta_vae import BetaVAE
from keras_genzoo.models.conditional_gan import ConditionalGAN
from keras_genzoo.models.gan import GAN
from keras_genzoo.models.iwae import IWAE
from keras_genzoo.models.vae import VAE
from keras_genzoo.models.wgan_gp import WGANGP

__all__ = ["GAN", "IWAE", "VAE", "WGANGP", "Autoencoder", "BetaTCVAE", "BetaVAE", "ConditionalGAN"]
