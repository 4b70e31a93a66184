# %% [markdown]
# # Colours of things: what an adversary adds to the absolute error where a thing has many colours
#
# Pictures: `runs/colours_of_things/colours.png`, grey things, coloured in three ways, and as they
# were. Time: 5 minutes of processor time in bfloat16; with `--quick` 18 s, undertrained.
#
#     python examples/colours_of_things.py --things cifar10_8k.zip [--quick]
#
# A car may be of any colour. Of a grey photograph a network that learns the absolute error gives
# each pixel the middle of the colours that it might have had, which is a pale brown; the same
# network in a `Pix2Pix` must also pass for a photograph. Both keep the luminance, and are measured
# on photographs that they have not seen, beside two that know nothing of things: the grey copy, and
# the mean colour of all training pixels of the same luminance.
#
# The adversary nearly doubles the colour, to 56 % of the true, and comes nearer to true photographs
# as a set. It pays in each photograph: the error is nearly that of the grey copy, and larger of
# cars, trucks, aeroplanes, cats and dogs. To the eye some skies turn blue and some ground brown or
# green, beside stains of orange and blue that belong to nothing. README's figures are those of
# `--mixed-precision bfloat16`; without it they are float32's.
#
# The things are 7,000 and 1,000 of CIFAR-10's, 32x32, of ten classes, in `train` and `test`. Their
# licence is not stated, and none of them is here.
#
# References: Isola et al. (2017), https://arxiv.org/abs/1611.07004; Krizhevsky (2009),
# https://www.cs.toronto.edu/~kriz/learning-features-2009-TR.pdf, whose photographs these are;
# colourfulness: Hasler and Suesstrunk (2003), https://doi.org/10.1117/12.477378.

# %%
import argparse
import os
import sys
from pathlib import Path

import keras
import numpy as np
import PIL.Image
import tensorflow as tf
from keras import layers

import keras_genzoo as kg

parser = argparse.ArgumentParser(allow_abbrev=False)
parser.add_argument(
    "--things",
    type=Path,
    default=Path(os.environ.get("GENZOO_DATA_DIR", ""), "cifar10_8k.zip"),
    help="zip of {train,test}/<class>/*.png; cifar10_8k.zip, here or in $GENZOO_DATA_DIR",
)
parser.add_argument("--epochs", type=int, default=8, help="of the colours")
parser.add_argument("--classifier-epochs", type=int, default=15)
parser.add_argument("--mixed-precision", help="bfloat16 is faster on some processors")
parser.add_argument("--quick", action="store_true", help="fewer things and epochs")
parser.add_argument("--output", type=Path, default=Path("runs/colours_of_things"))
options, _ = parser.parse_known_args()  # a notebook's kernel has arguments of its own
if not options.things.is_file():
    print(f"There is no {options.things}: https://www.cs.toronto.edu/~kriz/cifar.html has them.")
    sys.exit()
if options.mixed_precision:
    keras.mixed_precision.set_global_policy(f"mixed_{options.mixed_precision}")
if options.quick:
    options.epochs, options.classifier_epochs = 1, 4
count, tested = (480, 200) if options.quick else (7_000, 1_000)


def pairs(split, **how):
    """Luminances and colours."""
    return kg.datasets.pairs(options.things, "colorize", split, **how)


things = kg.datasets.load(options.things, f"train[:{count}]", batch_size=64, labels=True)
test = kg.datasets.load(options.things, f"test[:{tested}]", labels=True, shuffle=False)
_, labels = kg.datasets.arrays(test)
grey, true = kg.datasets.arrays(pairs(f"test[:{tested}]", batch_size=100, shuffle=False))

# %% [markdown]
# What a distance is taken in: the last hidden layer of a classifier that has learned what the
# things are, from photographs in colour, flipped and moved by whole pixels, which blurs nothing.


# %%
def varied(images, labels):
    """Mirrored at random, and moved by up to 4 pixels, a batch together."""
    wider = tf.pad(images, [[0, 0], [4, 4], [4, 4], [0, 0]], "REFLECT")
    moved = tf.image.random_crop(wider, tf.shape(images))
    return tf.image.random_flip_left_right(moved), labels


