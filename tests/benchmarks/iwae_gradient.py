"""An IWAE by its doubly reparameterized gradient, and by the bound's own: what each has learned.

    python tests/benchmarks/iwae_gradient.py                    # full MNIST, 40 epochs

    python tests/benchmarks/iwae_gradient.py --take 1280 --epochs 1

The networks of Burda et al. (2016): dense layers of 200 and 200, 50 latents, 5 draws. Digits are
binarized anew in each epoch, in batches of 128; Adam(1e-3) falls to 0 by a cosine.
"""

import time

import cyclopts
import keras
import numpy as np

import keras_genzoo as kg


def main(epochs: int = 40, seeds: int = 1, take: int | None = None, draws: int = 200):
    """Print the training bound, what log p(x) of the test images is, and the latents in use.

    Args:
        epochs: Passes over the training images.
        seeds: Runs of each.
        take: Images of an epoch, and of the test; all unless given.
        draws: Importance samples for each test image.
    """
    images = {"batch_size": 128, "take": take}
    test = kg.datasets.load("mnist", "test", shuffle=False, binarize="static", seed=0, **images)
    test = kg.datasets.arrays(test)
    print("| gradient | seed | -training bound | -log p(x) | latents | seconds an epoch |")
    print(f"|{' --- |' * 6}", flush=True)
    for seed in range(seeds):
        for gradient in ("dreg", "bound"):
            sizes = {"latent_dim": 50, "hidden": (200, 200)}
            model = kg.models.IWAE((28, 28, 1), gradient=gradient, seed=seed, **sizes)
            train = kg.datasets.load("mnist", binarize="dynamic", seed=seed, **images)
            steps = epochs * -(-(take or 60_000) // images["batch_size"])
            rate = keras.optimizers.schedules.CosineDecay(1e-3, steps)
            model.compile(keras.optimizers.Adam(rate))
            start = time.process_time()
            history = model.fit(train, epochs=epochs, verbose=0).history
            seconds = (time.process_time() - start) / epochs
            nats = -np.mean(kg.metrics.log_likelihood(model, test, draws))
            figures = (f"{history['loss'][-1]:.2f}", f"{nats:.2f}")
            used = kg.metrics.active_units(model, test)
            print(f"| {' | '.join((gradient, str(seed), *figures, str(used), f'{seconds:.1f}'))} |")


if __name__ == "__main__":
    cyclopts.run(main)
