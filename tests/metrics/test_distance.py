"""Distances against closed forms, direct loops and torch-fidelity."""

import tracemalloc

import fidelity
import keras
import numpy as np
import pytest
import scipy
import tensorflow as tf

from keras_genzoo.metrics import distance
from keras_genzoo.metrics.distance import (
    FrechetDistance,
    KernelDistance,
    frechet_distance,
    kernel_distance,
)

RNG = np.random.default_rng(0)
REAL = RNG.normal(size=(60, 12)) @ RNG.normal(size=(12, 12)) + 1
GENERATED = RNG.normal(size=(45, 12)) @ RNG.normal(size=(12, 12))
IMAGES = RNG.uniform(size=(2, 50, 8, 8, 1)).astype("float32")


def gaussian(mean, deviations, n=40):
    """Samples whose own mean and standard deviations are exactly these."""
    noise = RNG.normal(size=(n, len(mean)))
    white, _ = np.linalg.qr(noise - noise.mean(axis=0))
    return white * np.sqrt(n - 1) * deviations + mean


def test_frechet_distance():
    real, generated = np.cov(REAL, rowvar=False), np.cov(GENERATED, rowvar=False)
    shift = REAL.mean(axis=0) - GENERATED.mean(axis=0)
    root = scipy.linalg.sqrtm(real @ generated).real
    expected = shift @ shift + np.trace(real + generated - 2 * root)
    assert frechet_distance(REAL, GENERATED) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(
    ("real", "generated"),
    [
        ([1.0, 2.0, 3.0], [2.0, 2.0, 0.5]),
        ([1.0, 2.0, 0.0], [2.0, 0.0, 0.5]),
        ([1.0, 0.0, 0.0], [0.0, 2.0, 0.0]),
        ([0.0, 0.0, 0.0], [1.0, 2.0, 3.0]),
        ([0.0, 0.0, 0.0], [0.0, 0.0, 0.0]),
    ],
)
def test_frechet_distance_of_gaussians(real, generated):
    expected = 3 * 0.5**2 + np.sum(np.subtract(real, generated) ** 2)
    rotation = scipy.stats.special_ortho_group.rvs(3, random_state=0)
    samples = gaussian(np.zeros(3), real), gaussian(np.full(3, 0.5), generated)
    assert frechet_distance(*samples) == pytest.approx(expected, rel=1e-6)
    assert frechet_distance(*samples @ rotation) == pytest.approx(expected, rel=1e-6)


def test_frechet_distance_with_more_features_than_samples():
    real, generated = RNG.normal(size=(20, 300)), 2 * RNG.normal(size=(30, 300))
    centred = (real - real.mean(0)) / 19**0.5, (generated - generated.mean(0)) / 29**0.5
    shift = real.mean(axis=0) - generated.mean(axis=0)
    overlap = scipy.linalg.svdvals(centred[0] @ centred[1].T).sum()
    expected = shift @ shift + sum(np.sum(x**2) for x in centred) - 2 * overlap
    assert frechet_distance(real, generated) == pytest.approx(expected, rel=1e-9)
    # The same samples in more dimensions are as far apart.
    wide = np.linalg.qr(RNG.normal(size=(300, 12)))[0].T
    expected = frechet_distance(REAL, GENERATED)
    assert frechet_distance(REAL @ wide, GENERATED @ wide) == pytest.approx(expected, rel=1e-9)


def test_frechet_distance_far_from_zero():
    expected = frechet_distance(REAL, GENERATED)
    assert frechet_distance(REAL + 1e6, GENERATED + 1e6) == pytest.approx(expected, rel=1e-6)


def test_frechet_distance_of_a_set_from_itself_is_not_negative():
    for samples in (REAL, REAL * 1e3, RNG.normal(size=(10, 50))):
        assert 0 <= frechet_distance(samples, samples) < 1e-9 * np.sum(samples**2)


def test_kernel_distance():
    def kernel(x, y):
        return (x @ y / 12 + 1) ** 3

    n, real = 45, REAL[:45]
    expected = 0.0
    for i in range(n):
        for j in range(n):
            if i != j:
                expected += kernel(real[i], real[j]) / (n * (n - 1))
                expected += kernel(GENERATED[i], GENERATED[j]) / (n * (n - 1))
            expected -= 2 * kernel(real[i], GENERATED[j]) / n**2
    ours = kernel_distance(real, GENERATED, subsets=1, subset_size=n)
    assert ours == pytest.approx(expected, rel=1e-9)


