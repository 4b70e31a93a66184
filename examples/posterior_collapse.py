# %% [markdown]
# # Posterior collapse: when a text's latent is ignored, and what brings it back
#
# Pictures: `runs/posterior_collapse/collapse.png`, the KL of each training, epoch by epoch.
# Time: 8 minutes on 2 cores, much other work beside; with `--quick` 15 s, on lines that it makes.
#
#     python examples/posterior_collapse.py --text ptb.zip
#
# A decoder that sees all words before the next one writes well without the latent, and the KL that
# it would cost is saved: the posterior collapses onto the prior (Bowman et al. 2016,
# https://arxiv.org/abs/1511.06349). The file is the Penn Treebank as language models take it,
# `ptb.train.txt`, `ptb.valid.txt` and `ptb.test.txt` in a zip; any text will do. So that the table
# takes minutes, the most frequent words alone are told apart, and the first lines learned from.

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
parser.add_argument("--epochs", type=int, default=3)
parser.add_argument("--quick", action="store_true", help="a few lines that are made, one epoch")
parser.add_argument("--output", type=Path, default=Path("runs/posterior_collapse"))
options, _ = parser.parse_known_args()  # a notebook's kernel has arguments of its own
options.output.mkdir(parents=True, exist_ok=True)
units, length = (16, 8) if options.quick else (128, 21)
if options.quick:
    options.text, options.epochs = options.output / "lines.txt", 1
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
    for split in ("train", "validation")
)
train, held_out = (
    lines[(lines[:, length - 1 :] == 0).all(axis=1), :length] for lines in (train, held_out)
)
train, held_out = train[: options.lines], held_out[:500]
paid = (held_out != 0).sum() + len(held_out)  # words, and the end of each line
print(f"{len(train):,} lines to learn from, {len(held_out)} held out, {len(known):,} words")

# %% [markdown]
# The same networks, five times. A `beta` of 1000 forbids the latent: what is left is a language
# model of the same size.

# %%
steps = options.epochs * -(-len(train) // 64)
trainings = {
    "language model": ({"beta": 1000.0, "free_bits": 0.0}, []),
    "nothing against it": ({"free_bits": 0.0}, []),
    "beta warm-up": ({"free_bits": 0.0}, [kg.callbacks.BetaWarmUp(steps // 2)]),
    "word dropout 0.4": ({"free_bits": 0.0, "word_dropout": 0.4}, []),
    "free bits 8": ({"free_bits": 8.0}, []),
}
kl_of_epochs = {}
print(f"{'':20} {'nats per word':>14} {'KL per line':>12}")
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
    model.compile(keras.optimizers.Adam(2e-3))
    fitted = model.fit(train, epochs=options.epochs, batch_size=64, callbacks=callbacks, verbose=0)
    kl_of_epochs[name] = fitted.history["kl"]
    bound = kg.metrics.lower_bound(model, held_out, num_samples=1 if options.quick else 8)
    kl = kg.metrics.kl_per_dimension(model, held_out).sum()
    print(f"{name:20} {-bound.sum() / paid:14.3f} {kl:12.2f}")

# %%
figure = Figure(figsize=(7, 4), layout="constrained")
axes = figure.subplots()
for name, kl in kl_of_epochs.items():
    axes.plot(range(1, len(kl) + 1), kl, marker="o", label=name)
axes.set(xlabel="epoch", ylabel="KL, nats per line", title="Is the latent used?")
axes.legend()
figure.savefig(options.output / "collapse.png")
PIL.Image.open(options.output / "collapse.png")
