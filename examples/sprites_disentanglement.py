# %% [markdown]
# # What beta does: does each latent of a VAE come to stand for one factor of the images?
#
# Pictures: `runs/sprites_disentanglement/sprites_traversals.png`, of each model the latents of the
# highest KL, one moved in each row while the others are held. Time: some 20 minutes on 2 cores;
# with `--quick` 33 s, too short to learn.
#
#     python examples/sprites_disentanglement.py [--quick]
#
# Sprites are drawn from five independent factors: shape, scale, orientation, x and y. A VAE is
# never told of them, and may mix them in its latents as it likes. A beta above 1 makes every nat of
# the KL dearer, and the cheapest code of independent factors has a latent for each; what the
# latents can no longer afford is lost to the images. A beta-TCVAE charges only for what ties its
# latents together.

# %%
import argparse
from pathlib import Path

import keras
import numpy as np
import PIL.Image
from matplotlib.figure import Figure

import keras_genzoo as kg

parser = argparse.ArgumentParser(allow_abbrev=False)
parser.add_argument("--quick", action="store_true", help="a few steps and images: it runs, no more")
parser.add_argument("--output", type=Path, default=Path("runs/sprites_disentanglement"))
options, _ = parser.parse_known_args()  # a notebook's kernel has arguments of its own

HEART = [[2, 5, 0, 16, 16]]  # large, upright, in the middle
VALUES = np.linspace(-2, 2, 7)
ROWS = 5  # one for each factor, if all goes well

steps, split = (100, "test[:1000]") if options.quick else (10_000, "test")
if options.quick:
    print(f"Only {steps} steps: too few to disentangle anything.")
train = kg.datasets.load("sprites", batch_size=64)
test = kg.datasets.load("sprites", split, batch_size=1000, labels=True, shuffle=False)
images, factors = kg.datasets.arrays(test)

# %% [markdown]
# The same networks learn the same images from the same seed with each beta. The mutual information
# gap (MIG) of 10,000 images that none of them saw says how far single latents go with single
# factors.


# %%
def traversals(model):
    """The heart as each of the latents that tell the most is moved; and what they are called."""
    order, kl = kg.latent.rank_dimensions(model, images)
    heart = kg.datasets.sprites().images(HEART)[0]
    ends = VALUES[[0, -1]]
    moved = kg.latent.traverse(model, heart, order[:ROWS], ends, steps=len(VALUES))
    return moved, [f"z{index}\n{kl[index]:.1f} nats" for index in order[:ROWS]]


def tell(name, model):
    """Prints how a model does, and returns its MIG."""
    scores = model.evaluate(images, batch_size=500, verbose=0, return_dict=True)
    active = kg.metrics.active_units(model, images)
    mig = kg.metrics.mutual_information_gap(model.encode(images), factors)
    nats = f"{scores['reconstruction']:14.1f} {scores['kl']:7.1f}"
    print(f"{name:20} {nats} {active:13} {mig:5.2f}", flush=True)
    return mig


print(f"{'':20} reconstruction      KL  active units   MIG")
panels = {}
for model_class, beta in [
    (kg.models.BetaVAE, 1.0),  # a plain VAE
    (kg.models.BetaVAE, 4.0),
    (kg.models.BetaVAE, 16.0),
    (kg.models.BetaTCVAE, 6.0),
]:
    keras.utils.set_random_seed(0)
    model = model_class((64, 64, 1), 10, beta, filters=(8, 16, 32, 64), seed=0)
    model.compile()
    model.fit(train.from_epoch(0), steps_per_epoch=steps, verbose=0)

    name = f"{model_class.__name__}, beta {beta:g}"
    panels[f"{name}: MIG {tell(name, model):.2f}"] = traversals(model)

# %% [markdown]
# Two presets, with dense layers before the latents, learned from as many images as 150,000 such
# batches hold.

# %%
for name in ("beta_vae_sprites", "beta_tcvae_sprites"):
    model = kg.from_preset(name)
    model.compile()
    tell(name, model)

# %% [markdown]
# The traversals of the first four side by side.

# %%
figure = Figure(figsize=(10, 8), layout="constrained")
figure.suptitle("A heart, as one latent in each row goes from -2 to 2")
for axes, (title, (rows, names)) in zip(figure.subplots(2, 2).flat, panels.items(), strict=True):
    framed = np.pad(rows[..., 0], ((0, 0), (0, 0), (1, 1), (1, 1)), constant_values=0.5)
    height, width = framed.shape[2:]
    axes.imshow(np.vstack([np.hstack(row) for row in framed]), cmap="gray", vmin=0, vmax=1)
    axes.set_title(title, fontsize="medium")
    axes.set_xticks((np.arange(len(VALUES)) + 0.5) * width, [f"{v:.2g}" for v in VALUES])
    axes.set_yticks((np.arange(len(rows)) + 0.5) * height, names)
    axes.tick_params(length=0)

options.output.mkdir(parents=True, exist_ok=True)
picture = options.output / "sprites_traversals.png"
figure.savefig(picture, dpi=80)
print(f"{picture} holds the picture.")
PIL.Image.open(picture)
