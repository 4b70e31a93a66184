"""What makes a GAN draw well: candidates on equal images, by their samples' Frechet distance.

    python tests/benchmarks/gan_candidates.py                # all, on MNIST, 3 epochs, 2 seeds
    python tests/benchmarks/gan_candidates.py r1 r1_flat r3gan --filters 32 64 --bfloat16
    python tests/benchmarks/gan_candidates.py r1 guide_dcgan
    python tests/benchmarks/gan_candidates.py conditional conditional_channel
    python tests/benchmarks/gan_candidates.py wgan_gp guide_wgan_gp

With `--dataset fashion_mnist --take 1000 --epochs 200` the set is small, and `r1_adaptive` and
`r1_diffaugment` show what augmentation is worth beside `r1`. Images that no classifier preset knows
are looked at by `--extractor`, or only in the pictures, as `--dataset faces.npz --image-size 32
--epochs 500 --output runs/faces`.

Every candidate sees as many images, in an order that is its seed's. The distance is to the test
images, or where there are none to those trained on, after each third of the epochs; of a
conditional one beside it which share of the samples is read as the class asked for.

`guide_dcgan` and `guide_wgan_gp` are written anew from the networks, rates and batches of two
examples of the Keras documentation, trained by the zoo's step and, as there, without a moving
average; the first has no noise on its labels:
https://keras.io/examples/generative/dcgan_overriding_train_step/, in its form for digits,
https://keras.io/examples/generative/wgan_gp/.
"""

import itertools
import json
import time
from pathlib import Path
from typing import Annotated

import cyclopts
import keras
import numpy as np
from keras import layers

import keras_genzoo as kg
from keras_genzoo import evaluation
from keras_genzoo.training import precision

DCGAN = {"architecture": "dcgan", "gradient_penalty": None}
SLOW = {"learning_rate": 2e-4, "beta_1": 0.5, "beta_2": 0.999}  # of DCGAN's paper
WGAN_GP = kg.models.WGANGP


def guide_dcgan(shape):
    """No normalization, a maximum over places in the discriminator, Adam(3e-4) for both."""
    generator = [
        *(keras.Input((128,)), layers.Dense(7 * 7 * 128), layers.LeakyReLU(0.2)),
        layers.Reshape((7, 7, 128)),
        *(layers.Conv2DTranspose(128, 4, 2, "same"), layers.LeakyReLU(0.2)),
        *(layers.Conv2DTranspose(128, 4, 2, "same"), layers.LeakyReLU(0.2)),
        layers.Conv2D(1, 7, padding="same", activation="sigmoid"),
    ]
    discriminator = [
        keras.Input(shape),
        *(layers.Conv2D(64, 3, 2, "same"), layers.LeakyReLU(0.2)),
        *(layers.Conv2D(128, 3, 2, "same"), layers.LeakyReLU(0.2)),
        *(layers.GlobalMaxPooling2D(), layers.Dense(1)),
    ]
    model = kg.models.GAN(
        shape,
        latent_dim=128,
        gradient_penalty=None,
        ema=None,
        generator=keras.Sequential(generator),
        discriminator=keras.Sequential(discriminator),
    )
    model.compile(keras.optimizers.Adam(3e-4))
    return model


def guide_wgan_gp(shape):
    """Four halvings with dropout in the critic, three doublings with batch statistics."""
    critic = [keras.Input(shape), layers.Rescaling(2.0, -1.0), layers.ZeroPadding2D(2)]
    for filters, dropout in ((64, 0), (128, 0.3), (256, 0.3), (512, 0)):
        critic += [layers.Conv2D(filters, 5, 2, "same"), layers.LeakyReLU(0.2)]
        critic += [layers.Dropout(dropout)] if dropout else []
    critic += [layers.Flatten(), layers.Dropout(0.2), layers.Dense(1)]
    generator = [
        *(keras.Input((128,)), layers.Dense(4 * 4 * 256, use_bias=False)),
        *(layers.BatchNormalization(), layers.LeakyReLU(0.2), layers.Reshape((4, 4, 256))),
    ]
    for filters, activation in ((128, "leaky_relu"), (64, "leaky_relu"), (1, "tanh")):
        generator += [
            *(layers.UpSampling2D(), layers.Conv2D(filters, 3, 1, "same", use_bias=False)),
            *(layers.BatchNormalization(), layers.Activation(activation)),
        ]
    generator += [layers.Cropping2D(2), layers.Rescaling(0.5, 0.5)]
    model = WGAN_GP(
        shape,
        latent_dim=128,
        critic_steps=3,
        ema=None,
        generator=keras.Sequential(generator),
        critic=keras.Sequential(critic),
    )
    model.compile(keras.optimizers.Adam(2e-4, 0.5, 0.9))
    return model


def gan(adam=None, model_class=kg.models.GAN, flat=False, **options):
    """A zoo's GAN of 64 latents, by its options, with its own Adam or another.

    A flat one has a judge whose convolutions begin as DCGAN's do, with next to no slope.
    """

    def new(shape, **sizes):
        model = model_class(shape, latent_dim=64, **sizes, **options)
        if flat:
            judge = model.critic if model_class is WGAN_GP else model.discriminator
            for layer in judge.layers:
                if isinstance(layer, layers.Conv2D):
                    normal = keras.initializers.RandomNormal(stddev=0.02)
                    layer.kernel.assign(normal(layer.kernel.shape))
        model.compile(keras.optimizers.Adam(**{**model.adam, **(adam or {})}))
        return model

    return new


