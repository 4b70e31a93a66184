# %% [markdown]
# # Digits to order: does a conditional model draw the class that it is asked for?
#
# Pictures: `runs/conditional_digits/conditional_digits.png`, digits as asked for, a class a column.
# Time: half a minute on 2 cores; with `--quick` 14 s, with fewer images.
#
#     python examples/conditional_digits.py [--quick] [--preset conditional_vae_mnist]
#     python examples/conditional_digits.py --preset conditional_gan_fashion_mnist \
#       --dataset fashion_mnist
#
# A classifier that was trained on real digits, or clothes, reads those that the model was asked to
# draw.

# %%
import argparse
from pathlib import Path

import numpy as np
import PIL.Image

import keras_genzoo as kg

parser = argparse.ArgumentParser(allow_abbrev=False)
parser.add_argument("--preset", default="conditional_gan_mnist", help="a model of images by class")
parser.add_argument("--dataset", choices=["mnist", "fashion_mnist"], default="mnist")
parser.add_argument("--quick", action="store_true", help="fewer images")
parser.add_argument("--output", type=Path, default=Path("runs/conditional_digits"))
options, _ = parser.parse_known_args()  # a notebook's kernel has arguments of its own

# %% [markdown]
# How well the classifier reads real digits bounds what it can say of drawn ones.


# %%
def read(images):
    """The class that the classifier sees in each image."""
    return judge.predict(images, batch_size=500, verbose=0).argmax(axis=1)


judge = kg.from_preset(f"classifier_{options.dataset}")
count = 1_000 if options.quick else 10_000
test = kg.datasets.load(options.dataset, f"test[:{count}]", labels=True, shuffle=False)
images, labels = kg.datasets.arrays(test)
print(f"real test images read as labelled: {np.mean(read(images) == labels):.1%}")

# %% [markdown]
# Ask for as many digits, the classes in turn, and have them read.

# %%
asked = np.arange(count) % 10
images = kg.from_preset(options.preset).sample(labels=asked, seed=0)
drawn = read(images)
print(f"drawn images read as asked for: {np.mean(drawn == asked):.1%} of {count:,}")
for label in range(10):
    print(f"  {label}: {np.mean(drawn[asked == label] == label):.1%}")

# %%
options.output.mkdir(parents=True, exist_ok=True)
picture = options.output / "conditional_digits.png"
kg.plots.image_grid(images[:100], "A class in each column", columns=10).savefig(picture)
PIL.Image.open(picture)
