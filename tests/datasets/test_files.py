"""Files of folders and zips, by name."""

import zipfile

import pytest
from contract import THREE_PARTS
from image_files import write_zip

from keras_genzoo.datasets import load, melodies, text
from keras_genzoo.datasets.files import ending_in, members, walk


def test_a_folder_is_walked_through_links_but_not_in_circles(tmp_path):
    (tmp_path / "set" / "dogs").mkdir(parents=True)
    (tmp_path / "cats").mkdir()
    for folder in ("cats", "set/dogs"):
        (tmp_path / folder / "0.png").write_bytes(b"xy")
    (tmp_path / "set" / "cats").symlink_to(tmp_path / "cats")
    (tmp_path / "set" / "loop").symlink_to(tmp_path / "set")
    sizes = {name: size for name, (size, _) in walk(tmp_path / "set").items()}
    assert sizes == {"cats/0.png": 2, "dogs/0.png": 2, "loop": -1}


def test_a_zips_names_have_slashes(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for name in ("dogs\\", "dogs\\0.txt", "cats/1.txt", "dogs/.hidden.txt"):
            archive.writestr(name, name)
        found = members(archive)
        assert [*found] == ["dogs/0.txt", "cats/1.txt", "dogs/.hidden.txt"]
        assert archive.read(found["dogs/0.txt"]).endswith(b"0.txt")
    assert ending_in(found, ".txt") == ["dogs/0.txt", "cats/1.txt"]


@pytest.mark.parametrize(
    ("name", "read"),
    [("a.zip", load), ("a.npz", load), ("a.zip", melodies), ("a.zip", text)],
)
def test_a_damaged_list_of_files_is_an_error_that_names_the_zip(tmp_path, name, read):
    path = write_zip(
        tmp_path / name, {"a.png": b"", "images.npy": b"", "a.mid": b"", "a.txt": b"a"}
    )
    path.write_bytes(path.read_bytes().replace(b"PK\x01\x02", b"PK\x01\x00", 1))
    with pytest.raises(ValueError, match=rf"{THREE_PARTS}.*{name}"):
        read(path)
