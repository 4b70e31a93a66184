"""Settings of every test: TensorFlow quiet, seeds fixed."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # before TensorFlow is imported

import keras
import pytest

pytest.register_assert_rewrite("contract", "families")


@pytest.fixture(autouse=True)
def _fixed_seeds():
    keras.utils.set_random_seed(0)