def test_kernel_distance_averages_subsets():
    real, generated = RNG.normal(size=(200, 4)), RNG.normal(size=(160, 4)) + 0.5
    arguments = {"subsets": 300, "subset_size": 20}
    ours = kernel_distance(real, generated, **arguments)
    assert ours == kernel_distance(real, generated, seed=0, **arguments)
    assert ours != kernel_distance(real, generated, seed=1, **arguments)
    # Smaller subsets estimate the same number, and a subset of all draws each sample once.
    whole = kernel_distance(real[:160], generated, subsets=1, subset_size=160)
    assert ours == pytest.approx(whole, rel=0.15)
    other = kernel_distance(real[:160], generated, subsets=3, subset_size=160, seed=5)
    assert other == pytest.approx(whole, rel=1e-9)


def test_kernel_distance_is_unbiased():
    sets = RNG.normal(size=(2, 2000, 4))
    distances = [
        kernel_distance(*sets[:, i : i + 10], subsets=1, subset_size=10) for i in range(0, 2000, 10)
    ]
    assert abs(np.mean(distances)) < 3 * np.std(distances) / 200**0.5
    assert min(distances) < 0


@fidelity.is_installed
def test_agrees_with_torch_fidelity(tmp_path):
    generated, real = RNG.normal(size=(300, 16)) * 0.9 + 0.3, RNG.normal(size=(300, 16))
    expected = fidelity.scores(tmp_path, real, generated)
    kernel = kernel_distance(real, generated, subsets=1, subset_size=300)
    assert kernel == pytest.approx(expected["kernel_inception_distance_mean"], abs=1e-6)
    frechet = frechet_distance(real, generated)
    assert frechet == pytest.approx(expected["frechet_inception_distance"], abs=1e-6)


def network():
    images = keras.Input((8, 8, 1))
    return keras.Model(images, keras.layers.Dense(6)(keras.layers.Flatten()(images)))


METRICS = {
    "frechet": (FrechetDistance, frechet_distance, {}),
    "kernel": (KernelDistance, kernel_distance, {"subsets": 5, "subset_size": 20, "seed": 3}),
}


@pytest.mark.parametrize("make_network", [network, lambda: tf.function(network()), lambda: None])
@pytest.mark.parametrize("name", METRICS)
def test_streaming_equals_the_function(name, make_network):
    metric_class, function, arguments = METRICS[name]
    model = make_network()
    metric = metric_class(model, **arguments)
    images = IMAGES if model else IMAGES.reshape(2, 50, -1)
    features = [np.asarray(model(x)) for x in images] if model else images
    for _ in range(2):  # again after a reset
        for real, generated in (((0, 1), (0, 20)), ((1, 27), (20, 21)), ((27, 50), (21, 40))):
            metric.update_state(images[0][slice(*real)], images[1][slice(*generated)])
        result = metric.result()
        expected = function(features[0], features[1][:40], **arguments)
        assert result.shape == ()
        assert result.dtype == "float64"
        # Networks round otherwise in batches of another size.
        assert float(result) == pytest.approx(expected, rel=1e-4 if model else 1e-9)
        metric.reset_state()
        with pytest.raises(ValueError, match="0 real and 0 generated"):
            metric.result()


@pytest.mark.parametrize("name", METRICS)
def test_streaming_keeps_what_it_saw_when_an_array_is_filled_again(name):
    metric_class, function, arguments = METRICS[name]
    metric, batches = metric_class(**arguments), np.empty((2, 15, 12))
    for start in (0, 15, 30):
        batches[:] = REAL[start : start + 15], GENERATED[start : start + 15]
        metric.update_state(*batches)
    expected = function(REAL[:45], GENERATED, **arguments)
    assert float(metric.result()) == pytest.approx(expected, rel=1e-9)


def test_frechet_distance_holds_no_features_in_a_stream():
    metric = FrechetDistance()
    batch = RNG.normal(size=(100, 20))
    metric.update_state(batch, batch)
    tracemalloc.start()
    for _ in range(100):
        metric.update_state(batch, batch)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < batch.nbytes


