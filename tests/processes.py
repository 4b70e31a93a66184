"""What tests run in processes of their own, to be killed or to work together.

They fork from a server that has imported TensorFlow and not yet used it: two seconds each instead
of eight.
"""

import contextlib
import itertools
import json
import multiprocessing
import os
import socket
import time

import keras
import numpy as np
import tensorflow as tf
from contract import SHAPE, pictures, state

import keras_genzoo as kg
from keras_genzoo.base import fitting

_forks = multiprocessing.get_context("forkserver")
# Not this module, which the server does not find.
_forks.set_forkserver_preload(
    ["keras_genzoo.models", "keras_genzoo.training", "tensorflow_datasets", "pytest"]
)
PATIENCE = 300  # seconds after which processes hang


def start(function, *arguments):
    """A process that runs a function of this module."""
    process = _forks.Process(target=function, args=arguments)
    process.start()
    return process


def ended(*processes):
    """The exit codes of processes that end by themselves; those that hang are killed, an error."""
    latest = time.monotonic() + PATIENCE
    for process in processes:
        process.join(max(0, latest - time.monotonic()))
    hanging = [process for process in processes if process.is_alive()]
    for process in hanging:
        process.kill()
        process.join()
    if hanging:
        raise TimeoutError(f"{len(hanging)} of {len(processes)} processes hang")
    return [process.exitcode for process in processes]


def wait_for(sign, process):
    """Wait until a living process shows a sign, given as a function; kill one that hangs before."""
    latest = time.monotonic() + PATIENCE
    while process.is_alive() and not sign():
        process.join(0.005)
        if time.monotonic() > latest:
            process.kill()
            raise TimeoutError("a process hangs")


def cluster(size, function, *arguments):
    """Processes that are the workers of one cluster, each running `function(*arguments)`."""
    workers = [f"127.0.0.1:{port}" for port in free_ports(size)]
    return [start(_as_worker, workers, index, function, *arguments) for index in range(size)]


def free_ports(count):
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def _as_worker(workers, index, function, *arguments):
    task = {"type": "worker", "index": index}
    os.environ["TF_CONFIG"] = json.dumps({"cluster": {"worker": workers}, "task": task})
    function(*arguments)


def train(folder):
    """Train a tiny VAE from the folder's last checkpoint to the end; leave its state there.

    In eager mode: nothing is traced in a life that ends after a step or two.
    """
    keras.utils.set_random_seed(0)
    tf.config.experimental.enable_op_determinism()
    images = kg.datasets.load("fashion_mnist_small", "train[:128]", batch_size=8)
    if kg.checkpoints.found(folder):
        model, epochs = kg.callbacks.restore(folder)
    else:
        model, epochs = kg.models.VAE((28, 28, 1), latent_dim=2, hidden=(8,), seed=0), 0
        model.compile(keras.optimizers.SGD(0.01, momentum=0.9), run_eagerly=True)
    callbacks = [
        kg.callbacks.BetaWarmUp(steps=40),
        kg.callbacks.Checkpoint(folder, every_steps=1),
        keras.callbacks.CSVLogger(folder / "history.csv", append=epochs > 0),
    ]
    model.fit(images, epochs=3, initial_epoch=epochs, callbacks=callbacks, verbose=0)
    np.savez(folder / "end.npz", *state(model))


def write_without_permission(folder):
    """Train with checkpoints in a folder that only root may write; leave the error."""
    model = kg.models.VAE(SHAPE, latent_dim=2, hidden=(4,), seed=0)
    model.compile("adam")
    model.fit(pictures(20), verbose=0)  # imports what nobody may not read
    if os.geteuid() == 0:
        os.setuid(65534)  # nobody
    try:
        model.fit(pictures(20), callbacks=[kg.callbacks.Checkpoint(folder)], verbose=0)
    except PermissionError as error:
        (folder / "error.txt").write_text(str(error))


def work(folder, workers):
    """Do all that a model does, as one of several workers or alone; leave what comes of it."""
    strategy = kg.workers.new_strategy("multi-worker" if workers > 1 else "none")
    keras.random.normal = lambda shape, *args, **kwargs: keras.ops.full(shape, 0.3)
    keras.utils.set_random_seed(0)
    with strategy.scope():
        model = kg.models.GAN(SHAPE, latent_dim=2, hidden=(16,), seed=0)
        model.compile(keras.optimizers.Adam(0.01, clipnorm=0.1))
    callbacks = [
        kg.callbacks.Checkpoint(folder / "checkpoints", every_steps=2),
        kg.callbacks.SampleGrid(folder / "samples", num_samples=4),
    ]
    options = {"batch_size": 16, "verbose": 0}
    history = model.fit(
        pictures(67),
        shuffle=False,
        epochs=2,
        validation_data=pictures(19),
        callbacks=callbacks,
        **options,
    ).history
    results = {f"weight {index}": value for index, value in enumerate(model.get_weights())}
    results |= {f"history {name}": values for name, values in history.items()}
    results["scores"] = model.evaluate(pictures(19), **options)
    results["predictions"] = model.predict(np.ones((19, 2)) * np.arange(19)[:, None], **options)
    results |= _whitened(strategy)
    index = 0 if workers == 1 else strategy.cluster_resolver.task_id
    if workers > 1:
        results |= {**_overflow(strategy), **_epochs(strategy)}
        if index == 0:
            model.export(folder / "export")
    np.savez(folder / f"worker-{index}.npz", **results)


