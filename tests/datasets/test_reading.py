"""Pictures one at a time: of any size, grey or in colour, from a file, a folder or a zip."""

import numpy as np
import pytest
from contract import THREE_PARTS
from image_files import picture, write_folder, write_zip

from keras_genzoo.datasets import picture_names, read_pictures


def test_pictures_of_any_size(tmp_path):
    files = {"a.png": picture(51), "in/b.jpg": picture((255, 0, 0), (9, 7), "RGB", "jpeg")}
    folder = write_folder(tmp_path / "folder", files)
    for place in (folder, write_zip(tmp_path / "x.zip", files)):
        found = dict(read_pictures(place, 3))
        assert picture_names(place) == [*found]
        assert {name: x.shape for name, x in found.items()} == {
            "a.png": (4, 6, 3),
            "in/b.jpg": (7, 9, 3),
        }
        assert (found["a.png"] == np.float32(0.2)).all()
    ((name, grey),) = read_pictures(folder / "in/b.jpg", 1)
    assert (name, grey.shape, grey.dtype) == ("b.jpg", (7, 9, 1), "float32")
    assert picture_names(folder / "in/b.jpg") == ["b.jpg"]
    assert grey.mean() == pytest.approx(0.299, abs=0.01)


def test_what_is_no_picture_is_named(tmp_path):
    (tmp_path / "x.png").write_bytes(b"no picture")
    for path in (tmp_path / "none.png", tmp_path / "x.png", tmp_path):
        with pytest.raises(ValueError, match=THREE_PARTS):
            list(read_pictures(path, 3))


def test_what_is_left_out_is_counted(tmp_path):
    files = {"a.png": picture(51), "b.png": picture(9), "list.csv": b"file,x\na.png,1\n"}
    with pytest.warns(UserWarning, match=r"1 of 3 files are not used: b.png"):
        assert picture_names(write_folder(tmp_path, files)) == ["a.png"]
