"""What diffusion models share: times, classes and guidance, what is drawn and what is refused."""

from typing import get_args

import keras
import numpy as np
import pytest
import tensorflow as tf
from contract import SHAPE
from denoisers import of_gaussian, users_denoiser

from keras_genzoo.evaluation import Solver
from keras_genzoo.models import Diffusion
from keras_genzoo.models.diffusion.solvers import SOLVERS


def test_signal_and_noise_inside_and_outside_of_layers():
    diffusion = of_gaussian("flow")
    for times in ([0.0, 0.25, 1.0], np.array([0.0, 0.25, 1.0])):
        signal, noise = diffusion.signal_and_noise(times)
        assert isinstance(signal, np.ndarray)
        assert (signal.tolist(), noise.tolist()) == ([1.0, 0.75, 0.0], [0.0, 0.25, 1.0])
    assert tf.is_tensor(diffusion.signal_and_noise(tf.constant(0.5))[0])
    assert keras.utils.is_keras_tensor(diffusion.signal_and_noise(keras.Input(()))[0])


@pytest.fixture(scope="module")
def of_classes():
    """Learned in a moment: class 0 is black, class 1 is white."""
    model = Diffusion(SHAPE, num_classes=2, denoiser=users_denoiser(2), label_dropout=0.5, seed=0)
    model.compile(keras.optimizers.Adam(0.02))
    labels = np.arange(512) % 2
    images = np.zeros((512, *SHAPE)) + labels[:, None, None, None]
    model.fit(images, labels, epochs=12, verbose=0)
    return model


def test_classes(of_classes):
    images = of_classes.sample(labels=[0, 1] * 8, seed=0)
    shades = images.mean(axis=(1, 2, 3))
    assert shades[1::2].mean() > shades[::2].mean() + 0.3
    led = of_classes.sample(labels=[0, 1] * 8, seed=0, guidance=3.0).mean(axis=(1, 2, 3))
    assert led[1::2].mean() - led[::2].mean() > shades[1::2].mean() - shades[::2].mean()
    without = of_classes.sample(16, seed=0).mean(axis=(1, 2, 3))
    assert without.std() > 0  # and of no class
    assert (of_classes.sample(labels=[1, 1], seed=0)[0] != images[0]).any()


def test_nothing_is_traced_again(of_classes):
    traces = []

    def counted(given, training=False):
        traces.append(1)
        return network(given, training=training)

    network, of_classes.compiled_verbs = of_classes.averaged_denoiser, {}
    asked, of_classes._asked = (
        of_classes._asked,
        lambda network, *rest: (traces.append(1), asked(network, *rest))[1],
    )
    try:
        of_classes.sample(labels=[0, 1], seed=0)
        first = len(traces)
        for labels in ([1], [0] * 70):
            of_classes.sample(labels=labels, seed=1, steps=7, guidance=2.5)
    finally:
        del of_classes._asked
    assert len(traces) == first > 0


def test_the_command_knows_all_solvers():
    assert get_args(Solver) == tuple(SOLVERS)
