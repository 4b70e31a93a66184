"""The command: which pages, on which address."""


def test_a_model_or_the_whole_zoo(genzoo, model, started, tmp_path):
    model.save_to_preset(tmp_path / "vae")
    code, out, _ = genzoo("explore", tmp_path / "vae")
    assert (code, started[0]["host"], started[0]["port"]) == (0, "127.0.0.1", 7860)
    assert out.startswith("http://127.0.0.1:7860/ shows ")
    code, out, _ = genzoo("explore", "--port", 8123)
    assert (code, started[1]["port"]) == (0, 8123)
    assert "models" in out


def test_a_model_is_called_as_its_folder(genzoo, model, started, tmp_path, monkeypatch):
    for name in ("vae", "vae#2"):
        model.save_to_preset(tmp_path / name)
    monkeypatch.chdir(tmp_path / "vae")
    assert genzoo("explore", ".")[0] == 0
    assert len(started) == 1
    code, _, err = genzoo("explore", "../vae#2")
    assert (code, len(started)) == (2, 1)
    assert "No address reaches a model of this name" in err


def test_what_is_no_preset_is_refused_before_anything_is_served(genzoo, started, tmp_path):
    for tokens in ([tmp_path / "nothing"], ["--dataset", "mnist"]):
        code, _, err = genzoo("explore", *tokens)
        assert (code, err.count("\n"), started) == (2, 1, [])
        assert "Received" in err
