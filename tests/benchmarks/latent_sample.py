"""Samples per second of `LatentDiffusion.sample` and of `Diffusion.sample`, of equal parameters.

    python tests/benchmarks/latent_sample.py

    python tests/benchmarks/latent_sample.py --processor-time     # on a machine that others use

The latent model is a preset; the pixel model has a new U-Net of the zoo, whose speed is that of a
trained one, for images of the same shape. Rounds alternate in one process, so that a drift of the
machine's speed hits both; a first draw of each, which traces, is left out.
"""

import statistics
import time
from typing import Annotated

import cyclopts

import keras_genzoo as kg


def main(
    *,
    preset: str = "latent_diffusion_celeba64",
    filters: Annotated[tuple[int, ...], cyclopts.Parameter(consume_multiple=True)] = (16, 32, 64),
    num_blocks: int = 2,
    samples: int = 64,
    pixel_samples: int = 8,
    steps: int = 20,
    rounds: int = 3,
    processor_time: bool = False,
):
    """Print samples per second, medians over rounds.

    Args:
        preset: A latent diffusion model.
        filters: Channels of the pixel model's levels.
        num_blocks: Residual blocks of such a level.
        samples: Images of a round, of the latent model.
        pixel_samples: Those of the pixel model.
        steps: Of each image.
        rounds: Timed rounds of each.
        processor_time: Count the seconds that processors worked, not those that passed.
    """
    now = time.process_time if processor_time else time.perf_counter
    latent = kg.from_preset(preset)
    pixel = kg.models.Diffusion(latent.image_shape, filters=filters, num_blocks=num_blocks)
    counts = {latent: samples, pixel: pixel_samples}
    speeds = {model: [] for model in counts}
    for model, count in counts.items():
        model.sample(count, seed=0, steps=1)
        print(f"{type(model).__name__}: a denoiser of {model.denoiser.count_params():,} parameters")
    for _ in range(rounds):
        for model, count in counts.items():
            start = now()
            model.sample(count, seed=0, steps=steps)
            speeds[model].append(count / (now() - start))
    ours, theirs = speeds.values()
    ratios = [a / b for a, b in zip(ours, theirs, strict=True)]
    print(f"in latents  {statistics.median(ours):8.2f} samples/s")
    print(f"in pixels   {statistics.median(theirs):8.2f} samples/s")
    spread = f"{min(ratios):.1f} to {max(ratios):.1f}"
    print(f"ratio       {statistics.median(ratios):8.1f}  ({spread})")


if __name__ == "__main__":
    cyclopts.run(main)
