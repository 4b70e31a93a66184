"""Pixels of encoded images: scaled, or refused, whatever the mode; made grey, or resized."""

import io

import numpy as np
import PIL.ExifTags
import PIL.Image
import pytest
from image_files import picture

from keras_genzoo.datasets import decoding


def decoded(data):
    return decoding.decode(data, lambda image: image)


def encoded(array, suffix="png"):
    data = io.BytesIO()
    PIL.Image.fromarray(array).save(data, suffix)
    return data.getvalue()


@pytest.mark.parametrize("suffix", ["jpeg", "png", "tiff", "webp"])
@pytest.mark.parametrize("orientation", [3, 6])
def test_the_shape_of_a_turned_image_is_known_beforehand(suffix, orientation):
    data, exif = io.BytesIO(), PIL.Image.Exif()
    exif[PIL.ExifTags.Base.Orientation] = orientation
    PIL.Image.new("RGB", (6, 4)).save(data, suffix, exif=exif)
    shape = (6, 4, 3) if orientation == 6 else (4, 6, 3)
    assert decoding.shape_of(data) == decoded(data.getvalue()).shape == shape


def test_transparency_becomes_white():
    assert (decoded(picture((255, 0, 0, 0), mode="RGBA")) == 255).all()


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (picture(128 * 256, mode="I;16"), 128),
        (picture(1, mode="1"), 255),
        (b"P5 6 4 65535\n" + b"\x80\x00" * 24, 128),
        (b"P5 6 4 1\n" + b"\x01" * 24, 255),
        (encoded(np.full((4, 6), 0.5, np.float32), "tiff"), 128),
    ],
)
def test_values_are_scaled(data, value):
    image = decoded(data)
    assert (image.dtype, image.shape) == (np.uint8, (4, 6, 1))
    assert (image == value).all()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (encoded(np.full((4, 6), 200, np.float32), "tiff"), r"floats from 200.0 to 200.0"),
        (encoded(np.full((4, 6), np.nan, np.float32), "tiff"), r"floats from nan"),
        (encoded(np.full((4, 6), 70_000, np.int32), "tiff"), r"70000, have no known scale"),
        (b"<html>", "none of AVIF, BMP"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "none of AVIF, BMP"),
    ],
)
def test_values_of_no_known_scale(data, message):
    with pytest.raises(ValueError, match=message):
        decoded(data)


def test_large_images(monkeypatch):
    data = picture(9)
    monkeypatch.setattr(decoding, "LARGE", 1)
    assert decoded(data).shape == (4, 6, 1)
    monkeypatch.setattr(decoding, "MOST_PIXELS", 23)
    with pytest.raises(ValueError, match="6 x 4 pixels are more than 23"):
        decoded(data)


def test_resizing_is_antialiased():
    checkers = (np.indices((64, 64)).sum(0) % 2).astype(np.float32)[..., None]
    resized = decoding.resize(checkers, (8, 4), grayscale=False)
    assert resized.shape == (8, 4, 1)
    np.testing.assert_allclose(resized, 0.5, atol=0.01)
    red = np.full((4, 4, 3), (255, 0, 0), np.uint8)
    assert decoding.resize(red, None, grayscale=True).tolist() == [[[76]] * 4] * 4
