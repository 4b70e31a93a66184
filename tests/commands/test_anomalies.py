"""`genzoo anomalies`: a csv of files and scores, and a picture of the strangest."""

import csv
import os
import sys
import weakref

import numpy as np
import PIL.Image
import pytest
from figures import is_picture_of

import keras_genzoo as kg


@pytest.fixture
def folder(tmp_path):
    """Noise, and one image of white, in two splits and of another size."""
    random = np.random.default_rng(0)
    for index in range(5):
        pixels = random.integers(256, size=(30, 31, 3), dtype=np.uint8)
        path = tmp_path / "photos" / ("train", "test")[index % 2] / f"{index}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        PIL.Image.fromarray(pixels if index else pixels // 255 + 254).save(path)
    return tmp_path / "photos"


def rows(path):
    with path.open() as file:
        return list(csv.DictReader(file))


def test_files_by_strangeness(genzoo, trained, folder, tmp_path):
    table, picture = tmp_path / "new" / "x.csv", tmp_path / "x.png"
    files = ["--dataset", folder, "--output", table, "--picture", picture]
    options = ["--method", "reconstruction", "--num-images", 2]
    code, out, err = genzoo("anomalies", trained, *files, *options)
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        f"{table} holds 5 files, the strangest first.",
        f"{picture} holds the picture.",
    ]
    model = kg.from_preset(trained)
    how = {"image_size": 28, "grayscale": True, "shuffle": False}
    images = kg.datasets.arrays(kg.datasets.load(folder, "train+test", **how))
    names = ["train/0.png", "train/2.png", "train/4.png", "test/1.png", "test/3.png"]
    scores = dict(
        zip(names, kg.metrics.anomaly_score(model, images, "reconstruction"), strict=True)
    )
    order = sorted(names, key=lambda name: -scores[name])
    assert [row["file"] for row in rows(table)] == order
    assert [float(row["score"]) for row in rows(table)] == pytest.approx(
        [scores[name] for name in order], rel=1e-5
    )
    shown = np.stack([images[names.index(name)] for name in order[:2]])
    headers = [f"{scores[name]:.4g}" for name in order[:2]]
    grid = kg.grids.grid(
        [shown, model.reconstruct(shown)],
        "vae: the strangest by reconstruction",
        ["image", "model"],
        headers,
    )
    assert is_picture_of(grid, picture)


def test_what_is_simple_and_unlikely_comes_first(genzoo, trained, folder, tmp_path):
    table = tmp_path / "x.csv"
    files = ["--dataset", folder, "--output", table, "--picture", tmp_path / "x.png"]
    assert genzoo("anomalies", trained, *files)[0] == 0
    assert rows(table)[0]["file"] == "train/0.png"
    code, _, err = genzoo("anomalies", trained, *files, "--method", "latent", "--split", "test")
    assert (code, err) == (0, "")
    assert len(rows(table)) == 2


def test_what_is_not_shown_is_not_kept(genzoo, trained, folder, tmp_path, monkeypatch):
    seen, score = [], kg.metrics.anomaly_score

    def scored(model, images, *how, **options):
        assert all(each() is None for each in seen)
        seen.append(weakref.ref(images))
        return score(model, images, *how, **options)

    monkeypatch.setattr(kg.metrics, "anomaly_score", scored)
    monkeypatch.setattr("keras_genzoo.commands.anomalies.AT_ONCE", 2)
    files = ["--dataset", folder, "--output", tmp_path / "x.csv", "--picture", tmp_path / "x.png"]
    code, _, err = genzoo("anomalies", trained, *files, "--method", "reconstruction")
    assert (code, err, len(seen)) == (0, "", 3)


def test_images_of_ones_own_may_be_looked_through_by_latents(genzoo, folder, tmp_path):
    """Which the card alone may not lead to."""
    images = {"image_size": 8, "grayscale": True}
    model = kg.models.Autoencoder((8, 8, 1), latent_dim=2, hidden=(4,))
    model.save_to_preset(tmp_path / "own", dataset=str(folder), images=images)
    table = tmp_path / "x.csv"
    given = ("--dataset", folder, "--output", table, "--picture", tmp_path / "x.png")
    code, _, err = genzoo("anomalies", tmp_path / "own", *given, "--method", "latent")
    assert (code, err) == (0, "")
    assert len(rows(table)) == 5


def test_what_would_end_the_work_ends_it_before(genzoo, folder, tmp_path, monkeypatch):
    monkeypatch.setattr(kg.metrics, "anomaly_score", None)  # nothing is scored
    model = kg.models.VAE((8, 8, 1), latent_dim=2, hidden=(4,))
    model.save_to_preset(tmp_path / "vae", images={"skip_corrupt": True})
    (tmp_path / "file").touch()
    (folder / "test" / "broken.png").write_text("no picture")
    given = ("anomalies", tmp_path / "vae", "--dataset", folder, "--picture", tmp_path / "x.png")
    for output, said in ((tmp_path / "file" / "x.csv", "file"), (tmp_path / "x.csv", "broken.png")):
        code, _, err = genzoo(*given, "--output", output)
        assert code == 2
        assert said in err
    assert not list(tmp_path.glob("x.*"))


def test_what_cannot_tell_is_refused(genzoo, folder, tmp_path):
    sizes = {"latent_dim": 2, "hidden": (4,)}
    kg.models.GAN((8, 8, 1), **sizes).save_to_preset(tmp_path / "gan")
    kg.models.ConditionalVAE((8, 8, 1), 3, **sizes).save_to_preset(tmp_path / "cvae")
    for preset in ("gan", "cvae"):
        code, _, err = genzoo("anomalies", tmp_path / preset, "--dataset", folder)
        assert code == 2
        assert "cannot tell what is strange" in err


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_files_whose_names_are_no_utf8(genzoo, trained, folder, tmp_path):
    """As a zip of old leaves them: they were refused once all was scored."""
    name = os.fsdecode(b"b\xe4r.png")
    (folder / "train" / "0.png").rename(folder / "train" / name)
    table, picture = tmp_path / "x.csv", tmp_path / f"{name}.png"
    files = ["--dataset", folder, "--output", table, "--picture", picture]
    code, out, _ = genzoo("anomalies", trained, *files, "--method", "reconstruction")
    assert (code, picture.is_file()) == (0, True)
    assert r"b\udce4r.png" in out
    assert b"train/b\xe4r.png," in table.read_bytes()
