"""Commands that draw from a model, and show what it makes of images."""

import inspect
import sys
from pathlib import Path

import keras_genzoo as kg
from keras_genzoo.commands import drawing, tunes_and_lines
from keras_genzoo.commands.drawing import TEST_IMAGES, Count, Shown, Side
from keras_genzoo.evaluation import Solver


def sample(
    preset: str,
    *,
    num_samples: Count = 64,
    label: int | None = None,
    steps: Count | None = None,
    solver: Solver | None = None,
    guidance: float | None = None,
    temperature: float | None = None,
    seed: int = 0,
    output: Path | None = None,
):
    """Draw new images; of a model of sequences melodies or texts.

    Args:
        preset: Name or folder of a model.
        num_samples: How many.
        label: Class, of a conditional model; the classes in turn unless given.
        steps: Of a diffusion model, from noise to images; 20 unless given.
        solver: Of a diffusion model; dpm++2m unless given.
        guidance: Of a diffusion model with classes: 1 is the prediction for the class, more goes
            beyond it.
        temperature: Of a model of sequences: 0 takes the likeliest token, 1 draws; 1 unless given.
        seed: The same seed gives the same images.
        output: Picture to write, samples.png unless given, or, as .gif or .webp, of a diffusion
            model, an animation of noise that becomes images. Of melodies the folder of MIDI and
            WAV files and a picture, tunes unless given; of texts a file, and unless given they are
            printed.
    """
    if drawing.is_of_sequences(preset):
        drawing.known_of_sequences(label=label, steps=steps, solver=solver, guidance=guidance)
        temperature = 1.0 if temperature is None else temperature
        model = kg.from_preset(preset)
        tunes_and_lines.sample(model, preset, num_samples, seed, temperature, output)
        return
    output = output or Path("samples.png")
    model = drawing.load(preset, "sample", output)
    if temperature is not None:
        drawing.known(model, {"temperature": temperature})
    asked = {"steps": steps, "solver": solver, "guidance": guidance}
    asked = drawing.known(model, {word: x for word, x in asked.items() if x is not None})
    asked |= drawing.classes(model, label, num_samples)
    title = drawing.title(preset, "samples", label)
    if drawing.is_animation(output):
        if not hasattr(model, "trajectory"):
            raise ValueError(
                "The model draws in one step, of which there is no animation. Expected an output "
                f"as .png, or a diffusion model. Received: {type(model).__name__}, {output}"
            )
        ways = model.trajectory(num_samples, seed=seed, **asked)
        headers = [str(step) for step in range(ways.shape[1])]
        drawing.write(kg.grids.animation(ways, headers, "step {}", title), output)
    else:
        if "verbose" in inspect.signature(model.sample).parameters:
            asked["verbose"] = int(sys.stdout.isatty())
        images = model.sample(num_samples, seed=seed, **asked)
        drawing.write(kg.plots.image_grid(images, title), output)


def reconstruct(
    preset: str,
    *,
    shown: Shown = TEST_IMAGES,
    num_images: Count = 12,
    output: Path = Path("reconstructions.png"),
):
    """Show images beside what the model makes of them.

    Args:
        preset: Name or folder of a model.
        num_images: How many.
        output: Picture to write.
    """
    model = drawing.load(preset, "reconstruct", output)
    images, classes = drawing.images_for(model, preset, shown, num_images)
    title = drawing.title(preset, f"reconstructions of {shown.of(preset)}")
    drawing.write(kg.plots.reconstructions(model, images, title, classes), output)


def complete(
    preset: str,
    *,
    rows: int | None = None,
    num_images: Side = 6,
    count: Side = 6,
    shown: Shown = TEST_IMAGES,
    seed: int = 0,
    output: Path = Path("completions.png"),
):
    """Keep the first rows of images, and draw the others, several times.

    Args:
        preset: Name or folder of a model that draws pixel by pixel.
        rows: How many are kept; half of them unless given.
        num_images: How many images, a row of the picture each.
        count: Completions of an image.
        seed: The same seed gives the same completions.
        output: Picture to write.
    """
    model = drawing.load(preset, "complete", output)
    images, classes = drawing.images_for(model, preset, shown, num_images)
    rows = model.image_shape[0] // 2 if rows is None else rows
    title = drawing.title(preset, f"completions of the first {rows} rows, {shown.of(preset)}")
    drawing.write(kg.plots.completions(model, images, rows, count, seed, classes, title), output)
