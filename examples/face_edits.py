# %% [markdown]
# # Faces to order: do edits do what they say, and no more?
#
# Pictures, below `runs/face_edits/`: `faces_curve.png`, what a classifier sees as edits grow,
# `faces_samples.png`, `faces_edits.png` and `faces_traversals.png`, sampled faces as they are,
# edited, and along single latents. Time: 10 minutes on 2 cores; with `--quick` 34 s.
#
#     python examples/face_edits.py --faces celeba64.zip [--quick]
#
# `celeba64.zip` is made by `celeba64.py`, beside this file.
#
# Edited are a smile, glasses, and male or female. A VAE's codes of CelebA's train faces give each
# attribute a vector, found in three ways:
#
# - mean: the difference between the mean codes of faces with the attribute and of those without. It
#   brings along what goes with the attribute in these photos: smiling faces are more often women's;
# - logistic: the direction in which a logistic regression tells the two apart;
# - orthogonal: that direction, what lies along the two other attributes' directions taken out.
#
# Codes of test faces move along the vectors. A classifier that has learned the three attributes
# from real train faces, and has never seen a decoded one, reads what comes out. All pictures that
# are written show faces that are sampled: CelebA's own may not be passed on.
#
# Reference: Larsen et al. (2016), https://arxiv.org/abs/1512.09300; taking others out: Shen et al.
# (2020), https://arxiv.org/abs/1907.10786.

# %%
import argparse
import itertools
import os
import sys
from pathlib import Path

import keras
import numpy as np
import PIL.Image
from keras import layers
from matplotlib.figure import Figure
from sklearn.metrics import roc_auc_score

import keras_genzoo as kg

ATTRIBUTES = ["Smiling", "Eyeglasses", "Male"]
METHODS = {"mean": ":", "logistic": "--", "orthogonal": "-"}  # each with its line
RAISED = 0.4  # what the mean probability of an attribute must rise by to be called raised

parser = argparse.ArgumentParser(allow_abbrev=False)
parser.add_argument(
    "--faces",
    type=Path,
    default=Path(os.environ.get("GENZOO_DATA_DIR", ""), "celeba64.zip"),
    help="zip of CelebA at 64x64; celeba64.zip, here or in $GENZOO_DATA_DIR, unless given",
)
parser.add_argument(
    "--preset",
    help="a VAE of faces; vae_celeba64 where it is installed, else, or with --quick, a small one "
    "is trained",
)
parser.add_argument("--output", type=Path, default=Path("runs/face_edits"))
parser.add_argument("--quick", action="store_true", help="fewer faces, strengths and steps")
options, _ = parser.parse_known_args()  # a notebook's kernel has arguments of its own
if not options.faces.is_file():
    print(f"There is no {options.faces}: examples/celeba64.py says where it comes from.")
    sys.exit()

# %% [markdown]
# The faces, and which attributes each has.


# %%
def load(split):
    """Images of a split, and which attributes each has, `(n, 3)`."""
    dataset = kg.datasets.load(
        options.faces, split, batch_size=500, labels=ATTRIBUTES, shuffle=False
    )
    images, labels = kg.datasets.arrays(dataset)
    return images, labels > 0


keras.utils.set_random_seed(0)
train_images, train_has = load("train[:1500]" if options.quick else "train")
test_images, test_has = load("test[:200]" if options.quick else "test")

# %% [markdown]
# A VAE that encodes and decodes faces.


# %%
def small_vae(images):
    """A VAE that has barely begun to learn, to run the rest with."""
    vae = kg.models.VAE(
        images.shape[1:],
        latent_dim=32,
        filters=(16, 32, 64, 128),
        likelihood="gaussian",
        variance=0.1,
        seed=0,
    )
    vae.compile(keras.optimizers.Adam(2e-3))
    vae.fit(images, batch_size=64, epochs=3, verbose=2)
    return vae


preset = options.preset
if preset is None and not options.quick and "vae_celeba64" in kg.presets.list():
    preset = "vae_celeba64"
