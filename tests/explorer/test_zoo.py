"""The page of the whole zoo: each preset, its picture or its lines, texts escaped."""

import json

from toys import rewrite

from keras_genzoo.explorer import zoo


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


def test_a_page_leads_nowhere_outside():
    page = zoo.page(["vae_mnist_2d", "sequence_vae_names"])
    assert "http" not in page
