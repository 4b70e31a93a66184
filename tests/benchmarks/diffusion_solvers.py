"""Frechet distance of a diffusion model's samples in so many steps, by each solver, as a table.

    python tests/benchmarks/diffusion_solvers.py diffusion_mnist

    python tests/benchmarks/diffusion_solvers.py diffusion_mnist --dtype mixed_bfloat16

    python tests/benchmarks/diffusion_solvers.py diffusion_mnist --samples 100 --steps 5 10

Each cell is what `genzoo evaluate PRESET --metrics frechet_distance --num-images 2000 --steps N
--solver NAME` measures, against as many test images, in float32 unless told otherwise. A step is
one evaluation of the denoiser, but of `heun`, which takes two in all but the last; with classes
each is without guidance.
"""

from typing import Annotated

import cyclopts

import keras_genzoo as kg
from keras_genzoo.models.diffusion.solvers import SOLVERS, evaluations


def main(
    preset: str,
    /,
    *,
    samples: int = 2000,
    steps: Annotated[tuple[int, ...], cyclopts.Parameter(consume_multiple=True)] = (5, 10, 20, 50),
    dtype: str = "float32",
    dataset: str | None = None,
    extractor: str | None = None,
):
    """Print the table, a row for each solver, and which solver is the best in 10 steps.

    Args:
        preset: A diffusion model.
        samples: Images drawn for each cell, and real ones that they are compared with.
        steps: Columns.
        dtype: What the denoiser computes in.
        dataset: Of the real images; the one that the preset's card names unless given.
        extractor: Classifier that looks at images; the dataset's own unless given.
    """
    model = kg.from_preset(preset, dtype=dtype)
    images = kg.training.Images(dataset=dataset or kg.presets.card(preset)["dataset"])
    print(f"| solver | {' | '.join(f'{n} steps' for n in steps)} |\n| --- |{' --- |' * len(steps)}")
    distances = {}
    for solver in SOLVERS:
        for n in steps:
            protocol = kg.evaluation.Protocol(
                num_images=samples, extractor=extractor, steps=n, solver=solver
            )
            evaluation = kg.evaluation.Evaluation(images, protocol)
            (score,) = evaluation.scores(model, ["frechet_distance"])
            distances[solver, n] = score.value
        row = (f"{distances[solver, n]:.2f} ({evaluations(solver, n)})" for n in steps)
        print(f"| `{solver}` | {' | '.join(row)} |", flush=True)
    print("\nFrechet distance, and in brackets how often the denoiser is asked.")
    if {10, 50} <= {*steps}:
        best = min(SOLVERS, key=lambda solver: distances[solver, 10])
        against = distances["ddim", 50]
        print(f"In 10 steps {best} is at {distances[best, 10]:.2f}, ddim in 50 at {against:.2f}.")


if __name__ == "__main__":
    cyclopts.run(main)
