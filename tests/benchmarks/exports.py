"""What a verb takes in each format, beside the verb in Python: megabytes and milliseconds.

    python tests/benchmarks/exports.py vae_fashion_mnist_small:reconstruct \
      conditional_gan_mnist:decode

The calls alternate between the formats, so that a drift of the machine's speed hits all. Times are
medians of processor time, of all threads together, which other work on the machine hardly touches.
`sample` is given noise where it cannot draw, and draws elsewhere, which is timed too.
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

FORMATS = {
    "tf_saved_model": "SavedModel",
    "onnx": "ONNX",
    "litert": "LiteRT",
    "openvino": "OpenVINO",
}
FREE = 64  # pixels of a side that may be of any length
LEAST = 3  # calls of each, however long they take


def main(*asked: str, calls: int = 20, seconds: float = 10):
    """Print a row for each preset and format, as Markdown.

    Args:
        asked: `preset:verb`.
        calls: Timed calls of each.
        seconds: Of processor time, of a preset and a number of images, after which there are no
            more calls.
    """
    print("| preset, verb | format | MB | 1 | 64 |\n| --- | --- | --- | --- | --- |", flush=True)
    for each in asked:
        preset, verb = each.split(":")
        model = kg.from_preset(preset, dtype="float32")
        runs, sizes, refused = {"Python": in_python(model, verb)}, {}, {}
        with tempfile.TemporaryDirectory() as scratch:
            for format, name in FORMATS.items():
                folder = Path(scratch) / format
                try:
                    model.export(folder, format=format, verbs=(verb,))
                except ValueError as error:
                    refused[name] = ":".join(str(error).rpartition(f"{verb}: ")[2].split(":")[:2])
                    continue
                sizes[name] = sum(p.stat().st_size for p in folder.rglob("*") if p.is_file())
                runs[name] = opened(folder, format, verb)
            spent = [timed(runs, inputs(model, verb, count), calls, seconds) for count in (1, 64)]
        for name in ("Python", *FORMATS.values()):
            size = f"{sizes[name] / 1e6:.2f}" if name in sizes else ""
            cells = [f"{times[name]:.2f}" for times in spent if name in times]
            cells = [f"no: {refused[name]}", "", ""] if name in refused else [size, *cells]
            print(f"| `{preset}`, `{verb}` | {name} | {' | '.join(cells)} |", flush=True)


def inputs(model, verb, count):
    """Arrays by word: what the verb is given where it draws nothing itself."""
    random = np.random.default_rng(0)
    given = {}
    for word, field in verbs.portable_endpoints(model)[verb][1].items():
        shape = (count, *(side or FREE for side in field.shape))
        if field.whole:
            values = random.integers(field.lowest, field.highest + 1, shape)
        elif np.isinf(field.highest):
            values = random.normal(size=shape)
        else:
            values = random.uniform(field.lowest, field.highest, shape)
        given[word] = values.astype(field.dtype)
    return given


def in_python(model, verb):
    """A function of arrays by word: the verb, which draws the noise of `sample` itself."""
    if verb != "sample":
        return lambda given: getattr(model, verb)(**given)

    def sample(given):
        known = {word: values for word, values in given.items() if word != "noise"}
        return model.sample(len(given["noise"]), seed=0, **known)

    return sample


def opened(folder, format, verb):
    """A function of arrays by word."""
    if format == "tf_saved_model":
        loaded = tf.saved_model.load(folder)
        run = loaded.signatures[verb]
        words = run.structured_input_signature[1]

        def served(given, loaded=loaded):  # which holds the weights
            known = {"num_samples": len(next(iter(given.values()))), "seed": 0, **given}
            tensors = {word: tf.constant(known[word], spec.dtype) for word, spec in words.items()}
            return [tensor.numpy() for tensor in run(**tensors).values()]

        return served
    if format == "onnx":
        options = onnxruntime.SessionOptions()
        # Threads that wait would spend processor time.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        session = onnxruntime.InferenceSession(folder / f"{verb}.onnx", options)
        return lambda given: session.run(None, given)
    if format == "litert":
        runner = Interpreter(str(folder / "model.tflite")).get_signature_runner(verb)
        return lambda given: runner(**given)
    exact = {"INFERENCE_PRECISION_HINT": "f32"}
    return openvino.compile_model(folder / f"{verb}.xml", "CPU", exact)


def timed(runs, given, calls, seconds):
    """Milliseconds of processor time of a call of each."""
    spent = {name: [] for name in runs}
    for run in runs.values():
        run(given)
    begin = time.process_time()
    for call in range(calls):
        if call >= LEAST and time.process_time() - begin > seconds:
            break
        for name, run in runs.items():
            start = time.process_time()
            run(given)
            spent[name].append(1000 * (time.process_time() - start))
    return {name: statistics.median(times) for name, times in spent.items()}


if __name__ == "__main__":
    cyclopts.run(main)
