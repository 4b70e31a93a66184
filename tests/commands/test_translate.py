"""`genzoo translate`: pictures of any size, and what it says where strides do not divide one."""

import keras
import numpy as np
import PIL.Image
import pytest
from image_files import write_zip

import keras_genzoo as kg


@pytest.fixture(scope="module")
def preset(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pix")
    shapes = (8, 8, 1), (8, 8, 3)
    pix = kg.models.Pix2Pix(*shapes, filters=(2, 2), discriminator_filters=(2,), seed=0)
    pix.save_to_preset(folder)
    return folder


@pytest.fixture
def photos(tmp_path):
    random = np.random.default_rng(0)
    folder = tmp_path / "photos"
    (folder / "in").mkdir(parents=True)
    for name, shape in (("a.png", (12, 16)), ("in/b.bmp", (13, 9, 3))):
        pixels = random.integers(256, size=shape, dtype=np.uint8)
        PIL.Image.fromarray(pixels).save(folder / name)
    return folder


def pixels_of(path):
    with PIL.Image.open(path) as picture:
        return np.asarray(picture)


def test_pictures_keep_their_size(genzoo, preset, photos, tmp_path):
    output = tmp_path / "made"
    code, out, err = genzoo("translate", preset, photos, "--output", output)
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "in/b.bmp: 13x9 is mirrored to 16x12, and cut again.",
        f"{output}/ holds 2 picture(s).",
    ]
    assert sorted(path.name for path in output.rglob("*.*")) == ["a.png", "b.png"]
    assert pixels_of(output / "in/b.png").shape == (13, 9, 3)
    made = pixels_of(output / "a.png") / 255
    image = pixels_of(photos / "a.png")[None, ..., None] / 255
    np.testing.assert_allclose(made, kg.from_preset(preset).translate(image)[0], atol=0.003)


def test_what_cannot_be_translated(genzoo, preset, photos, trained, tmp_path):
    PIL.Image.new("L", (8, 8)).save(photos / "a.bmp")
    for tokens in (
        (preset, photos),  # a.png and a.bmp would be one
        (preset, tmp_path / "none"),
        (trained, photos),
        (preset, photos, "--back"),
    ):
        code, _, err = genzoo("translate", *tokens, "--output", tmp_path / "made")
        assert code == 2
        assert "Expected" in err
        assert "Received" in err
    assert not (tmp_path / "made").exists()  # refused before the first is written


def test_no_picture_is_written_over_one_that_is_translated(genzoo, preset, photos, monkeypatch):
    def refused(path, output):
        code, out, err = genzoo("translate", preset, path, "--output", output)
        assert (code, out) == (2, "")
        assert "Expected another --output. Received" in err

    PIL.Image.new("L", (8, 8)).save(photos / "in" / "a.png")
    before = {path: path.read_bytes() for path in photos.rglob("*.*")}
    refused(photos, photos)
    refused(photos, photos / "in")  # one would be written over another
    refused(photos / "a.png", photos / "in" / "..")
    monkeypatch.chdir(photos)
    refused("a.png", ".")
    assert {path: path.read_bytes() for path in photos.rglob("*.*")} == before
    assert genzoo("translate", preset, "in/b.bmp", "--output", "in")[0] == 0
    assert (photos / "in" / "b.png").exists()


def test_a_zip_writes_nothing_outside_of_the_folder(genzoo, preset, photos, tmp_path):
    elsewhere = tmp_path / "elsewhere.png"
    write_zip(tmp_path / "pictures.zip", {str(elsewhere): (photos / "a.png").read_bytes()})
    code, _, err = genzoo(
        "translate", preset, tmp_path / "pictures.zip", "--output", tmp_path / "x"
    )
    assert code == 2
    assert "Expected names that stay below the folder" in err
    assert not elsewhere.exists()


def test_a_network_of_one_size_has_pictures_resized(genzoo, photos, tmp_path):
    convolution = keras.layers.Conv2D(3, 3, padding="same", activation="sigmoid")
    own = keras.Sequential([keras.Input((8, 8, 3)), convolution])
    model = kg.models.Pix2Pix((8, 8, 3), discriminator_filters=(2,), filters=(2,), generator=own)
    model.save_to_preset(tmp_path / "own")
    code, out, _ = genzoo("translate", tmp_path / "own", photos / "a.png", "--output", tmp_path)
    assert code == 0
    assert out.startswith("a.png: resized from 12x16 to 8x8, which the model takes.")
    assert pixels_of(tmp_path / "a.png").shape == (8, 8, 3)