def _whitened(strategy):
    """What a latent diffusion model knows of the latents of its images before the first step."""
    keras.utils.set_random_seed(0)
    with strategy.scope():
        vae = kg.models.VAE(SHAPE, latent_dim=2, hidden=(4,), seed=0)
        model = kg.models.LatentDiffusion(vae, hidden=(4,), seed=0)
        model.compile("sgd")
    images = tf.constant(pictures(67))
    dataset = kg.datasets.epochs(
        lambda _, indices: tf.gather(images, indices),
        len(images),
        **{"batch_size": 16, "shuffle": True, "seed": 0, "drop_remainder": False},
    )
    found = {}
    for name, data in (("all", dataset), ("drawn", kg.datasets.resampled(dataset, np.arange(67)))):
        given = fitting.arguments(keras.Model.fit, (data,), {})
        model.before_fit(fitting.prepare_fit(model, given))
        found |= {f"mean of {name}": model.latent_mean.numpy()}
        found |= {f"stddev of {name}": model.latent_stddev.numpy()}
    return found


def _epochs(strategy):
    """The examples that this worker is given in two epochs of shuffled arrays."""
    given = {"x": np.arange(67), "y": None, "sample_weight": None, "batch_size": 16}
    given |= {"shuffle": True, "validation_data": None, "validation_split": 0.0}
    given |= {"steps_per_epoch": None, "initial_epoch": 0}
    kg.workers.share_data(strategy, given)
    batches = iter(given["x"])

    def epoch():
        shares = itertools.islice(batches, given["steps_per_epoch"])
        return np.concatenate([strategy.experimental_local_results(*share)[0] for share in shares])

    return {"epoch 0": epoch(), "epoch 1": epoch(), **_read(strategy)}


def _read(strategy):
    """The examples that this worker loads in an epoch, and those that it is given."""
    loaded = []

    def load(_, indices):
        return tf.numpy_function(lambda rows: loaded.append(rows) or rows, [indices], tf.int64)

    options = {"batch_size": 16, "shuffle": True, "seed": 0, "drop_remainder": False}
    dataset = kg.datasets.epochs(load, 67, **options)
    batches = kg.workers.shared(strategy, dataset, lambda each: each.moving(lambda: (3, 2)))
    given = [strategy.experimental_local_results(share)[0].numpy() for share in batches]
    return {"loaded": np.concatenate(loaded), "given": np.concatenate(given)}


def _overflow(strategy):
    """A step that overflows in float16 on the last worker alone."""
    with strategy.scope():
        model = kg.models.Autoencoder(
            SHAPE, latent_dim=2, hidden=(16,), seed=0, dtype="mixed_float16"
        )
        model.compile("sgd")
    before = model.encoder.get_weights() + model.decoder.get_weights()
    model.optimizer.dynamic_scale.assign(1e38)
    workers = strategy.num_replicas_in_sync
    weights = np.repeat([0.0] * (workers - 1) + [1.0], 4)  # nothing flows back on the others
    data = tf.data.Dataset.from_tensor_slices((pictures(4 * workers), weights, weights))
    model.fit(data.batch(4 * workers), verbose=0)
    after = model.encoder.get_weights() + model.decoder.get_weights()
    return {
        "moved": [np.abs(b - a).max() for a, b in zip(before, after, strict=True)],
        "scale": model.optimizer.dynamic_scale.numpy(),
    }


def run(folder, model, options):
    """`genzoo train`, alone or as one of several workers; leaves its error, if it ends with one."""
    os.environ["GENZOO_CACHE_DIR"] = os.fspath(folder.parent / "kept")
    classes = {"autoencoder": kg.models.Autoencoder, "gan": kg.models.GAN, "vae": kg.models.VAE}
    training = kg.training.Training(
        validation_split="none", batch_size=32, output=folder, resume=True, **options
    )
    sizes = {"hidden": (8,), "latent_dim": 2}
    try:
        kg.training.run(model, classes[model], sizes, training, "typed")
    except RuntimeError as error:
        (folder / "error.txt").write_text(str(error))


def serve_parameters(folder):
    """Make a model in the scope of a strategy that Keras 3 does not know."""
    names = ("worker", "ps")
    spec = {name: [f"127.0.0.1:{port}"] for name, port in zip(names, free_ports(2), strict=True)}
    spec = tf.train.ClusterSpec(spec)
    servers = [tf.distribute.Server(spec, job_name=name, task_index=0) for name in names]
    resolver = tf.distribute.cluster_resolver.SimpleClusterResolver(spec, rpc_layer="grpc")
    with tf.distribute.ParameterServerStrategy(resolver).scope():
        try:
            kg.models.VAE(SHAPE, latent_dim=2, hidden=(4,))
        except ValueError as error:
            (folder / "error.txt").write_text(str(error))
    del servers


def mirror_on_one_device(folder):
    """Train in a MirroredStrategy of one device, which clashes with another in one process."""
    tf.config.threading.set_intra_op_parallelism_threads(1)
    with tf.distribute.MirroredStrategy(["CPU:0"]).scope():
        model = kg.models.VAE(SHAPE, latent_dim=2, hidden=(8,), seed=0)
        model.compile("adam")
    model.set_weights(list(np.load(folder / "start.npz").values()))
    model.fit(pictures(20), batch_size=16, shuffle=False, verbose=0)
    model.save(folder / "model.keras")
