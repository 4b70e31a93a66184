"""The conditional GAN: the contract, its labels."""

import keras
import numpy as np
import pytest
from contract import SHAPE, THREE_PARTS, assert_same, batches, pictures, state
from families import SIZES, AdversarialContract

from keras_genzoo.models import ConditionalGAN


class TestConditionalGAN(AdversarialContract):
    model_class = ConditionalGAN
    arguments = {**AdversarialContract.arguments, "num_classes": 3}  # noqa: RUF012
    changed = {  # noqa: RUF012
        **SIZES,
        "num_classes": 3,
        "loss": "least_squares",
        "discriminator_steps": 2,
        "label_smoothing": 0.1,
        "ema": 0.9,
        "gradient_penalty": None,
        "gradient_penalty_weight": 0.5,
        "gradient_penalty_interval": 2,
        "architecture": "dcgan",
        "augment": 0.5,
        "conditioning": "channel",
    }

    def to_predict(self, n):
        return self.words(n)["latents"], self.words(n)["labels"]

    def custom_networks(self):
        """The networks of all GANs, the labels beside."""
        users = super().custom_networks()
        labels = keras.Input((), dtype="int32")
        code = keras.layers.Embedding(3, 2)(labels)
        latents = keras.Input((2,))
        images = keras.Input(SHAPE)
        shade = keras.layers.Reshape((1, 1, 1))(keras.layers.Embedding(3, 1)(labels))
        return {
            "generator": keras.Model(
                [latents, labels], users["generator"](keras.layers.Add()([latents, code]))
            ),
            "discriminator": keras.Model(
                [images, labels], users["discriminator"](keras.layers.Add()([images, shade]))
            ),
        }

    def misfits(self):
        without_labels = super().custom_networks()
        return [
            {"generator": without_labels["generator"]},
            {"discriminator": without_labels["discriminator"]},
            {"num_classes": 0},
            {"conditioning": "concatenation"},
        ]


@pytest.fixture(scope="module")
def gan():
    model = ConditionalGAN(SHAPE, num_classes=3, latent_dim=2, hidden=(16,), seed=0)
    model.compile()
    return model


def test_samples_of_classes(gan):
    images = gan.sample(labels=[2, 0, 2, 1], seed=0)
    assert images.shape == (4, *SHAPE)
    latents = np.asarray(gan.prior(4, seed=0))
    assert_same([images], [gan.decode(latents, [2, 0, 2, 1])])
    assert (images != gan.decode(latents, [0, 0, 2, 1])).any(axis=(1, 2, 3)).tolist() == [
        *(True, False, False, False)
    ]
    in_turn = gan.sample(4, seed=0)
    assert_same([in_turn], [gan.decode(latents, [0, 1, 2, 0])])


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"labels": 2},
        {"num_samples": 3, "labels": [0, 1]},
        {"labels": [0, 3]},
        {"labels": [0.5, 1.0]},
    ],
)
def test_samples_of_what(gan, arguments):
    with pytest.raises(ValueError, match=THREE_PARTS):
        gan.sample(**arguments)


@pytest.mark.parametrize("weights", [None, np.ones(20)], ids=["alone", "weighted"])
def test_images_without_labels_are_refused(gan, weights):
    with pytest.raises(ValueError, match=THREE_PARTS):
        gan.fit(pictures(20), sample_weight=weights, verbose=0)


def test_several_labels_of_an_image_are_refused(gan):
    dataset = batches(pictures(20), np.zeros((20, 5), "int32"))
    with pytest.raises(ValueError, match=r"\(batch,\)\. Received: TensorSpec\(shape=\(None, 5\)"):
        gan.fit(dataset, verbose=0)


def test_labels_out_of_range_are_refused(gan):
    images, labels = pictures(20), np.arange(20) % 4  # of 3 classes
    before = state(gan)
    refused = pytest.raises(ValueError, match=r"integers from 0 to 2\. Received")
    with refused:
        gan.fit(images, labels, verbose=0)
    with refused:
        gan.fit(images, labels % 3, validation_data=(images, labels), verbose=0)
    with refused:
        gan.evaluate(images, labels, verbose=0)
    assert_same(state(gan), before, 0)  # of arrays, before the first step
    with refused:
        gan.fit(batches(images, labels), verbose=0)


def test_what_a_config_of_before_means():
    former = ConditionalGAN(SHAPE, 3, 2, conditioning="channel", hidden=(4,))
    config = {word: value for word, value in former.get_config().items() if word != "conditioning"}
    assert ConditionalGAN.from_config(config).conditioning == "channel"
    assert ConditionalGAN(SHAPE, 3, 2, hidden=(4,)).conditioning == "projection"


def test_ways_between_latents_of_a_class(gan):
    ends = np.asarray(gan.prior(2, seed=0))
    way = gan.interpolate(*ends, steps=3, method="spherical", labels=2)
    assert way.shape == (3, *SHAPE)
    assert_same([way[[0, 2]]], [gan.decode(ends, [2, 2])], 1e-5)
