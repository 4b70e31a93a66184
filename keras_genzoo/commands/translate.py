"""The command that translates pictures."""

import os
from pathlib import Path, PurePosixPath

import numpy as np
import PIL.Image

import keras_genzoo as kg
from keras_genzoo.commands import drawing


def translate(preset: str, path: Path, *, back: bool = False, output: Path = Path("translations")):
    """Translate a picture, or all of a folder or a zip, each into a PNG of the same name.

    A picture keeps its size. Where strides do not divide it, it is enlarged by its mirror image and
    cut again, which is said.

    Args:
        preset: Name or folder of a model that translates.
        path: A picture, a folder or a zip.
        back: Translate from the second kind to the first, of a model that knows both ways.
        output: Folder to write to.
    """
    model = kg.from_preset(preset)
    verb = "translate_back" if back else "translate"
    drawing.need(model, verb)
    field, written = model.fields["images"], {}
    for name, picture in kg.datasets.read_pictures(path, field.shape[-1]):
        target = output / PurePosixPath(name).with_suffix(".png")
        if target in written:
            raise ValueError(
                "Two pictures would be written to one file. Expected names that differ in more "
                f"than their endings. Received: {written[target]} and {name}"
            )
        written[target] = name
        fitted, done = _fitted(picture, field)
        made = getattr(model, verb)(fitted[None])[0]
        if fitted.shape[:2] != picture.shape[:2] and None in field.shape:
            scale = made.shape[0] // fitted.shape[0]
            made = made[: scale * picture.shape[0], : scale * picture.shape[1]]
        if done:
            print(f"{name}: {done}.")
        _write(made, target)
    print(f"{output}/ holds {len(written)} picture(s).")


def _fitted(picture, field):
    """A picture of a size that the model takes, and what was done to it, in words."""
    height, width, _ = picture.shape
    if None not in field.shape:  # a user's own network
        tall, wide, _ = field.shape
        if (height, width) == (tall, wide):
            return picture, ""
        channels = [
            PIL.Image.fromarray(each).resize((wide, tall)) for each in picture.T.swapaxes(1, 2)
        ]
        picture = np.stack([np.asarray(each) for each in channels], axis=-1).clip(0, 1)
        return picture, f"resized from {height}x{width} to {tall}x{wide}, which the model takes"
    sides = [_next(side, field.multiple) for side in (height, width)]
    if sides == [height, width]:
        return picture, ""
    missing = [(0, larger - side) for larger, side in zip(sides, (height, width), strict=True)]
    done = f"{height}x{width} is mirrored to {sides[0]}x{sides[1]}, and cut again"
    return np.pad(picture, [*missing, (0, 0)], mode="symmetric"), done


def _next(side, multiple):
    """The next length that a model's strides divide."""
    return side if multiple == 1 else max(-(-side // multiple), 2) * multiple


def _write(image, path):
    pixels = np.rint(np.asarray(image) * 255).astype(np.uint8)
    pixels = pixels[..., 0] if pixels.shape[-1] == 1 else pixels
    with drawing.scratch_of(path) as scratch:
        PIL.Image.fromarray(pixels).save(scratch)
        os.replace(scratch, path)
