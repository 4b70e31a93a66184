# %% [markdown]
# # A map of MNIST: what closeness and completeness look like, in a latent space of two dimensions
#
# Pictures: `runs/mnist_map/mnist_map.png`, what each place decodes to, and `mnist_map_codes.png`
# beside it, where test digits lie. Time: less than half a minute on 2 cores; with `--quick`
# 12 s, with fewer digits.
#
#     python examples/mnist_map.py [--quick]
#
# A VAE that may say no more than two numbers of a digit has to lay all digits out in a plane.
# Train such a VAE yourself, in some minutes on 2 cores, and look at its map:
#
#     genzoo train vae --dataset mnist --latent-dim 2 --hidden 256 256 256 --epochs 30
#     python examples/mnist_map.py --preset runs/vae_mnist

# %%
import argparse
from pathlib import Path

import numpy as np
import PIL.Image

import keras_genzoo as kg

parser = argparse.ArgumentParser(allow_abbrev=False)
parser.add_argument("--preset", default="vae_mnist_2d", help="a VAE of MNIST with two latents")
parser.add_argument("--classifier", default="classifier_mnist", help="of digits")
parser.add_argument("--quick", action="store_true", help="fewer digits")
parser.add_argument("--output", type=Path, default=Path("runs/mnist_map"))
options, _ = parser.parse_known_args()  # a notebook's kernel has arguments of its own

count = 1_000 if options.quick else 5_000
vae = kg.from_preset(options.preset)
test = kg.datasets.load("mnist", f"test[:{count}]", batch_size=500, labels=True)
images, labels = kg.datasets.arrays(test)
codes = vae.encode(images)
options.output.mkdir(parents=True, exist_ok=True)

# %% [markdown]
# The map: what each place of the plane decodes to, all places alike probable under the prior.
#
# Complete is what can be drawn from: nearly every place of the map has a digit to show. The
# exceptions lie where two classes meet: there one digit has to become another, and half-way it is
# neither.

# %%
picture = options.output / "mnist_map.png"
title = "A map of MNIST, drawn by a VAE of two latents"
kg.plots.manifold(vae, title=title).savefig(picture)
PIL.Image.open(picture)

# %% [markdown]
# Where test digits lie, a colour for each class.
#
# Close means that neighbours are alike: slant and stroke change little by little, and most classes
# have one patch, a few have two. Beside it lies the class that looks most like it, 4 beside 9 and 9
# beside 7. Where patches overlap, two numbers were too few to tell digits apart.

# %%
picture = options.output / "mnist_map_codes.png"
title = f"{count:,} test digits on the map"
kg.plots.aggregate_posterior(vae, codes, labels, title).savefig(picture)
PIL.Image.open(picture)

# %% [markdown]
# Both in numbers.

# %%
complete = kg.metrics.completeness(vae, kg.from_preset(options.classifier), num_samples=count)
print(f"draws from the prior that a classifier is more than 90 % sure of: {complete:.1%}")
nearest, _ = kg.latent.nearest(vae, codes, codes[:1_000], k=2)  # the first is the digit itself
alike = np.mean(labels[nearest[:, 1]] == labels[:1_000])
print(f"test digits whose nearest neighbour is of their class: {alike:.1%}")
