# %% [markdown]
# # Where latents really lie: a VAE's prior, and a diffusion model in its latent space
#
# Pictures: `runs/latent_diffusion_faces/reconstructions.png`, `prior.png`, `latents.png`,
# `diffused.png` and `samples.png`, each described where it is made.
# Time: 19 s of processor time; with `--quick` 26 s of processor time, on clothes.
#
#     python examples/latent_diffusion_faces.py --faces celeba64.zip
#     python examples/latent_diffusion_faces.py --quick
#
# A VAE squeezes a face into few numbers, which a standard normal prior is meant to describe. It
# describes them badly, the more so the more they tell. So a diffusion model learns how they lie.

# %%
import argparse
import os
import sys
from pathlib import Path

import keras
import numpy as np
import PIL.Image
from matplotlib.figure import Figure

import keras_genzoo as kg

parser = argparse.ArgumentParser(allow_abbrev=False)
parser.add_argument(
    "--faces",
    type=Path,
    default=Path(os.environ.get("GENZOO_DATA_DIR", ""), "celeba64.zip"),
    help="zip of CelebA at 64x64; celeba64.zip, here or in $GENZOO_DATA_DIR, unless given",
)
parser.add_argument("--preset", default="latent_diffusion_celeba64", help="its diffusion model")
parser.add_argument("--quick", action="store_true", help="clothes, and small models of them")
parser.add_argument("--output", type=Path, default=Path("runs/latent_diffusion_faces"))
options, _ = parser.parse_known_args()  # a notebook's kernel has arguments of its own
if not options.quick and not options.faces.is_file():
    print(f"There is no {options.faces}: examples/celeba64.py says where it comes from.")
    sys.exit()
options.output.mkdir(parents=True, exist_ok=True)


def shown(name, figure):
    """Write a picture, and open it."""
    figure.savefig(options.output / name)
    return PIL.Image.open(options.output / name)


# %% [markdown]
# The two models. Of faces they ship; the diffusion model holds its VAE, whose latents are maps.


# %%
def small_models():
    """A VAE and a diffusion model of its latents that have barely begun to learn."""
    train = kg.datasets.load("fashion_mnist_small", "train", batch_size=64, take=5000)
    vae = kg.models.VAE((28, 28, 1), latent_dim=(7, 7, 2), filters=(16, 32), seed=0)
    vae.compile(keras.optimizers.Adam(3e-3))
    vae.fit(train, epochs=2, verbose=2)
    diffusion = kg.models.LatentDiffusion(vae, filters=(32,), num_blocks=1, seed=0)
    diffusion.compile(keras.optimizers.Adam(2e-3))
    diffusion.fit(train, epochs=2, verbose=2)
    return diffusion


keras.utils.set_random_seed(0)
diffusion = small_models() if options.quick else kg.from_preset(options.preset)
vae = diffusion.autoencoder
source = "fashion_mnist_small" if options.quick else options.faces
count = 200 if options.quick else 1000
images = kg.datasets.arrays(kg.datasets.load(source, f"test[:{count}]", shuffle=False))

# %% [markdown]
# What the latents tell: images, and what the VAE makes of their latents alone. Nothing that follows
# can be sharper.

# %%
shown("reconstructions.png", kg.plots.reconstructions(vae, images[:12]))

# %% [markdown]
# What the prior thinks that latents are: draws of it, decoded.

# %%
shown("prior.png", kg.plots.image_grid(vae.sample(32, seed=0), "Draws from the VAE's prior"))

# %% [markdown]
# Where latents lie, beside draws of a Gaussian that has the mean and the spread of each number:
# in the plane of their two main directions. What the Gaussian lacks is how the numbers go together.


# %%
def whitened(latents):
    """A row for each latent, its numbers with mean 0 and spread 1, as the diffusion sees them."""
    return np.reshape(
        (latents - diffusion.latent_mean) / diffusion.latent_stddev, (len(latents), -1)
    )


def planes(first, second, names, title):
    """Two clouds, in the plane of the main directions of the images' latents."""
    figure = Figure(figsize=(8, 4.2), layout="constrained")
    axes = figure.subplots(1, 2, sharex=True, sharey=True)
    for one, points, name in zip(axes, (first, second), names, strict=True):
        one.scatter(*(points @ directions[:2].T).T, s=4)
        one.set(title=name, aspect="equal")
    figure.suptitle(title)
    return figure


latents = whitened(vae.encode(images))
directions = np.linalg.svd(latents - latents.mean(axis=0), full_matrices=False)[2]
gaussian = np.random.default_rng(0).normal(size=latents.shape)
names = ("latents of images", "a Gaussian")
shown("latents.png", planes(latents, gaussian, names, "The same spreads, number by number"))

# %% [markdown]
# Where the diffused latents lie: those that the VAE reads in the images below.

# %%
samples = diffusion.sample(count, seed=0, steps=10 if options.quick else 20)
diffused = whitened(vae.encode(samples))
names = ("latents of images", "diffused")
shown("diffused.png", planes(latents, diffused, names, "The latents, drawn by diffusion"))
for name, points in (("images", latents), ("Gaussian", gaussian), ("diffused", diffused)):
    spread = (points @ directions[:2].T).std(axis=0)
    print(f"{name}: spread {spread[0]:.2f} and {spread[1]:.2f} along the two main directions")

# %% [markdown]
# And the images that they decode to.

# %%
shown("samples.png", kg.plots.image_grid(samples[:32], "Drawn by diffusion in the VAE's latents"))
