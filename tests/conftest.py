"""Settings of every test: TensorFlow quiet, seeds fixed."""

import gc
import os
import shutil
import subprocess
import sys
import warnings
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # before TensorFlow is imported

import keras
import numpy as np
import psutil
import pytest
import tensorflow as tf
from command import TINY
from tensorflow.python.client import pywrap_tf_session
from tensorflow.python.util import tf_stack
from toys import new_classifier, small

import keras_genzoo as kg
from keras_genzoo.commands import cli
from keras_genzoo.memory import free_memory

# What tests import by name is not imported a second time, by its path, to look for examples.
_FOLDER = Path(__file__).parent
collect_ignore = [each.name for each in _FOLDER.glob("*.py") if not each.match("test_*")]
DEVICES = 2
SPARE = 4e9  # bytes that stay free, or else what a test process no longer uses goes
GROWTH = 1e9  # of the process, until this is done again, as it takes seconds
COLLECT = gc.collect

# Serves SavedModels where neither Keras nor this package can be imported.
SERVER = """
import sys
sys.modules["keras"] = sys.modules["keras_genzoo"] = None
import numpy as np
import tensorflow as tf
for line in sys.stdin:
    folder = line.strip()
    served = tf.saved_model.load(folder + "/1")
    results = {}
    for key, value in np.load(folder + "/requests.npz").items():
        endpoint, rows, name = key.split()
        results.setdefault((endpoint, rows), {})[name] = tf.constant(value)
    np.savez(folder + "/answers.npz", **{
        f"{endpoint} {rows} {name}": value
        for (endpoint, rows), named in results.items()
        for name, value in served.signatures[endpoint](**named).items()
    })
    print("served", folder, flush=True)
"""

pytest.register_assert_rewrite("contract", "families")


def size():
    """Of this process, in bytes."""
    return psutil.Process().memory_info().rss


@pytest.fixture(scope="session")
def bound():
    """Bytes that this process grows to before it looks again at what it no longer uses."""
    return [GROWTH]


@pytest.fixture(autouse=True, scope="module")
def _bounded_memory(bound):
    yield
    if size() > bound[-1] and free_memory() < SPARE:
        with warnings.catch_warnings():
            # Of what libraries left open some time ago, which is no fault of the test at hand.
            warnings.simplefilter("ignore", ResourceWarning)
            COLLECT()
        bound.append(size() + GROWTH)


@pytest.fixture(autouse=True)
def _fixed_seeds():
    keras.utils.set_random_seed(0)


def pytest_configure():
    """Before TensorFlow computes anything: a thread for each of the test processes, as there are
    as many as cores; a CPU in parts, which tests of replicas share; and graphs run as they were
    traced, for most are run once or twice, and to optimize one takes longer; for the same reason
    an operation does not keep the stack that it was made by.
    Commands and workers in processes of their own, and what another process serves, run as a
    user's do.

    Python collects garbage where memory becomes scarce, and else never: to look through the
    millions of objects of hundreds of models' graphs takes seconds.
    """
    gc.disable()
    gc.collect = lambda generation=2: 0  # which Keras asks for at each layer that it quantizes
    tf.config.threading.set_intra_op_parallelism_threads(1)
    cpu = tf.config.list_physical_devices("CPU")[0]
    parts = [tf.config.LogicalDeviceConfiguration()] * DEVICES
    tf.config.set_logical_device_configuration(cpu, parts)
    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
    tf_stack.extract_stack = lambda stacklevel: None
    pywrap_tf_session.TF_SetOpStackTrace = lambda operation, stack: None
    # Those that Keras makes of arrays too: in a whole run their ends waited five minutes.
    tf.data.Dataset._apply_debug_options = kg.datasets.untuned


def pytest_sessionfinish():
    gc.freeze()  # what is left ends with the process


def pytest_collection_modifyitems(items):
    """Modules with slow tests first, so that what two processes are given last is short."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture
def model():
    """A tiny VAE, compiled."""
    model = kg.models.VAE((8, 8, 1), latent_dim=2, hidden=(4,), seed=0)
    model.compile("adam")
    return model


@pytest.fixture(scope="session")
def mirrored():
    """The one strategy of all tests: two of them clash in a process."""
    return tf.distribute.MirroredStrategy([f"CPU:{index}" for index in range(DEVICES)])


@pytest.fixture(scope="session")
def serve():
    """Answers `folder/requests.npz` by the SavedModel `folder/1`, in another process."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen([sys.executable, "-c", SERVER], text=True, **pipes) as server:

        def answers(folder):
            print(folder, file=server.stdin, flush=True)
            assert server.stdout.readline() == f"served {folder}\n"
            return np.load(folder / "answers.npz")

        yield answers
        server.stdin.close()


@pytest.fixture
def started(monkeypatch):
    """How each site would have been served."""
    calls = []
    monkeypatch.setattr("uvicorn.run", lambda app, **options: calls.append(options))
    return calls


@pytest.fixture
def genzoo(monkeypatch, capfd):
    """Runs the command in this process; returns its exit code and what it printed."""

    def run(*tokens):
        code = exit_code(monkeypatch, *tokens)
        out, err = capfd.readouterr()
        return code, out, err

    return run


def exit_code(patch, *tokens):
    """Of the command, run in this process."""
    patch.setattr(sys, "argv", ["genzoo", *map(str, tokens)])
    try:
        cli.main()
    except SystemExit as exit_:
        return exit_.code or 0
    return 0


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """A folder that the command has trained a tiny VAE into."""
    folder = tmp_path_factory.mktemp("run") / "vae"
    with pytest.MonkeyPatch.context() as patch:
        assert exit_code(patch, "train", "vae", *TINY, "--epochs", 2, "--output", folder) == 0
    return folder


@pytest.fixture(scope="session")
def saved_toy(tmp_path_factory):
    folder = tmp_path_factory.mktemp("toys") / "small_toy"
    kg.presets.save(small(), folder, dataset="toy")
    return folder


@pytest.fixture
def toy_preset(saved_toy, tmp_path):
    """The folder of a preset, the test's own."""
    return shutil.copytree(saved_toy, tmp_path / "small_toy")


@pytest.fixture(scope="session")
def extractor(tmp_path_factory):
    """The folder of an untrained classifier of 28x28 images."""
    folder = tmp_path_factory.mktemp("classifier_toy")
    kg.presets.save(new_classifier((28, 28, 1)), folder)
    return str(folder)


@pytest.fixture(scope="session")
def models(extractor):
    """Untrained models of 28x28 images, one of each kind."""
    small = {"image_shape": (28, 28, 1), "latent_dim": 2, "hidden": (8,), "seed": 0}
    return {
        "vae": kg.models.VAE(**small),
        "gaussian": kg.models.VAE(likelihood="gaussian", **small),
        "autoencoder": kg.models.Autoencoder(**small),
        "gan": kg.models.GAN(**small),
        "conditional_gan": kg.models.ConditionalGAN(num_classes=10, **small),
        "classifier": kg.from_preset(extractor),
    }
