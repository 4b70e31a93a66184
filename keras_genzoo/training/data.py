"""What a run learns from: its splits, its data, and what a model is built for them by."""

import dataclasses
import functools
import inspect

import keras
import numpy as np
import tensorflow as tf

from keras_genzoo.training import sequences
from keras_genzoo.training.images import IMAGE_OPTIONS, VARIED
from keras_genzoo.training.splits import in_common, left_of, parted

_OF_SEQUENCES = ("unit", "length")
_OF_IMAGES = sorted({*IMAGE_OPTIONS, *VARIED, "cache"} - {"skip_corrupt"})  # MIDI files are too


def check(training, model_class):
    """Refuse what says how data are read that the model does not learn from."""
    others = _OF_SEQUENCES
    if model_class.learns_from == "tokens":
        others = _OF_IMAGES
    defaults = {field.name: field.default for field in dataclasses.fields(training)}
    for name in others:
        if (value := getattr(training, name)) != defaults[name]:
            raise ValueError(
                f"The model learns from {model_class.learns_from}, to which {name} means nothing. "
                f"Expected no {name}, or another model. "
                f"Received: {model_class.__name__}, {name}={value!r}"
            )


def with_splits(training, model_class, chief=True):
    """The training with its splits named; the chief says where part of a split is held out."""
    kind = model_class.learns_from
    if kind == "tokens":
        held_out = training.validation_split or "validation"
        split = training.split or left_of("train", held_out)
    else:
        split, held_out = parted(
            training.dataset, training.validation_split, training.split, together=kind != "images"
        )
        if chief and training.validation_split is None and held_out != "test":
            rest = "nothing" if held_out == "none" else held_out
            print(f"The images have no split test: {split} is trained on, {rest} held out.")
    if chief and training.split and held_out != "none":  # else one is what the other leaves
        _tell_of_both(training, held_out, split, kind)
    return dataclasses.replace(training, split=split, validation_split=held_out)


def _tell_of_both(training, held_out, split, kind):
    """Say what is held out and trained on too: of images how many, of others of which splits."""
    if kind == "images":
        shared, count = training.in_both(held_out, split)
        if shared:
            print(f"Of the {count} images of {held_out} {shared} are trained on too.")
    elif shared := in_common(held_out, split):
        both = f"some of {', '.join(shared)} is in both"
        print(f"{split} is trained on, {held_out} held out: {both}.")


def loaded(training, model_class, labels):
    """What is trained on and, or `None`, what is validated on.

    Args:
        training: A `Training`, its splits named.
        model_class: One of `kg.models`.
        labels: As `labels_of` gives them.
    """
    of_training = {"batch_size": training.batch_size, "seed": training.seed}
    if model_class.learns_from == "tokens":
        how = {name: getattr(training, name) for name in ("length", "unit", "skip_corrupt")}
        load = functools.partial(sequences.load, training.dataset)
        data = load(training.split, **how, **of_training, training=True)
        how |= {"length": data.element_spec.shape[1], "vocabulary": data.vocabulary}
        of_validation = {**how, "shuffle": False}
    else:
        cache = None if training.cache == "none" else training.cache
        load = functools.partial(training.load_for, model_class, labels=labels, cache=cache)
        data = load(training.split, **of_training)
        of_validation = {"varied": False, "shuffle": False}
    if training.validation_split == "none":
        return data, None
    return data, load(training.validation_split, **of_validation)


def labels_of(training, model_class, options):
    """Which labels the model learns from, as `datasets.load` takes them."""
    needs = model_class.fit_y == "labels"
    may = needs or "num_classes" in inspect.signature(model_class).parameters
    if training.labels and not may:
        raise ValueError(
            "The model learns from no labels. Expected none, or a model that does, as "
            f"conditional_gan. Received: {model_class.__name__}, labels={training.labels!r}"
        )
    asked = training.labels or options.get("num_classes") is not None
    return training.labels or True if asked or needs else False


def sizes(model_class, data):
    """What a model's constructor takes of data: shapes of images, or tokens' length and words."""
    if model_class.learns_from == "tokens":
        return sequences.sizes(data)
    shapes = [tuple(x.shape[1:]) for x in keras.tree.flatten(data.element_spec)]
    words = inspect.signature(model_class).parameters
    named = zip(("image_shape", "target_shape"), shapes, strict=False)
    return {word: shape for word, shape in named if word in words}


def first(examples, count):
    """The first examples of arrays or a dataset, a list of arrays: images, what is beside them."""
    if not isinstance(examples, tf.data.Dataset):
        together = examples if isinstance(examples, tuple) else (examples,)
        return [np.asarray(each[:count]) for each in together]
    if hasattr(examples, "from_epoch"):  # of datasets.load: iterated, it would move on by an epoch
        examples = examples.from_epoch(0).take(len(examples))
    batch = next(iter(examples.rebatch(count)), np.empty(0))
    return [np.asarray(each) for each in keras.tree.flatten(batch)]
