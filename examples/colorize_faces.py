# %% [markdown]
# # Colours for grey faces: what an adversary adds to the absolute error
#
# Pictures: `runs/colorize_faces_example/colours.png`, grey faces, what the model makes of them, and
# what they were. Time: 18 s of one processor; with `--quick` 9 s, with fewer faces.
#
#     python examples/colorize_faces.py --faces fairface64.zip [--quick]
#
# `colorize_faces` is a `Pix2Pix`: it has seen each face grey and in colour, and keeps the
# luminance. It is measured on faces that it has not seen, against grey copies, which cost nothing,
# and, where you have trained one, against the same network that learned the absolute error alone:
#
#     genzoo train pix2pix --dataset fairface64.zip --pairs colorize --keep-luminance \
#       --filters 24 48 96 128 --discriminator-filters 16 32 64 --dropout 0 --batch-size 16 \
#       --epochs 2 --flip --learning-rate 4e-4 --mixed-precision bfloat16 \
#       --validation-split none --l1-weight 1e6 --output runs/l1
#     python examples/colorize_faces.py --colorizers colorize_faces runs/l1
#
# The faces are FairFace's, 64x64 (CC BY 4.0), of splits `train` and `validation`.
#
# Reference: Isola et al. (2017), https://arxiv.org/abs/1611.07004; colourfulness: Hasler and
# Suesstrunk (2003), https://doi.org/10.1117/12.477378.

# %%
import argparse
import os
import sys
from pathlib import Path

import numpy as np
import PIL.Image
import tensorflow as tf

import keras_genzoo as kg

parser = argparse.ArgumentParser(allow_abbrev=False)
parser.add_argument(
    "--faces",
    type=Path,
    default=Path(os.environ.get("GENZOO_DATA_DIR", ""), "fairface64.zip"),
    help="zip of FairFace at 64x64; fairface64.zip, here or in $GENZOO_DATA_DIR, unless given",
)
parser.add_argument("--colorizers", nargs="+", default=["colorize_faces"], help="presets")
parser.add_argument("--quick", action="store_true", help="fewer faces, and no kernel distance")
parser.add_argument("--output", type=Path, default=Path("runs/colorize_faces_example"))
options, _ = parser.parse_known_args()  # a notebook's kernel has arguments of its own
if not options.faces.is_file():
    print(f"There is no {options.faces}: https://github.com/joojs/fairface has the faces.")
    sys.exit()

# %% [markdown]
# PSNR and the absolute error say how far each pixel is from the truth, and like what is pale. Look
# at the median: of faces that are grey themselves the grey copy has 150 dB, which lift its mean.
# Colourfulness says how much colour there is. The kernel distance is between sets: how far the
# made images lie from true ones, in the latents of `vae_celeba64`.


# %%
def measures(made, true, features=None):
    """PSNR in dB, mean and median, absolute error, colourfulness, kernel distance."""
    psnr = tf.image.psnr(made, true, 1.0)
    found = {
        "PSNR": np.mean(psnr),
        "median": np.median(psnr),
        "error": np.abs(made - true).mean(),
        "colour": kg.metrics.colourfulness(made).mean(),
    }
    if features is not None:
        size = min(len(made), 1000)
        found["kernel"] = kg.metrics.kernel_distance(
            features(true), features(made), subsets=20, subset_size=size
        )
    return found


def show(title, rows):
    print(f"\n{title}\n{'':32}" + "".join(f"{name:>10}" for name in next(iter(rows.values()))))
    for name, found in rows.items():
        print(f"{name:32}" + "".join(f"{value:10.4f}" for value in found.values()))


# %% [markdown]
# Sources are the luminance, which the model keeps; only the colours are its own.

# %%
count = 24 if options.quick else 1400
pairs = kg.datasets.pairs(
    options.faces, "colorize", f"validation[:{count}]", batch_size=100, shuffle=False
)
grey, true = kg.datasets.arrays(pairs)
features = None if options.quick else kg.from_preset("vae_celeba64").encode
rows = {"grey copy": measures(np.repeat(grey, 3, axis=-1), true, features)}
for preset in options.colorizers:
    made = kg.from_preset(preset).translate(grey)
    rows[preset] = measures(made, true, features)
colour = kg.metrics.colourfulness(true)
title = f"{len(true)} faces, {np.sum(colour < 0.1)} of them grey, of colourfulness"
show(f"{title} {colour.mean():.1f}", rows)
model = kg.from_preset(options.colorizers[0])
picture = kg.plots.translations(model, grey, true, "Colours for grey faces")
options.output.mkdir(parents=True, exist_ok=True)
picture.savefig(options.output / "colours.png")
PIL.Image.open(options.output / "colours.png")
