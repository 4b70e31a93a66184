"""What a run over several processes needs, the workers of a `tf.distribute` cluster.

One of them, the chief, writes files. All go through the same steps: an operation that sums over
replicas waits for every worker.
"""

import contextlib
import os
import re

import numpy as np
import tensorflow as tf

from keras_genzoo.base import distribution
from keras_genzoo.datasets import epochs


def new_strategy(name="none", devices=None):
    """The strategy that a name stands for. Call it before TensorFlow has computed anything.

    Args:
        name: `"mirrored"`, on all GPUs of this machine; `"multi-worker"`, on all machines that the
            environment's `TF_CONFIG` lists; or `"none"`.
        devices: With `"mirrored"`, splits the CPU into so many logical devices instead, to try
            things out.

    Returns:
        A `tf.distribute.Strategy`.

    Raises:
        ValueError: If the name is unknown, `devices` does not fit it, or `TF_CONFIG` is missing.

    Example:
        >>> new_strategy().num_replicas_in_sync
        1
    """
    if devices is not None and (name != "mirrored" or devices < 1):
        raise ValueError(
            "There is nothing to split so. Expected at least 1 device, with the strategy mirrored. "
            f"Received: devices={devices}, strategy={name!r}"
        )
    if name == "none":
        return tf.distribute.get_strategy()
    if name == "mirrored":
        if devices is None:
            return tf.distribute.MirroredStrategy()
        cpu = tf.config.list_physical_devices("CPU")[0]
        parts = [tf.config.LogicalDeviceConfiguration()] * devices
        tf.config.set_logical_device_configuration(cpu, parts)
        return tf.distribute.MirroredStrategy([f"CPU:{index}" for index in range(devices)])
    if name == "multi-worker":
        if "TF_CONFIG" not in os.environ:
            raise ValueError(
                "The workers do not know of each other. Expected the environment variable "
                "TF_CONFIG, on each machine with its own index. Received: none"
            )
        return tf.distribute.MultiWorkerMirroredStrategy()
    raise ValueError(
        "There is no such strategy. Expected none, mirrored or multi-worker. "
        f"Received: strategy={name!r}"
    )


def is_chief(strategy):
    """Whether this process writes the files of a run: of several workers one does."""
    return strategy.extended.should_checkpoint


def loggable(logs, strategy):
    """A step's logs as Keras can average them: of several workers it takes vectors only."""
    if several(strategy):
        return {name: value[None] for name, value in logs.items()}
    return logs


def is_dataset(x):
    """Whether Keras takes it as batches, of all examples or of a worker's own."""
    return isinstance(x, tf.data.Dataset | tf.distribute.DistributedDataset)


def shared(strategy, dataset, begin):
    """What `begin` makes of a dataset whose order is known; each worker loads its own examples.

    Args:
        strategy: The model's.
        dataset: Of `datasets.epochs`.
        begin: A function of such a dataset that gives the batches to go through.

    Returns:
        The batches; of several workers each has its part of every batch, and reads no other.
    """
    if not several(strategy):
        return begin(dataset)

    def of_worker(context):
        everyone = context.num_replicas_in_sync
        own = everyone // context.num_input_pipelines
        return begin(dataset.again(part=(context.input_pipeline_id * own, own, everyone)))

    return strategy.distribute_datasets_from_function(of_worker)


def share_data(strategy, given):
    """Make other examples come in one order on all workers; each takes its part of a batch.

    Args:
        strategy: The model's.
        given: Arguments of `fit` or `evaluate`; `x` and what belongs to it are replaced.
    """
    if not several(strategy):
        return
    if given.get("shuffle") and isinstance(given["x"], np.ndarray):
        _shuffle(given, strategy)
    for name in given.keys() & {"x", "validation_data"}:
        if isinstance(given[name], tf.data.Dataset):
            # By default TensorFlow shares files out, and the workers' epochs differ in length.
            options = tf.data.Options()
            by_example = tf.data.experimental.AutoShardPolicy.DATA
            options.experimental_distribute.auto_shard_policy = by_example
            given[name] = given[name].with_options(options)


def _shuffle(given, strategy):
    """Replace the arrays by endless batches, whose order is a function of the epoch."""
    arrays = [given.pop(name) for name in ("x", "y", "sample_weight")]
    split, batch_size = given.pop("validation_split"), given.pop("batch_size") or 32
    if split and given["validation_data"] is None:
        cut = int(len(arrays[0]) * (1 - split))
        given["validation_data"] = tuple(each if each is None else each[cut:] for each in arrays)
        arrays = [each if each is None else each[:cut] for each in arrays]
    arrays = tuple(tf.constant(each) for each in arrays if each is not None)

    def gather(epoch, indices):
        return tuple(tf.gather(each, indices) for each in arrays)

    options = {"batch_size": batch_size, "shuffle": True, "seed": 0, "drop_remainder": False}
    dataset = epochs(gather, len(arrays[0]), **options)
    begin = given["initial_epoch"]
    given["x"] = shared(strategy, dataset, lambda each: each.from_epoch(begin))
    given["steps_per_epoch"] = given["steps_per_epoch"] or len(dataset)


@contextlib.contextmanager
def named_failures(strategy):
    """Turn what TensorFlow says when a worker dies into an error that names the worker.

    Raises:
        RuntimeError: If another worker is gone; restart all of them with the same command.
    """
    try:
        yield
    except tf.errors.OpError as error:
        if not several(strategy):
            raise
        own = strategy.cluster_resolver.task_id
        tasks = {int(task) for task in re.findall(r"/job:worker\S*/task:(\d+)", error.message)}
        if not tasks - {own}:
            raise
        addresses = strategy.cluster_resolver.cluster_spec().as_dict()["worker"]
        lost = ", ".join(f"task {task} ({addresses[task]})" for task in sorted(tasks - {own}))
        raise RuntimeError(
            f"A worker is gone: {lost}. Expected all {len(addresses)} to stay; start all of them "
            f"again to go on from the last checkpoint. Received: {type(error).__name__}"
        ) from error


def check_agreement(strategy, model):
    """Refuse to train where the workers restored different checkpoints.

    Raises:
        ValueError: If a worker's model has trained for another number of steps.
    """
    if not several(strategy):
        return
    own = int(model.steps_trained.numpy())
    everyone = strategy.reduce(
        "SUM", distribution.on_replicas(strategy, lambda: tf.constant(own)), axis=None
    )
    if int(everyone) != own * strategy.num_replicas_in_sync:
        raise ValueError(
            "The workers stand at different steps. Expected one folder that all of them read. "
            f"Received: steps_trained={own} on this one"
        )


def several(strategy):
    return isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy)
