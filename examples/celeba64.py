# %% [markdown]
# # `celeba64.zip`: CelebA's faces, as `vae_celeba64` and `face_edits.py` want them
#
# Pictures: `runs/celeba64/celeba64.zip`, 12,000 faces of 64x64 pixels with their attributes. Time:
# half a minute on 2 cores, measured on stand-ins of the same size; with `--quick` 7 s, on a few
# images that it draws.
#
#     python examples/celeba64.py --celeba FOLDER
#
# CelebA is for non-commercial research only, and its images may not be passed on. Its makers give
# it away at https://mmlab.ie.cuhk.edu.hk/projects/CelebA.html. FOLDER holds, unpacked, the aligned
# images `img_align_celeba/` and the two lists `list_attr_celeba.txt` and `list_eval_partition.txt`.
# From them come 10,000 train, 1,000 validation and 1,000 test faces, chosen at random; the zoo's
# own were others, so that what you measure differs a little.

# %%
import argparse
import csv
import io
import random
import zipfile
from pathlib import Path

import PIL.Image

import keras_genzoo as kg

parser = argparse.ArgumentParser(allow_abbrev=False)
parser.add_argument("--celeba", type=Path, default=Path("celeba"), help="folder of CelebA")
parser.add_argument("--quick", action="store_true", help="a few images that are drawn, no faces")
parser.add_argument("--output", type=Path, default=Path("runs/celeba64"))
options, _ = parser.parse_known_args()  # a notebook's kernel has arguments of its own

counts = {"0": 10_000, "1": 1_000, "2": 1_000}  # train, validation, test
celeba = options.celeba
if options.quick:
    celeba, counts = options.output / "stand_in", {"0": 6, "1": 2, "2": 2}
    (celeba / "img_align_celeba").mkdir(parents=True, exist_ok=True)
    names = [f"{number:06}.jpg" for number in range(1, 21)]
    for name in names:
        drawn = PIL.Image.effect_noise((178, 218), 60).convert("RGB")
        drawn.save(celeba / "img_align_celeba" / name)
    rows = [f"{name} {number % 3}" for number, name in enumerate(names)]
    (celeba / "list_eval_partition.txt").write_text("\n".join(rows))
    rows = [f"{name}  1 -1" for name in names]
    (celeba / "list_attr_celeba.txt").write_text("\n".join(["20", "Smiling Male", *rows]))

# %% [markdown]
# Which faces, and what is known of them. `datasets.load` reads the attributes from a csv: its
# column `file` names the image, `partition` the split, 0, 1 or 2, and all others are labels.

# %%
partition = dict(map(str.split, (celeba / "list_eval_partition.txt").read_text().splitlines()))
_, header, *rows = (celeba / "list_attr_celeba.txt").read_text().splitlines()
attributes = {name: values for name, *values in map(str.split, rows)}
draw = random.Random(0)
chosen = sorted(
    name
    for number, count in counts.items()
    for name in draw.sample([name for name in partition if partition[name] == number], count)
)
table = io.StringIO()
writer = csv.writer(table)
writer.writerow(["file", "partition", *header.split()])
writer.writerows([name, partition[name], *attributes[name]] for name in chosen)

# %% [markdown]
# The square of 148 pixels around the face, at 64x64.

# %%
options.output.mkdir(parents=True, exist_ok=True)
target = options.output / "celeba64.zip"
with zipfile.ZipFile(target, "w") as archive:
    archive.writestr("attributes.csv", table.getvalue())
    for name in chosen:
        with PIL.Image.open(celeba / "img_align_celeba" / name) as face:
            small = face.crop((15, 40, 163, 188)).resize((64, 64), PIL.Image.Resampling.LANCZOS)
        encoded = io.BytesIO()
        small.save(encoded, "JPEG", quality=92)
        archive.writestr(f"images/{name}", encoded.getvalue())

# %% [markdown]
# And back, as a model would be given them.

# %%
for split in ("train", "validation", "test"):
    dataset = kg.datasets.load(target, split, labels=["Smiling", "Male"])
    images, labels = kg.datasets.arrays(dataset)
    print(f"{split}: images {images.shape}, labels {labels.shape}")
print(f"{target} holds them.")
