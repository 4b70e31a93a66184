"""The page of the whole zoo: each preset, its picture or its lines, texts escaped."""

import asyncio
import json

import PIL.Image
from toys import rewrite

from keras_genzoo.explorer import sites, zoo


def test_strangers_texts_are_no_markup(toy_preset, monkeypatch):
    monkeypatch.setenv("KERAS_GENZOO_PRESETS", str(toy_preset.parent))
    rewrite(toy_preset / "card.json", lambda card: card.update(dataset="<script>"))
    (toy_preset / "samples.txt").write_text("<i>\n" * 100)
    page = zoo.page([toy_preset.name])
    assert "<script>" not in page
    assert page.count("&lt;i&gt;") == zoo._LINES
    assert f'href="/{toy_preset.name}/"' in page
    assert zoo.picture_of(toy_preset.name) is None


def test_a_damaged_preset_takes_no_page_down(toy_preset, monkeypatch):
    monkeypatch.setenv("KERAS_GENZOO_PRESETS", str(toy_preset.parent))
    (toy_preset / "card.json").write_text(json.dumps({"parameters": "many"}))
    page = zoo.page([toy_preset.name, "vae_mnist_2d"])
    assert "is damaged" in page
    assert 'src="/vae_mnist_2d/samples.png"' in page
    (toy_preset / "model.weights.h5").unlink()  # as of a copy that was cut off
    page = zoo.page([toy_preset.name, "vae_mnist_2d"])
    assert "lacks model.weights.h5" in page
    assert 'src="/vae_mnist_2d/samples.png"' in page
    assert status_of(sites.Site({"toy": str(toy_preset)}), "/toy/samples.png") == 404


def test_a_page_leads_nowhere_outside():
    page = zoo.page(["vae_mnist_2d", "sequence_vae_names"])
    assert "http" not in page


def status_of(site, path):
    """What the app of a site answers to a request."""
    sent = []

    async def receive():
        await asyncio.Event().wait()  # a client that stays

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "http_version": "1.1", "method": "GET", "path": path}
    scope |= {"query_string": b"", "headers": [], "root_path": "", "scheme": "http"}
    asyncio.run(site.app(scope, receive, send))
    return sent[0]["status"]


def test_pictures_are_given_of_what_the_site_shows_alone(toy_preset, monkeypatch):
    monkeypatch.chdir(toy_preset.parent)
    PIL.Image.new("L", (8, 8)).save(toy_preset / "samples.png")
    site = sites.Site({"toy": str(toy_preset), "vae_mnist_2d": "vae_mnist_2d"})
    for name, status in {
        **{"toy": 200, "vae_mnist_2d": 200},
        **{toy_preset.name: 404, "none": 404},  # a folder that lies where the server runs, and none
    }.items():
        assert status_of(site, f"/{name}/samples.png") == status, name
    (toy_preset / "samples.png").unlink()
    assert status_of(site, "/toy/samples.png") == 404
