# %% [markdown]
# # A hundred labels: a classifier that starts from an autoencoder beats one from scratch
#
# Pictures: `runs/few_labels/few_labels.png`, the accuracies of every seed. Time: some minutes on 2
# cores; with `--quick` 49 s, too short for a difference.
#
#     python examples/few_labels.py [--quick]
#
# An autoencoder sees all of MNIST without labels. Then classifiers of one shape learn from the same
# hundred labels, ten of each digit: one on the autoencoder's encoder as it is, one that tunes it
# further, one from random weights. Each seed draws other labels and other weights.

# %%
import argparse
from pathlib import Path

import keras
import numpy as np
import PIL.Image
from matplotlib.figure import Figure

import keras_genzoo as kg

parser = argparse.ArgumentParser(allow_abbrev=False)
parser.add_argument("--quick", action="store_true", help="fewer images, epochs and seeds")
parser.add_argument("--output", type=Path, default=Path("runs/few_labels"))
options, _ = parser.parse_known_args()  # a notebook's kernel has arguments of its own

# %% [markdown]
# The autoencoder, from images alone. It removes noise: rebuilding what noise hides teaches more
# than copying.


# %%
def arrays(split):
    """A split of MNIST as images and labels."""
    dataset = kg.datasets.load("mnist", split, batch_size=1000, labels=True, shuffle=False)
    return kg.datasets.arrays(dataset)


def new_autoencoder():
    """With random weights."""
    return kg.models.Autoencoder((28, 28, 1), latent_dim=10, hidden=(500, 250), noise_stddev=0.5)


seeds, epochs = (2, 4) if options.quick else (5, 10)
train_images, train_labels = arrays("train[:5000]" if options.quick else "train")
test_images, test_labels = arrays("test[:1000]" if options.quick else "test")

keras.utils.set_random_seed(0)
autoencoder = new_autoencoder()
autoencoder.compile()
autoencoder.fit(train_images, batch_size=128, epochs=epochs, verbose=2)

# %% [markdown]
# The classifiers, from a hundred labels.


# %%
def ten_of_each(labels, seed):
    """Indices of ten random examples of each class."""
    random = np.random.default_rng(seed)
    return np.concatenate(
        [random.choice(np.flatnonzero(labels == digit), 10, replace=False) for digit in range(10)]
    )


accuracies = {"pretrained, frozen": [], "pretrained, tuned": [], "from scratch": []}
for seed in range(seeds):
    keras.utils.set_random_seed(seed)
    chosen = ten_of_each(train_labels, seed)
    classifiers = (
        autoencoder.classifier(num_classes=10, freeze=True),
        autoencoder.classifier(num_classes=10),
        new_autoencoder().classifier(num_classes=10),
    )
    for start, classifier in zip(accuracies, classifiers, strict=True):
        classifier.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
        classifier.fit(
            train_images[chosen], train_labels[chosen], batch_size=20, epochs=60, verbose=0
        )
        _, accuracy = classifier.evaluate(test_images, test_labels, batch_size=500, verbose=0)
        accuracies[start].append(accuracy)
        print(f"seed {seed}, {start}: {accuracy:.1%}")
for start, values in accuracies.items():
    print(f"{start}: {np.mean(values):.1%} +- {np.std(values, ddof=1):.1%} of {seeds} seeds")

# %%
figure = Figure(figsize=(6, 3), layout="constrained")
axes = figure.subplots()
for start, values in accuracies.items():
    axes.plot([100 * value for value in values], [start] * seeds, "o", alpha=0.6)
axes.set(title="A hundred labels of MNIST", xlabel="test digits right (%), a point for each seed")
axes.invert_yaxis()
options.output.mkdir(parents=True, exist_ok=True)
picture = options.output / "few_labels.png"
figure.savefig(picture)
PIL.Image.open(picture)
