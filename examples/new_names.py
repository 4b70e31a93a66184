# %% [markdown]
# # New names: what a SequenceVAE makes up, and how well it knows the names that there are
#
# Pictures: `runs/new_names/lengths.png`, how long names are, real and drawn. Time: 14 s of a core;
# with `--quick` 14 s or less, of fewer names.
#
#     python examples/new_names.py --names names.txt
#
# The file is https://github.com/karpathy/makemore/blob/master/names.txt, 32,000 first names, MIT
# licence. Its names are held against a model that counts: characters given the four before them,
# smoothed by shorter contexts (Witten and Bell 1991, https://doi.org/10.1109/18.87000).

# %%
import argparse
import collections
import math
import os
from pathlib import Path

import numpy as np
import PIL.Image
from matplotlib.figure import Figure

import keras_genzoo as kg

parser = argparse.ArgumentParser(allow_abbrev=False)
parser.add_argument(
    "--names",
    type=Path,
    default=Path(os.environ.get("GENZOO_DATA_DIR", ""), "names.txt"),
    help="a name a line; names.txt, here or in $GENZOO_DATA_DIR, unless given",
)
parser.add_argument("--preset", default="sequence_vae_names")
parser.add_argument("--quick", action="store_true", help="fewer names, some that are made")
parser.add_argument("--output", type=Path, default=Path("runs/new_names"))
options, _ = parser.parse_known_args()  # a notebook's kernel has arguments of its own
options.output.mkdir(parents=True, exist_ok=True)
model = kg.from_preset(options.preset)
if options.quick:
    options.names = options.output / "names.txt"
    made = kg.datasets.as_text(model.sample(600, seed=9), model.vocabulary)
    options.names.write_text("\n".join(filter(None, made)))
count, draws = (100, 4) if options.quick else (2_000, 16)

# %% [markdown]
# Draw some, and see how many of them are in no list.

# %%
how = {"vocabulary": model.vocabulary, "length": model.length, "shuffle": False}
held_out = kg.datasets.arrays(kg.datasets.text(options.names, split="test", **how))[:count]
train = kg.datasets.arrays(kg.datasets.text(options.names, split="train", **how))
every = kg.datasets.arrays(kg.datasets.text(options.names, split="train+validation+test", **how))
names = kg.datasets.as_text(train, model.vocabulary)
drawn = kg.datasets.as_text(model.sample(count, seed=0), model.vocabulary)
known = {*kg.datasets.as_text(every, model.vocabulary)}
print("drawn:", ", ".join(drawn[:16]))
print(f"new: {np.mean([name not in known for name in drawn]):.1%} of {count:,}")
way = model.interpolate(train[0], train[-1], steps=8)
print("between:", ", ".join(kg.datasets.as_text(way, model.vocabulary)))

# %% [markdown]
# How probable are names that neither has seen? Less is better.


# %%
def contexts(name):
    """Each character of a name, and its end, with the four before it."""
    padded = "    " + name + "\n"
    return [(padded[i - 4 : i], padded[i]) for i in range(4, len(padded))]


counts = collections.defaultdict(collections.Counter)
for name in names:
    for before, character in contexts(name):
        for length in range(5):
            counts[before[4 - length :]][character] += 1


def probability(before, character):
    """Of a character, smoothed by what is known of a context that is one shorter."""
    shorter = probability(before[1:], character) if before else 1 / len(model.vocabulary)
    seen = counts[before] if before in counts else collections.Counter()
    novel = len(seen)
    return (seen[character] + novel * shorter) / (seen.total() + novel) if novel else shorter


tested = kg.datasets.as_text(held_out, model.vocabulary)
counted = [-sum(math.log(probability(*pair)) for pair in contexts(name)) for name in tested]
bound = -kg.metrics.lower_bound(model, held_out, num_samples=draws)
likelihood = -kg.metrics.log_likelihood(model, held_out, num_samples=draws)
print(f"nats per name, {len(tested):,} held out: {np.mean(counted):.2f} by counts of 5 characters")
print(f"{bound.mean():.2f} by the model's bound, {likelihood.mean():.2f} weighted, {draws} draws")

# %%
figure = Figure(figsize=(6, 3.5), layout="constrained")
axes = figure.subplots()
bins = np.arange(0.5, model.length + 1)
for label, each in (("real", names), ("drawn", drawn)):
    axes.hist([len(name) for name in each], bins, density=True, alpha=0.5, label=label)
axes.set(xlabel="characters", ylabel="share", title="How long are names?")
axes.legend()
figure.savefig(options.output / "lengths.png")
PIL.Image.open(options.output / "lengths.png")
