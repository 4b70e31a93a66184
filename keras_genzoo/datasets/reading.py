"""Pictures one at a time, each of its own size."""

import warnings
from pathlib import Path

import numpy as np
import PIL.Image

from keras_genzoo.datasets.decoding import decode, resize
from keras_genzoo.datasets.sources import open_source


def read_pictures(path, channels):
    """Reads a picture, or all of a folder or a zip, one after another, as large as they are.

    Args:
        path: A file, a folder or a zip.
        channels: 1 makes colours grey, 3 repeats grey.

    Yields:
        The name below the folder and the picture, `(height, width, channels)`, float32 in [0, 1].

    Raises:
        ValueError: If there is nothing, or a file that is no picture; it is named.

    Example:
        >>> import PIL.Image, tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     PIL.Image.new("RGB", (30, 20)).save(f"{folder}/dark.png")
        ...     [(name, picture.shape) for name, picture in read_pictures(folder, 1)]
        [('dark.png', (20, 30, 1))]
    """
    path = _there(path)
    for name, picture in _read(path):
        picture = resize(picture, None, grayscale=channels == 1)
        picture = np.repeat(picture, channels // picture.shape[2], axis=2)
        yield name, picture.astype("float32") / 255


def picture_names(path):
    """The names of what `read_pictures` reads, in its order; no picture is decoded.

    A warning counts what else there is, as of `load`.

    Args:
        path: As `read_pictures` takes it.

    Returns:
        A list of names below the folder.

    Raises:
        ValueError: If there is nothing.

    Example:
        >>> import PIL.Image, tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     PIL.Image.new("RGB", (30, 20)).save(f"{folder}/dark.png")
        ...     picture_names(folder)
        ['dark.png']
    """
    path = _there(path)
    if not _holds_pictures(path):
        return [path.name]
    source = _source(path)
    if source.unused:
        warnings.warn(source.unused, stacklevel=2)
    return [name for names in source.files.values() for name in names]


def _there(path):
    path = Path(path).expanduser()
    if not path.exists():
        raise ValueError(
            f"There is nothing. Expected a picture, a folder or a zip. Received: path={str(path)!r}"
        )
    return path


def _holds_pictures(path):
    return path.is_dir() or path.suffix.lower() == ".zip"


def _source(path):
    return open_source(path, False, lambda picture: picture, False)


def _read(path):
    if _holds_pictures(path):
        source = _source(path)
        for split, names in source.files.items():
            pictures = source.read(split, 0, len(names))
            yield from ((name, each) for name, (each, _) in zip(names, pictures, strict=True))
        return
    try:
        yield path.name, decode(path.read_bytes(), lambda picture: picture)
    except Exception as error:  # of whatever kind the decoder of this format raises
        raise ValueError(
            f"The picture cannot be decoded: {error}. Expected a whole image file. "
            f"Received: path={str(path)!r}"
        ) from error


def fitted(picture, shape, multiple=1):
    """A picture of a size that a model takes, and in words what was done to it.

    Args:
        picture: `(height, width, channels)`, float32 in [0, 1].
        shape: What the model takes; its height and width are `None` where they are free.
        multiple: What divides each side that is free, and that it is at least twice as long as.

    Returns:
        The picture, resized to a size that is not free, else mirrored to the next that is allowed;
        and the words, `""` where nothing was done.

    Example:
        >>> picture, done = fitted(np.zeros((30, 20, 1), "float32"), (None, None, 1), multiple=8)
        >>> picture.shape, done
        ((32, 24, 1), '30x20 is mirrored to 32x24, and cut again')
    """
    height, width, _ = picture.shape
    if None not in shape:
        tall, wide, _ = shape
        if (height, width) == (tall, wide):
            return picture, ""
        channels = [
            PIL.Image.fromarray(each).resize((wide, tall)) for each in picture.T.swapaxes(1, 2)
        ]
        picture = np.stack([np.asarray(each) for each in channels], axis=-1).clip(0, 1)
        return picture, f"resized from {height}x{width} to {tall}x{wide}, which the model takes"
    sides = [_next(side, multiple) for side in (height, width)]
    if sides == [height, width]:
        return picture, ""
    missing = [(0, larger - side) for larger, side in zip(sides, (height, width), strict=True)]
    done = f"{height}x{width} is mirrored to {sides[0]}x{sides[1]}, and cut again"
    return np.pad(picture, [*missing, (0, 0)], mode="symmetric"), done


def cut_again(made, fitted, size):
    """What a model made of a picture that `fitted` mirrored, without what that added.

    Args:
        made: `(height, width, channels)`, as large as what it is made of, or a whole number of
            times as large.
        fitted: What it is made of.
        size: Height and width of the picture before.

    Example:
        >>> cut_again(np.zeros((64, 48, 1)), np.zeros((32, 24, 1)), (30, 20)).shape
        (60, 40, 1)
    """
    if fitted.shape[:2] == tuple(size):
        return made
    scale = made.shape[0] // fitted.shape[0]
    return made[: scale * size[0], : scale * size[1]]


def as_bytes(image):
    """An image in [0, 1] as PIL reads arrays: uint8, grey ones without a channel.

    Example:
        >>> as_bytes(np.ones((2, 1, 1))).tolist()
        [[255], [255]]
    """
    pixels = np.rint(np.clip(image, 0, 1) * 255).astype(np.uint8)
    return pixels[..., 0] if pixels.shape[-1] == 1 else pixels


def _next(side, multiple):
    """The next length that a model's strides divide."""
    return side if multiple == 1 else max(-(-side // multiple), 2) * multiple
