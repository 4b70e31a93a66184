"""Verbs: batches of any size, arrays of any kind, export that leaves no trace."""

import numpy as np
import pytest
import tensorflow as tf
from contract import SHAPE, assert_same, pictures
from toy_models import Conditioned

from keras_genzoo.base import verbs
from keras_genzoo.models import VAE


@pytest.fixture(scope="module")
def model():
    return VAE(SHAPE, latent_dim=2, hidden=(4,), seed=0)


def test_long_arrays_go_in_batches(model):
    images = pictures(2 * model.at_once + 1)
    parts = [model.encode(images[start : start + 100]) for start in range(0, len(images), 100)]
    assert_same([model.encode(images)], [np.concatenate(parts)])
    mean, log_variance = model.posterior(images)
    assert mean.shape == log_variance.shape == (len(images), 2)


def test_one_trace_serves_all_lengths():
    model = VAE(SHAPE, latent_dim=2, hidden=(4,), seed=0)
    features, traces = model.features, []
    model.features = lambda *args: traces.append(1) or features(*args)
    for n in (1, 5, 300, 0):
        model.encode(pictures(n))
    assert len(traces) == 1


@pytest.mark.parametrize("kind", [list, tf.constant, lambda images: images.astype("float64")])
def test_arrays_of_any_kind(model, kind):
    images = pictures(3)
    assert_same([model.encode(kind(images))], [model.encode(images)])


def test_words_by_name(model):
    images, latents = pictures(3), np.zeros((3, 2))
    named = model.log_prob(latents=latents, images=images)
    assert_same([named], [model.log_prob(images, latents)])


@pytest.mark.parametrize("value", [255.0, np.nan, -1.0])
def test_pixels_out_of_range_are_refused(model, value):
    images = pictures(3)
    images[2, 0, 0, 0] = value
    with pytest.raises(ValueError, match=r"Expected.*Received"):
        model.encode(images)


def test_a_trained_model_gives_what_it_has_learned(model):
    before = model.encode(pictures(3))
    model.mean_head.bias.assign_add([1.0, 2.0])
    np.testing.assert_allclose(model.encode(pictures(3)), before + np.array([1.0, 2.0]), rtol=1e-4)


def test_endpoints(model):
    names = {name: [spec.name for spec in specs] for name, (_, specs) in model.endpoints().items()}
    assert names == {
        "encode": ["images"],
        "decode": ["latents"],
        "reconstruct": ["images"],
        "sample": ["num_samples", "seed"],
    }


def test_an_endpoint_refuses_arrays_of_different_lengths():
    function, specs = verbs.served(Conditioned())["decode"]
    given = {"latents": tf.zeros((3, 2)), "labels": tf.zeros((2,), tf.int32)}
    served = tf.function(function, input_signature=specs)
    with pytest.raises(tf.errors.InvalidArgumentError) as error:
        served(*(given[spec.name] for spec in specs))
    said = str(error.value)
    assert "Expected one entry of each for an example. Received:" in said
    assert "latents" in said
    assert "labels" in said


def test_verbs_are_of_todays_networks():
    model = VAE(SHAPE, latent_dim=2, hidden=(4,), seed=0)
    images = pictures(3)

    def plain():
        return [model(images), model.mean_head(model.features(images))]

    former = []  # TensorFlow takes long to forget functions where it holds hundreds

    def of_verbs():
        given = [model.reconstruct(images), model.encode(images)]
        former.extend(model.compiled_verbs.values())
        return given

    assert_same(of_verbs(), plain(), 1e-5)
    model.encoder.layers[-1].enable_lora(2)
    for weight in model.encoder.layers[-1].trainable_weights:
        weight.assign_add(np.ones(weight.shape))
    assert_same(of_verbs(), plain(), 1e-5)
    model.decoder = VAE(SHAPE, latent_dim=2, hidden=(5,), seed=9).decoder
    assert_same(of_verbs(), plain(), 1e-5)
    model.mean_head.quantize("int8")
    assert_same(of_verbs(), plain(), 1e-5)
