"""Files of earlier versions load, give what they gave, and go on as they went on."""

import contextlib

import kept_files
import keras
import numpy as np
import pytest

from keras_genzoo.base import adam_kernel


@pytest.fixture(autouse=True)
def _adam_as_it_was(monkeypatch):
    """By which they went on: a game makes much of a rounding."""
    monkeypatch.setattr(adam_kernel, "one_kernel_a_weight", contextlib.nullcontext)


# Of before cards named the sha256 of the config.
@pytest.mark.filterwarnings("ignore:The card of the preset .* is of before cards named:UserWarning")
@pytest.mark.parametrize("name", kept_files.MODELS)
def test_files_of_earlier_versions(name):
    keras.utils.set_random_seed(0)
    found = kept_files.found_again(name)
    with np.load(kept_files.KEPT / name / "expected.npz") as expected:
        assert set(found) == set(expected.files)
        for key in expected.files:
            # Bit for bit where they were written; other processors round otherwise.
            np.testing.assert_allclose(
                found[key], expected[key], rtol=1e-3, atol=1e-3, err_msg=key, strict=True
            )
