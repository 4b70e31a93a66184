"""Pictures one at a time, each of its own size."""

from pathlib import Path

import numpy as np

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
    path = Path(path).expanduser()
    for name, picture in _read(path):
        picture = resize(picture, None, grayscale=channels == 1)
        picture = np.repeat(picture, channels // picture.shape[2], axis=2)
        yield name, picture.astype("float32") / 255


def _read(path):
    if not path.exists():
        raise ValueError(
            f"There is nothing. Expected a picture, a folder or a zip. Received: path={str(path)!r}"
        )
    if path.is_dir() or path.suffix.lower() == ".zip":
        source = open_source(path, False, lambda picture: picture, False)
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
