"""What a verb takes in each format, beside the verb in Python: megabytes and milliseconds.

    python tests/benchmarks/exports.py vae_fashion_mnist_small:reconstruct \\
      conditional_gan_mnist:decode

The calls alternate between the formats, so that a drift of the machine's speed hits all. Times are
medians of processor time, of all threads together, which other work on the machine hardly touches.
"""

import statistics
import tempfile
import time
from pathlib import Path

import cyclopts
import numpy as np
import onnxruntime
import openvino
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter

import keras_genzoo as kg
from keras_genzoo.base import verbs

FORMATS = ("tf_saved_model", "onnx", "litert", "openvino")


def main(*asked: str, calls: int = 20):
    """Print a row for each preset and format.

    Args:
        asked: `preset:verb`.
        calls: Timed calls of each.
    """
    print("| preset, verb | format | MB | 1 | 64 |\n| --- | --- | --- | --- | --- |")
    for each in asked:
        preset, verb = each.split(":")
        model = kg.from_preset(preset)
        runs, sizes = {"Python": lambda given, m=model, v=verb: getattr(m, v)(**given)}, {}
        with tempfile.TemporaryDirectory() as scratch:
            for format in FORMATS:
                folder = Path(scratch) / format
                try:
                    model.export(folder, format=format, verbs=(verb,))
                except ValueError as error:
                    print(f"| {preset}, {verb} | {format} | refused: {error} | | |")
                    continue
                sizes[format] = sum(p.stat().st_size for p in folder.rglob("*") if p.is_file())
                runs[format] = opened(folder, format, verb)
            spent = {count: timed(runs, inputs(model, verb, count), calls) for count in (1, 64)}
        for name in runs:
            size = f"{sizes[name] / 1e6:.2f}" if name in sizes else ""
            times = " | ".join(f"{spent[count][name]:.2f}" for count in (1, 64))
            print(f"| {preset}, {verb} | {name} | {size} | {times} |")


def inputs(model, verb, count):
    """Arrays by word: noise, and classes in turn."""
    random = np.random.default_rng(0)
    given = {}
    for word, field in verbs.portable_endpoints(model)[verb][1].items():
        shape = (count, *field.shape)
        values = random.uniform(size=shape) if word == "images" else random.normal(size=shape)
        given[word] = np.arange(count) % (field.highest + 1) if field.whole else values
        given[word] = given[word].astype(field.dtype)
    return given


def opened(folder, format, verb):
    """A function of arrays by word."""
    if format == "tf_saved_model":
        loaded = tf.saved_model.load(folder)
        run = loaded.signatures[verb]

        def served(given, loaded=loaded):  # which holds the weights
            tensors = {word: tf.constant(values) for word, values in given.items()}
            return [tensor.numpy() for tensor in run(**tensors).values()]

        return served
    if format == "onnx":
        session = onnxruntime.InferenceSession(folder / f"{verb}.onnx")
        return lambda given: session.run(None, given)
    if format == "litert":
        runner = Interpreter(str(folder / "model.tflite")).get_signature_runner(verb)
        return lambda given: runner(**given)
    exact = {"INFERENCE_PRECISION_HINT": "f32"}
    return openvino.compile_model(folder / f"{verb}.xml", "CPU", exact)


def timed(runs, given, calls):
    """Milliseconds of processor time of a call of each."""
    spent = {name: [] for name in runs}
    for run in runs.values():
        run(given)
        run(given)
    for _ in range(calls):
        for name, run in runs.items():
            start = time.process_time()
            run(given)
            spent[name].append(1000 * (time.process_time() - start))
    return {name: statistics.median(times) for name, times in spent.items()}


if __name__ == "__main__":
    cyclopts.run(main)
