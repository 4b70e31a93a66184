"""Labelled sets made larger by what a model draws."""

import inspect

import numpy as np
import tensorflow as tf

from keras_genzoo.datasets.batches import stored_labels, taking
from keras_genzoo.datasets.epochs import epochs
from keras_genzoo.datasets.sources import check_memory

AT_ONCE = 500  # samples drawn at a time


def augmented(dataset, model, share, seed=0):
    """Mixes a conditional model's samples into a labelled dataset.

    The samples are drawn once, before the first epoch, of the classes of the dataset's own images
    in proportion; so an epoch grows by them, and its order stays a function of the dataset's seed
    and of the epoch.

    Args:
        dataset: Of `load`, with labels that are classes; its seed and batches are kept.
        model: One that draws images of a class, as a `ConditionalVAE` or a `ConditionalGAN`.
        share: Of samples among all examples, above 0 and below 1.
        seed: Integer seed of the samples.

    Returns:
        A `tf.data.Dataset` of one epoch, with `len` and `from_epoch` as of `load`.

    Raises:
        ValueError: If the dataset is none of `load` or has no classes, the model draws none or not
            its images, the share makes no sense, or memory does not suffice for the samples.

    Example:
        >>> import keras_genzoo as kg
        >>> from keras_genzoo.datasets import load
        >>> train = load("fashion_mnist_small", "train[:30]", batch_size=10, labels=True)
        >>> vae = kg.models.ConditionalVAE((28, 28, 1), 10, latent_dim=2, hidden=(16,))
        >>> len(train), len(augmented(train, vae, share=0.5))
        (3, 6)
    """
    _check(dataset, model, share)
    count = dataset.count
    added = round(count * share / (1 - share))
    if not added:
        raise ValueError(
            "That share is less than one sample. Expected a larger one, or more images. "
            f"Received: share={share}, of {count} images"
        )
    random = np.random.default_rng(seed)
    own = stored_labels(dataset)
    drawn = np.resize(random.permutation(own), added)
    shape = tuple(model.fields["images"].shape)
    check_memory(added * 4 * int(np.prod(shape)), f"{added:,} samples of {shape}")
    samples = np.empty((added, *shape), "float32")
    for first in range(0, added, AT_ONCE):
        part = slice(first, first + AT_ONCE)
        samples[part] = model.sample(labels=drawn[part], seed=int(random.integers(2**31)))
    drawn, take, load = tf.constant(drawn), taking(samples), dataset.load

    def batch(epoch, indices):
        is_own = indices < count
        images, labels = load(epoch, tf.minimum(indices, count - 1))
        place = tf.maximum(indices - count, 0)
        images = tf.where(is_own[:, None, None, None], images, take(place))
        return images, tf.where(is_own, labels, tf.gather(drawn, place))

    return epochs(batch, count + added, **dataset.settings)


def _check(dataset, model, share):
    if not hasattr(dataset, "again") or dataset.settings["order"] is not None:
        raise ValueError(
            "The dataset cannot be mixed with others. Expected one of datasets.load, before it is "
            f"resampled. Received: {type(dataset).__name__}"
        )
    spec = dataset.element_spec
    are_pairs = isinstance(spec, tuple) and len(spec) == 2
    if not are_pairs or spec[1].shape.rank != 1 or not spec[1].dtype.is_integer:
        raise ValueError(
            "The dataset has no classes. Expected images and labels, whole numbers, as of "
            f"load(..., labels=True). Received: {spec}"
        )
    draws = getattr(model, "sample", None)
    if draws is None or "labels" not in {*model.fields} & {*inspect.signature(draws).parameters}:
        raise ValueError(
            "The model draws no images of a class. Expected a conditional one. "
            f"Received: {type(model).__name__}"
        )
    model.fields["images"].check_spec("images", spec[0])
    if not 0 < share < 1:
        raise ValueError(
            f"That is no share. Expected a number above 0 and below 1. Received: share={share}"
        )
