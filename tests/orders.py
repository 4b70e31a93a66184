"""Epochs of a few indices, and the order in which they come."""

from keras_genzoo.datasets.epochs import epochs


def made(count=7, **changes):
    options = {"batch_size": 3, "shuffle": True, "seed": 0, "drop_remainder": False, **changes}
    return epochs(lambda epoch, indices: (epoch, indices), count, **options)


def listed(dataset):
    return [(int(epoch), indices.numpy().tolist()) for epoch, indices in dataset]