keras.utils.set_random_seed(0)
x = images = keras.Input(true.shape[1:])
for filters in (32, 64, 128):
    x = layers.Conv2D(filters, 3, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization(momentum=0.9)(x)
    x = layers.MaxPooling2D()(layers.Activation("relu")(x))
x = layers.Flatten()(x)
x = layers.Dense(128, activation="relu", name="features", dtype="float32")(x)
classifier = keras.Model(images, layers.Dense(10, activation="softmax", dtype="float32")(x))
rate = keras.optimizers.schedules.CosineDecay(1e-3, len(things) * options.classifier_epochs)
classifier.compile(
    keras.optimizers.AdamW(rate, weight_decay=1e-2),
    "sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
classifier.fit(things.map(varied), epochs=options.classifier_epochs, shuffle=False, verbose=2)
network = kg.evaluation.FeatureNetwork(classifier, true.shape[1:])
deviation = network([true])[0].std()


def looked_at(images):
    """Features, in units of their own deviation, and what each thing is read as."""
    features, probabilities = network(np.array_split(images, 20))
    return features / deviation, probabilities.argmax(axis=-1)


# %% [markdown]
# Both networks are the same U-Net, begin with the same weights and see the same things in the same
# order. To the one that learns the error alone, the adversary's word counts for a millionth.

# %%
train = pairs(f"train[:{count}]", batch_size=16, flip=True)
sizes = {"filters": (32, 64, 128), "discriminator_filters": (16, 32, 64), "dropout": 0.0}
model = kg.models.Pix2Pix(grey.shape[1:], true.shape[1:], **sizes, keep_luminance=True, seed=0)
alone = kg.models.Pix2Pix.from_config({**model.get_config(), "l1_weight": 1e6})
alone.set_weights(model.get_weights())
for each in (alone, model):
    rate = keras.optimizers.schedules.CosineDecay(4e-4, len(train) * options.epochs)
    each.compile(keras.optimizers.Adam(rate, beta_1=0.5))
    each.fit(train, epochs=options.epochs, verbose=2)
model.save_to_preset(options.output / "pix2pix")

# %% [markdown]
# PSNR says how far a photograph's pixels are from the truth. It is the median of the photographs:
# of some that are grey themselves the grey copy has 150 dB, which rule a mean. Like the absolute
# error it likes what is pale; colourfulness says how much colour there is. The kernel distance is
# between sets, made things and true ones; of training photographs it says how near others come,
# though the classifier knows these by heart. The share of things that it reads right says whether
# colours are of the kind that helps to tell what a thing is.

# %%
luminance, colours = kg.datasets.arrays(pairs(f"train[:{count}]", batch_size=500, shuffle=False))
levels = np.rint(255 * luminance).astype("int").ravel()
seen = np.maximum(np.bincount(levels, minlength=256), 1)
sums = [np.bincount(levels, channel, 256) for channel in colours.reshape(-1, 3).T]
usual = np.stack(sums, axis=-1) / seen[:, None]

made = {"grey copy": np.repeat(grey, 3, axis=-1)}
made["mean of the luminance"] = usual[np.rint(255 * grey[..., 0]).astype("int")].astype("float32")
made["absolute error alone"] = np.asarray(alone.translate(grey))
made["Pix2Pix"] = np.asarray(model.translate(grey))
wanted, read = looked_at(true)


def kernel(features):
    """Kernel distance to the true photographs."""
    return kg.metrics.kernel_distance(wanted, features, 20, len(true))


psnr = {name: np.asarray(tf.image.psnr(images, true, 1.0)) for name, images in made.items()}
error = {name: np.abs(images - true).mean(axis=(1, 2, 3)) for name, images in made.items()}
colour = {n: kg.metrics.colourfulness(x) for n, x in {**made, "true": true}.items()}
own = colour["true"]
print(f"\n{len(true):,} things, {np.sum(own < 0.1)} of them grey; colourfulness {own.mean():.1f}")
right, others = np.mean(read == labels), kernel(looked_at(colours)[0])
print(f"{right:.1%} are read right; kernel distance of training things {others:.4f}")
names = "PSNR", "error", "colour", "kernel", "right"
print(f"{'':24}" + "".join(f"{name:>10}" for name in names))
for name, images in made.items():
    values = [np.median(psnr[name]), error[name].mean(), colour[name].mean()]
    found, read = looked_at(images)
    values += [kernel(found), np.mean(read == labels)]
    print(f"{name:24}" + "".join(f"{value:10.4f}" for value in values))

# %% [markdown]
# Class by class: how much of the grey copy's error each network takes away, which says how much of
# the colours it foresees, and how colourful what it makes is.

# %%
networks = "absolute error alone", "Pix2Pix"
names = "off alone", "off Pix2Pix", "colour alone", "colour Pix2Pix", "colour true"
print(f"\n{'':14}" + "".join(f"{name:>16}" for name in names))
for number, name in kg.datasets.label_values(options.things)["folder"].items():
    mean = {each: error[each][labels == number].mean() for each in ("grey copy", *networks)}
    off = [1 - mean[network] / mean["grey copy"] for network in networks]
    print(f"{name:14}" + "".join(f"{share:16.1%}" for share in off), end="")
    found = [colour[each][labels == number].mean() for each in (*networks, "true")]
    print("".join(f"{value:16.1f}" for value in found))

# %%
rows = {**made, "true": true}
picture = kg.grids.grid([images[:20] for images in rows.values()], "Colours of things", [*rows])
picture.savefig(options.output / "colours.png")
PIL.Image.open(options.output / "colours.png")