# Name: how the model is made, and the images of a batch.
CANDIDATES = {
    "dcgan": (gan(**DCGAN, adam=SLOW), 128),  # the default of before
    "r1": (gan(), 16),  # the default of today
    "r1_flat": (gan(flat=True), 16),
    "r1_batch_32": (gan(), 32),
    "r1_batch_64": (gan(), 64),
    "r1_each_step": (gan(gradient_penalty_interval=1), 16),
    "r1_dcgan": (gan(architecture="dcgan"), 16),  # batch statistics under a penalty
    "no_penalty": (gan(gradient_penalty=None), 16),
    "r1_0.1": (gan(gradient_penalty_weight=0.1), 16),
    "r1_10": (gan(gradient_penalty_weight=10.0), 16),
    "r1_slow": (gan(adam=SLOW), 16),
    "r1_least_squares": (gan(loss="least_squares"), 16),
    "r3gan": (gan(loss="relativistic", gradient_penalty="r1r2"), 16),
    "r1_adaptive": (gan(augment="adaptive"), 16),
    "r1_diffaugment": (gan(augment=1.0), 16),
    "conditional": (gan(model_class=kg.models.ConditionalGAN), 16),  # the default of today
    "conditional_channel": (gan(model_class=kg.models.ConditionalGAN, conditioning="channel"), 16),
    "conditional_dcgan": (gan(model_class=kg.models.ConditionalGAN, **DCGAN, adam=SLOW), 128),
    "wgan_gp": (gan(model_class=WGAN_GP), 16),  # the default of today
    "wgan_gp_2_steps": (gan(model_class=WGAN_GP, critic_steps=2), 16),
    "wgan_gp_flat": (gan(model_class=WGAN_GP, flat=True), 16),
    "wgan_gp_batch_64": (gan(model_class=WGAN_GP), 64),
    "wgan_gp_before": (
        gan({"learning_rate": 2e-4, "beta_2": 0.9}, model_class=WGAN_GP, flat=True),
        64,
    ),
    "wgan_gp_dcgan": (gan(model_class=WGAN_GP, architecture="dcgan"), 16),
    "guide_dcgan": (guide_dcgan, 64),
    "guide_wgan_gp": (guide_wgan_gp, 512),
}


def main(
    *candidates: str,
    dataset: str = "mnist",
    image_size: int | None = None,
    filters: Annotated[tuple[int, ...] | None, cyclopts.Parameter(consume_multiple=True)] = None,
    take: int | None = None,
    epochs: int = 3,
    seeds: int = 2,
    samples: int = 10_000,
    extractor: str | None = None,
    bfloat16: bool = False,
    output: Path | None = None,
):
    """Print the distance after each third of the epochs, and what an epoch takes.

    Args:
        candidates: By name; all unless given. The guides' are for 28x28.
        dataset: As `kg.datasets.load` takes it.
        image_size: Sides that images are resized to.
        filters: Of the zoo's networks, which have their defaults unless given; guides keep theirs.
        take: Images of an epoch; all unless given.
        epochs: Passes over them.
        seeds: Runs of each candidate.
        samples: Images on either side of the distance.
        extractor: A classifier preset; the dataset's own unless given.
        bfloat16: Compute in it, as `genzoo train --mixed-precision` does.
        output: Folder for a picture of 64 samples of each run, and results.jsonl.
    """
    if bfloat16 and (policy := precision.policy(kg.models.GAN, "bfloat16")):
        keras.config.set_dtype_policy(policy)  # of a GPU; a CPU's graphs are rewritten
    split = "test" if "test" in kg.datasets.split_sizes(dataset) else "train"
    options = {"image_size": image_size, "shuffle": False, "take": samples}
    real = kg.datasets.load(dataset, split, batch_size=250, **options)
    shape = tuple(real.element_spec.shape[1:])
    if extractor := extractor or evaluation.features.CLASSIFIERS.get(dataset):
        network = evaluation.FeatureNetwork(extractor, shape)
        real_features, _ = network(real.as_numpy_iterator())
    ends = sorted({-(-epochs * third // 3) for third in (1, 2, 3)})
    for name in candidates or CANDIDATES:
        new, batch_size = CANDIDATES[name]
        sizes = {"filters": filters} if filters and not name.startswith("guide") else {}
        for seed in range(seeds):
            keras.utils.set_random_seed(seed)
            model, distances, seconds, right = new(shape, **sizes), [], [], []
            options = {"batch_size": batch_size, "image_size": image_size, "take": take}
            labels = model.fit_y == "labels"
            images = kg.datasets.load(dataset, labels=labels, seed=seed, **options)
            for first, last in itertools.pairwise([0, *ends]):
                start = time.process_time()
                model.fit(images, initial_epoch=first, epochs=last, verbose=0)
                seconds.append((time.process_time() - start) / (last - first))
                if extractor:
                    drawn = (model.sample(250, seed=n) for n in range(-(-samples // 250)))
                    features, probabilities = network(drawn)
                    distance = kg.metrics.frechet_distance(real_features, features[:samples])
                    distances.append(float(f"{distance:.3g}"))  # of some classifiers they are small
                    if labels:
                        in_turn = np.arange(len(features)) % 250 % model.num_classes
                        share = np.mean(probabilities.argmax(axis=-1) == in_turn)
                        right.append(round(float(share), 3))
            row = {"candidate": name, "seed": seed, "distances": distances}
            row |= {"right": right} if labels else {}
            row["processor_seconds"] = round(min(seconds), 1)
            print(json.dumps(row), flush=True)
            if output:
                output.mkdir(parents=True, exist_ok=True)
                picture = kg.plots.image_grid(model.sample(64, seed=0), name)
                picture.savefig(output / f"{name}-{seed}.png")
                with open(output / "results.jsonl", "a") as file:
                    file.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    cyclopts.run(main)
