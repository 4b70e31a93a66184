"""Files that earlier versions wrote, kept to see that they load and go on: `tests/kept/`.

`python tests/kept_files.py` wrote them, of version 0.1.0, before its modules moved into rooms. The
order in which a model makes its parts is a file format: Keras names many of them by number.
"""

from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

import keras_genzoo as kg

KEPT = Path(__file__).parent / "kept"
SHAPE = (8, 8, 1)
SIZES = {"image_shape": SHAPE, "latent_dim": 2, "seed": 3}
# What each model is made with, beside sizes: arguments that change what it makes.
MODELS = {
    "Autoencoder": {"noise_stddev": 0.1},
    "VAE": {"likelihood": "gaussian", "variance": "learned"},
    "BetaVAE": {"beta": 2.0},
    "BetaTCVAE": {"beta": 3.0},
    "IWAE": {"num_samples": 2},
    "GAN": {"discriminator_steps": 2},
    "ConditionalGAN": {"num_classes": 10},
    "WGANGP": {"critic_steps": 2},
}


def new_model(name, networks):
    """A model of the zoo's `"convolutional"` or `"dense"` networks, or of the `"users"`."""
    sizes = {"convolutional": {"filters": (2,)}, "dense": {"hidden": (3,)}, "users": {}}[networks]
    if networks == "users":
        is_gan = "generator_loss" in getattr(kg.models, name).logged
        sizes = _adversarial(name) if is_gan else _coding(name)
    model = getattr(kg.models, name)(**SIZES, **MODELS[name], **sizes)
    model.compile(keras.optimizers.Adam(0.01))
    return model


def _coding(name):
    """A user's encoder and decoder, with dropout, whose seeds are kept by number."""
    layers = keras.layers
    encoder = [layers.Flatten(), layers.Dense(3), layers.Dropout(0.2, seed=1), layers.Dense(2)]
    latents = x = keras.Input((2,))
    x = layers.Dropout(0.2, seed=2)(layers.Dense(3, "relu")(x))
    images = layers.Reshape(SHAPE)(layers.Dense(64, "sigmoid")(x))
    if name == "VAE":
        images = layers.Concatenate()([images, layers.Rescaling(1.0, -3.0)(images)])
    return {
        "encoder": keras.Sequential([keras.Input(SHAPE), *encoder]),
        "decoder": keras.Model(latents, images),
    }


def _adversarial(name):
    layers = keras.layers
    latents, images = keras.Input((2,)), keras.Input(SHAPE)
    labels = [keras.Input((), dtype="int32")] if name == "ConditionalGAN" else []
    code = [layers.Embedding(10, 2)(label) for label in labels]
    x = layers.Dense(3, "relu")(layers.Add()([latents, *code]) if code else latents)
    x = layers.Dense(64, "sigmoid")(layers.BatchNormalization()(x))
    flat = layers.Flatten()(images)
    y = layers.Concatenate()([flat, *(layers.Embedding(10, 2)(label) for label in labels)])
    y = layers.Dropout(0.2, seed=1)(layers.Dense(3, "tanh")(y if labels else flat))
    return {
        "generator": keras.Model(
            [latents, *labels] if labels else latents, layers.Reshape(SHAPE)(x)
        ),
        "critic" if name == "WGANGP" else "discriminator": keras.Model(
            [images, *labels] if labels else images, layers.Dense(1)(y)
        ),
    }


def data():
    """Real images at 8x8, 5 batches an epoch, in an order that is known."""
    return kg.datasets.load(
        "fashion_mnist_small", "train[:40]", 8, image_size=8, seed=1, labels=True
    )


def outputs(model):
    """What a model gives, for fixed inputs and seeds, by verb."""
    random = np.random.default_rng(0)
    images = random.uniform(size=(3, *SHAPE)).astype("float32")
    latents = random.normal(size=(3, 2)).astype("float32")
    labels = {"labels": [3, 1, 7]} if getattr(model, "num_classes", None) else {}
    given = {"encode": [images], "reconstruct": [images], "posterior": [images]}
    results = {
        f"{verb} {index}": part
        for verb, arrays in given.items()
        if hasattr(model, verb)
        for index, part in enumerate(keras.tree.flatten(getattr(model, verb)(*arrays)))
    }
    results["decode"] = model.decode(latents, **labels)
    if hasattr(model, "sample"):
        results["sample"] = model.sample(3, seed=5)
        results["sample of the model's noise"] = model.sample(3)  # of its seed's state
    return results


def state(model):
    """All that training moves, by the order in which it is kept."""
    optimizers = [name for name in sorted(vars(model)) if name.endswith("optimizer")]
    variables = [*model.variables]
    for name in optimizers:
        variables += getattr(model, name).variables
    return {f"variable {n}": keras.ops.convert_to_numpy(v) for n, v in enumerate(variables)}


def found_again(name):
    """What comes of the kept files of a model, as the code of today reads them."""
    folder = KEPT / name
    whole = keras.saving.load_model(folder / "model.keras")
    preset = kg.from_preset(folder / "preset")
    resumed, epochs = kg.callbacks.restore(folder / "checkpoints")
    resumed.fit(data(), initial_epoch=epochs, epochs=2, verbose=0)
    found = {
        "keras": {**state(whole), **outputs(whole)},
        "preset": outputs(preset),
        "checkpoint": {**state(resumed), **outputs(resumed)},
    }
    return {f"{kind}: {key}": x for kind, named in found.items() for key, x in named.items()}


def write(name):
    """Write the files of a model, and what comes of them."""
    folder = KEPT / name
    model = new_model(name, "convolutional")
    model.fit(data(), verbose=0)
    folder.mkdir(parents=True, exist_ok=True)
    model.save(folder / "model.keras")
    new_model(name, "dense").save_to_preset(folder / "preset", dataset="fashion_mnist_small")
    model = new_model(name, "users")
    keep = kg.callbacks.Checkpoint(folder / "checkpoints", every_steps=3, keep=9)
    model.fit(data(), epochs=1, callbacks=[keep], verbose=0)
    (folder / "checkpoints" / "epoch-0001.keras").unlink()  # it goes on from the middle
    np.savez_compressed(folder / "expected.npz", **found_again(name))


if __name__ == "__main__":
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.experimental.enable_op_determinism()
    for each in MODELS:
        keras.utils.set_random_seed(0)
        write(each)
