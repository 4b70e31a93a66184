# %% [markdown]
# # Sopranos of Bach: MIDI of the chorales' highest voices, as `kg.datasets.melodies` reads them
#
# Pictures: `runs/bach_sopranos/piano_rolls.png`, how some of them begin; the MIDI files lie beside.
# Time: 7 s of a core; with `--quick` 7 s or less, on chorales that it makes.
#
#     python examples/bach_sopranos.py --chorales Jsb16thSeparated.npz
#
# The file is the one of https://github.com/omarperacha/TonicNet and others: arrays `train`, `valid`
# and `test` of pieces, each (sixteenth notes, 4 voices) of MIDI pitches, NaN where a voice is
# silent. They lie there as pickled objects, which can run any code when they are loaded, and which
# the package never loads: load a file only if you trust those who made it.

# %%
import argparse
import os
from pathlib import Path

import numpy as np
import PIL.Image

import keras_genzoo as kg

parser = argparse.ArgumentParser(allow_abbrev=False)
parser.add_argument(
    "--chorales",
    type=Path,
    default=Path(os.environ.get("GENZOO_DATA_DIR", ""), "Jsb16thSeparated.npz"),
    help="Jsb16thSeparated.npz, here or in $GENZOO_DATA_DIR, unless given",
)
parser.add_argument("--quick", action="store_true", help="chorales that are made")
parser.add_argument("--output", type=Path, default=Path("runs/bach_sopranos"))
options, _ = parser.parse_known_args()  # a notebook's kernel has arguments of its own
options.output.mkdir(parents=True, exist_ok=True)

if options.quick:
    scales = [np.repeat(60 + np.arange(8)[:, None] + start, 4, axis=0) for start in range(6)]
    pieces = {"train": [np.repeat(scale.astype(float), 4, axis=1) for scale in scales]}
else:
    with np.load(options.chorales, allow_pickle=True, encoding="latin1") as archive:
        pieces = {split: list(archive[split]) for split in archive.files}

# %% [markdown]
# A pitch that is the same as the one before is held: the arrays do not tell a note that is sung
# twice from a long one.


# %%
def tokens_of(soprano):
    """Tokens of `kg.datasets.melodies`."""
    pitches = np.nan_to_num(soprano, nan=-1).astype(int)
    is_held = np.r_[False, pitches[1:] == pitches[:-1]]
    return np.where(pitches < 0, 2, np.where(is_held, 1, 3 + pitches))


melodies = {
    f"{split}_{number:03}": tokens_of(np.asarray(piece)[:, 0])
    for split, chorales in pieces.items()
    for number, piece in enumerate(chorales)
}
for name, tokens in melodies.items():
    kg.datasets.to_midi(tokens, options.output / f"{name}.mid")
print(f"{len(melodies)} melodies of {np.mean([len(m) for m in melodies.values()]) / 16:.0f} bars")

# %% [markdown]
# Read back: `genzoo train sequence_vae --dataset runs/bach_sopranos` learns from them.

# %%
every = "train+validation+test"
windows = kg.datasets.arrays(kg.datasets.melodies(options.output, split=every, shuffle=False))
print(f"{len(windows)} windows of two bars")
kg.plots.piano_rolls(windows[:12], "Sopranos").savefig(options.output / "piano_rolls.png")
PIL.Image.open(options.output / "piano_rolls.png")
