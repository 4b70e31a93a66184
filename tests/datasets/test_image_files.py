"""Images in folders and zips: what is read, of which split and class, and what is counted."""

import numpy as np
import pytest
from image_files import picture, write_folder, write_zip

from keras_genzoo.datasets import arrays, image_files, load, split_sizes
from keras_genzoo.datasets.sources import open_source

SLASHED = [("train", "cats", 1), ("train", "dogs", 2), ("test", "cats", 3), ("test", "dogs", 4)]


def test_folder_of_classes(tmp_path):
    files = {f"{name}/{i}.png": picture(i) for name in ("cat", "bird") for i in range(10)}
    files |= {"notes.txt": b"", ".hidden/a.png": b"", "__MACOSX/cat/0.png": b"", "cat/._0.png": b""}
    path = write_folder(tmp_path, files)
    with pytest.warns(UserWarning, match=r"4 of 24 files are not used: .hidden/a.png, ") as said:
        dataset = load(path, labels=True, shuffle=False)
    assert len(said) == 1
    (images, labels), *rest = dataset
    assert not rest
    assert images.shape == (20, 4, 6, 1)
    assert labels.numpy().tolist() == [0, 1] * 10  # bird, cat: every slice holds both
    assert (images.numpy()[::2, 0, 0, 0] * 255).round().tolist() == list(range(10))


@pytest.mark.parametrize("root", ["", "faces/"])
def test_folder_of_splits(tmp_path, root):
    sizes = {"train": 4, "val": 3, "test": 2}
    files = {f"{root}{s}/cat/{i}.png": picture(i) for s, n in sizes.items() for i in range(n)}
    path = write_folder(tmp_path, files)
    assert len(arrays(load(path))) == 4
    assert len(arrays(load(path, split="val"))) == 3
    assert len(arrays(load(path, split="validation[1:]+test"))) == 4
    assert arrays(load(path, split="test", labels=True))[1].tolist() == [0, 0]


def test_a_class_called_train_is_no_split(tmp_path):
    path = write_folder(tmp_path, {f"{name}/0.png": picture(0) for name in ("bus", "car", "train")})
    assert arrays(load(path, labels=True, shuffle=False))[1].tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    "names", [("Train", "Test", "valid"), ("training", "testing", "VAL"), ("train", "TEST", "val")]
)
@pytest.mark.parametrize("root", ["", "photos/photos/"])
def test_splits_by_other_names(tmp_path, names, root):
    files = {f"{root}{s}/{c}/{i}.png": picture(9) for s in names for c in "ab" for i in range(2)}
    path = write_folder(tmp_path, files)
    assert split_sizes(path) == {"train": 4, "validation": 4, "test": 4}
    for split in names:
        assert arrays(load(path, split, labels=True, shuffle=False))[1].tolist() == [0, 1, 0, 1]


def test_unpaired_splits(tmp_path):
    names = ("trainA", "trainB", "testA", "testB")
    path = write_folder(tmp_path, {f"x/{name}/0.png": picture(9) for name in names})
    assert split_sizes(path) == dict.fromkeys(sorted(names), 1)
    with pytest.raises(ValueError, match=r"no such split.*Expected.*trainA"):
        load(path)


def test_folders_that_are_one_number(tmp_path):
    files = {f"{name}/0.png": picture(9) for name in ("007", "10", "7")}
    path = write_folder(tmp_path, files)
    assert len(arrays(load(path))) == 3
    with pytest.raises(ValueError, match=r"one class\. Expected.*folders '007' and '7'"):
        load(path, labels=True)


def test_classes_in_two_folders(tmp_path):
    files = {f"a/b/{c}/0.png": picture(9) for c in ("bird", "cat")}
    dataset = load(write_folder(tmp_path, files), labels=True, shuffle=False)
    assert arrays(dataset)[1].tolist() == [0, 1]
    files = {f"one/a/cats/{i}.png": picture(9) for i in range(2)}  # of a class that stands alone
    dataset = load(write_zip(tmp_path / "a.zip", files), labels=True)
    assert arrays(dataset)[1].tolist() == [0, 0]


def test_splits_without_labels_leave_others_theirs(tmp_path):
    files = {f"train/{c}/{i}.png": picture(9) for c in "ab" for i in range(2)}
    path = write_folder(tmp_path, files | {"test/0.png": picture(9)})
    assert arrays(load(path, labels=True, shuffle=False))[1].tolist() == [0, 1, 0, 1]
    assert len(arrays(load(path, "test"))) == 1
    with pytest.raises(ValueError, match=r"split 'test'.*Expected.*Received.*test/0\.png"):
        load(path, "test", labels=True)


