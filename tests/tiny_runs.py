"""A tiny run, for tests of what stands around one."""

import keras
from contract import pictures
from keras import layers

import keras_genzoo as kg

IMAGES = pictures(20)
TRAIN = kg.datasets.load("fashion_mnist_small", "train[:80]", batch_size=10)


def new_vae(optimizer="adam"):
    """A VAE of the images of `TRAIN`, eight steps an epoch."""
    vae = kg.models.VAE((28, 28, 1), latent_dim=2, hidden=(4,), seed=0)
    vae.compile(optimizer)
    return vae


def sharp_judge(shape):
    """A discriminator that tells what has contrast from a new generator's greys."""
    constant = keras.initializers.Constant
    images = keras.Input(shape)
    apart = layers.Rescaling(1.0, -0.5)(images)
    contrast = layers.GlobalAveragePooling2D()(layers.Multiply()([apart, apart]))
    logits = layers.Dense(1, kernel_initializer=constant(1e3), bias_initializer=constant(-40.0))
    return keras.Model(images, logits(contrast))


def fit(model, *callbacks, **options):
    """Train on 20 images, two steps an epoch."""
    return model.fit(
        IMAGES, **{"batch_size": 10, "verbose": 0, "callbacks": [*callbacks], **options}
    )


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}
