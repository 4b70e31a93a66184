# %% [markdown]
# # Facades: photographs of labels, and several labels of a photograph
#
# Pictures: `runs/facades/photographs.png`, what is made of labels, and `labels.png`, what is read
# off photographs. Time: 9 minutes of processor time for photographs, 6 for labels, as README
# has them, in bfloat16; with `--quick` 22 s, untrained.
#
#     python examples/facades.py --facades facades_train400_test106.zip [--quick]
#
# A map of labels says where windows are, not what stone the house is of: a network that is asked
# for the photograph by the absolute error alone gives the grey mean of all stones. Made photographs
# are measured by a segmenter that has learned to read real ones: by how much of the labels it finds
# again, and by the kernel distance in its innermost features. The other way round a photograph
# leaves open what an annotator calls a molding, and a `ConditionalVAE` draws one of several
# answers. README's figures are those of three runs; without the first option they are float32's:
#
#     --mixed-precision bfloat16 --only photographs
#     --mixed-precision bfloat16 --only photographs --size 128 --epochs 6
#     --mixed-precision bfloat16 --only labels --epochs 16
#
# The facades are CMP's (https://cmp.felk.cvut.cz/~tylecr1/facade), as pix2pix has them: 256x512,
# the photograph on the left. Their licence is not stated, and none of them is here.
#
# References: Isola et al. (2017), https://arxiv.org/abs/1611.07004, section 4.1 of the segmenter;
# Sohn et al. (2015), https://papers.nips.cc/paper/5775.

# %%
import argparse
import math
import os
import sys
import zipfile
from pathlib import Path

import keras
import numpy as np
import PIL.Image
import PIL.ImageFilter
from keras import layers

import keras_genzoo as kg

parser = argparse.ArgumentParser(allow_abbrev=False)
parser.add_argument(
    "--facades",
    type=Path,
    default=Path(os.environ.get("GENZOO_DATA_DIR", ""), "facades_train400_test106.zip"),
    help="zip of {train,test}/*.jpg; this one, here or in $GENZOO_DATA_DIR, unless given",
)
parser.add_argument("--size", type=int, default=64, help="side of the photographs; 16 divides it")
parser.add_argument("--epochs", type=int, default=30, help="of 400 pairs and their mirror images")
parser.add_argument("--mixed-precision", help="bfloat16 is faster on some processors")
parser.add_argument("--only", choices=["photographs", "labels"], help="one direction alone")
parser.add_argument("--quick", action="store_true", help="smaller, fewer pairs, 1 epoch")
parser.add_argument("--output", type=Path, default=Path("runs/facades"))
options, _ = parser.parse_known_args()  # a notebook's kernel has arguments of its own
if not options.facades.is_file():
    print(f"There is no {options.facades}: https://github.com/junyanz/pytorch-CycleGAN-and-pix2pix")
    sys.exit()
if options.mixed_precision:
    keras.mixed_precision.set_global_policy(f"mixed_{options.mixed_precision}")
if options.quick:
    options.size, options.epochs = 32, 1
options.output.mkdir(parents=True, exist_ok=True)
keras.utils.set_random_seed(0)

# %% [markdown]
# Colours stand for background, facade, window, door, cornice, sill, balcony, blind, deco, molding,
# pillar and shop. JPEG has blurred them: each pixel takes the nearest colour, what is rare around
# it gives way, and then they are made smaller, with no new colour between two.

# %%
COLOURS = np.array(
    [
        *([0, 0, 220], [0, 48, 252], [0, 128, 252], [0, 204, 252], [32, 252, 224], [112, 252, 140]),
        *([192, 252, 60], [252, 240, 0], [252, 156, 0], [252, 80, 0], [252, 0, 0], [172, 0, 0]),
    ],
    dtype="float32",
)
COLOURS /= 255
SHAPE = (options.size, options.size, 3)
FLAT = (options.size, options.size * len(COLOURS), 1)  # a map of labels, as an image
LATENTS = 8
DEPTHS = (32, 64) if options.quick else (32, 64, 128, 128)
ANSWERS = 16


def nearest(images):
    """Classes of the nearest colours, uint8."""
    distances = np.square(COLOURS).sum(axis=1) - 2 * images @ COLOURS.T
    return distances.argmin(axis=-1).astype("uint8")


