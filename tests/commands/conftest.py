"""Small models that the command draws from."""

import pytest

import keras_genzoo as kg


@pytest.fixture(scope="module")
def vae(trained):
    """The model of that folder."""
    return kg.from_preset(trained)


@pytest.fixture(scope="module")
def conditional_gan():
    return kg.models.ConditionalGAN((8, 8, 1), 3, latent_dim=3, hidden=(4,), seed=0)


@pytest.fixture(scope="module")
def gan(conditional_gan, tmp_path_factory):
    """The folder of a conditional GAN whose card names no images."""
    folder = tmp_path_factory.mktemp("presets") / "gan"
    conditional_gan.save_to_preset(folder)
    return folder


@pytest.fixture(scope="module")
def diffusion(tmp_path_factory):
    """A diffusion model of classes, and its folder."""
    model = kg.models.Diffusion((8, 8, 1), filters=(4,), num_blocks=1, num_classes=3, seed=0)
    folder = tmp_path_factory.mktemp("presets") / "diffusion"
    model.save_to_preset(folder)
    return model, folder
