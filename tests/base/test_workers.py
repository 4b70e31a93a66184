"""Several processes: one order of examples, one result, one writer; and what is said of a death."""

import numpy as np
import processes
import pytest
import tensorflow as tf
from contract import THREE_PARTS, assert_same

import keras_genzoo as kg
from keras_genzoo.base.workers import new_strategy


@pytest.mark.parametrize(
    "arguments",
    [
        {"name": "tpu"},
        {"name": "multi-worker"},
        {"name": "mirrored", "devices": 0},
        {"name": "none", "devices": 2},
    ],
)
def test_strategies_that_are_none(arguments, monkeypatch):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    with pytest.raises(ValueError, match=THREE_PARTS):
        new_strategy(**arguments)


@pytest.mark.slow
def test_workers_do_as_one(tmp_path):
    """Three, among whom batches of 16 never split evenly."""
    alone, workers = tmp_path / "alone", 3
    alone.mkdir()
    one = processes.start(processes.work, alone, 1)
    cluster = processes.cluster(workers, processes.work, tmp_path, workers)
    assert processes.ended(one, *cluster) == [0] * (1 + workers)
    results = [dict(np.load(tmp_path / f"worker-{index}.npz")) for index in range(workers)]
    for name, expected in np.load(alone / "worker-0.npz").items():
        np.testing.assert_allclose(results[0][name], expected, rtol=1e-4, atol=1e-5)
        for other in results[1:]:
            np.testing.assert_array_equal(other[name], results[0][name])

    for result in results:  # an overflow on the last
        assert result["moved"].max() == 0
        assert result["scale"] == pytest.approx(5e37)

    # Shuffled arrays.
    epochs = [np.concatenate([result[f"epoch {n}"] for result in results]) for n in (0, 1)]
    for epoch in epochs:
        assert sorted(epoch) == list(range(67))  # none twice, none left out
    assert (epochs[0] != epochs[1]).any()
    for result in results:  # of datasets whose order is known, its own examples and no others
        assert sorted(result["loaded"]) == sorted(result["given"])
    assert sorted(np.concatenate([result["given"] for result in results])) == list(range(67))

    with pytest.warns(UserWarning, match=rf"1 replica\(s\) after {workers}"):
        model, epochs = kg.callbacks.restore(tmp_path / "checkpoints")
    assert epochs == 2
    assert sorted(path.name for path in (tmp_path / "samples").iterdir()) == [
        *("epoch-0001.png", "epoch-0002.png", "training.gif"),
    ]
    served = tf.saved_model.load(tmp_path / "export")
    images = served.signatures["decode"](latents=tf.ones((1, 2)))["images"]
    assert_same([images], [model.decode(np.ones((1, 2)))], 1e-5)


@pytest.mark.slow
def test_a_dead_worker_is_named_and_all_go_on_together(tmp_path):
    """From a file that one of the workers made for both, as if each held the images in memory."""
    whole, killed = tmp_path / "whole", tmp_path / "killed"

    def cluster(folder, cache="disk"):
        options = {"split": "train[:640]", "epochs": 2, "checkpoint_steps": 3, "cache": cache}
        options["strategy"] = "multi-worker"
        return processes.cluster(2, processes.run, folder, "vae", options)

    undisturbed = cluster(whole, "memory")
    survivor, victim = cluster(killed)
    kept = killed / "checkpoints"
    processes.wait_for(lambda: [*kept.glob("epoch-0001-step-*.keras")], survivor)
    assert survivor.is_alive()
    victim.kill()
    assert processes.ended(survivor) == [0]  # it wrote down its error
    said = (killed / "error.txt").read_text()
    assert "A worker is gone: task 1 (127.0.0.1:" in said
    assert not (killed / "config.json").exists()

    assert processes.ended(*undisturbed, *cluster(killed)) == [0, 0, 0, 0]
    ends = [kg.from_preset(folder).get_weights() for folder in (whole, killed)]
    assert_same(*ends)
    rows = [(folder / "history.csv").read_text().split() for folder in (whole, killed)]
    assert len(rows[0]) == len(rows[1]) == 3
    made = sorted(path.name for path in (tmp_path / "kept").glob("*/*"))
    assert made == ["images", "labels", "record.json"]
    assert "mutual_information" in rows[0][0]  # which the chief alone measures
