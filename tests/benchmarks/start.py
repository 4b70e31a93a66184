"""What `import keras_genzoo` adds to Keras and TensorFlow, and seconds to a preset's first sample.

    python tests/benchmarks/start.py [--presets vae_mnist_2d dcgan_mnist] [--processor-time]

Each is measured in a process of its own. Imports with and without the package alternate, so that a
drift of the machine's speed hits both. A first sample is of one image, from the end of the imports:
it loads the preset, checks it, builds the model and traces the graph that draws.
"""

import statistics
import subprocess
import sys
from typing import Annotated

import cyclopts

import keras_genzoo as kg

IMPORTS = "import keras, tensorflow"
TIMED = """
import time
clock = time.{clock}
start = clock()
{code}
print(clock() - start)
"""
FIRST_SAMPLE = """
import keras, tensorflow
import keras_genzoo as kg
kg.models
import time
clock = time.{clock}
start = clock()
kg.from_preset("{preset}").sample(1, seed=0)
print(clock() - start)
"""


def seconds(code):
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return float(done.stdout.split()[-1])


def main(
    *,
    presets: Annotated[tuple[str, ...], cyclopts.Parameter(consume_multiple=True)] = (),
    rounds: int = 5,
    processor_time: bool = False,
):
    """Print both.

    Args:
        presets: Whose first sample; of all that sample, unless given.
        rounds: How often imports are timed.
        processor_time: Time by the processor, which other work on the machine does not change much.
    """
    clock = "process_time" if processor_time else "perf_counter"
    alone, ours = [], []
    for _ in range(rounds):
        alone.append(seconds(TIMED.format(clock=clock, code=IMPORTS)))
        code = f"{IMPORTS}; import keras_genzoo"
        ours.append(seconds(TIMED.format(clock=clock, code=code)))
    ratios = [b / a for a, b in zip(alone, ours, strict=True)]
    print(f"{IMPORTS:48} {statistics.median(alone):6.2f} s")
    print(f"{IMPORTS}; import keras_genzoo {statistics.median(ours):25.2f} s")
    print(f"ratio {statistics.median(ratios):.3f}  ({min(ratios):.3f} to {max(ratios):.3f})")
    print("\nfirst sample")
    sampling = [x for x in kg.presets.list() if kg.presets.card(x)["model"] in kg.models.__all__]
    for preset in presets or sampling:
        if hasattr(getattr(kg.models, kg.presets.card(preset)["model"]), "sample"):
            taken = seconds(FIRST_SAMPLE.format(clock=clock, preset=preset))
            print(f"{preset:32} {taken:6.2f} s")


if __name__ == "__main__":
    cyclopts.run(main)
