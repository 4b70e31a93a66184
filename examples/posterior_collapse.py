# %% [markdown]
# # Posterior collapse: when a text's latent is ignored, and what brings it back
#
# Pictures: `runs/posterior_collapse/collapse.png`, the KL of each training, epoch by epoch.
# Time: 25 minutes with a tenth of a core; with `--quick` 14 s of one, on lines that it makes; with
# `--full` 10 minutes of a core an epoch.
#
#     python examples/posterior_collapse.py --text ptb.zip [--full --epochs 2]
#
# A decoder that sees all words before the next one writes well without the latent, and the KL that
# it would cost is saved: the posterior collapses onto the prior (Bowman et al. 2016,
# https://arxiv.org/abs/1511.06349). The file is the Penn Treebank as language models take it,
# `ptb.train.txt`, `ptb.valid.txt` and `ptb.test.txt` in a zip; any text will do. So that the table
# takes minutes, the most frequent words alone are told apart, and the first lines learned from;
# with `--full` all words, and all lines of at most 40.

# %%
import argparse
import os
from pathlib import Path

import keras
import numpy as np
import PIL.Image
from matplotlib.figure import Figure

import keras_genzoo as kg

parser = argparse.ArgumentParser(allow_abbrev=False)
parser.add_argument(
    "--text",
    type=Path,
    default=Path(os.environ.get("GENZOO_DATA_DIR", ""), "ptb.zip"),
    help="a text, or a zip with splits; ptb.zip, here or in $GENZOO_DATA_DIR, unless given",
)
parser.add_argument("--lines", type=int, default=6_000, help="lines that are learned from")
parser.add_argument("--words", type=int, default=2_000, help="words that are told apart")
parser.add_argument("--full", action="store_true", help="all words and lines, tested on all lines")
parser.add_argument("--epochs", type=int, default=3)
parser.add_argument("--quick", action="store_true", help="a few lines that are made, one epoch")
parser.add_argument("--output", type=Path, default=Path("runs/posterior_collapse"))
options, _ = parser.parse_known_args()  # a notebook's kernel has arguments of its own
options.output.mkdir(parents=True, exist_ok=True)
units, length = (16, 8) if options.quick else (128, 41 if options.full else 21)
split, tested, draws = ("test", None, 1) if options.full else ("validation", 500, 8)
if options.full:
    options.lines = options.words = None
if options.quick:
    options.text, options.epochs, draws = options.output / "lines.txt", 1, 1
    random = np.random.default_rng(0)
    words = ["the", "a", "cat", "dog", "sees", "hears", "<unk>"]
    lines = [" ".join(random.choice(words, random.integers(2, 7))) for _ in range(400)]
    options.text.write_text("\n".join(lines))

# %% [markdown]
# Rare words are `<unk>`, as the treebank has them already; longer lines are left out.

# %%
how = {"unit": "word", "shuffle": False}
every = kg.datasets.text(options.text, split="train", **how).vocabulary
known = [word for word in every[: options.words] if word != "<unk>"] + ["<unk>"]
train, held_out = (
    kg.datasets.arrays(kg.datasets.text(options.text, split=split, vocabulary=known, **how))
    for split in ("train", split)
)
train, held_out = (
    lines[(lines[:, length - 1 :] == 0).all(axis=1), :length] for lines in (train, held_out)
)
train, held_out = train[: options.lines], held_out[:tested]
paid = (held_out != 0).sum() + len(held_out)  # words, and the end of each line
print(f"{len(train):,} lines to learn from, {len(held_out)} held out, {len(known):,} words")

# %% [markdown]
# The same networks, each time anew. A `beta` of 1000 forbids the latent: what is left is a language
# model of the same size. Nats are of the bound, one of log p(x), and the lines' ends are words too.

# %%
steps = options.epochs * -(-len(train) // 64)
trainings = {
    "language model": ({"beta": 1000.0, "free_bits": 0.0}, []),
    "nothing against it": ({"free_bits": 0.0}, []),
    "beta warm-up": ({"free_bits": 0.0}, [kg.callbacks.BetaWarmUp(steps // 2)]),
    "word dropout 0.4": ({"free_bits": 0.0, "word_dropout": 0.4}, []),
    "free bits 8": ({"free_bits": 8.0}, []),
}
if options.quick:
    trainings = {name: trainings[name] for name in ("nothing against it", "free bits 8")}
if options.full:
    del trainings["beta warm-up"]  # which on fewer lines brought nothing back
rate = keras.optimizers.schedules.CosineDecay(4e-3, steps) if options.full else 2e-3
kl_of_epochs = {}
print(f"{'':20} {'nats per line':>14} {'per word':>9} {'perplexity':>11} {'KL per line':>12}")
for name, (arguments, callbacks) in trainings.items():
    model = kg.models.SequenceVAE(
        len(known),
        train.shape[1],
        latent_dim=16,
        units=units,
        seed=0,
        vocabulary=known,
        **arguments,
    )
    model.compile(keras.optimizers.Adam(rate, clipnorm=1.0 if options.full else None))
    fitted = model.fit(train, epochs=options.epochs, batch_size=64, callbacks=callbacks, verbose=0)
    kl_of_epochs[name] = fitted.history["kl"]
    nats = -kg.metrics.lower_bound(model, held_out, num_samples=draws)
    kl = kg.metrics.kl_per_dimension(model, held_out).sum()
    per_word = nats.sum() / paid
    print(
        f"{name:20} {nats.mean():14.2f} {per_word:9.3f} {np.exp(per_word):11.1f} {kl:12.2f}",
        flush=True,
    )

# %% [markdown]
# What others publish of all 3,761 lines of the treebank's test, 21.9 words each with their ends: a
# VAE of LSTMs 102.54 nats a line, perplexity 107.64, so 4.68 a word
# (https://github.com/asyml/texar-pytorch/tree/master/examples/vae_text); Bowman's model of GRUs an
# "NLL" of 103.967 beside a KL of 7.269 (https://github.com/timbmg/Sentence-VAE). Both are read on
# those pages; the tables of the papers were not at hand, and none of them is quoted. `--full` tests
# the 3,620 lines of at most 40 words, which are shorter: compare what a word costs.

# %%
figure = Figure(figsize=(7, 4), layout="constrained")
axes = figure.subplots()
for name, kl in kl_of_epochs.items():
    axes.plot(range(1, len(kl) + 1), kl, marker="o", label=name)
axes.set(xlabel="epoch", ylabel="KL, nats per line", title="Is the latent used?")
axes.legend()
figure.savefig(options.output / "collapse.png")
PIL.Image.open(options.output / "collapse.png")
