# %% [markdown]
# # Small sets made larger: do drawn images teach a classifier what few images cannot?
#
# Pictures: `runs/augment_small_set/augment_small_set.png`, test images right, a point a seed.
# Time: 29 minutes of processor time; with `--quick` 21 s, one set, few steps.
#
#     python examples/augment_small_set.py [--quick]
#
# A classifier learns from 50 or 200 labelled images of each class: from them as they are, flipped
# and shifted, mixed with as many samples of a conditional VAE that has seen just these images, and
# both. All take as many steps. What is drawn adds no knowledge of the world, only the model's: that
# between two coats there are more coats. Flips know something of clothes, and of letters something
# wrong.

# %%
import argparse
from pathlib import Path

import keras
import numpy as np
import PIL.Image
from matplotlib.figure import Figure

import keras_genzoo as kg

parser = argparse.ArgumentParser(allow_abbrev=False)
parser.add_argument("--quick", action="store_true", help="one set, one seed, few steps")
parser.add_argument("--output", type=Path, default=Path("runs/augment_small_set"))
options, _ = parser.parse_known_args()  # a notebook's kernel has arguments of its own
options.output.mkdir(parents=True, exist_ok=True)

names = ["cmaterdb/bangla"] if options.quick else ["fashion_mnist", "cmaterdb/bangla"]
sizes, seeds = ([20], 1) if options.quick else ([50, 200], 3)
steps, vae_steps = (50, 120) if options.quick else (1_000, 5_000)
BATCH = 64

# %% [markdown]
# As many images of each class, kept as a file, which `kg.datasets.load` reads as any other set.


# %%
def arrays(name, split):
    """Grey images and labels."""
    how = {"labels": True, "grayscale": True, "shuffle": False}
    return kg.datasets.arrays(kg.datasets.load(name, split, 500, **how))


def few_of_each(images, labels, count, seed):
    """A labelled dataset of as many random images of each class."""
    random = np.random.default_rng(seed)
    classes = [np.flatnonzero(labels == label) for label in np.unique(labels)]
    chosen = np.concatenate([random.choice(one, count, replace=False) for one in classes])
    path = options.output / "few.npz"
    np.savez(path, images=images[chosen], labels=labels[chosen])
    return kg.datasets.load(str(path), batch_size=BATCH, labels=True, seed=seed)


# %% [markdown]
# Who draws, and who learns to read.


# %%
def drawer(few, image_shape, num_classes):
    """A conditional VAE of just these images."""
    vae = kg.models.ConditionalVAE(
        image_shape, num_classes, latent_dim=8, hidden=(256, 256), seed=0
    )
    vae.compile("adam")
    vae.fit(few.from_epoch(0), steps_per_epoch=vae_steps, verbose=0)
    return vae


def right(few, test, num_classes, moved):
    """Share of test images that a classifier of these images reads right."""
    images, labels = test
    layers = keras.layers
    ways = [layers.RandomFlip("horizontal"), layers.RandomTranslation(0.1, 0.1)]
    classifier = keras.Sequential(
        [
            keras.Input(images.shape[1:]),
            *(ways if moved else []),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(num_classes, activation="softmax"),
        ]
    )
    classifier.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    classifier.fit(few.from_epoch(0), steps_per_epoch=steps, shuffle=False, verbose=0)
    return classifier.evaluate(images, labels, batch_size=500, verbose=0)[1]


# %%
found = {}  # (set, size) to ways to learn to the accuracy of each seed
for name in names:
    images, labels = arrays(name, "train")
    test = arrays(name, "test")
    num_classes = int(labels.max()) + 1
    for size in sizes:
        for seed in range(seeds):
            keras.utils.set_random_seed(seed)
            few = few_of_each(images, labels, size, seed)
            vae = drawer(few, images.shape[1:], num_classes)
            larger = kg.datasets.augmented(few, vae, share=0.5, seed=seed)
            for way, (dataset, moved) in {
                "as they are": (few, False),
                "flipped and shifted": (few, True),
                "with samples": (larger, False),
                "both": (larger, True),
            }.items():
                accuracy = right(dataset, test, num_classes, moved)
                found.setdefault((name, size), {}).setdefault(way, []).append(accuracy)
        for way, values in found[name, size].items():
            print(f"{name}, {size} of each, {way}: {np.mean(values):.1%} of {seeds} seed(s)")

# %%
figure = Figure(figsize=(5 * len(found), 3), layout="constrained")
places = figure.subplots(1, len(found), squeeze=False)[0]
for axes, ((name, size), ways) in zip(places, found.items(), strict=True):
    for way, values in ways.items():
        axes.plot([100 * value for value in values], [way] * len(values), "o", alpha=0.6)
    axes.set(title=f"{name}, {size} of each class", xlabel="test images right (%)")
    axes.invert_yaxis()
picture = options.output / "augment_small_set.png"
figure.savefig(picture)
PIL.Image.open(picture)
