# %% [markdown]
# # Other digits: does a GAN that has learned to draw MNIST learn Bangla sooner than a new one?
#
# Pictures: `runs/other_digits/distances.png`, how far drawn digits are from real ones, epoch by
# epoch, and `runs/other_digits/digits.png`, digits of each. Time: 7 minutes of processor time;
# with `--quick` 28 s.
#
#     python examples/other_digits.py [--quick]
#
# `dcgan_mnist` knows strokes. Here it is trained further on 5,000 handwritten Bangla digits
# (`cmaterdb/bangla`), beside a GAN of the same networks that starts from nothing. It has a head
# start of two epochs: after the third both are alike.

# %%
import argparse
from pathlib import Path

import keras
import numpy as np
import PIL.Image
from matplotlib.figure import Figure

import keras_genzoo as kg

parser = argparse.ArgumentParser(allow_abbrev=False)
parser.add_argument("--epochs", type=int, default=15, help="of the new one; a third of the other")
parser.add_argument("--quick", action="store_true", help="fewer images, 3 epochs and 1")
parser.add_argument("--output", type=Path, default=Path("runs/other_digits"))
options, _ = parser.parse_known_args()  # a notebook's kernel has arguments of its own
options.output.mkdir(parents=True, exist_ok=True)
if options.quick:
    options.epochs = 3

# %% [markdown]
# These digits are written black on white; MNIST's are white on black.


# %%
def digits(split):
    """Images as MNIST's, and labels."""
    how = {"image_size": 28, "grayscale": True, "labels": True, "shuffle": False}
    images, labels = kg.datasets.arrays(kg.datasets.load("cmaterdb/bangla", split, **how))
    return 1 - images, labels


train, train_labels = digits("train[:640]" if options.quick else "train")
test, test_labels = digits("test")

# %% [markdown]
# What a distance is taken in: features of `classifier_mnist`, once it reads these digits.

# %%
keras.utils.set_random_seed(0)
classifier = kg.from_preset("classifier_mnist")
classifier.compile(
    keras.optimizers.Adam(1e-3), "sparse_categorical_crossentropy", metrics=["accuracy"]
)
classifier.fit(train, train_labels, batch_size=64, epochs=1 if options.quick else 5, verbose=0)
_, accuracy = classifier.evaluate(test, test_labels, verbose=0)
print(f"{accuracy:.1%} of the test digits are read as labelled.")
network = kg.evaluation.FeatureNetwork(classifier, test.shape[1:])


def distance(images):
    """Frechet distance to the test digits."""
    (real, _), (drawn, _) = (network(np.array_split(each, 10)) for each in (test, images))
    return kg.metrics.frechet_distance(real, drawn)


print(f"Frechet distance of the training digits: {distance(train):.1f}")

# %% [markdown]
# Both see the same images in the same order, with the same optimizers. Their moving averages are
# short, for so are the trainings: one of 0.999 would hold MNIST for long.

# %%
knows_mnist = kg.from_preset("dcgan_mnist", ema=0.98)
knows_nothing = kg.models.GAN.from_config(knows_mnist.get_config())
gans = {"from dcgan_mnist": (knows_mnist, options.epochs // 3)}
gans["from scratch"] = (knows_nothing, options.epochs)
distances, drawn = {}, {}
for name, (gan, epochs) in gans.items():
    keras.utils.set_random_seed(0)
    gan.compile()
    measured = distances[name] = []

    def measure(epoch, logs, gan=gan, measured=measured):
        measured.append(distance(gan.sample(len(train), seed=0)))

    measuring = keras.callbacks.LambdaCallback(on_epoch_end=measure)
    gan.fit(train, batch_size=16, epochs=epochs, callbacks=[measuring], verbose=0)
    drawn[name] = gan.sample(40, seed=1)
    for epoch in sorted({options.epochs // 3, epochs}):
        print(f"{name}, {epoch} epochs: Frechet distance {measured[epoch - 1]:.1f}")

# %%
figure = Figure(figsize=(7, 4), layout="constrained")
axes = figure.subplots()
for name, measured in distances.items():
    axes.plot(range(1, len(measured) + 1), measured, marker="o", label=name)
axes.set(xlabel="epoch", ylabel="Frechet distance", yscale="log", title="Bangla digits")
axes.legend()
figure.savefig(options.output / "distances.png")

rows = np.concatenate([test[:40], *drawn.values()])
kg.plots.image_grid(
    rows, "Two rows each: real digits; from dcgan_mnist; from scratch", columns=20
).savefig(options.output / "digits.png")
PIL.Image.open(options.output / "digits.png")
