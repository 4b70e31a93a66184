"""The command that translates pictures."""

from pathlib import Path, PurePosixPath

import PIL.Image

import keras_genzoo as kg
from keras_genzoo.atomic import atomic_write
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
    field, targets = model.fields["images"], _targets(path, output)
    pictures = kg.datasets.read_pictures(path, field.shape[-1])
    for target, (name, picture) in zip(targets, pictures, strict=True):
        fitted, done = kg.datasets.fitted(picture, field.shape, field.multiple)
        made = getattr(model, verb)(fitted[None])[0]
        if None in field.shape:
            made = kg.datasets.cut_again(made, fitted, picture.shape[:2])
        if done:
            print(f"{name}: {done}.")
        _write(made, target)
    print(f"{output}/ holds {len(targets)} picture(s).")


def _targets(path, output):
    """Where each picture goes, in their order."""
    written, names, path = {}, kg.datasets.picture_names(path), path.expanduser()
    sources = {path.resolve(), *((path / name).resolve() for name in names)}
    for name in names:
        target = output / PurePosixPath(name).with_suffix(".png")
        if not target.resolve().is_relative_to(output.resolve()):  # an absolute name, in a zip
            raise ValueError(
                "A picture would be written elsewhere. Expected names that stay below the folder. "
                f"Received: {name!r} of {path}, output={str(output)!r}"
            )
        if target.resolve() in sources:
            raise ValueError(
                "A picture would be written over one that is translated. Expected another "
                f"--output. Received: {name} of {path}, output={str(output)!r}"
            )
        if target in written:
            raise ValueError(
                "Two pictures would be written to one file. Expected names that differ in more "
                f"than their endings. Received: {written[target]} and {name}"
            )
        written[target] = name
    return [*written]


def _write(image, path):
    with atomic_write(path) as scratch:
        PIL.Image.fromarray(kg.datasets.as_bytes(image)).save(scratch)
