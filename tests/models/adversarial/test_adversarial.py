"""What GANs share: the generator's moving average."""

import numpy as np
import pytest
from contract import SHAPE, assert_same, pictures

from keras_genzoo.models import GAN


def gan(**arguments):
    model = GAN(SHAPE, latent_dim=2, filters=(4, 4), seed=0, **arguments)
    model.compile("adam")
    return model


@pytest.mark.parametrize(("ema", "decay"), [(0.999, 2 / 11), (0.1, 0.1)])
def test_the_average_follows_the_generator(ema, decay):
    model = gan(ema=ema)
    start = model.generator.get_weights()
    model.fit(pictures(16), batch_size=16, verbose=0)
    for before, weight, average in zip(
        start, model.generator.weights, model.averaged_generator.weights, strict=True
    ):
        expected = np.array(weight)
        if weight.trainable:
            expected = decay * before + (1 - decay) * expected
        np.testing.assert_allclose(average, expected, rtol=1e-4, atol=1e-6)


def test_the_average_starts_as_the_generator_and_is_never_trained():
    model = gan()
    assert_same(model.averaged_generator.get_weights(), model.generator.get_weights(), 0)
    assert model.averaged_generator.trainable_weights == []


def test_the_average_starts_as_the_generator_on_every_replica(mirrored):
    with mirrored.scope():
        model = gan()
    assert_same(model.averaged_generator.get_weights(), model.generator.get_weights(), 0)


def test_images_are_drawn_from_the_average():
    model, latents = gan(), np.ones((2, 2), "float32")
    before = model.decode(latents)
    first = model.generator.layers[1]
    first.kernel.assign(first.kernel * -3)
    assert_same([model.decode(latents)], [before], 0)
    plain = gan(ema=None)
    assert plain.averaged_generator is None
    before = plain.decode(latents)
    first = plain.generator.layers[1]
    first.kernel.assign(first.kernel * -3)
    assert (plain.decode(latents) != before).any()
