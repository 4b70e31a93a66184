"""The command that finds what does not belong."""

import csv
from pathlib import Path
from typing import Literal

import numpy as np

import keras_genzoo as kg
from keras_genzoo.atomic import atomic_write, check_writable
from keras_genzoo.commands import drawing

AT_ONCE = 500  # images scored between two reads
REFERENCE = 10_000  # training images, at most, whose latents those of others are compared with


def anomalies(
    preset: str,
    *,
    dataset: str,
    split: str | None = None,
    method: Literal["reconstruction", "bound", "likelihood", "complexity", "latent"] | None = None,
    num_images: drawing.Count = 12,
    seed: int = 0,
    output: Path = Path("anomalies.csv"),
    picture: Path = Path("anomalies.png"),
):
    """Find the images that do not belong: a csv of files and scores, and the strangest.

    The csv holds every image, the strangest first; the picture the first of them, and what the
    model makes of them where it reconstructs. See `kg.metrics.anomaly_score`.

    Args:
        preset: Name or folder of a model.
        dataset: As for `genzoo train`: the images to look through, read as the model's own were
            and resized to its size.
        split: Which of them; all unless given.
        method: How strangeness is scored; complexity, or, of a model without a likelihood,
            reconstruction, unless given.
        num_images: How many the picture shows.
        seed: Of the latents that are drawn.
        output: Table to write.
        picture: Picture to write.
    """
    check_writable(output)
    model = drawing.load(preset, None, picture)
    allowed = [] if getattr(model, "condition_word", None) else kg.metrics.anomaly_methods(model)
    if method is None:
        method = next((m for m in ("complexity", "reconstruction") if m in allowed), None)
    if method not in allowed:
        raise ValueError(
            "The model cannot tell what is strange so. Expected --method of "
            f"{', '.join(allowed) or 'a model that encodes or scores images alone'}. "
            f"Received: {type(model).__name__}, method={method}"
        )
    reference = None
    if method == "latent":
        is_own = dataset == kg.presets.card(preset).get("dataset")  # the user says it, too
        own = kg.training.Images.of(preset, dataset if is_own else None)
        trained_on = own.load(own.trained_on(), take=REFERENCE, shuffle=False)
        batches = trained_on.as_numpy_iterator()  # of which latents alone are kept
        reference = np.concatenate([model.encode(images) for images in batches])

    def scored(images):
        if reference is None:
            return kg.metrics.anomaly_score(model, images, method, seed=seed)
        return kg.metrics.latent_distance(model.encode(images), reference)

    images = kg.training.Images.of(preset, dataset)
    images.image_size, images.grayscale = model.image_shape[:2], model.image_shape[2] == 1
    images.skip_corrupt = False  # else nobody knew which image is of which file
    split = split or "+".join(kg.datasets.split_sizes(dataset))
    names = kg.datasets.file_names(dataset, split)
    scores, strangest = [], []
    for batch in images.load(split, batch_size=AT_ONCE, shuffle=False).as_numpy_iterator():
        found = scored(batch)
        scores += found.tolist()
        strangest += zip(found.tolist(), batch, strict=True)
        strangest = sorted(strangest, key=lambda pair: -pair[0])[:num_images]
        strangest = [(score, image.copy()) for score, image in strangest]  # not views of batches
    order = np.argsort(-np.array(scores), kind="stable")
    _write(output, [("file", "score"), *((names[i], f"{scores[i]:.6g}") for i in order)])
    print(f"{output} holds {len(scores)} files, the strangest first.")
    shown = np.stack([image for _, image in strangest])
    rows, labels = [shown], ["image"]
    if hasattr(model, "reconstruct"):
        rows, labels = [shown, model.reconstruct(shown)], ["image", "model"]
    headers = [f"{score:.4g}" for score, _ in strangest]
    title = drawing.title(preset, f"the strangest by {method}")
    drawing.write(kg.grids.grid(rows, title, labels, headers), picture)


def _write(path, rows):
    """Write a csv whole, or not at all; names of files that are no UTF-8 as they are."""
    with (
        atomic_write(path) as scratch,
        scratch.open("w", newline="", encoding="utf-8", errors="surrogateescape") as file,
    ):
        csv.writer(file).writerows(rows)
