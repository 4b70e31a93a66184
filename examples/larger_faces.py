# %% [markdown]
# # Four times larger: what an adversary adds to faces of 16x16
#
# Pictures: `runs/larger_faces/faces.png`, small faces, enlarged in three ways, and what they were.
# Time: 4 minutes of one processor; with `--quick` 20 s, undertrained.
#
#     python examples/larger_faces.py --faces fairface64.zip [--quick]
#
# A face of 16x16 pixels leaves open how its 64x64 were. Bicubic interpolation adds nothing; a
# network that learns the absolute error gives what is likeliest, which is smooth; the same network
# in a `Pix2Pix` must also pass for a face: it is nearly as sharp as a true one, and speckled where
# the mouth is. They are measured on faces that neither has seen.
#
# The faces are FairFace's, 64x64 (CC BY 4.0), of splits `train` and `validation`.
#
# Reference: Ledig et al. (2017), https://arxiv.org/abs/1609.04802; Isola et al. (2017),
# https://arxiv.org/abs/1611.07004.

# %%
import argparse
import os
import sys
from pathlib import Path

import keras
import numpy as np
import PIL.Image
import tensorflow as tf

import keras_genzoo as kg

parser = argparse.ArgumentParser(allow_abbrev=False)
parser.add_argument(
    "--faces",
    type=Path,
    default=Path(os.environ.get("GENZOO_DATA_DIR", ""), "fairface64.zip"),
    help="zip of FairFace at 64x64; fairface64.zip, here or in $GENZOO_DATA_DIR, unless given",
)
parser.add_argument("--epochs", type=int, default=3)
parser.add_argument("--quick", action="store_true", help="fewer faces, one epoch")
parser.add_argument("--output", type=Path, default=Path("runs/larger_faces"))
options, _ = parser.parse_known_args()  # a notebook's kernel has arguments of its own
if not options.faces.is_file():
    print(f"There is no {options.faces}: https://github.com/joojs/fairface has the faces.")
    sys.exit()
count, tested = (240, 100) if options.quick else (7_000, 1_400)
epochs = 1 if options.quick else options.epochs

# %% [markdown]
# Pairs are made of single images; each pixel of a source is the mean of 4x4. Both networks are the
# same U-Net, begin with the same weights and see the same faces in the same order.


# %%
def pairs(split, **how):
    return kg.datasets.pairs(options.faces, "super_resolution", split, factor=4, **how)


train = pairs(f"train[:{count}]", batch_size=16, flip=True)
small, true = kg.datasets.arrays(pairs(f"validation[:{tested}]", batch_size=100, shuffle=False))
sizes = {"filters": (24, 48, 96, 128), "discriminator_filters": (16, 32, 64), "dropout": 0.0}
keras.utils.set_random_seed(0)
model = kg.models.Pix2Pix(small.shape[1:], true.shape[1:], **sizes, seed=0)
network = keras.models.clone_model(model.generator)
network.set_weights(model.generator.get_weights())


def adam():
    rate = keras.optimizers.schedules.CosineDecay(4e-4, len(train) * epochs)
    return keras.optimizers.Adam(rate, beta_1=0.5)


network.compile(adam(), loss="mean_absolute_error")
network.fit(train, epochs=epochs, shuffle=False, verbose=2)  # the pairs shuffle themselves
model.compile(adam())
model.fit(train, epochs=epochs, verbose=2)

# %% [markdown]
# PSNR and SSIM say how far each face is from the truth, and like what is smooth. The kernel
# distances are between sets: how far the made faces lie from true ones, in the latents of
# `vae_celeba64`, which itself draws smoothly and hardly sees what is missing, and in the features
# of `classifier_celeba64`, which does. Sharpness is how much neighbouring pixels differ.

# %%
bicubic = np.clip(tf.image.resize(small, true.shape[1:3], "bicubic"), 0.0, 1.0)
made = {"bicubic": bicubic, "absolute error alone": network.predict(small, verbose=0)}
made["Pix2Pix"] = np.asarray(model.translate(small))
classifier = kg.evaluation.FeatureNetwork("classifier_celeba64", true.shape[1:])
spaces = {"latents": kg.from_preset("vae_celeba64").encode}
spaces["features"] = lambda images: classifier(np.array_split(images, 20))[0]
wanted = {name: space(true) for name, space in spaces.items()}


def sharpness(images):
    """Total variation of a pixel."""
    return np.mean(tf.image.total_variation(tf.constant(images))) / images[0].size


names = "PSNR", "SSIM", *spaces, "sharpness"
print(f"\n{len(true)} faces, whose own sharpness is {sharpness(true):.3f}")
print(f"{'':22}" + "".join(f"{name:>10}" for name in names))
for name, images in made.items():
    values = [np.mean(measure(images, true, 1.0)) for measure in (tf.image.psnr, tf.image.ssim)]
    for space, features in spaces.items():
        both = wanted[space], features(images)
        values.append(kg.metrics.kernel_distance(*both, 20, min(len(true), 1000)))
    values.append(sharpness(images))
    print(f"{name:22}" + "".join(f"{value:10.3f}" for value in values))

# %%
rows = {"small": np.repeat(np.repeat(small, 4, axis=1), 4, axis=2), **made, "true": true}
options.output.mkdir(parents=True, exist_ok=True)
picture = kg.grids.grid([x[:12] for x in rows.values()], "Faces, four times larger", [*rows])
picture.savefig(options.output / "faces.png")
PIL.Image.open(options.output / "faces.png")
