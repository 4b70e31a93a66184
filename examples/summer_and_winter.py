# %% [markdown]
# # Summer and winter: photographs of one season in the other, learned without pairs
#
# Pictures: `runs/summer_and_winter/seasons.png`, summers, their winters, and back; winters, their
# summers, and back. Time: 5 minutes of one processor; with `--quick` 23 s, undertrained.
#
#     python examples/summer_and_winter.py --photos summer2winter128.zip [--quick]
#
# Nobody has the same view of Yosemite in July and in January from the same spot, some thousand
# times. A `CycleGAN` needs no more than photographs of both. An epoch is 1,231 steps, a photograph
# of each season in each. One, with 16 filters at the highest resolution, takes 4 of the minutes;
# the paper has 64 filters, and 200 epochs. After one the light is winter's, and there is no snow.
#
# The zip has `trainA`, `trainB`, `testA` and `testB`, summer and winter, of 128x128 pixels.
#
# Reference: Zhu et al. (2017), https://arxiv.org/abs/1703.10593, whose photographs these are.

# %%
import argparse
import os
import sys
from pathlib import Path

import keras
import numpy as np
import PIL.Image
from keras import layers

import keras_genzoo as kg

parser = argparse.ArgumentParser(allow_abbrev=False)
parser.add_argument(
    "--photos",
    type=Path,
    default=Path(os.environ.get("GENZOO_DATA_DIR", ""), "summer2winter128.zip"),
    help="zip of both seasons; summer2winter128.zip, here or in $GENZOO_DATA_DIR, unless given",
)
parser.add_argument("--epochs", type=int, default=1)
parser.add_argument("--filters", nargs="+", type=int, default=[16, 32, 64])
parser.add_argument("--quick", action="store_true", help="a few photographs, a smaller network")
parser.add_argument("--output", type=Path, default=Path("runs/summer_and_winter"))
options, _ = parser.parse_known_args()  # a notebook's kernel has arguments of its own
if not options.photos.is_file():
    print(f"There is no {options.photos}: the zip is made of the paper's summer2winter_yosemite.")
    sys.exit()
part = "[:8]" if options.quick else ""
epochs = 1 if options.quick else options.epochs
summers, winters = kg.datasets.domains(options.photos, f"train{part}")
test = kg.datasets.domains(options.photos, f"test{part}", shuffle=False)
test_summers, test_winters = (kg.datasets.arrays(season) for season in test)

# %% [markdown]
# What a distance is taken in: the last hidden layer of a small classifier that tells real summers
# from real winters. It sees what differs between the seasons, as light, snow and leaves, and little
# else: what it finds near may still be a poor photograph. Many a winter has no snow.

# %%
keras.utils.set_random_seed(0)
x = photos = keras.Input(test_summers.shape[1:])
x = layers.AveragePooling2D(2)(layers.RandomFlip("horizontal")(x))
for filters in (16, 32, 64):
    x = layers.Conv2D(filters, 5, 2, "same", activation="relu")(x)
x = layers.Dropout(0.5)(layers.Flatten()(x))
x = layers.Dense(32, activation="relu", name="features")(x)
classifier = keras.Model(photos, layers.Dense(1, activation="sigmoid")(x))
classifier.compile(keras.optimizers.Adam(1e-3), "binary_crossentropy", metrics=["accuracy"])
real = [kg.datasets.arrays(season) for season in (summers, winters)]
seasons = np.repeat([0.0, 1.0], [*map(len, real)])
classifier.fit(np.concatenate(real), seasons, epochs=1 if options.quick else 16, verbose=0)
network = kg.evaluation.FeatureNetwork(classifier, test_summers.shape[1:])
deviation = network(real)[0].std()
tested = np.repeat([0.0, 1.0], [len(test_summers), len(test_winters)])
_, right = classifier.evaluate(np.concatenate([test_summers, test_winters]), tested, verbose=0)
print(f"{right:.1%} of the test photographs are told to be of their season.")

# %% [markdown]
# Both directions are learned at once, in batches of one. Nothing holds the colours where they are:
# without `identity_weight` a step takes two thirds of the time.

# %%
sizes = {"filters": tuple(options.filters), "discriminator_filters": (16, 32, 64)}
sizes |= {"num_blocks": 1 if options.quick else 3, "identity_weight": 0.0}
keras.utils.set_random_seed(0)
cycle = kg.models.CycleGAN(test_summers.shape[1:], **sizes, seed=0)
unpaired = kg.datasets.unpaired(summers, winters, flip=True)
rate = keras.optimizers.schedules.PolynomialDecay(4e-4, len(unpaired) * epochs, 0.0)
cycle.compile(keras.optimizers.Adam(rate, beta_1=0.5))
cycle.fit(unpaired, epochs=epochs, verbose=2)
cycle.save_to_preset(options.output / "cycle_gan")

# %% [markdown]
# The kernel distance is between what is made and real test photographs of the season asked for. To
# do nothing leaves the distance between the seasons, and a cycle error of 0: the error alone proves
# nothing. Training photographs of that season say how near one can come; the classifier knows them.


# %%
def looked_at(images):
    """Features, in units of their own deviation, and the probabilities of winter."""
    features, winter = network([images])
    return features / deviation, winter


def measured(images, wanted):
    """Kernel distance to a season's features; the mean probability of winter."""
    found, winter = looked_at(images)
    distance = kg.metrics.kernel_distance(wanted, found, 20, min(len(found), len(wanted)))
    return distance, winter.mean()


there = np.asarray(cycle.translate(test_summers))
back = np.asarray(cycle.translate_back(test_winters))
(summery, _), (wintry, _) = looked_at(test_summers), looked_at(test_winters)
rows = {
    "summers, as they are": (test_summers, wintry),
    "winters made of them": (there, wintry),
    "other true winters": (real[1], wintry),
    "winters, as they are": (test_winters, summery),
    "summers made of them": (back, summery),
    "other true summers": (real[0], summery),
}
print(f"\n{len(unpaired) * epochs:,} steps{'':14}{'kernel':>10}{'winter':>10}")
for name, sets in rows.items():
    print(f"{name:24}" + "".join(f"{value:10.3f}" for value in measured(*sets)))
again = {"summer": (cycle.translate_back(there), test_summers)}
again["winter"] = (cycle.translate(back), test_winters)
for name, (came, photographs) in again.items():
    error = np.abs(np.asarray(came) - photographs).mean()
    spread = np.abs(photographs - photographs.mean(axis=(1, 2), keepdims=True)).mean()
    print(f"cycle error of a {name}: {error:.3f}, of its mean colour {spread:.3f}")

# %%
shown = [season[:: max(1, len(season) // 12)] for season in (test_summers, test_winters)]
picture = kg.plots.translations(cycle, *shown, "Summer to winter and back, and winter to summer")
picture.savefig(options.output / "seasons.png")
PIL.Image.open(options.output / "seasons.png")
