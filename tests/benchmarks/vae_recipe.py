"""The convolutional VAE of the Keras documentation and ours: what equal images have taught each.

    python tests/benchmarks/vae_recipe.py                     # full MNIST, 10 epochs

    python tests/benchmarks/vae_recipe.py --take 1280 --epochs 1 --samples 500

`guide` is written anew from the networks, rate and batches of
https://keras.io/examples/generative/vae/: two halvings, a dense layer of 16 before 2 latents, and
two doublings; trained by the zoo's step. `zoo` is `VAE((28, 28, 1), latent_dim=2)`, and `zoo_16`
has the latents that are our default. All descend the same bound, with Adam(1e-3), in batches of
128, and see the images in the same order.
"""

import time

import cyclopts
import keras
from keras import layers

import keras_genzoo as kg
from keras_genzoo import evaluation

SHAPE = (28, 28, 1)


def guide():
    encoder = [
        keras.Input(SHAPE),
        *(layers.Conv2D(filters, 3, 2, "same", activation="relu") for filters in (32, 64)),
        *(layers.Flatten(), layers.Dense(16, activation="relu")),
    ]
    decoder = [
        *(keras.Input((2,)), layers.Dense(7 * 7 * 64, activation="relu")),
        layers.Reshape((7, 7, 64)),
        *(layers.Conv2DTranspose(filters, 3, 2, "same", activation="relu") for filters in (64, 32)),
        layers.Conv2DTranspose(1, 3, padding="same", activation="sigmoid"),
    ]
    networks = {"encoder": keras.Sequential(encoder), "decoder": keras.Sequential(decoder)}
    return kg.models.VAE(SHAPE, latent_dim=2, **networks)


CANDIDATES = {
    "guide": guide,
    "zoo": lambda: kg.models.VAE(SHAPE, latent_dim=2),
    "zoo_16": lambda: kg.models.VAE(SHAPE),
}


def main(
    *candidates: str,
    epochs: int = 10,
    seeds: int = 2,
    take: int | None = None,
    samples: int = 10_000,
):
    """Print, of the test images, the bound and what log p(x) is by 100 draws; and the distance.

    Args:
        candidates: By name; all unless given.
        epochs: Passes over the training images.
        seeds: Runs of each candidate.
        take: Images of an epoch; all unless given.
        samples: Images on either side of the Frechet distance of draws from the prior; the first
            500 of the test images are those whose log p(x) is estimated.
    """
    test = kg.datasets.load("mnist", "test", batch_size=500, shuffle=False, take=samples)
    few = kg.datasets.arrays(test)[:500]
    network = evaluation.FeatureNetwork("classifier_mnist", SHAPE)
    real, _ = network(test.as_numpy_iterator())
    print("| model | seed | weights | -bound | -log p(x) | Frechet distance | seconds an epoch |")
    print(f"|{' --- |' * 7}", flush=True)
    for name in candidates or CANDIDATES:
        for seed in range(seeds):
            keras.utils.set_random_seed(seed)
            model = CANDIDATES[name]()
            model.compile(keras.optimizers.Adam())
            images = kg.datasets.load("mnist", batch_size=128, seed=seed, take=take)
            start = time.process_time()
            model.fit(images, epochs=epochs, verbose=0)
            seconds = (time.process_time() - start) / epochs
            bound = model.evaluate(test, verbose=0, return_dict=True)["loss"]
            nats = kg.metrics.log_likelihood(model, few, num_samples=100, seed=0).mean()
            drawn, _ = network(model.sample(500, seed=n) for n in range(-(-samples // 500)))
            distance = kg.metrics.frechet_distance(real, drawn[:samples])
            figures = (f"{bound:.2f}", f"{-nats:.2f}", f"{distance:.1f}", f"{seconds:.0f}")
            row = (name, str(seed), f"{model.count_params():,}", *figures)
            print(f"| {' | '.join(row)} |", flush=True)


if __name__ == "__main__":
    cyclopts.run(main)