vae = kg.from_preset(preset) if preset else small_vae(train_images)
codes, test_codes = vae.encode(train_images), vae.encode(test_images)

# %% [markdown]
# A classifier that reads real faces, and how well it reads those that the VAE has rebuilt.


# %%
def trained_classifier(images, has, epochs):
    """A network that reads the three attributes of real faces, each a probability."""
    model = keras.Sequential([keras.Input(images.shape[1:]), layers.RandomFlip("horizontal")])
    for filters in (32, 64, 128, 256):
        model.add(layers.Conv2D(filters, 3, strides=2, padding="same", use_bias=False))
        model.add(layers.BatchNormalization(momentum=0.9))
        model.add(layers.ReLU())
    model.add(layers.GlobalAveragePooling2D())
    model.add(layers.Dropout(0.3))
    model.add(layers.Dense(len(ATTRIBUTES), activation="sigmoid"))
    # A rate that ends at 0: the mean probability of a last epoch at full rate sways by up to 0.1.
    rate = keras.optimizers.schedules.CosineDecay(2e-3, epochs * -(-len(images) // 64))
    model.compile(keras.optimizers.Adam(rate), "binary_crossentropy")
    model.fit(images, has, batch_size=64, epochs=epochs, verbose=2)
    return model


classifier = trained_classifier(train_images, train_has, epochs=2 if options.quick else 10)
on_real = classifier.predict(test_images, verbose=0)
on_reconstructed = classifier.predict(vae.decode(test_codes), verbose=0)
for column, name in enumerate(ATTRIBUTES):
    truth = test_has[:, column]
    for what, read in (
        ("real", on_real[:, column]),
        ("reconstructed", on_reconstructed[:, column]),
    ):
        accuracy, auc = np.mean((read > 0.5) == truth), roc_auc_score(truth, read)
        print(f"{name} read on {what} test faces: {accuracy:.1%} right, AUC {auc:.3f}")

# %% [markdown]
# The vectors, and what the classifier sees as test faces move along them.


# %%
def attribute_vectors(vae, codes, has):
    """For each method the three attributes' vectors, `(3, latent_dim)`.

    Strength 1 means the same of all: the way from the mean code without the attribute until level
    with the mean code that has it.
    """
    mean, logistic = (
        np.stack([kg.latent.attribute_vector(vae, codes, column, method) for column in has.T])
        for method in ("mean", "logistic")
    )
    orthogonal = np.empty_like(logistic)
    for column in range(len(logistic)):
        others, _ = np.linalg.qr(np.delete(logistic, column, axis=0).T)
        direction = logistic[column] - others @ (others.T @ logistic[column])
        way = direction @ mean[column] / (direction @ direction)
        orthogonal[column] = way * direction
    return dict(zip(METHODS, (mean, logistic, orthogonal), strict=True))


def print_curve(strengths, probabilities, on_real):
    """The mean probabilities of real faces, `(n, 3)`, and edited ones, `(strengths, n, 3)`."""
    rows = {"real": on_real, **dict(zip(strengths, probabilities, strict=True))}
    print("strength  " + "  ".join(ATTRIBUTES))
    for label, read in rows.items():
        means = zip(ATTRIBUTES, read.mean(axis=0), strict=True)
        print(f"{label!s:8}  " + "  ".join(f"{mean:{len(name)}.3f}" for name, mean in means))


def print_point(whose, strengths, probabilities, column):
    """Where an edit raises its attribute, and what it does to the two others there."""
    changes = probabilities - probabilities[0]  # strength 0 is the reconstruction
    raised = np.flatnonzero(changes[..., column].mean(axis=1) >= RAISED)
    if not len(raised):
        print(f"{whose}: nowhere raised by {RAISED}")
        return
    there = changes[raised[0]]
    change, of_each = there.mean(axis=0), np.abs(there).mean(axis=0)
    others = [i for i in range(len(ATTRIBUTES)) if i != column]
    share = np.abs(change[others]).max() / change[column]
    told = [f"{ATTRIBUTES[i]} {change[i]:+.3f} (of a face {of_each[i]:.3f})" for i in others]
    print(
        f"{whose}: raised by {RAISED} from strength {strengths[raised[0]]:g} on, there "
        f"{change[column]:+.3f}; {', '.join(told)}: up to {share:.0%} of that"
    )


vectors = attribute_vectors(vae, codes, train_has)
strengths = np.linspace(0, 4, 5 if options.quick else 9)
curves = {}
for method, column in itertools.product(METHODS, range(len(ATTRIBUTES))):
    edited = [test_codes + strength * vectors[method][column] for strength in strengths]
    read = np.stack([classifier.predict(vae.decode(c), verbose=0) for c in edited])
    without = ~test_has[:, column]
    curves[method, column] = read[:, without].mean(axis=1)
    print(f"\n{ATTRIBUTES[column]}, {method}: {without.sum()} test faces without it")
    print_curve(strengths, read[:, without], on_real[without])
    print_point("these faces", strengths, read[:, without], column)
    print_point("all test faces", strengths, read, column)

# %% [markdown]
# The same as a picture.


# %%
def draw_curves(curves, strengths):
    """A panel for each edited attribute: what the classifier sees, a colour for each attribute."""
    figure = Figure(figsize=(12, 4), layout="constrained")
    figure.suptitle("Edits of CelebA's test faces without the attribute, read by a classifier")
    panels = figure.subplots(1, len(ATTRIBUTES), sharey=True)
    for (method, column), means in curves.items():
        style = METHODS[method]
        for read, name in enumerate(ATTRIBUTES):
            label = f"{name}, {method}"
            panels[column].plot(strengths, means[:, read], style, color=f"C{read}", label=label)
    for axes, name in zip(panels, ATTRIBUTES, strict=True):
        axes.set(title=f"edited: {name}", xlabel="strength", ylim=(0, 1))
    panels[0].set_ylabel("mean probability")
    panels[-1].legend(loc="upper left", bbox_to_anchor=(1, 1))
    return figure


options.output.mkdir(parents=True, exist_ok=True)
draw_curves(curves, strengths).savefig(options.output / "faces_curve.png", dpi=80)
PIL.Image.open(options.output / "faces_curve.png")

# %% [markdown]
# Sampled faces: as they are, and edited.


# %%
def draw_edits(vae, codes, vectors):
    """Faces of codes, a row each, moved along each attribute's vector in turn."""
    strengths = (-1, 0, 1, 2, 3)
    height, width, channels = vae.image_shape
    figure = Figure(figsize=(12, 0.8 * len(codes) + 0.8), layout="constrained")
    figure.suptitle("Sampled faces, edited: strengths of each attribute's vector")
    panels = figure.subplots(1, len(ATTRIBUTES))
    for axes, name, vector in zip(panels, ATTRIBUTES, vectors, strict=True):
        rows = kg.latent.edit(vae, codes, vector, strengths)
        axes.imshow(rows.transpose(0, 2, 1, 3, 4).reshape(len(codes) * height, -1, channels))
        axes.set_xticks((np.arange(len(strengths)) + 0.5) * width, strengths)
        axes.set(title=name, yticks=[])
    return figure


samples = kg.plots.image_grid(vae.sample(48, seed=0), "Sampled faces", columns=12)
samples.savefig(options.output / "faces_samples.png", dpi=80)
sampled = vae.prior(3, seed=4)
edits = draw_edits(vae, sampled, vectors["orthogonal"])
edits.savefig(options.output / "faces_edits.png", dpi=80)
PIL.Image.open(options.output / "faces_edits.png")

# %% [markdown]
# And along the latents that tell most.

# %%
most, _ = kg.latent.rank_dimensions(vae, train_images[:1000])
title = "A sampled face along the latents that tell most of faces"
traversals = kg.plots.traversals(vae, sampled[:1], most[:8], steps=7, title=title)
traversals.savefig(options.output / "faces_traversals.png", dpi=80)
print(f"The pictures are in {options.output}.")
PIL.Image.open(options.output / "faces_traversals.png")
