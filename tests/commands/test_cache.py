"""genzoo cache: what is kept is listed, by name too, and cleared."""

import numpy as np
import pytest

import keras_genzoo as kg


@pytest.fixture
def names(tmp_path, monkeypatch):
    """Of two entries."""
    monkeypatch.setenv("GENZOO_CACHE_DIR", str(tmp_path / "kept"))
    np.savez(tmp_path / "ramp.npz", images=np.arange(40, dtype=np.uint8).reshape(10, 2, 2))
    for take in (3, 4):
        kg.datasets.load(tmp_path / "ramp.npz", take=take, cache="disk")
    return [each.name for each in kg.datasets.caches()]


def test_decoded_images_are_listed_and_cleared(genzoo, names):
    code, out, _ = genzoo("cache")
    assert code == 0
    assert all(name in out for name in names)
    assert "3 x 2 x 2 x 1" in out
    _, out, _ = genzoo("cache", names[0])
    assert names[0] in out
    assert names[1] not in out

    code, out, _ = genzoo("cache", names[0], "--clear")
    assert code == 0
    assert "bytes are free again" in out
    assert [each.name for each in kg.datasets.caches()] == names[1:]
    for more in ([], ["--clear"]):
        code, _, err = genzoo("cache", names[0], *more)
        assert code == 2
        assert f"Received: names='{names[0]}'" in err
    genzoo("cache", "--clear")
    assert kg.datasets.caches() == []
