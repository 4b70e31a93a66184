# %% [markdown]
# # From noise to digits: solvers, guidance, and digits completed that were never whole
#
# Pictures: `runs/diffusion_digits/noise_to_digits.png`, `solvers.png`, `inpainting.png` and
# `interpolation.png`, each described where it is made.
# Time: 40 s on 2 cores; with `--quick` 30 s, with fewer images and steps.
#
#     python examples/diffusion_digits.py [--quick]
#
# A diffusion model has learned one thing: to see, in an image with any amount of noise, what is
# image and what is noise. All below is done by asking that again and again.

# %%
import argparse
from pathlib import Path

import numpy as np
import PIL.Image

import keras_genzoo as kg

parser = argparse.ArgumentParser(allow_abbrev=False)
parser.add_argument("--preset", default="diffusion_mnist", help="a diffusion model of digits")
parser.add_argument("--quick", action="store_true", help="fewer images and steps")
parser.add_argument("--output", type=Path, default=Path("runs/diffusion_digits"))
options, _ = parser.parse_known_args()  # a notebook's kernel has arguments of its own

diffusion = kg.from_preset(options.preset)
options.output.mkdir(parents=True, exist_ok=True)


def shown(name, rows, title, labels, headers=()):
    """Write a grid of images, and open it."""
    kg.grids.grid(rows, title, labels, headers).savefig(options.output / name)
    return PIL.Image.open(options.output / name)


# %% [markdown]
# What lies between noise and digits: each row is one digit, after 0, 2, 4, ... of 20 steps.

# %%
digits = [3, 5, 8]
ways = diffusion.trajectory(labels=digits, seed=0, steps=20)
steps = [*range(0, 21, 2)]
names = [str(digit) for digit in digits]
shown("noise_to_digits.png", ways[:, steps], "From noise to digits", names, map(str, steps))

# %% [markdown]
# The same noise by each solver, in more and more steps: the better it is, the sooner it arrives.

# %%
counts = [3, 5, 10] if options.quick else [3, 5, 10, 20, 50]
drawn = {
    solver: [diffusion.sample(labels=[8], seed=1, steps=n, solver=solver)[0] for n in counts]
    for solver in ("ddpm", "ddim", "heun", "dpm++2m")
}
headers = [f"{n} steps" for n in counts]
shown("solvers.png", list(drawn.values()), "One noise, four solvers", [*drawn], headers)

# %% [markdown]
# Keep part of a digit, and draw the rest to fit it: upper halves, all but a box, a tenth of the
# pixels. What is kept is as it was; a row's last digits are four answers to the same question.

# %%
test = kg.datasets.load("mnist", "test[:3]", shuffle=False)
images = kg.datasets.arrays(test)
halves, boxes = np.zeros((28, 28, 1)), np.ones((28, 28, 1))
halves[:14] = 1
boxes[8:20, 8:20] = 0
some = np.random.default_rng(0).random((28, 28, 1)) < 0.1
masks = {"upper half": halves, "but a box": boxes, "a tenth": some.astype("float32")}
rows, labels = [], []
for (name, mask), image in zip(masks.items(), images, strict=True):
    answers = diffusion.inpaint(
        np.stack([image] * 4), np.stack([mask] * 4), seed=0, steps=10 if options.quick else 50
    )
    hidden = np.where(mask == 1, image, 0.5)
    rows.append(np.stack([image, hidden, *answers]))
    labels.append(name)
    assert (answers[:, mask[..., 0] == 1] == image[mask[..., 0] == 1]).all()
shown("inpainting.png", rows, "Digits completed", labels, ["image", "kept"])

# %% [markdown]
# The noise of an image is found by going the way backwards, and leads to the image again. Between
# two noises lies an arc of noise that is as likely, and its images are digits.

# %%
noise = diffusion.encode(images)
error = np.abs(diffusion.decode(noise) - images).mean()
print(f"images are found again to a mean error of {error:.4f}")
print(f"their noise has mean {noise.mean():.2f} and spread {noise.std():.2f}")
between = diffusion.interpolate(images[[0, 1]], images[[1, 2]], steps=5 if options.quick else 9)
shown("interpolation.png", between, "Between digits, by way of their noise", ())