def test_what_lies_beside_splits_is_counted(tmp_path):
    names = ("train/0.png", "test/0.png", "thumbnails/0.png", "cover.png", "train/a.svg", "b.csv")
    path = write_folder(tmp_path, {name: picture(9) for name in names[:4]})
    write_folder(path, {"train/a.svg": b"", "b.csv": b"name;of\nno;image\n"})
    with pytest.warns(UserWarning, match=r"4 of 6 files are not used: b.csv, cover.png, ") as said:
        assert len(arrays(load(path))) == 1
    assert len(said) == 1


def test_suffixes(tmp_path):
    formats = {"a.jpg": "jpeg", "b.jfif": "jpeg", "c.ppm": "ppm", "d.pgm": "ppm", "e.JPE": "jpeg"}
    formats |= {"f.webp": "webp", "g.bmp": "bmp", "h.tiff": "tiff", "i.gif": "gif"}
    path = write_folder(tmp_path, {n: picture(9, suffix=kind) for n, kind in formats.items()})
    assert len(arrays(load(path))) == 9


def test_links_are_followed_loops_are_not(tmp_path):
    write_folder(tmp_path, {f"cats/{i}.png": picture(9) for i in range(2)})
    path = write_folder(tmp_path / "set", {"dogs/0.png": picture(9)})
    (path / "cats").symlink_to(tmp_path / "cats")
    dataset = load(path, labels=True, shuffle=False)
    assert arrays(dataset)[1].tolist() == [0, 1, 0]
    for target, name in ((path, "loop"), ("/", "root"), (tmp_path / "none", "gone.png")):
        (path / "dogs" / name).symlink_to(target)
    with pytest.warns(UserWarning, match=r"3 of 6 files are not used: dogs/gone.png, dogs/loop"):
        assert len(arrays(load(path))) == 3


def test_tables_beside_images(tmp_path):
    table = "label;file\n1;0.png\n;1.png\n0;9.png\n"
    files = {f"{i}.png": picture(9) for i in range(3)} | {"list.csv": table.encode()}
    path = write_folder(tmp_path, files)
    with pytest.warns(UserWarning, match=r"1 of 4 files.*: 2.png and 1 rows of .* name no image"):
        assert len(arrays(load(path))) == 2
    with pytest.raises(ValueError, match=rf"blank.*Expected.*'{path}/list.csv'.*'label', rows=3"):
        load(path, labels=True)


def test_files_of_too_many_bytes(tmp_path, monkeypatch):
    monkeypatch.setattr("keras_genzoo.datasets.image_files.MOST_BYTES", 70)
    files = {"a.png": picture(9), "b.png": b"\0" * 71}
    for path in (write_zip(tmp_path / "x.zip", files), write_folder(tmp_path / "x", files)):
        with pytest.raises(ValueError, match=r"bytes are more than 70.*Expected.*Received.*\.png"):
            load(path)


def test_zip_with_csv(tmp_path):
    table = "file,partition,smiling,age,mood\n"
    table += "0.png,0,1,1.5,sad\n1.png,1,-1,2.5,glad\n2.png,2,1,3.5,sad\n"
    files = {f"images/{i}.png": picture(i) for i in range(3)} | {"list.csv": table.encode()}
    path = write_zip(tmp_path / "images.zip", files)
    smiling = arrays(load(path, labels="smiling"))[1]
    assert smiling.tolist() == [1]
    assert smiling.dtype == np.int64
    assert arrays(load(path, split="validation", labels="mood"))[1].tolist() == [0]
    both = load(path, split="all", labels=["smiling", "age"], shuffle=False)
    assert both.element_spec[1].shape.as_list() == [None, 2]
    assert arrays(both)[1].tolist() == [[1, 1.5], [-1, 2.5], [1, 3.5]]


def test_a_row_of_images_of_several_splits_is_refused(tmp_path):
    table = b"file,label\n0.png,3\n"
    files = {f"{split}/0.png": picture(9) for split in ("train", "test")}
    path = write_zip(tmp_path / "x.zip", {**files, "train.csv": table})
    with pytest.raises(ValueError, match=r"Expected.*row=2, images='test/0.png' and 'train/0"):
        load(path, labels=True)
    files |= {"train.csv": b"file,label\ntrain/0.png,3\ntest/0.png,4\n"}
    assert arrays(load(write_zip(path, files), "test", labels=True))[1].tolist() == [4]
    sides = {f"train{side}/0.png": picture(9) for side in "AB"}  # one row tells of both
    path = write_zip(path, {**sides, "raw/0.png": b"", "all.csv": table})
    with pytest.warns(UserWarning, match=r"1 of 4 files are not used: raw/0.png"):
        assert arrays(load(path, "trainB", labels=True))[1].tolist() == [3]


