"""The models, one line each."""

from keras_genzoo.models.adversarial.conditional_gan import ConditionalGAN
from keras_genzoo.models.adversarial.gan import GAN
from keras_genzoo.models.adversarial.wgan_gp import WGANGP
from keras_genzoo.models.autoregressive.pixel_cnn import PixelCNN
from keras_genzoo.models.diffusion.diffusion import Diffusion
from keras_genzoo.models.diffusion.latent_diffusion import LatentDiffusion
from keras_genzoo.models.translation.cycle_gan import CycleGAN
from keras_genzoo.models.translation.pix2pix import Pix2Pix
from keras_genzoo.models.variational.autoencoder import Autoencoder
from keras_genzoo.models.variational.beta_tcvae import BetaTCVAE
from keras_genzoo.models.variational.beta_vae import BetaVAE
from keras_genzoo.models.variational.conditional_vae import ConditionalVAE
from keras_genzoo.models.variational.debiasing_vae import DebiasingVAE
from keras_genzoo.models.variational.iwae import IWAE
from keras_genzoo.models.variational.sequence_vae import SequenceVAE
from keras_genzoo.models.variational.vae import VAE

__all__ = [
    "GAN",
    "IWAE",
    "VAE",
    "WGANGP",
    "Autoencoder",
    "BetaTCVAE",
    "BetaVAE",
    "ConditionalGAN",
    "ConditionalVAE",
    "CycleGAN",
    "DebiasingVAE",
    "Diffusion",
    "LatentDiffusion",
    "Pix2Pix",
    "PixelCNN",
    "SequenceVAE",
]
