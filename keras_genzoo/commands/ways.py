"""Commands that go through a latent space, and write pictures of the way."""

import inspect
from pathlib import Path
from typing import Literal

import numpy as np

import keras_genzoo as kg
from keras_genzoo.commands import drawing, tunes_and_lines
from keras_genzoo.commands.drawing import TEST_IMAGES, Count, Shown, Side

RANKED = 500  # images that rank the dimensions by KL


def traverse(
    preset: str,
    *,
    dimensions: list[int] | None = None,
    values: tuple[float, float] = (-3, 3),
    steps: Count = 11,
    label: int | None = None,
    shown: Shown = TEST_IMAGES,
    seed: int = 0,
    output: Path = Path("traversal.png"),
):
    """Move one latent dimension after the other, and hold the rest.

    Starts from the first image, or, where the model encodes none, from a drawn latent.

    Args:
        preset: Name or folder of a model.
        dimensions: Which; the ten that tell the most of the images, by KL, unless given.
        values: The lowest and the highest that a dimension is set to.
        steps: Images of a dimension.
        label: Class, of a conditional model; 0, or the images' own where it encodes them, unless
            given.
        seed: Of a drawn latent.
        output: Picture to write, or, as .gif or .webp, an animation.
    """
    model = drawing.load(preset, "decode", output)
    points, classes = drawing.points(model, preset, shown, RANKED, seed)
    if label is None and classes is not None:
        labels, label = classes, classes[0]
    else:
        labels = label = drawing.labels(model, label)
    if dimensions is None:
        dimensions = kg.latent.rank_dimensions(model, points, labels)[0][:10]
    start = "a drawn latent" if points.ndim == 2 else f"the first image of {shown.of(preset)}"
    title = drawing.title(preset, f"traversals from {start}", label)
    moves = drawing.is_animation(output)
    figure = kg.plots.traversals(model, points, dimensions, values, steps, labels, title, moves)
    drawing.write(figure, output)


def interpolate(
    preset: str,
    *ends: str,
    samples: bool = False,
    method: Literal["linear", "spherical"] | None = None,
    steps: Count = 10,
    rows: Count | None = None,
    label: int | None = None,
    shown: Shown = TEST_IMAGES,
    seed: int = 0,
    output: Path | None = None,
):
    """Go from one image to another through the latent space, a row for each pair.

    Args:
        preset: Name or folder of a model.
        ends: Of a model of sequences the two ends: MIDI files, or texts.
        samples: Go between drawn latents, as is done where the model encodes no images.
        method: Straight on, or along the arc; linear between images, spherical between drawn
            latents and of a diffusion model, unless given.
        steps: Images of a row.
        rows: How many pairs, 6 unless given.
        label: Class of all, of a conditional model; the classes in turn, or that of a row's first
            image where it encodes images, unless given.
        seed: Of drawn latents.
        output: Picture to write, interpolation.png unless given, or, as .gif or .webp, an
            animation. Of melodies the folder of MIDI and WAV files and a picture; of texts a
            file, and unless given they are printed.
    """
    if drawing.is_of_sequences(preset):
        drawing.known_of_sequences(
            label=label,
            dataset=shown.dataset,
            split=shown.split,
            samples=samples or None,
            rows=rows,
        )
        tunes_and_lines.interpolate(kg.from_preset(preset), preset, ends, steps, method, output)
        return
    if ends:
        raise ValueError(
            "The ends of a way between images are not named. Expected --dataset and --split, or a "
            f"model of sequences. Received: {', '.join(ends)}"
        )
    output, rows = output or Path("interpolation.png"), rows or 6
    model = drawing.load(preset, "decode", output)
    labels = drawing.labels(model, label, rows)
    both = None if labels is None else np.tile(np.broadcast_to(labels, rows), 2)
    points, classes = drawing.points(model, preset, shown, 2 * rows, seed, samples, both)
    if len(points) < 2 * rows:
        raise ValueError(
            f"The images are too few. Expected {2 * rows}, two for a row. "
            f"Received: split={shown.of(preset)!r} of {len(points)} images"
        )
    drawn = samples or not hasattr(model, "encode")
    ends = "drawn latents" if drawn else f"images of {shown.of(preset)}"
    if method is None:  # in many dimensions draws lie near a sphere, which a straight way leaves
        usual = inspect.signature(model.interpolate).parameters["method"].default
        method = "spherical" if drawn else usual
    if classes is not None:  # each end is of its own, the way of one
        points = kg.latent.latents_of(model, points, classes)
        labels = classes[:rows] if label is None else label
    title = drawing.title(preset, f"{method} interpolation between {ends}")
    moves = drawing.is_animation(output)
    start, end = points[:rows], points[rows:]
    figure = kg.plots.interpolations(model, start, end, steps, method, labels, title, moves)
    drawing.write(figure, output)


