"""The classifiers that the zoo's distances look through: `classifier_mnist` and its sister.

A distance between real and drawn images is taken in the features of a network that knows such
images. For MNIST and Fashion-MNIST it is a small convolutional classifier, a plain Keras model: its
layer `features` is what distances compare, its output, probabilities, what counts classes.

    python examples/train_classifier.py --dataset mnist            # some half an hour on 2 cores
    python examples/train_classifier.py --dataset fashion_mnist
    python examples/train_classifier.py --quick                    # less than a minute
"""

import shlex
import sys
from pathlib import Path

import cyclopts
import keras
from keras import layers

import keras_genzoo as kg

EPOCHS = {"mnist": 15, "fashion_mnist": 20}
LICENCES = {
    "mnist": "Apache-2.0; trained on MNIST, whose licence its makers do not state",
    "fashion_mnist": "Apache-2.0; trained on Fashion-MNIST, MIT",
}


def main(*, dataset: str = "mnist", output: Path | None = None, quick: bool = False):
    """Train a classifier, print its test accuracy and keep it as a preset.

    Args:
        dataset: mnist or fashion_mnist.
        output: Folder of the preset; runs/classifier_DATASET unless given.
        quick: Fewer images, one epoch.
    """
    keras.utils.set_random_seed(0)
    epochs = 1 if quick else EPOCHS[dataset]
    train = kg.datasets.load(dataset, "train[:10%]" if quick else "train", labels=True)
    test = kg.datasets.load(dataset, "test", labels=True, shuffle=False)
    shift = augmentation(flips=dataset == "fashion_mnist")
    varied = train.map(lambda images, labels: (shift(images, training=True), labels), 2).prefetch(2)

    classifier = new_classifier()
    rate = keras.optimizers.schedules.CosineDecay(2e-3, epochs * len(train))
    classifier.compile(
        keras.optimizers.AdamW(rate, weight_decay=1e-3),
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    classifier.fit(varied, validation_data=test, epochs=epochs, shuffle=False, verbose=2)
    _, accuracy = classifier.evaluate(test, verbose=0)

    output = output or Path("runs") / f"classifier_{dataset}"
    kg.presets.save(
        classifier,
        output,
        dataset=dataset,
        command=shlex.join(["python", *sys.argv]),
        seed=0,
        epochs=epochs,
        scores={"accuracy": accuracy},
        protocol="accuracy on the split test",
        licence=LICENCES[dataset],
    )
    print(f"{accuracy:.2%} of the test images are read as labelled; {output}/ holds the preset.")


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


def augmentation(flips):
    """Images a little out of place; a shoe that points left is a shoe, a flipped 2 is no 2."""
    shift = layers.RandomTranslation(0.08, 0.08, fill_mode="constant")
    return keras.Sequential([layers.RandomFlip("horizontal"), shift]) if flips else shift


if __name__ == "__main__":
    cyclopts.run(main)
