# %% [markdown]
# # Another hand: emoji of one font in the manner of another, with pairs and without
#
# Pictures: `runs/emoji_example/emoji.png`, emoji of Noto, what models make of them, and Twemoji's.
# Time: 40 s of one processor; with `--quick` 19 s, distances in a poorer classifier.
#
#     python examples/emoji.py --emoji emoji64_noto_twemoji_base.zip [--quick]
#
# 1,906 emoji are drawn by both fonts, which is rare luck: what a `CycleGAN` makes without pairs can
# be held against the truth, against doing nothing and against a `Pix2Pix` that has seen the pairs.
# `emoji_noto_to_twemoji` is the CycleGAN; in its two sets are the same emoji, but it was never told
# which belong together. Where you have trained the other, name it too:
#
#     genzoo train pix2pix --dataset emoji64_noto_twemoji_base.zip --source google \
#       --split "train[:65%]+train[75%:]" --validation-split "train[65%:75%]" \
#       --filters 32 64 128 160 --discriminator-filters 16 32 64 --dropout 0 --l1-weight 100 \
#       --batch-size 4 --epochs 20 --flip --jitter 4 --learning-rate 3e-4 --decay cosine \
#       --mixed-precision bfloat16 --output runs/emoji_pairs
#     python examples/emoji.py --translators emoji_noto_to_twemoji runs/emoji_pairs
#
# The zip has two folders of equal names, `google` (Noto, Apache 2.0) and `twitter` (Twemoji, CC BY
# 4.0), 64x64, and an `emoji.csv` of columns `file` and `category`.
#
# Reference: Zhu et al. (2017), https://arxiv.org/abs/1703.10593; Isola et al. (2017),
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
from keras import layers

import keras_genzoo as kg

parser = argparse.ArgumentParser(allow_abbrev=False)
parser.add_argument(
    "--emoji",
    type=Path,
    default=Path(os.environ.get("GENZOO_DATA_DIR", ""), "emoji64_noto_twemoji_base.zip"),
    help="zip of both fonts; emoji64_noto_twemoji_base.zip, here or in $GENZOO_DATA_DIR",
)
parser.add_argument("--translators", nargs="+", default=["emoji_noto_to_twemoji"], help="presets")
parser.add_argument("--quick", action="store_true", help="fewer epochs of the classifier")
parser.add_argument("--output", type=Path, default=Path("runs/emoji_example"))
options, _ = parser.parse_known_args()  # a notebook's kernel has arguments of its own
if not options.emoji.is_file():
    print(f"There is no {options.emoji}: the README says what a zip of pairs is.")
    sys.exit()
options.output.mkdir(parents=True, exist_ok=True)

# %% [markdown]
# Those held out are a tenth of the code points in one piece, for neighbours are variants of each
# other: of people, of animals, of food, of signs. No translator was trained on them.


# %%
def drawings(split):
    """Noto's, Twemoji's, and what each emoji is, as a number."""
    how = {"labels": ["folder", "category"], "shuffle": False, "batch_size": 500}
    images, labels = kg.datasets.arrays(kg.datasets.load(options.emoji, split, **how))
    font, category = labels.T
    return images[font == 0], images[font == 1], category[font == 0]


noto, twemoji, category = drawings("train[:2478]+train[2860:]")  # 2 drawings of each emoji
held_out, true, true_category = drawings("train[2478:2860]")

# %% [markdown]
# What a distance is taken in: the last hidden layer of a classifier that tells the fonts apart and
# what is drawn, each font's category a class of its own.

# %%
keras.utils.set_random_seed(0)
kinds = int(category.max()) + 1
x = images = keras.Input(noto.shape[1:])
for filters in (16, 32, 64):
    x = layers.Conv2D(filters, 5, 2, "same", activation="relu")(x)
x = layers.Dropout(0.5)(layers.Flatten()(x))
x = layers.Dense(64, activation="relu", name="features")(x)
classifier = keras.Model(images, layers.Dense(2 * kinds, activation="softmax")(x))
classifier.compile(keras.optimizers.Adam(1e-3), "sparse_categorical_crossentropy")
both = np.concatenate([noto, twemoji])
classifier.fit(
    both, np.append(category, category + kinds), epochs=2 if options.quick else 12, verbose=0
)
network = kg.evaluation.FeatureNetwork(classifier, noto.shape[1:])
deviation = network([noto, twemoji])[0].std()


def looked_at(images):
    """Features in units of their deviation; the shares taken for Twemoji's, and for what it is."""
    features, probabilities = network([images])
    classes = probabilities.argmax(axis=-1)
    shares = np.mean(classes >= kinds), np.mean(classes % kinds == true_category)
    return features / deviation, *shares


for name, images in {"Noto": held_out, "Twemoji": true}.items():
    _, font, kind = looked_at(images)
    print(f"{name}: {font:.0%} are read as Twemoji's, {kind:.0%} as what they are.")

# %% [markdown]
# The absolute error is of pixels in [0, 1], and like SSIM, of which more is better, it knows no
# mercy: the fonts do not draw a thing at the same place. The distance in features is between each
# made emoji and its true one, as a share of that between true ones of two different emoji. The
# kernel distance is between the sets. A network may please all of them, and still smear: look.


# %%
def apart(a, b):
    """Mean Euclidean distance of features."""
    return np.linalg.norm(a - b, axis=-1).mean()


wanted, *_ = looked_at(true)
unlike = np.mean([apart(wanted, np.roll(wanted, by, axis=0)) for by in range(20, 170, 10)])
made = {"Noto's, as they are": held_out}
for preset in options.translators:
    made[Path(preset).name] = np.asarray(kg.from_preset(preset).translate(held_out))
names = "error", "SSIM", "features", "kernel", "as Twemoji"
print(f"\n{len(true)} emoji{'':14}" + "".join(f"{name:>12}" for name in names))
for name, images in made.items():
    found, font, _ = looked_at(images)
    values = [np.abs(images - true).mean(), np.mean(tf.image.ssim(images, true, 1.0))]
    values += [apart(found, wanted) / unlike]
    values += [kg.metrics.kernel_distance(wanted, found, 1, len(true)), font]
    print(f"{name:23}" + "".join(f"{value:12.3f}" for value in values))

# %%
shown = [images[4::12] for images in (*made.values(), true)]
picture = kg.grids.grid(shown, "Noto's emoji in Twemoji's manner", [*made, "Twemoji's"])
picture.savefig(options.output / "emoji.png")
PIL.Image.open(options.output / "emoji.png")
