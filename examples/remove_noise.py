# %% [markdown]
# # Removing noise: what an autoencoder knows of digits, and a median filter does not
#
# Pictures: `runs/remove_noise/remove_noise.png`, digits with noise, filtered, denoised and as they
# were. Time: 12 s of processor time; with `--quick` 7 s.
#
#     python examples/remove_noise.py [--quick]
#
# `denoising_autoencoder_mnist` has learned to rebuild digits from noisy ones. A median filter, of
# each pixel and its neighbours, knows nothing of digits.

# %%
import argparse
from pathlib import Path

import numpy as np
import PIL.Image
from scipy.ndimage import median_filter

import keras_genzoo as kg

parser = argparse.ArgumentParser(allow_abbrev=False)
parser.add_argument("--preset", default="denoising_autoencoder_mnist")
parser.add_argument("--quick", action="store_true", help="fewer images")
parser.add_argument("--output", type=Path, default=Path("runs/remove_noise"))
options, _ = parser.parse_known_args()  # a notebook's kernel has arguments of its own
options.output.mkdir(parents=True, exist_ok=True)

# %% [markdown]
# The noise is Gaussian, of the deviation that the model was trained with, and leaves [0, 1]: so the
# model is called as a Keras model, for its verbs refuse what is no image.

# %%
denoiser = kg.from_preset(options.preset)
split = "test[:500]" if options.quick else "test"
clean = kg.datasets.arrays(kg.datasets.load("mnist", split, 500, shuffle=False))
noise = np.random.default_rng(0).normal(0, denoiser.noise_stddev, clean.shape)
noisy = (clean + noise).astype("float32")
rebuilt = {"noisy": noisy}
for side in (3, 5):
    rebuilt[f"median of {side}x{side}"] = median_filter(noisy, size=(1, side, side, 1))
batches = np.array_split(noisy, len(noisy) // 500)
rebuilt["denoised"] = np.concatenate([denoiser(batch) for batch in batches])

# %% [markdown]
# The peak signal-to-noise ratio is of each image, in decibels, and then their mean.

# %%
print(f"{len(clean):,} test digits, noise of a deviation of {denoiser.noise_stddev}")
for name, images in rebuilt.items():
    error = np.square(images - clean).mean(axis=(1, 2, 3))
    print(f"{name:16} PSNR {np.mean(-10 * np.log10(error)):5.2f} dB")

# %%
rows = np.concatenate([images[:16].clip(0, 1) for images in (*rebuilt.values(), clean)])
title = ", ".join([*rebuilt, "clean"])
figure = kg.plots.image_grid(rows, title, columns=16)
figure.savefig(options.output / "remove_noise.png")
PIL.Image.open(options.output / "remove_noise.png")
