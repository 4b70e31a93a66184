"""What int8 costs a preset in its score, and saves in milliseconds and megabytes.

    python tests/benchmarks/int8.py vae_mnist_2d dcgan_fashion_mnist

Each preset is loaded twice, and one of the two quantized. Their timed calls alternate, so that a
drift of the machine's speed hits both. Both draw from the same latents, and are measured on the
same test images under the preset's own protocol.
"""

import statistics
import tempfile
import time
from pathlib import Path

import cyclopts
import numpy as np

import keras_genzoo as kg


def main(*presets: str, calls: int = 30):
    """Print a table of each preset.

    Args:
        presets: Their names.
        calls: Timed calls of each.
    """
    for preset in presets:
        exact, rounded = kg.from_preset(preset), kg.from_preset(preset)
        rounded.quantize("int8")
        models = {"float32": exact, "int8": rounded}
        images = kg.training.Images(dataset=kg.presets.card(preset)["dataset"])
        evaluation = kg.evaluation.Evaluation(images, kg.evaluation.Protocol())
        score = "loss" if hasattr(exact, "log_prob") else "frechet_distance"
        print(f"\n{preset:24}{'float32':>12}{'int8':>12}")
        for words, values in {
            "ms, 1 image": timed(models, 1, calls),
            "ms, 256 images": timed(models, 256, calls),
            "MB of weights": [sum(map(size, model.weights)) / 1e6 for model in models.values()],
            "MB of a .keras file": [kept(model) / 1e6 for model in models.values()],
            score: [evaluation.scores(model, [score])[0].value for model in models.values()],
        }.items():
            print(f"{words:24}" + "".join(f"{value:12.2f}" for value in values))
        apart = np.abs(exact.sample(256, seed=0) - rounded.sample(256, seed=0))
        print(f"pixels apart by {apart.mean():.4f}, at most {apart.max():.4f}")


def timed(models, count, calls):
    """Milliseconds in which each decodes so many latents, medians."""
    latents = models["float32"].prior(count, seed=0).numpy()
    for model in models.values():
        model.decode(latents)  # traces
    spent = {name: [] for name in models}
    for _ in range(calls):
        for name, model in models.items():
            start = time.perf_counter()
            model.decode(latents)
            spent[name].append(1000 * (time.perf_counter() - start))
    return [statistics.median(each) for each in spent.values()]


def size(weight):
    """Bytes of a weight."""
    return np.prod(weight.shape) * np.dtype(weight.dtype).itemsize


def kept(model):
    """Bytes of its `.keras` file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        model.save(path)
        return path.stat().st_size


if __name__ == "__main__":
    cyclopts.run(main)
