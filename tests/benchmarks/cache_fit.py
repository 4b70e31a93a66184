"""What it costs to train from disk, or from files that are decoded when they are needed.

    python tests/benchmarks/cache_fit.py                    # the VAE; --model GAN
    python tests/benchmarks/cache_fit.py --processor-time   # on a machine that others use
    python tests/benchmarks/cache_fit.py --memory disk --count 200000    # and --memory memory
    python tests/benchmarks/cache_fit.py --start

The images are noise over shipped ones, 64x64 in colour, as PNGs in a folder made for the purpose.
The variants' epochs alternate in one process, so that a drift of the machine's speed hits all; the
first epoch of each, which traces, is left out. What decoding costs is timed apart, since it is
hidden where the step leaves cores idle.

With `--memory` the images are BMPs in a zip, which are made faster; from their preparing to the end
of an epoch of a small dense VAE the largest RssAnon is printed: memory that is the process' own.
Pages of a mapped file are not; the system takes them back.

With `--start` processes of their own, whose variants alternate, tell how long it takes from the
imports' end until the images are loaded, and until the end of a model's first step.
"""

import io
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from pathlib import Path
from typing import Literal

import cyclopts
import numpy as np
import PIL.Image
from clock import Clock

import keras_genzoo as kg

SIZE = 64
STEPS = {"VAE": {"filters": (32, 64), "latent_dim": 32}, "GAN": {"latent_dim": 64}}
START = """
import time
import keras_genzoo as kg
new = kg.models.{model}
begin = time.{clock}()
images = kg.datasets.load({photos!r}, cache={cache!r}, batch_size={batch_size})
print(time.{clock}() - begin)
model = new({shape}, seed=0, **{options})
model.compile()
model.fit(images, steps_per_epoch=1, verbose=0)
print(time.{clock}() - begin)
"""


def images(count):
    """Shipped images, larger, in colours and with noise: `(count, 64, 64, 3)`, uint8."""
    shipped = kg.datasets.load("fashion_mnist_small", shuffle=False, batch_size=10_000)
    shipped = np.uint8(255 * next(iter(shipped)).numpy()[..., 0])
    random = np.random.default_rng(0)
    for index in range(count):
        picture = PIL.Image.fromarray(shipped[index % len(shipped)]).resize((SIZE, SIZE))
        colour = np.asarray(picture)[..., None] * random.random(3, "float32")
        yield np.uint8(0.8 * colour + random.integers(50, size=(SIZE, SIZE, 3)))


def main(
    *,
    model: Literal["VAE", "GAN"] = "VAE",
    count: int = 6_000,
    epochs: int = 5,
    batch_size: int = 128,
    memory: Literal["memory", "disk"] | None = None,
    start: bool = False,
    processor_time: bool = False,
):
    """Print images per second, medians over epochs; or memory; or seconds.

    Args:
        model: Its name in `kg.models`.
        count: Images.
        epochs: Timed epochs, or starts, of each.
        batch_size: Images in a step.
        memory: Measure memory under this cache instead of speed.
        start: Measure how soon a first step is done instead.
        processor_time: Count the seconds that processors worked, not those that passed.
    """
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        os.environ["GENZOO_CACHE_DIR"] = str(folder / "cache")
        if memory:
            print_memory(count, batch_size, memory, folder)
            return
        photos, clock = folder / "photos", "process_time" if processor_time else "perf_counter"
        photos.mkdir()
        for index, image in enumerate(images(count)):
            PIL.Image.fromarray(image).save(photos / f"{index:06}.png")
        if start:
            print_starts(model, epochs, batch_size, photos, clock)
        else:
            print_speeds(model, epochs, batch_size, photos, getattr(time, clock))


def new_model(name):
    model = getattr(kg.models, name)((SIZE, SIZE, 3), seed=0, **STEPS[name])
    model.compile()
    return model


def print_starts(name, rounds, batch_size, photos, clock):
    fixed = {"model": name, "clock": clock, "photos": str(photos), "batch_size": batch_size}
    fixed |= {"shape": (SIZE, SIZE, 3), "options": STEPS[name]}
    seconds = {"memory": [], "disk, made": [], "disk, found": [], "None": []}
    for _ in range(rounds):
        kg.datasets.clear_caches()
        for variant, found in seconds.items():
            cache = None if variant == "None" else variant.partition(",")[0]
            code = START.format(cache=cache, **fixed)
            done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
            found.append([float(each) for each in done.stdout.split()[-2:]])
    for variant, found in seconds.items():
        loaded, stepped = map(statistics.median, zip(*found, strict=True))
        print(f"{variant:12} images after {loaded:5.2f} s, first step after {stepped:5.2f} s")


def print_speeds(name, epochs, batch_size, photos, now):
    caches = ("memory", "disk", None)
    options = {"batch_size": batch_size, "drop_remainder": True}
    loaded = {cache: kg.datasets.load(photos, cache=cache, **options) for cache in caches}
    models = {cache: new_model(name) for cache in caches}
    speeds = {cache: [] for cache in caches}
    done = len(loaded[None]) * batch_size
    for cache, one in models.items():
        one.fit(loaded[cache], verbose=0)
    for _ in range(epochs):
        for cache, one in models.items():
            clock = Clock(now)
            one.fit(loaded[cache], verbose=0, callbacks=[clock])
            speeds[cache].append(done / clock.seconds)
    for cache, values in speeds.items():
        ratios = [a / b for a, b in zip(values, speeds["memory"], strict=True)]
        print(
            f"cache={cache!r:9} {statistics.median(values):7.0f} images/s, of memory's "
            f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
        )
    for cache in caches:
        start = now()
        for _ in loaded[cache]:
            pass
        print(f"cache={cache!r:9} {done / (now() - start):7.0f} images/s without a model")


def print_memory(count, batch_size, cache, folder):
    at_start, largest, done = anonymous(), [0], threading.Event()

    def watch():
        while not done.wait(0.05):
            largest[0] = max(largest[0], anonymous())

    encoded = [io.BytesIO() for _ in range(min(count, 2_000))]  # over and over
    for data, image in zip(encoded, images(len(encoded)), strict=True):
        PIL.Image.fromarray(image).save(data, "bmp")
    with zipfile.ZipFile(folder / "photos.zip", "w") as archive:
        for index in range(count):
            archive.writestr(f"{index:06}.bmp", encoded[index % len(encoded)].getvalue())
    del encoded
    watcher = threading.Thread(target=watch)
    watcher.start()
    loaded = kg.datasets.load(folder / "photos.zip", cache=cache, batch_size=batch_size)
    prepared, decoded = largest[0], 3 * SIZE**2 * count / 1e6
    model = kg.models.VAE((SIZE, SIZE, 3), hidden=(16,), seed=0)
    model.compile()
    model.fit(loaded, verbose=0)
    done.set()
    watcher.join()
    print(
        f"{count:,} images, {decoded:,.0f} MB decoded, cache={cache!r}: RssAnon {at_start:,.0f} MB "
        f"at the start, at most {prepared:,.0f} MB until prepared, {largest[0]:,.0f} MB in all"
    )


def anonymous():
    """RssAnon of this process, in MB."""
    with open("/proc/self/status") as status:
        return (
            next(int(line.split()[1]) for line in status if line.startswith("RssAnon")) * 1.024e-3
        )


if __name__ == "__main__":
    cyclopts.run(main)