def pairs(split, count):
    """Photographs and classes, of the first pairs of a split."""
    photographs, classes = [], []
    with zipfile.ZipFile(options.facades) as files:
        names = sorted(name for name in files.namelist() if f"{split}/" in name)
        for name in names[:count]:
            both = PIL.Image.open(files.open(name)).convert("RGB")
            photograph, labels = both.crop((0, 0, 256, 256)), both.crop((256, 0, 512, 256))
            labels = PIL.Image.fromarray(nearest(np.asarray(labels, "float32") / 255))
            labels = labels.filter(PIL.ImageFilter.ModeFilter(5))
            photographs.append(np.asarray(photograph.resize(SHAPE[:2], PIL.Image.Resampling.BOX)))
            classes.append(np.asarray(labels.resize(SHAPE[:2], PIL.Image.Resampling.NEAREST)))
    return np.stack(photographs).astype("float32") / 255, np.stack(classes)


def mirrored(images):
    """Images, and their mirror images after them."""
    return np.concatenate([images, images[:, :, ::-1]])


photographs, classes = map(mirrored, pairs("train", 24 if options.quick else None))
true, wanted = pairs("test", 12 if options.quick else None)
learning = {"epochs": options.epochs, "shuffle": True, "verbose": 0}


def translator():
    """A Pix2Pix of these sides."""
    return kg.models.Pix2Pix(SHAPE, filters=DEPTHS, discriminator_filters=DEPTHS[:3], seed=0)


def agreement(found, wanted):
    """Mean intersection over union of classes, and the share of pixels that are right."""
    union = keras.metrics.MeanIoU(len(COLOURS))
    union.update_state(wanted, found)
    return {"IoU": float(union.result()), "right": np.mean(found == wanted)}


def show(title, rows):
    names = max(rows.values(), key=len)
    print(f"\n{title}\n{'':40}" + "".join(f"{name:>9}" for name in names))
    for name, found in rows.items():
        print(f"{name:40}" + "".join(f"{value:9.4f}" for value in found.values()), flush=True)


# %% [markdown]
# The segmenter learns from photographs what each pixel is. Told latents too, it is the decoder of
# the conditional VAE, whose images are maps of labels, each pixel a 1 among 12, side by side.


# %%
def unet(latent_dim=None):
    """From photographs to logits of classes; from latents and photographs to flat maps."""
    photographs = x = keras.Input(SHAPE, name="conditions")
    seen = []
    for depth in DEPTHS:
        seen.append(x)
        x = layers.Conv2D(depth, 4, 2, "same", activation="relu")(x)
    x = layers.Dropout(0.5)(layers.Identity(name="innermost")(x))
    if latent_dim is not None:
        latents = keras.Input((latent_dim,), name="latents")
        told = layers.Reshape(x.shape[1:])(layers.Dense(math.prod(x.shape[1:]))(latents))
        x = layers.Concatenate()([x, told])
    for depth in (*DEPTHS[-2::-1], DEPTHS[0]):
        x = layers.Conv2DTranspose(depth, 4, 2, "same", activation="relu")(x)
        x = layers.Concatenate()([x, seen.pop()])
    x = layers.Conv2D(len(COLOURS), 3, padding="same", dtype="float32")(x)
    if latent_dim is None:
        return keras.Model(photographs, x)
    x = layers.Softmax(dtype="float32")(x)
    return keras.Model([latents, photographs], layers.Reshape(FLAT, dtype="float32")(x))


reader = unet()
loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
reader.compile(keras.optimizers.Adam(1e-3), loss)
reader.fit(photographs, classes, batch_size=8, **learning)
innermost = layers.GlobalAveragePooling2D(dtype="float32")(reader.get_layer("innermost").output)
features = keras.Model(reader.input, innermost)


of_true = features.predict(true, verbose=0)


def read(images):
    """Classes that the segmenter finds."""
    return reader.predict(images, verbose=0).argmax(axis=-1)


# %% [markdown]
# Photographs of labels. The first rows cost nothing: the mean photograph, and for each map of
# labels the photograph of the training pair whose labels are most alike. The last row is the
# least that a kernel distance comes to; real ones, against themselves, fall below 0.


# %%
def measures(made):
    """Absolute error, kernel distance to the test photographs, and what is read in them."""
    size = min(len(made), len(true))
    found = features.predict(made, verbose=0)
    kernel = kg.metrics.kernel_distance(of_true, found, subsets=20, subset_size=size)
    if len(made) != len(true):
        return {"error": np.nan, "kernel": kernel}
    return {"error": np.abs(made - true).mean(), "kernel": kernel} | agreement(read(made), wanted)


