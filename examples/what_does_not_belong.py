# %% [markdown]
# # What does not belong: likelihoods fail where images are simple, and what mends it
#
# Pictures: `runs/what_does_not_belong/what_does_not_belong.png`, how images of either set score.
# Time: 25 minutes of processor time, for the digits that are left out; with `--quick` 20 s, of one
# digit and few images.
#
#     python examples/what_does_not_belong.py [--quick]
#
# A model of clothes should find digits strange. Its likelihood does not: digits are mostly black,
# and black is likely. A score is judged by its AUROC, how often a strange image scores higher than
# an own one; 0.5 is chance, and below it the score is worse than none. The last line of each table
# takes no model at all.

# %%
import argparse
from pathlib import Path

import keras
import numpy as np
import PIL.Image
from matplotlib.figure import Figure
from sklearn.metrics import roc_auc_score

import keras_genzoo as kg

parser = argparse.ArgumentParser(allow_abbrev=False)
parser.add_argument("--quick", action="store_true", help="fewer images, one digit, one epoch")
parser.add_argument("--output", type=Path, default=Path("runs/what_does_not_belong"))
options, _ = parser.parse_known_args()  # a notebook's kernel has arguments of its own

count = 200 if options.quick else 10_000
NO_MODEL = "minus the PNG's size, no model"


# %%
def images_of(name, split, **how):
    """Images of a split, and their labels where `how` asks for them."""
    return kg.datasets.arrays(kg.datasets.load(name, split, 500, shuffle=False, **how))


def scores_of(model, train, own, strange):
    """Every score that the model allows, of either set of images, by the method's name."""
    methods = kg.metrics.anomaly_methods(model)
    found = {}
    for method in methods:
        reference = train if method == "latent" else None
        found[method] = [
            kg.metrics.anomaly_score(model, images, method, reference) for images in (own, strange)
        ]
    found[NO_MODEL] = [-kg.metrics.png_bits(images) for images in (own, strange)]
    return found


def auroc(own, strange):
    """How often a strange image scores higher than an own one."""
    return roc_auc_score(
        np.repeat([0, 1], [len(own), len(strange)]), np.concatenate([own, strange])
    )


def table(title, columns):
    """Prints a line for each method, a column for each name."""
    print(f"\n{title}")
    print(" " * 32 + "".join(f"{name:>14}" for name in columns))
    for method in dict.fromkeys(method for found in columns.values() for method in found):
        cells = [found.get(method) for found in columns.values()]
        print(f"{method:<32}" + "".join(f"{'-' if x is None else f'{x:.3f}':>14}" for x in cells))


# %% [markdown]
# The presets, on clothes against digits and back.

# %%
sets = {
    "fashion_mnist": "fashion_mnist_small" if options.quick else "fashion_mnist",
    "mnist": "mnist",
}
tests = {name: images_of(source, f"test[:{count}]") for name, source in sets.items()}
columns, shown = {}, None
for preset, own, other in (
    ("vae_fashion_mnist_small", "fashion_mnist", "mnist"),
    ("vae_mnist_2d", "mnist", "fashion_mnist"),
):
    train = images_of(sets[own], f"train[:{count}]")
    found = scores_of(kg.from_preset(preset), train, tests[own], tests[other])
    columns[own] = {method: auroc(*pair) for method, pair in found.items()}
    shown = shown or found
table("AUROC of the presets: model of", columns)

# %% [markdown]
# Where each set lies by the model of clothes: the digits are likelier, and the correction parts
# them.

# %%
figure = Figure(figsize=(9, 3), layout="constrained")
for axes, method in zip(figure.subplots(1, 2), ("likelihood", "complexity"), strict=True):
    for name, values in zip(("clothes", "digits"), shown[method], strict=True):
        axes.hist(values, 40, density=True, alpha=0.6, label=name)
    axes.set(title=method, xlabel="nats, higher is stranger", yticks=[])
    axes.legend()
options.output.mkdir(parents=True, exist_ok=True)
picture = options.output / "what_does_not_belong.png"
figure.savefig(picture)
PIL.Image.open(picture)

# %% [markdown]
# One digit left out of MNIST, each in turn: a model of the nine others should find it strange. This
# is harder, for its images are no simpler and no less like the others.

# %%
epochs, left_out = (1, [1]) if options.quick else (10, range(10))
digits, labels = images_of("mnist", "train[:3000]" if options.quick else "train", labels=True)
test, test_labels = images_of("mnist", f"test[:{count}]", labels=True)
families = {"vae": kg.models.VAE, "autoencoder": kg.models.Autoencoder}
means = {}
for family, model_class in families.items():
    per_digit = []
    for digit in left_out:
        keras.utils.set_random_seed(0)
        model = model_class((28, 28, 1), latent_dim=16, hidden=(256, 256, 256), seed=0)
        model.compile()
        model.fit(digits[labels != digit], batch_size=128, epochs=epochs, verbose=0)
        train = digits[labels != digit][:count]
        is_strange = test_labels == digit
        found = scores_of(model, train, test[~is_strange], test[is_strange])
        per_digit.append({method: auroc(*pair) for method, pair in found.items()})
        best = max(per_digit[-1], key=per_digit[-1].get)
        print(f"{family} without {digit}: best by {best}, {per_digit[-1][best]:.3f}")
    means[family] = {m: np.mean([each[m] for each in per_digit]) for m in per_digit[0]}
table("AUROC of the digit that is left out, means: family", means)
