"""A package of an extra: imported, or asked for by the extra's name."""

import pytest

from keras_genzoo.extras import extra


def test_what_is_not_installed_is_asked_for_by_its_extra():
    with pytest.raises(
        ImportError, match=r"nowhere\.inside is not installed\. .*keras-genzoo\[midi\]"
    ):
        extra("nowhere.inside", "midi")


def test_what_an_installed_package_lacks_is_its_own_affair(tmp_path, monkeypatch):
    (tmp_path / "incomplete.py").write_text("import nowhere")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="No module named 'nowhere'"):
        extra("incomplete", "midi")
