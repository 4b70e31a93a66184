"""Files of images, for tests of what reads them."""

import io
import zipfile

import PIL.Image


def picture(value, size=(6, 4), mode="L", suffix="png"):
    """An encoded image of one colour; size is (width, height), as PIL has it."""
    data = io.BytesIO()
    PIL.Image.new(mode, size, value).save(data, format=suffix)
    return data.getvalue()


def write_folder(path, files):
    """Write a folder of files: {path: bytes}."""
    for name, data in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(data)
    return path


def write_zip(path, files):
    """Write a zip of files: {path: bytes}."""
    with zipfile.ZipFile(path, "w") as target:
        for name, data in files.items():
            target.writestr(name, data)
    return path
