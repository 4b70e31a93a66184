"""A tiny run, for tests of what stands around one."""

from contract import pictures

import keras_genzoo as kg

IMAGES = pictures(20)
TRAIN = kg.datasets.load("fashion_mnist_small", "train[:80]", batch_size=10)


def new_vae(optimizer="adam"):
    """A VAE of the images of `TRAIN`, eight steps an epoch."""
    vae = kg.models.VAE((28, 28, 1), latent_dim=2, hidden=(4,), seed=0)
    vae.compile(optimizer)
    return vae


def fit(model, *callbacks, **options):
    """Train on 20 images, two steps an epoch."""
    return model.fit(
        IMAGES, **{"batch_size": 10, "verbose": 0, "callbacks": [*callbacks], **options}
    )


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}
