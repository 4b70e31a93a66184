"""Soak: clients that call `genzoo serve` for some time, and the same SavedModel in this process.

    python tests/benchmarks/serve.py vae_fashion_mnist_small --seconds 60

Clients and server share the machine. Memory is the server's, at the end of each tenth of the time;
its slope is by least squares, with its standard error.
"""

import itertools
import json
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

import cyclopts
import numpy as np
import psutil
import tensorflow as tf

import keras_genzoo as kg

MOST = 10_000  # calls a second that there is room for


def main(preset: str, *, seconds: float = 60, clients: int = 8, images: int = 4):
    """Print a table.

    Args:
        preset: Name of a model with `decode`.
        seconds: How long each of the two is called.
        clients: That call at once.
        images: Of a call.
    """
    model = kg.from_preset(preset)
    words = {"latents": model.prior(images, seed=0).numpy()}
    if "labels" in model.fields:
        words["labels"] = np.arange(images, dtype="int32") % model.num_classes
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "1"
        model.export(folder)
        print("| | p50 | p95 | p99 | images/s | errors | MB | MB per minute |")
        print("| --- | --- | --- | --- | --- | --- | --- | --- |")
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        command = [sys.executable, "-m", "keras_genzoo", "serve", str(folder)]
        command += ["--name", "soak", "--port", str(port)]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
            try:
                call = caller(f"http://127.0.0.1:{port}/v1/models/soak", words, images)
                row("genzoo serve", *soak(call, seconds, clients, server.pid), images, seconds)
            finally:
                server.terminate()
        decode = tf.saved_model.load(folder).signatures["decode"]

        def in_process():
            given = {word: tf.constant(values) for word, values in words.items()}
            assert len(decode(**given)["images"].numpy()) == images

        pid = psutil.Process().pid
        row("SavedModel, in process", *soak(in_process, seconds, clients, pid), images, seconds)


def caller(url, words, images):
    """A function that posts a request, once the server is there."""
    for _ in range(600):
        try:
            urllib.request.urlopen(url, timeout=5).close()
            break
        except OSError:
            time.sleep(0.2)
    lists = {word: values.tolist() for word, values in words.items()}
    body = json.dumps({"signature_name": "decode", "inputs": lists}).encode()

    def call():
        with urllib.request.urlopen(f"{url}:predict", body, timeout=60) as answer:
            assert len(json.load(answer)["outputs"]) == images

    return call


def soak(call, seconds, clients, pid):
    """Seconds of each call, errors, and the megabytes of a process over time."""
    # All of it at once, for what grows would be taken for a leak.
    spent, numbers = np.full(int(MOST * seconds), np.nan), itertools.count()
    errors, end = [], time.monotonic() + seconds

    def client():
        while time.monotonic() < end:
            start = time.perf_counter()
            try:
                call()
            except Exception as error:  # of whatever kind, it counts
                errors.append(error)
            spent[next(numbers)] = time.perf_counter() - start

    threads = [threading.Thread(target=client) for _ in range(clients)]
    for thread in threads:
        thread.start()
    memory = []
    for _ in range(10):
        time.sleep(seconds / 10)
        memory.append(psutil.Process(pid).memory_info().rss / 1e6)
    for thread in threads:
        thread.join()
    if errors:
        print(f"The first error: {errors[0]!r}", file=sys.stderr)
    return spent[: next(numbers)], errors, memory


def row(name, spent, errors, memory, images, seconds):
    p50, p95, p99 = 1000 * np.percentile(spent, (50, 95, 99))
    rate = images * (len(spent) - len(errors)) / seconds
    minutes = np.arange(2, len(memory)) * seconds / 600  # from the third tenth on
    (slope, _), covariance = np.polyfit(minutes, memory[2:], 1, cov=True)
    error = covariance[0, 0] ** 0.5
    print(
        f"| {name} | {p50:.0f} ms | {p95:.0f} ms | {p99:.0f} ms | {rate:.0f} | {len(errors)} | "
        f"{memory[-1]:.0f} | {slope:.1f} ± {error:.1f} |",
        flush=True,
    )


if __name__ == "__main__":
    cyclopts.run(main)