if options.only != "labels":
    sources, given = COLOURS[classes], COLOURS[wanted]
    alike = [np.mean(classes == each, axis=(1, 2)).argmax() for each in wanted]
    pix = translator()
    alone = keras.models.clone_model(pix.generator)
    alone.compile(keras.optimizers.Adam(2e-4, 0.5), "mean_absolute_error")
    alone.fit(sources, photographs, batch_size=4, **learning)
    pix.compile()
    pix.fit(sources, photographs, batch_size=4, **learning)
    made = {
        "the mean photograph": np.broadcast_to(photographs.mean(axis=0), true.shape),
        "of the most alike training labels": photographs[alike],
        "absolute error alone": alone.predict(given, verbose=0),
        "Pix2Pix": pix.translate(given),
        "real": true,
    }
    rows = {name: measures(images) for name, images in made.items()}
    rows["real, of the training split"] = measures(photographs[: len(photographs) // 2])
    show(f"photographs of {len(true)} maps of labels, {SHAPE[0]}x{SHAPE[0]}", rows)
    headers = ["labels", "mean", "alike", "error", "Pix2Pix", "real"]
    shown = np.stack([given, *made.values()], axis=1)[:8]
    figure = kg.grids.grid(shown, "Photographs of labels", headers=headers)
    figure.savefig(options.output / "photographs.png", dpi=200)

# %% [markdown]
# Labels of photographs. The mean of 16 drawn maps is what most likely stands at each pixel. The
# best of the 16 is found by one who knows the truth; Pix2Pix answers 16 times where its dropout is
# left on.


# %%
def encoder():
    """From flat maps and photographs to features."""
    maps, photographs = keras.Input(FLAT), keras.Input(SHAPE)
    x = layers.Reshape((*SHAPE[:2], len(COLOURS)))(maps)
    x = layers.Concatenate()([x, photographs])
    for depth in DEPTHS:
        x = layers.Conv2D(depth, 4, 2, "same", activation="relu")(x)
    return keras.Model([maps, photographs], x)


def best(answers):
    """Of each photograph's answers the one whose intersection over union is largest."""
    both = zip(answers, wanted, strict=True)
    unions = [[agreement(answer, truth)["IoU"] for answer in each] for each, truth in both]
    return answers[range(len(answers)), np.argmax(unions, axis=1)]


if options.only != "photographs":
    pix = translator()
    pix.compile()
    pix.fit(photographs, COLOURS[classes], batch_size=4, **learning)
    networks = {"encoder": encoder(), "decoder": unet(LATENTS)}
    cvae = kg.models.ConditionalVAE(
        FLAT, condition_shape=SHAPE, latent_dim=LATENTS, **networks, seed=0
    )
    cvae.compile(keras.optimizers.Adam(1e-3))
    one_hot = np.eye(len(COLOURS), dtype="float32")[classes]
    cvae.fit(one_hot.reshape(-1, *FLAT), photographs, batch_size=8, **learning)
    drawn = cvae.sample(conditions=true.repeat(ANSWERS, axis=0), seed=0)
    drawn = drawn.reshape(len(true), ANSWERS, *SHAPE[:2], len(COLOURS))
    answers = drawn.argmax(axis=-1)
    dropped = [nearest(np.asarray(pix.generator(true, training=True))) for _ in range(ANSWERS)]
    usual = one_hot.mean(axis=0).argmax(axis=-1)
    found = {
        "most frequent of each pixel": np.broadcast_to(usual, wanted.shape),
        "segmenter": read(true),
        "Pix2Pix": nearest(pix.translate(true)),
        "Pix2Pix, the best of 16": best(np.stack(dropped, axis=1)),
        "ConditionalVAE, one answer": answers[:, 0],
        "ConditionalVAE, the mean of 16": drawn.mean(axis=1).argmax(axis=-1),
        "ConditionalVAE, the best of 16": best(answers),
    }
    rows = {name: agreement(each, wanted) for name, each in found.items()}
    show(f"labels of {len(true)} photographs, {SHAPE[0]}x{SHAPE[0]}", rows)
    shown = [wanted, *[*found.values()][1:], *answers[:, 1:4].swapaxes(0, 1)]
    shown = np.stack([true, *(COLOURS[each] for each in shown)], axis=1)
    headers = ["given", "true", "segm.", "Pix2Pix", "best", "CVAE", "mean", "best", *"234"]
    figure = kg.grids.grid(shown[:8], "Labels of photographs", headers=headers)
    figure.savefig(options.output / "labels.png", dpi=200)
