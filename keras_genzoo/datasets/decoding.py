"""Pixels of encoded images, whatever the mode: scaled to 8 bits, or refused."""

import contextlib
import functools
import io
import threading

import numpy as np
import PIL.ExifTags
import PIL.Image
import PIL.ImageOps

# What strangers' files may be: of PIL's other formats some start programs, as EPS does.
FORMATS = ("AVIF", "BMP", "DIB", "GIF", "JPEG", "JPEG2000", "PNG", "PPM", "TIFF", "WEBP")
LUMA = np.array([[0.299], [0.587], [0.114]], np.float32)  # ITU-R BT.601
MOST_PIXELS = 2**26
LARGE = 2**24  # pixels; such images are decoded one at a time, which bounds memory
_ONE_AT_A_TIME = threading.Lock()
_GREY = ("1", "L", "LA", "I", "F")
_LYING = (5, 6, 7, 8)  # orientations in Exif that swap height and width


@functools.cache
def suffixes():
    """How the names of files end that are read as images, in lower case, sorted."""
    known = PIL.Image.registered_extensions().items()
    return tuple(sorted(suffix for suffix, kind in known if kind in FORMATS))


def shape_of(file):
    """The shape that an image has once it is decoded, from the first bytes of its file.

    Args:
        file: A binary file.

    Returns:
        (height, width, channels).

    Raises:
        ValueError, or what PIL raises: if it is no image, or too large.
    """
    image = _opened(file)
    width, height = image.size
    if image.format == "TIFF":  # whose size PIL has turned already
        tags = PIL.ExifTags.Base
        width, height = (image.tag_v2[tag] for tag in (tags.ImageWidth, tags.ImageLength))
    if image.getexif().get(PIL.ExifTags.Base.Orientation) in _LYING:
        width, height = height, width
    return height, width, 1 if image.mode in _GREY or image.mode.startswith("I;16") else 3


def decode(data, fit):
    """Decodes an image, (height, width, channels) of uint8, 1 or 3 channels, and fits it.

    Args:
        data: bytes.
        fit: a function of the image, which may make it smaller.

    Raises:
        ValueError, or what the decoder raises: if it is no image, or too large, or its values
            have no known scale.
    """
    image = _opened(io.BytesIO(data))
    width, height = image.size
    is_large = width * height > LARGE
    with _ONE_AT_A_TIME if is_large else contextlib.nullcontext():
        return fit(_pixels(image))


def resized(shape, image_size, grayscale):
    """The shape that `resize` makes of one.

    Example:
        >>> resized((30, 20, 3), image_size=None, grayscale=True)
        (30, 20, 1)
    """
    return *(image_size or shape[:2]), 1 if grayscale else shape[2]


def _opened(file):
    try:
        image = PIL.Image.open(file, formats=FORMATS)
    except PIL.UnidentifiedImageError as error:
        raise ValueError(f"it is none of {', '.join(FORMATS)}") from error
    width, height = image.size
    if width * height > MOST_PIXELS:
        raise ValueError(f"{width} x {height} pixels are more than {MOST_PIXELS:,}")
    return image


def _pixels(image):
    encoded = image.format
    PIL.ImageOps.exif_transpose(image, in_place=True)
    if image.mode.startswith("I;16"):  # which PIL would clip, not scale, to 8 bits
        return (np.asarray(image) >> 8).astype(np.uint8)[..., None]
    if image.mode in ("I", "F"):
        return _scaled(np.asarray(image), encoded)[..., None]
    mode = "L" if image.mode in _GREY else "RGB"
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = PIL.Image.alpha_composite(PIL.Image.new("RGBA", image.size, "white"), image)
    pixels = np.asarray(image if image.mode == mode else image.convert(mode))
    return pixels.reshape(*pixels.shape[:2], -1)


def _scaled(values, encoded):
    """Values of 32 bits, in 8 bits, where it is known what white is."""
    lowest, highest = values.min(), values.max()
    if values.dtype.kind == "f":
        if lowest >= 0 and highest <= 1:
            return np.rint(values * 255).astype(np.uint8)
        raise ValueError(f"floats from {lowest} to {highest} are not in [0, 1]")
    if encoded in ("PNG", "PPM"):  # PIL gives their 16 bits in 32
        return (values >> 8).astype(np.uint8)
    raise ValueError(f"integers of 32 bits, from {lowest} to {highest}, have no known scale")


def resize(image, image_size, grayscale):
    """Makes an image grey, or resizes it, in floating point."""
    if not image_size and not (grayscale and image.shape[2] == 3):
        return image
    channels = np.moveaxis(image, 2, 0)
    if grayscale and image.shape[2] == 3:
        channels = np.moveaxis(image.astype(np.float32) @ LUMA, 2, 0)
    if image_size:
        height, width = image_size
        # One channel in floating point at a time, for images may be large.
        pictures = (PIL.Image.fromarray(channel.astype(np.float32)) for channel in channels)
        bilinear = PIL.Image.Resampling.BILINEAR
        channels = [np.asarray(each.resize((width, height), bilinear)) for each in pictures]
    pixels = np.stack([*channels], axis=-1)
    return (np.rint(pixels) if image.dtype == np.uint8 else pixels).astype(image.dtype)
