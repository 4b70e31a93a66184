"""Seconds of `PixelCNN.sample` and of a loop of `predict` calls; its cost by depth and width.

    python tests/benchmarks/pixel_cnn_sample.py

The loop is that of https://keras.io/examples/generative/pixelcnn/: a whole pass for each pixel, by
the same network. All its calls cost the same, so some are timed and the time of all is told by
them. Ours alternates with them, so that a drift of the machine's speed hits both; what compiles is
left out. The table is of processor time, which other work on the machine does not change much.
"""

import functools
import itertools
import statistics
import time

import cyclopts
import numpy as np

import keras_genzoo as kg

SHAPE = (28, 28, 1)


def seconds(function, clock=time.perf_counter):
    start = clock()
    function()
    return clock() - start


def main(
    *,
    filters: int = 64,
    num_blocks: int = 8,
    images: int = 64,
    calls: int = 30,
    rounds: int = 3,
    table: bool = True,
):
    """Print seconds for all images, medians over rounds, and the table.

    Args:
        filters: Features of each stack.
        num_blocks: Gated blocks.
        images: How many are drawn.
        calls: Of `predict`, timed in a round; one for each pixel is the whole loop.
        rounds: How often either is timed.
        table: Print the cost of an image by depth and width, too.
    """
    model = kg.models.PixelCNN(SHAPE, filters=filters, num_blocks=num_blocks, seed=0)
    uniforms = np.random.default_rng(0).uniform(size=(images, *SHAPE))
    places = list(itertools.product(range(SHAPE[0]), range(SHAPE[1])))[:calls]

    def loop():
        batch = np.zeros((images, *SHAPE), "float32")
        for place in places:
            pixel = (slice(None), *place)
            white = model.predict(batch, batch_size=images, verbose=0)[..., 1]
            batch[pixel] = uniforms[pixel] < white[pixel]

    loop()
    model.sample(images, seed=0)
    pixels = SHAPE[0] * SHAPE[1]
    naive, ours = [], []
    for _ in range(rounds):
        naive.append(seconds(loop) * pixels / calls)
        ours.append(seconds(lambda: model.sample(images, seed=0)))
    ratios = [a / b for a, b in zip(naive, ours, strict=True)]
    print(f"{images} images, {filters} filters, {num_blocks} blocks")
    print(f"predict loop  {statistics.median(naive):8.1f} s, by {calls} of {pixels} calls")
    print(f"sample        {statistics.median(ours):8.2f} s")
    print(
        f"ratio         {statistics.median(ratios):8.0f}  ({min(ratios):.0f} to {max(ratios):.0f})"
    )
    if not table:
        return
    widths, depths = (16, 32, 64), (2, 4, 8)
    print("\nmilliseconds of processor time an image, by blocks (down) and filters (across)")
    print("     ", *(f"{width:7d}" for width in widths))
    times = {}
    for depth, width in itertools.product(depths, widths):
        model = kg.models.PixelCNN(SHAPE, filters=width, num_blocks=depth, ema=None, seed=0)
        draw = functools.partial(model.sample, images, seed=0)
        draw()
        least = min(seconds(draw, time.process_time) for _ in range(2))
        times[depth, width] = 1000 * least / images
    for depth in depths:
        print(f"{depth:5d}", *(f"{times[depth, width]:7.2f}" for width in widths))


if __name__ == "__main__":
    cyclopts.run(main)
