# %% [markdown]
# # The classifiers that the zoo's distances look through: `classifier_mnist` and its sisters
#
# Pictures: `runs/classifier_mnist/misread.png`, test images that the classifier reads wrongly,
# beside the preset. Time: some half an hour on 2 cores, of faces some 4 minutes of processor time;
# with `--quick` 44 s.
#
#     python examples/train_classifier.py --dataset mnist
#     python examples/train_classifier.py --dataset fashion_mnist
#     python examples/train_classifier.py --dataset celeba64 --faces celeba64.zip
#     python examples/train_classifier.py --quick
#
# A distance between real and drawn images is taken in the features of a network that knows such
# images. It is a small convolutional classifier, a plain Keras model: its layer `features` is what
# distances compare, its output, probabilities, what counts classes. Of faces it reads CelebA's 40
# attributes, each of which a face has or lacks; `celeba64.py` says where the faces come from.

# %%
import argparse
import csv
import io
import os
import zipfile
from pathlib import Path

import keras
import numpy as np
import PIL.Image
from keras import layers

import keras_genzoo as kg

EPOCHS = {"mnist": 15, "fashion_mnist": 20, "celeba64": 10}
LICENCES = {
    "mnist": "Apache-2.0; trained on MNIST, whose licence its makers do not state",
    "fashion_mnist": "Apache-2.0; trained on Fashion-MNIST, MIT",
    "celeba64": "for non-commercial research only, as CelebA is, on 10,000 of whose faces it was "
    "trained; no redistribution of the images",
}

parser = argparse.ArgumentParser(allow_abbrev=False)
parser.add_argument("--dataset", choices=list(EPOCHS), default="mnist")
parser.add_argument(
    "--faces",
    type=Path,
    default=Path(os.environ.get("GENZOO_DATA_DIR", ""), "celeba64.zip"),
    help="zip of CelebA at 64x64; celeba64.zip, here or in $GENZOO_DATA_DIR, unless given",
)
parser.add_argument("--output", type=Path, help="folder of the preset")
parser.add_argument("--quick", action="store_true", help="fewer images, one epoch")
options, _ = parser.parse_known_args()  # a notebook's kernel has arguments of its own
of_faces = options.dataset == "celeba64"

# %% [markdown]
# The network, and images a little out of place for it to learn from.


# %%
def new_classifier():
    """From images in [0, 1] to the probabilities of ten classes."""
    images = x = keras.Input((28, 28, 1), name="images")
    for filters, repeats in ((32, 1), (64, 2), (128, 2)):
        for _ in range(repeats):
            x = layers.Conv2D(filters, 3, padding="same", use_bias=False)(x)
            x = layers.BatchNormalization(momentum=0.9)(x)
            x = layers.Activation("relu")(x)
        x = layers.MaxPooling2D()(x)
    x = layers.Dropout(0.3)(layers.Flatten()(x))
    x = layers.Dense(128, activation="relu", name="features")(x)
    x = layers.Dropout(0.3)(x)
    probabilities = layers.Dense(10, activation="softmax", name="probabilities")(x)
    return keras.Model(images, probabilities, name="classifier")


def new_reader(attributes):
    """From faces in [0, 1] to the probability of each of so many attributes."""
    images = x = keras.Input((64, 64, 3), name="images")
    for filters in (32, 64, 128, 256):
        x = layers.Conv2D(filters, 3, strides=2, padding="same", use_bias=False)(x)
        x = layers.BatchNormalization(momentum=0.9)(x)
        x = layers.Activation("relu")(x)
    x = layers.Dropout(0.3)(layers.GlobalAveragePooling2D()(x))
    x = layers.Dense(128, activation="relu", name="features")(x)
    x = layers.Dropout(0.3)(x)
    probabilities = layers.Dense(attributes, activation="sigmoid", name="probabilities")(x)
    return keras.Model(images, probabilities, name="classifier")


def attributes_of(faces):
    """Names of the attributes, which the zip's table has beside what tells of the files."""
    with zipfile.ZipFile(faces) as archive, archive.open("attributes.csv") as table:
        header = next(csv.reader(io.TextIOWrapper(table)))
    return [column for column in header if column not in ("file", "partition", "identity")]


def augmentation(flips):
    """Images a little out of place; a shoe that points left is a shoe, a flipped 2 is no 2."""
    shift = layers.RandomTranslation(0.08, 0.08, fill_mode="constant")
    return keras.Sequential([layers.RandomFlip("horizontal"), shift]) if flips else shift


keras.utils.set_random_seed(0)
epochs = 1 if options.quick else EPOCHS[options.dataset]
split = "train[:10%]" if options.quick else "train"
source = options.faces if of_faces else options.dataset
asked = attributes_of(options.faces) if of_faces else True
train = kg.datasets.load(source, split, labels=asked)
test = kg.datasets.load(source, "test", labels=asked, shuffle=False)
if of_faces:  # -1 says that a face lacks the attribute
    train, test = (each.map(lambda images, has: (images, has > 0)) for each in (train, test))
shift = augmentation(flips=options.dataset != "mnist")
varied = train.map(lambda images, labels: (shift(images, training=True), labels), 2).prefetch(2)

# %% [markdown]
# Train it, and keep it as a preset.

# %%
classifier = new_reader(len(asked)) if of_faces else new_classifier()
rate = keras.optimizers.schedules.CosineDecay(2e-3, epochs * len(train))
accuracy_of = keras.metrics.BinaryAccuracy("accuracy") if of_faces else "accuracy"
classifier.compile(
    keras.optimizers.AdamW(rate, weight_decay=1e-3),
    "binary_crossentropy" if of_faces else "sparse_categorical_crossentropy",
    metrics=[accuracy_of],
)
classifier.fit(varied, validation_data=test, epochs=epochs, shuffle=False, verbose=2)
_, accuracy = classifier.evaluate(test, verbose=0)

output = options.output or Path("runs") / f"classifier_{options.dataset}"
kg.presets.save(
    classifier,
    output,
    dataset="celeba64.zip" if of_faces else options.dataset,
    command=f"python examples/train_classifier.py --dataset {options.dataset}"
    + " --faces celeba64.zip" * of_faces
    + " --quick" * options.quick,
    seed=0,
    epochs=epochs,
    scores={"accuracy": accuracy},
    protocol="accuracy on the split test" + ", averaged over attributes" * of_faces,
    licence=LICENCES[options.dataset],
)
what = "attributes of the test faces" if of_faces else "test images"
print(f"{accuracy:.2%} of the {what} are read as labelled; {output}/ holds the preset.")

# %% [markdown]
# What it reads wrongly.

# %%
images, labels = kg.datasets.arrays(test)
read = classifier.predict(images, batch_size=500, verbose=0)
wrong = np.any((read > 0.5) != labels, axis=1) if of_faces else read.argmax(axis=1) != labels
misread = images[np.flatnonzero(wrong)[:64]]
kg.plots.image_grid(misread, "Test images that it misreads").savefig(output / "misread.png")
PIL.Image.open(output / "misread.png")