def manifold(
    preset: str,
    *,
    dimensions: tuple[int, int] | None = None,
    steps: Side = 20,
    label: int | None = None,
    shown: Shown = TEST_IMAGES,
    output: Path = Path("manifold.png"),
):
    """Map the plane of two latent dimensions, any others at 0.

    Args:
        preset: Name or folder of a model.
        dimensions: The one across and the one up; of a VAE the two that tell the most of the
            images, by KL, of another model 0 and 1, unless given.
        steps: Images in a row and in a column.
        label: Class, of a conditional model; 0 unless given.
        output: Picture to write, or, as .gif or .webp, an animation.
    """
    model = drawing.load(preset, "decode", output)
    if dimensions is None and hasattr(model, "posterior") and model.latent_dim > 2:
        images = drawing.images_for(model, preset, shown, RANKED)
        dimensions = kg.latent.rank_dimensions(model, *images)[0][:2]
    else:
        shown.check_unused()
        dimensions = dimensions or (0, 1)
    label = drawing.labels(model, label)
    title = drawing.title(preset, "latent manifold", label)
    moves = drawing.is_animation(output)
    drawing.write(kg.plots.manifold(model, dimensions, steps, label, title, moves), output)


def edit(
    preset: str,
    *,
    attribute: str,
    method: Literal["mean", "logistic"] = "mean",
    learn_from: str | None = None,
    samples: bool = False,
    strength: tuple[float, ...] = (-2, -1, 0, 1, 2),
    rows: Count = 6,
    shown: Shown = TEST_IMAGES,
    seed: int = 0,
    output: Path = Path("edit.png"),
):
    """Give images more or less of an attribute, a row for each.

    Args:
        preset: Name or folder of a model that encodes images.
        attribute: A column of the dataset's csv that holds two values, as Smiling, or the number
            of a class, which is told from all others.
        method: How its direction is learned: the difference of the mean latents with and without
            it, or a logistic regression, which brings along less of what goes with it.
        learn_from: The split that it is learned from; at most 5000 images of train unless given.
        samples: Edit drawn latents.
        strength: How much is added: 0 reconstructs, 1 goes as far as the two means lie apart.
        rows: How many images.
        seed: Of drawn latents.
        output: Picture to write, or, as .gif or .webp, an animation.
    """
    drawing.check_said(strength=strength)
    model = drawing.load(preset, "decode", output)
    if not hasattr(model, "encode") or getattr(model, "condition_word", None) is not None:
        raise ValueError(
            "An attribute is learned from the latents of images, and the model encodes none, or "
            "none alone. Expected a model with `encode` that is not conditional. "
            f"Received: {type(model).__name__}"
        )
    # Of drawn latents the dataset tells the attribute alone.
    edited = Shown(split=shown.split) if samples else shown
    points, _ = drawing.points(model, preset, edited, rows, seed, samples)
    images = kg.training.Images.of(preset, shown.dataset)
    vector = _attribute_vector(model, images, learn_from, attribute, method)
    name = f"class {attribute}" if attribute.isdecimal() else attribute
    title = drawing.title(preset, f"strength of {name}, method {method}")
    moves = drawing.is_animation(output)
    figure = kg.plots.edits(model, points, vector, strength, None, title, moves)
    drawing.write(figure, output)


def _attribute_vector(model, images, split, attribute, method):
    """As of `latent.attribute_vector`: of a csv's column, or of a class against the rest."""
    is_class = attribute.isdecimal()
    codes, labels = images.coded(model, is_class or attribute, split)
    if is_class:
        if int(attribute) not in labels:
            raise ValueError(
                f"There is no such class. Expected one of {np.unique(labels)[:20].tolist()}. "
                f"Received: attribute={attribute}"
            )
        labels = labels == int(attribute)
    return kg.latent.attribute_vector(model, codes, labels, method)
