"""Grids: what stands in them, and that it stands still when they move."""

import numpy as np
import PIL.Image
import pytest
from contract import SHAPE, THREE_PARTS, pictures
from figures import frames, headers, rows, shown, text

from keras_genzoo.plots import grids


@pytest.mark.parametrize(
    ("n", "columns", "last"), [(6, 3, (2, 1)), (7, 3, (0, 2)), (5, None, (1, 1)), (1, 4, (0, 0))]
)
def test_image_grid(n, columns, last, tmp_path):
    images = pictures(n)
    figure = grids.image_grid(images, "Noise", columns=columns)
    left, _, _, top = figure.axes[0].images[-1].get_extent()
    assert (left, top) == pytest.approx((1 + grids.GAP) * np.array(last))
    for cell, image in zip(shown(figure), images, strict=True):
        np.testing.assert_array_equal(cell, image[..., 0])
    assert text(figure) == "Noise"
    figure.savefig(tmp_path / "grid.png")
    assert (tmp_path / "grid.png").stat().st_size > 1000


def test_grey_is_not_stretched():
    (axes,) = grids.image_grid(np.full((1, *SHAPE), 0.5)).axes
    assert axes.images[0].get_clim() == (0, 1)
    assert axes.images[0].get_cmap().name == "gray"


def test_colours():
    images = np.random.default_rng(0).uniform(size=(2, 8, 8, 3))
    for cell, image in zip(shown(grids.image_grid(images)), images, strict=True):
        np.testing.assert_allclose(cell, image)


def test_names_of_rows_are_seen_whole(tmp_path):
    names = ["vae", "conditional_gan_mnist", *"abcd"]  # more rows are narrower at first
    grids.grid([pictures(10)] * 6, "Samples", names).savefig(tmp_path / "rows.png")
    with PIL.Image.open(tmp_path / "rows.png") as picture:
        edge = np.asarray(picture.convert("L"))[:, :3]
    assert (edge == 255).all()


def test_rows_and_columns_are_named():
    figure = grids.grid([pictures(2), pictures(1)], labels=["cat", "dog"], headers=["0", "1"])
    assert rows(figure) == ["cat", "dog"]
    assert headers(figure) == ["0", "1"]
    assert len(shown(figure)) == 3


@pytest.mark.parametrize(
    "images",
    [
        (255 * pictures(4)).astype("uint8"),
        255 * pictures(4),
        pictures(4) - 0.5,
        pictures(1)[0],
        pictures(0),
    ],
    ids=["bytes", "floats of bytes", "centred", "one", "none"],
)
def test_what_are_no_images_is_refused(images):
    with pytest.raises(ValueError, match=THREE_PARTS):
        grids.image_grid(images)


def test_what_a_lost_model_draws_stays_blank():
    assert len(shown(grids.image_grid(np.full((2, *SHAPE), np.nan)))) == 2


def test_titles_have_room():
    narrow, wide = (grids.image_grid(pictures(1), "T" * n).get_figwidth() for n in (1, 40))
    assert wide >= 4 > narrow


# === Animations ===


def shades(of_rows, columns=3):
    """Rows of plain images that get lighter from column to column."""
    lightness = np.arange(of_rows * columns).reshape(of_rows, columns) / (of_rows * columns)
    return np.broadcast_to(lightness[..., None, None, None], (of_rows, columns, *SHAPE))


def test_a_frame_for_each_column_there_and_back(tmp_path):
    images = np.stack([pictures(3), pictures(3, seed=1)])
    animation = grids.animation(images, ["0", "50%", "1"], "at {}", "Way", ["cat", "dog"])
    seen, captions, figure = frames(animation, tmp_path)
    np.testing.assert_array_equal(seen, images[..., 0][:, [0, 1, 2, 1]].swapaxes(0, 1))
    assert captions == ["at 0", "at 50%", "at 1", "at 50%"]
    assert headers(figure) == ["cat", "dog"]
    assert text(figure) == "Way"


def written(animation, path):
    """The frames of the animation's file, and what the file says of them."""
    animation.save(path, writer="pillow")
    with PIL.Image.open(path) as file:
        seen = []
        for index in range(file.n_frames):
            file.seek(index)
            seen.append(np.asarray(file.convert("L"), "float32") / 255)
        return seen, file.info


@pytest.mark.parametrize("kind", ["gif", "webp"])
def test_files_that_move(kind, tmp_path):
    animation = grids.animation(shades(2), headers="012")
    seen, info = written(animation, tmp_path / f"walk.{kind}")
    assert info["loop"] == 0  # for ever
    assert info["duration"] == 150
    for frame, column in zip(seen, [0, 1, 2, 1], strict=True):
        for shade in shades(2)[:, column, 0, 0, 0]:
            assert np.isclose(frame, shade, atol=0.02).mean() > 0.05


def test_cells_stand_still(tmp_path):
    animation = grids.animation(shades(2), headers=["", "$z^2$", "two\nlines"])
    seen, _ = written(animation, tmp_path / "walk.gif")
    cells = [frame[: len(frame) * 2 // 3] < 0.95 for frame in seen]
    assert all((of_frame == cells[0]).all() for of_frame in cells)


def test_colours_move(tmp_path):
    images = np.random.default_rng(0).uniform(size=(1, 2, 8, 8, 3))
    seen, _, _ = frames(grids.animation(images, headers=["0", "1"]), tmp_path)
    np.testing.assert_allclose(seen[:, 0], images[0])


def test_labels_have_room(tmp_path):
    def width(label):
        animation = grids.animation(shades(2), labels=[label], headers="012")
        return frames(animation, tmp_path)[2].get_figwidth()

    assert width("T" * 40) >= 7 > width("T")
