"""PixelCNNs of every configuration, tiny, of weights that nothing has trained."""

import itertools

import numpy as np
from contract import SHAPE

import keras_genzoo as kg

COLOUR = (8, 8, 3)
TINY = {"filters": 4, "num_blocks": 1, "seed": 0}
CONFIGURATIONS = [  # of any three arguments all values meet
    {
        "image_shape": (SHAPE, COLOUR)[shape],
        "levels": (2, 256)[levels],
        "kernel_size": (3, 5)[kernel],
        "num_classes": (None, 3)[shape ^ levels ^ kernel],
    }
    for shape, levels, kernel in itertools.product((0, 1), repeat=3)
]
FEW = [CONFIGURATIONS[index] for index in (0, 2, 5, 7)]  # each value is in two of them


def name(configuration):
    return "-".join(map(str, configuration.values()))


def moved(image_shape=SHAPE, **options):
    """A model without weights of 0, which some of a new one's are."""
    model = kg.models.PixelCNN(image_shape, **{**TINY, "ema": None, "components": 2, **options})
    random = np.random.default_rng(0)
    for weight in model.trainable_weights:
        weight.assign_add(random.normal(scale=0.1, size=weight.shape))
    return model


def images_of(model, n, seed=0):
    levels = np.random.default_rng(seed).integers(0, model.levels, (n, *model.image_shape))
    return levels.astype("float32") / (model.levels - 1)


def labels_of(model, n):
    """What a verb takes beside images."""
    return {} if model.num_classes is None else {"labels": np.arange(n) % model.num_classes}