def test_a_zip_with_backslashes(tmp_path):
    files = {f"all\\{split}\\{kind}\\{i}.png": picture(i) for split, kind, i in SLASHED}
    path = write_zip(tmp_path / "x.zip", {**files, "all\\test\\": b""})
    images, labels = arrays(load(path, "test", labels=True, shuffle=False))
    assert np.rint(images[:, 0, 0, 0] * 255).tolist() == [3, 4]
    assert labels.tolist() == [0, 1]


def test_large_images_are_held_a_few_at_a_time(tmp_path, monkeypatch):
    decoded, small = [], picture(9, (8, 8))
    read = image_files.decode
    monkeypatch.setattr(image_files, "_HELD", 2 * 8 * 8)
    monkeypatch.setattr(image_files, "decode", lambda *a: decoded.append(0) or read(*a))
    path = write_folder(tmp_path, {f"{i:02}.png": small for i in range(9)})
    source = open_source(path, False, lambda image: image, False)
    for taken, _ in enumerate(source.read("train", 0, 9), 1):
        assert len(decoded) <= taken + 1
    assert len(decoded) == taken == 9


def test_image_size_and_grayscale(tmp_path):
    path = write_folder(
        tmp_path, {"a.png": picture((255, 0, 0), (8, 8), "RGB"), "b.jpg": picture(0, (30, 20))}
    )
    images = arrays(load(path, image_size=(5, 7), shuffle=False))
    assert images.shape == (2, 5, 7, 3)
    np.testing.assert_allclose(images[0, 2, 3], [1, 0, 0])
    grey = arrays(load(path, image_size=4, grayscale=True, shuffle=False))
    assert grey.shape == (2, 4, 4, 1)
    np.testing.assert_allclose(grey[:, 0, 0, 0], [0.298, 0], atol=1e-3)


def test_grey_among_colour_images_becomes_colour(tmp_path):
    files = {"a.png": picture(51), "b.png": picture((0, 0, 255), mode="RGB")}
    images = arrays(load(write_folder(tmp_path, files)))
    assert sorted(images[:, 0, 0].tolist()) == [[0, 0, 1], pytest.approx([0.2, 0.2, 0.2])]


def test_corrupt_images(tmp_path):
    whole = picture(7, (64, 64), "RGB", "jpeg")
    path = write_folder(
        tmp_path, {"a.jpg": whole, "b.jpg": whole[:-300], "c.png": b"no image", "d.jpg": whole}
    )
    with pytest.raises(ValueError, match=rf"skip_corrupt=True .* file='{path}/b.jpg'"):
        load(path)
    zipped = write_zip(tmp_path / "a.zip", {"x/b.jpg": b"no image"})
    with pytest.raises(ValueError, match=rf"file='{zipped}/x/b.jpg'"):
        load(zipped)
    zipped.unlink()
    with pytest.warns(UserWarning, match=r"2 of 4 images are corrupt and left out: b.jpg, c.png"):
        dataset = load(path, skip_corrupt=True)
    assert len(arrays(dataset)) == 2


def test_folders_that_are_no_data(tmp_path):
    path = write_folder(tmp_path, {"notes.txt": b""})
    with pytest.raises(ValueError, match=rf"There are no images.*Expected.*'{path}', with 1 files"):
        load(path)
    (path / "notes.txt").unlink()
    write_folder(tmp_path, {"a.png": picture(0), "b.png": picture(0, (9, 9))})
    with pytest.raises(ValueError, match=r"differ in size.*image_size"):
        load(path)
    with pytest.raises(ValueError, match="no such labels"):
        load(path, labels=True, image_size=4)


@pytest.mark.parametrize(
    ("cells", "splits"),
    [
        ("0120", {"train": 2, "validation": 1, "test": 1}),  # as CelebA's
        ("01230", {"0": 2, "1": 1, "2": 1, "3": 1}),  # folds
        (["hold out", "in", "in"], {"hold out": 1, "in": 2}),
    ],
)
def test_splits_of_a_csv(tmp_path, cells, splits):
    files = {f"{i}.png": picture(i) for i in range(len(cells))}
    rows = [f"{i}.png,{cell}" for i, cell in enumerate(cells)]
    files["a.csv"] = "\n".join(["file,split", *rows]).encode()
    path = write_folder(tmp_path, files)
    assert split_sizes(path) == splits
    for split, count in splits.items():
        assert len(arrays(load(path, split))) == count
