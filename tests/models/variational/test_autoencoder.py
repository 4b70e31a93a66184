"""The autoencoder: the contract, its noise, its classifier."""

import keras
import numpy as np
import pytest
from contract import SHAPE, THREE_PARTS, pictures
from families import CODING_SIZES, EncoderDecoderContract

from keras_genzoo import networks
from keras_genzoo.models import Autoencoder


class TestAutoencoder(EncoderDecoderContract):
    model_class = Autoencoder
    changed = {  # noqa: RUF012
        **CODING_SIZES,
        "noise_stddev": 0.5,
    }

    def misfits(self):
        wide = networks.encoder(SHAPE, hidden=(4,), units=3)
        return [*super().misfits(), {"encoder": wide}, {"noise_stddev": -1.0}]

    def test_there_is_no_prior_to_sample_from(self):
        assert not hasattr(self.make(), "sample")
        assert "sample" not in self.make().endpoints()


def autoencoder(**arguments):
    return Autoencoder(SHAPE, latent_dim=2, hidden=(16,), seed=0, **arguments)


def test_loss_is_the_squared_error_summed_over_an_image():
    model = autoencoder()
    model.compile("adam")
    images = pictures(20)
    error = np.square(images - model.reconstruct(images)).sum((1, 2, 3)).mean()
    scores = model.evaluate(images, verbose=0, return_dict=True)
    assert scores == pytest.approx({"loss": error, "reconstruction": error}, rel=1e-5)


def test_noise_is_on_training_images_only():
    model = autoencoder(noise_stddev=0.5)
    images = pictures(20)
    clean = model.flow(images)["reconstructions"]
    np.testing.assert_allclose(clean, model.reconstruct(images), rtol=1e-5)
    noisy = model.flow(images, training=True)
    assert (noisy["reconstructions"] != clean).numpy().any()
    np.testing.assert_array_equal(noisy["targets"], images)


@pytest.mark.parametrize("freeze", [False, True])
def test_classifier_starts_from_the_encoder_and_leaves_it_alone(freeze):
    model = autoencoder()
    before = model.encoder.get_weights()
    classifier = model.classifier(num_classes=3, freeze=freeze)
    copy = classifier.layers[1]
    for mine, theirs in zip(before, copy.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)
    classifier.compile("adam", "sparse_categorical_crossentropy")
    classifier.fit(pictures(20), np.arange(20) % 3, verbose=0)
    moved = any((a != b).any() for a, b in zip(before, copy.get_weights(), strict=True))
    assert moved != freeze
    for mine, theirs in zip(before, model.encoder.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)
    assert len(classifier.trainable_weights) == (4 if freeze else 8)
    with pytest.raises(ValueError, match=THREE_PARTS):
        model.classifier(num_classes=0)
    np.testing.assert_allclose(
        keras.ops.sum(classifier(pictures(4)), axis=-1), np.ones(4), rtol=1e-5
    )


def test_a_missing_latent_dim_is_named():
    with pytest.raises(ValueError, match=THREE_PARTS):
        Autoencoder(SHAPE, latent_dim=1.5)
