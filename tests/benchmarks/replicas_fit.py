"""What replicas cost: images per second of one device, and of two that share its cores.

    python tests/benchmarks/replicas_fit.py

The two devices are halves of one CPU, so there is no speed to be gained: what is lost is the cost
of splitting batches, of running two graphs and of summing gradients. The third variant leaves the
sum out, which trains nonsense: its lead over the second is the share of the sum. The variants'
epochs alternate in one process; the first of each, which traces, is left out.
"""

import contextlib
import statistics

import cyclopts
from clock import Clock

import keras_genzoo as kg

IMAGES = 10_000
OPTIONS = {"GAN": {"architecture": "dcgan", "gradient_penalty": None}}  # DCGAN


def main(*, epochs: int = 7, model: str = "VAE", batch_size: int = 256):
    """Print images per second, medians over epochs.

    Args:
        epochs: Timed epochs of each.
        model: Its name in `kg.models`.
        batch_size: Images in a step, of both devices together.
    """
    strategy = kg.workers.new_strategy("mirrored", devices=2)
    images = kg.datasets.load("fashion_mnist_small", batch_size=batch_size)
    scopes = {
        "one device": contextlib.nullcontext(),
        "two devices": strategy.scope(),
        "two, without the sum": strategy.scope(),
    }
    models, speeds = {}, {name: [] for name in scopes}
    total = kg.distribution._sum_over_replicas
    for name, scope in scopes.items():
        with scope:
            models[name] = getattr(kg.models, model)(
                (28, 28, 1), latent_dim=16, **OPTIONS.get(model, {})
            )
            models[name].compile()
        if name == "two, without the sum":
            kg.distribution._sum_over_replicas = lambda values: values
        models[name].fit(images, verbose=0)  # traces the step, with the sum or without it
    kg.distribution._sum_over_replicas = total
    for _ in range(epochs):
        for name, one in models.items():
            clock = Clock()
            one.fit(images, verbose=0, callbacks=[clock])
            speeds[name].append(IMAGES / clock.seconds)
    single, double, unsummed = speeds.values()
    for name, values in speeds.items():
        print(f"{name:22}{statistics.median(values):7.0f} images/s")
    overhead = statistics.median(a / b - 1 for a, b in zip(single, double, strict=True))
    share = statistics.median(1 - b / c for b, c in zip(double, unsummed, strict=True))
    print(f"{'overhead of two':22}{overhead:7.1%}")
    print(f"{'of a step, the sum':22}{share:7.1%}")


if __name__ == "__main__":
    cyclopts.run(main)
