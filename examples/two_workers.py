# %% [markdown]
# # A cluster of two on one machine: train together, lose a worker, go on
#
# Pictures, below `runs/two_workers/`: `history.png`, the losses, and drawn clothes, `samples.png`
# and those of every epoch in `samples/`. Time: about 2 minutes on 2 cores; with `--quick` 32 s.
#
#     python examples/two_workers.py [--quick]
#
# Two processes stand for two machines. Each runs the same `genzoo train`, and knows its place from
# TF_CONFIG. In the middle of the run the second is killed; the first says so and ends. Started
# again with --resume, both go on from the last checkpoint.

# %%
import argparse
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import PIL.Image

parser = argparse.ArgumentParser(allow_abbrev=False)
parser.add_argument("--quick", action="store_true", help="fewer images and epochs")
options, _ = parser.parse_known_args()  # a notebook's kernel has arguments of its own

folder = Path("runs/two_workers")
command = [sys.executable, "-m", "keras_genzoo", "train", "vae", "--strategy=multi-worker"]
command += ["--hidden=200", "--checkpoint-steps=5", f"--output={folder}"]
command += ["--split=train[:2000]", "--validation-split=test[:500]"] if options.quick else []
command += [f"--epochs={3 if options.quick else 10}"]

# %% [markdown]
# The workers are processes of their own, so that this one may be a notebook.


# %%
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


shutil.rmtree(folder, ignore_errors=True)  # of a former run of this example
print("Two workers start.")
workers = start(command)
while not list(folder.glob("checkpoints/epoch-0001*")) and workers[0].poll() is None:
    time.sleep(0.1)
print("The second is killed.")
workers[1].send_signal(signal.SIGKILL)
_, error = workers[0].communicate()
print("The first ends:", error.strip().splitlines()[-1])

# %% [markdown]
# The same command goes on where the last checkpoint is.

# %%
print("Both start again, with --resume.")
workers = start([*command, "--resume"])
ends = [worker.communicate()[0] for worker in workers]
print("The first ends:", next(line for line in ends[0].splitlines() if "vae:" in line))
print((folder / "history.csv").read_text())
PIL.Image.open(folder / "history.png")
