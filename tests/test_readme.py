"""README: its Python runs, its table of presets is what `genzoo list` makes, its links lead on."""

import os
import re
from importlib import metadata
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
import tensorflow as tf

import keras_genzoo as kg
from keras_genzoo.serving import rest, server

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
FEW = 64  # images that the blocks learn from


def test_python_blocks_run_in_order(mirrored, tmp_path, monkeypatch):
    """In one namespace, as a reader types them; images are fewer, and epochs a tenth."""
    load = kg.datasets.load

    def load_few(name, split="train", batch_size=128, **options):
        name = "fashion_mnist_small" if name == "fashion_mnist" else name  # no download
        return load(name, split, min(batch_size, FEW // 2), **{"take": FEW, **options})

    monkeypatch.setattr(kg.datasets, "load", load_few)

    class TheOne(tf.distribute.MirroredStrategy):
        """Of all tests: two of them clash in a process."""

        def __new__(cls):
            return mirrored

    monkeypatch.setattr(tf.distribute, "MirroredStrategy", TheOne)
    monkeypatch.chdir(tmp_path)
    photos(tmp_path / "photos", 40)
    blocks = list(re.finditer(r"(?<=^```python\n).*?(?=^```$)", README, re.MULTILINE | re.DOTALL))
    assert len(blocks) > 10
    namespace = {}
    for block in blocks:
        lines_above = README.count("\n", 0, block.start())
        code = "\n" * lines_above + block[0]  # so that an error names the line
        code = re.sub(r"\b(epochs=\d)0\b", r"\1", code)
        exec(compile(code, ROOT / "README.md", "exec"), namespace)
    assert {path.name for path in tmp_path.glob("*.png")} == {
        *("samples.png", "traversal.png", "interpolation.png", "map.png"),
    }
    bodies_fit_their_endpoints(namespace)
    bodies_are_answered(tmp_path / "serving" / "1", namespace)
    assert namespace["drawn"].shape == (2, 28, 28, 1)  # of another runtime


def bodies_fit_their_endpoints(namespace):
    """Of REST and gRPC, one for each endpoint that a model of the zoo has."""
    bodies, requests = namespace["bodies"], namespace["requests"]
    assert {*bodies} == {*requests}
    signatures = {
        model: {
            name: {spec.name: spec for spec in specs}
            for name, (_, specs) in namespace[model].endpoints().items()
        }
        for model, _ in bodies
    }
    for model, name in bodies:
        inputs = signatures[model][name]
        request = rest.Request(bodies[model, name].encode(), signatures[model])
        assert request.arrays.keys() == inputs.keys()
        message = requests[model, name]
        assert (message.model_spec.name, message.model_spec.signature_name) == (model, name)
        assert message.inputs.keys() == inputs.keys()
        for word, spec in inputs.items():
            values = tf.make_ndarray(message.inputs[word])
            assert values.dtype == spec.dtype.as_numpy_dtype
            assert spec.shape.is_compatible_with(values.shape)
            np.testing.assert_array_equal(values, request.arrays[word])
    whole = signatures.keys() - {"fair"}  # which is a VAE besides
    assert {key for key in bodies if key[0] in whole} == {
        (model, name) for model in whole for name in signatures[model]
    }


def bodies_are_answered(export, namespace):
    served = server.Served(export, "vae")
    for (model, name), body in namespace["bodies"].items():
        if model == "vae":
            arrays = rest.Request(body.encode(), served.specs).arrays
            assert [len(values) for values in served.run(name, arrays).values()] in ([2], [4])


def photos(folder, count):
    """Pictures of noise, in two classes and of two sizes."""
    random = np.random.default_rng(0)
    for index in range(count):
        pixels = random.integers(256, size=(70 + index % 2, 80, 3), dtype=np.uint8)
        path = folder / ("cats", "dogs")[index % 2] / f"{index}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        PIL.Image.fromarray(pixels).save(path)


def test_the_table_of_presets_is_what_the_command_makes(genzoo, monkeypatch):
    monkeypatch.setenv("KERAS_GENZOO_PRESETS", "")
    code, table, _ = genzoo("list", "--markdown")
    assert code == 0
    assert table in README
    shipped = {path.parent.name for path in ROOT.glob("saved_models/*/card.json")}
    assert {*re.findall(r"^\| `(\w+)`", table, re.MULTILINE)} == shipped
    for name in shipped:
        assert kg.presets.card(name)["command"] in table
    assert not re.search(r"\| +\|", table), "a preset lacks its size, its score or its protocol"


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(([^)\s]+)\)", README))))
def test_links_lead_somewhere(link):
    if link.startswith("#"):
        assert link[1:] in headings()
    elif not link.startswith("https://"):
        assert (ROOT / link).exists()


def headings():
    """As the anchors that they become."""
    return {
        re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-")
        for heading in re.findall(r"^#+ (.*)$", README, re.MULTILINE)
    }


def test_files_that_are_named_exist():
    named = set(re.findall(r"\b(?:examples|tests|saved_models)/[\w/]+\.(?:py|png|json)", README))
    assert len(named) > 10
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


def test_what_is_cited_is_this_version():
    version = metadata.version("keras_genzoo")
    assert f"version = {{{version}}}" in README
    assert f"version: {version}\n" in (ROOT / "CITATION.cff").read_text()


def test_no_path_of_a_machine_is_named():
    assert os.fspath(ROOT) not in README
    assert not re.search(r"(?<![\w.])(/home|/root|/work|/tmp)\b|\.\./shared", README)