def test_kernel_distance_holds_no_images_in_a_stream():
    metric = KernelDistance(lambda images: images[:, 0, :2, 0])
    images = np.zeros((100, 32, 32, 3))
    tracemalloc.start()
    for _ in range(20):
        metric.update_state(images, images)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert 2 * 20 * 100 * 2 * 8 <= held < 100_000


@pytest.mark.parametrize("name", METRICS)
def test_streaming_metrics_are_rebuilt_from_their_config(name):
    metric_class, _, arguments = METRICS[name]
    metric = metric_class(network(), name="mine", **arguments)
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(metric))
    assert type(again) is metric_class
    assert again.get_config() == metric.get_config()
    assert again.get_config().items() >= {"name": "mine", **arguments}.items()
    assert again.network.output_shape == (None, 6)
    assert metric_class.from_config(metric_class().get_config()).network is None


@pytest.mark.parametrize(
    "function",
    [
        frechet_distance,
        lambda *samples: kernel_distance(*samples, subsets=1, subset_size=6000),
    ],
    ids=["frechet", "kernel"],
)
def test_memory_does_not_grow_with_the_square(function):
    samples = RNG.normal(size=(2, 6000, 4))
    tracemalloc.start()
    function(*samples)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 200e6  # one matrix of all pairs is 288e6


def test_blocks_add_up(monkeypatch):
    arguments = {"subsets": 1, "subset_size": 45}
    expected = frechet_distance(REAL, GENERATED), kernel_distance(REAL, GENERATED, **arguments)
    monkeypatch.setattr(distance, "_BLOCK", 7)
    ours = frechet_distance(REAL, GENERATED), kernel_distance(REAL, GENERATED, **arguments)
    assert ours == pytest.approx(expected, rel=1e-9)


BAD = np.where(np.arange(12) == 5, np.nan, REAL)
FUNCTIONS = {
    "frechet": frechet_distance,
    "kernel": lambda *x: kernel_distance(*x, subset_size=2),
    "frechet stream": lambda *x: FrechetDistance().update_state(*x),
    "kernel stream": lambda *x: KernelDistance().update_state(*x),
}


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)
@pytest.mark.parametrize(
    ("real", "generated", "message"),
    [
        (REAL[:, 0], GENERATED, r"(?s)real features.*Expected.*\(n, d\).*Received.*\(60,\)"),
        (REAL, GENERATED[None], r"(?s)generated features.*Received.*\(1, 45, 12\)"),
        (REAL, GENERATED[:, :5], r"(?s)generated features.*\(n, 12\).*Received.*\(45, 5\)"),
        (REAL[:0], GENERATED, r"(?s)real features.*Received.*\(0, 12\)"),
        (REAL, BAD, "generated features.*60 not finite"),
        (BAD * np.inf, GENERATED, "real features.*720 not finite"),
    ],
)
def test_bad_features_are_refused(function, real, generated, message):
    with pytest.raises(ValueError, match=message):
        function(real, generated)


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda: frechet_distance(REAL[:1], GENERATED), "at least 2.*1 real and 45 generated"),
        (lambda: frechet_distance(REAL, GENERATED[:1]), "at least 2.*60 real and 1 generated"),
        (lambda: kernel_distance(REAL, GENERATED), "subset_size=1000, 60 real and 45 generated"),
        (lambda: kernel_distance(REAL, GENERATED, subset_size=46), "subset_size=46"),
        (lambda: kernel_distance(REAL, GENERATED, subset_size=2.5), "subset_size=2.5"),
        (lambda: kernel_distance(REAL, GENERATED, subsets=0.5), "subsets=0.5"),
        (lambda: kernel_distance(REAL, GENERATED, subset_size=1), "from 2 samples.*subset_size=1"),
        (lambda: kernel_distance(REAL, GENERATED, 0, 10), "at least 1 subset.*subsets=0"),
    ],
)
def test_refusals(function, message):
    with pytest.raises(ValueError, match=f"(?s){message}"):
        function()


def test_a_stream_refuses_other_features_than_before_and_loses_nothing():
    metric = FrechetDistance()
    metric.update_state(REAL, GENERATED)
    expected = float(metric.result())
    for real, generated in ((REAL[:, :5], GENERATED[:, :5]), (REAL, BAD)):
        with pytest.raises(ValueError, match=r"\(n, 12\)"):
            metric.update_state(real, generated)
    assert float(metric.result()) == expected
