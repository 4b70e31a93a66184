"""What torch-fidelity, a reference, says of features."""

import importlib.util
import json
import subprocess
import sys

import numpy as np
import pytest

is_installed = pytest.mark.skipif(
    importlib.util.find_spec("torch_fidelity") is None,
    reason="torch-fidelity, the reference, is not installed",
)

SCRIPT = """
import json, sys
import numpy, torch
from torch_fidelity.metric_fid import fid_features_to_statistics, fid_statistics_to_metric
from torch_fidelity.metric_isc import isc_features_to_metric
from torch_fidelity.metric_kid import kid_features_to_metric
from torch_fidelity.metric_prc import prc_features_to_metric

features = [torch.from_numpy(x) for x in numpy.load(sys.argv[1])]  # generated first
statistics = [fid_features_to_statistics(x) for x in features]
scores = {
    **fid_statistics_to_metric(*statistics, verbose=False),
    **kid_features_to_metric(*features, kid_subsets=1, kid_subset_size=300, verbose=False),
    **prc_features_to_metric(*features, verbose=False),
    **isc_features_to_metric(features[0], splits=1),
}
print(json.dumps(scores))
"""


def scores(folder, real, generated):
    """Its scores of 300 images a side; features of generated ones serve as logits too."""
    np.save(folder / "features.npy", [generated, real])
    # In a process of its own: TensorFlow and the triton of torch abort when they share one.
    script = [sys.executable, "-c", SCRIPT, folder / "features.npy"]
    done = subprocess.run(script, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)
