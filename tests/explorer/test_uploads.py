"""Pictures of users: made to fit, which is said, or refused in words that name no place."""

import gradio
import numpy as np
import PIL.Image
import pytest

from keras_genzoo.base import fields
from keras_genzoo.explorer import uploads


@pytest.mark.parametrize("mode", ["1", "L", "RGBA", "CMYK", "P", "I;16"])
def test_pictures_of_every_mode_fit(tmp_path, mode):
    path = tmp_path / "picture.tiff"
    PIL.Image.new(mode, (20, 10)).save(path)
    image, done, size = uploads.read(path, fields.images((8, 8, 3)))
    assert (image.shape, image.dtype, size) == ((8, 8, 3), "float32", (10, 20))
    assert done == "picture.tiff: resized from 10x20 to 8x8, which the model takes."
    assert fields.images((8, 8, 3)).checked("images", image[None]) is not None


def test_what_fits_is_taken_as_it_is(tmp_path):
    pixels = np.random.default_rng(0).integers(256, size=(8, 8), dtype=np.uint8)
    PIL.Image.fromarray(pixels).save(tmp_path / "picture.png")
    image, done, _ = uploads.read(tmp_path / "picture.png", fields.images((8, 8, 1)))
    np.testing.assert_allclose(image[..., 0] * 255, pixels, atol=1e-4)
    assert done == ""
    drawn, done, _ = uploads.read(tmp_path / "picture.png", fields.binary_images((8, 8, 1)))
    assert {*np.unique(drawn)} == {0, 1}
    assert done == "picture.png: made black and white."


def test_what_is_no_picture_is_refused(tmp_path):
    images = fields.images((8, 8, 1))
    (tmp_path / "empty.png").touch()
    (tmp_path / "text.txt").write_text("no picture")
    (tmp_path / "many.zip").touch()
    PIL.Image.new("1", (20_000, 20_000)).save(tmp_path / "wide.png")
    for name in ("empty.png", "text.txt", "many.zip", "wide.png"):
        with pytest.raises(ValueError, match=r"Expected .* Received: .*" + name) as refused:
            uploads.read(tmp_path / name, images)
        assert str(tmp_path) not in str(refused.value)


def test_a_page_waits_for_no_giant(tmp_path):
    PIL.Image.new("L", (2048, 1024)).save(tmp_path / "large.png")
    with pytest.raises(ValueError, match=r"Expected at most 1,048,576 pixels.*2048 x 1024"):
        uploads.read(tmp_path / "large.png", fields.images((None, None, 1), multiple=8))


def test_a_page_shows_what_is_refused_and_no_markup():
    def refuse(name):
        raise ValueError(f"That is wrong. Received: {name}")

    with pytest.raises(gradio.Error) as shown:
        uploads.told(refuse)("<b>name")
    assert shown.value.message == "That is wrong. Received: &lt;b&gt;name"
