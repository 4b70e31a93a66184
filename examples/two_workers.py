"""A cluster of two on one machine: train together, lose a worker, go on.

    python examples/two_workers.py            # about 2 minutes on 2 cores
    python examples/two_workers.py --quick    # fewer images, less than a minute

Two processes stand for two machines. Each runs the same `genzoo train`, and knows its place from
TF_CONFIG. In the middle of the run the second is killed; the first says so and ends. Started again
with --resume, both go on from the last checkpoint.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cyclopts


def main(*, quick: bool = False):
    """Train a VAE with two workers, and kill one on the way.

    Args:
        quick: Fewer images and epochs.
    """
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder, "run")
        command = [sys.executable, "-m", "keras_genzoo", "train", "vae", "--strategy=multi-worker"]
        command += ["--hidden=200", "--checkpoint-steps=5", f"--output={folder}"]
        command += ["--split=train[:2000]", "--validation-split=test[:500]"] if quick else []
        command += [f"--epochs={3 if quick else 10}"]

        print("Two workers start.")
        workers = start(command)
        while not list(folder.glob("checkpoints/epoch-0001*")):
            time.sleep(0.1)
        print("The second is killed.")
        workers[1].send_signal(signal.SIGKILL)
        _, error = workers[0].communicate()
        print("The first ends:", error.strip().splitlines()[-1])

        print("Both start again, with --resume.")
        workers = start([*command, "--resume"])
        ends = [worker.communicate()[0] for worker in workers]
        print("The first ends:", next(line for line in ends[0].splitlines() if "vae:" in line))
        print((folder / "history.csv").read_text())


def start(command):
    """Two processes with the command, each with its TF_CONFIG."""
    with socket.socket() as one, socket.socket() as other:
        for free in (one, other):
            free.bind(("127.0.0.1", 0))
        workers = [f"127.0.0.1:{free.getsockname()[1]}" for free in (one, other)]
    return [
        subprocess.Popen(
            command,
            env={
                **os.environ,
                "TF_CONFIG": json.dumps(
                    {"cluster": {"worker": workers}, "task": {"type": "worker", "index": index}}
                ),
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for index in (0, 1)
    ]


if __name__ == "__main__":
    cyclopts.run(main)
