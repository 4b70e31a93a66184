"""The command, and a tiny run of it."""

import sys

GENZOO = [sys.executable, "-m", "keras_genzoo"]
TINY = ["--split", "train[:300]", "--validation-split", "test[:100]", "--hidden", "16"]
