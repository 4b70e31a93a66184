"""Pix2Pix: the contract, its shapes, sizes and luminance."""

import keras
import numpy as np
import pytest
from contract import SHAPE, THREE_PARTS, ModelContract, assert_same, pictures

from keras_genzoo.models import Pix2Pix

TINY = {"filters": (2, 4), "discriminator_filters": (2,), "seed": 0}
COLOUR = (*SHAPE[:2], 3)


class TestPix2Pix(ModelContract):
    model_class = Pix2Pix
    arguments = {"image_shape": SHAPE, **TINY}  # noqa: RUF012
    changed = {  # noqa: RUF012
        **arguments,
        "target_shape": COLOUR,
        "dropout": 0.2,
        "l1_weight": 5.0,
        "loss": "hinge",
        "keep_luminance": True,
        "seed": 7,
    }
    networks = ("generator", "discriminator")
    optimizers = ("optimizer", "discriminator_optimizer")

    def to_predict(self, n):
        return self.words(n)["images"]

    def tiny(self):
        return self.make(dropout=0.0)

    def custom_networks(self):
        """Of one size, and with noise."""
        layers = keras.layers
        sources, targets = keras.Input(SHAPE), keras.Input(SHAPE)
        x = layers.Conv2D(2, 3, 2, "same")(layers.Concatenate()([sources, targets]))
        judge = keras.Model([sources, targets], layers.Conv2D(1, 1)(layers.LeakyReLU()(x)))
        generator = keras.Sequential(
            [
                keras.Input(SHAPE),
                layers.Conv2D(4, 3, padding="same", activation="relu"),
                layers.Dropout(0.3, seed=1),
                layers.Conv2D(1, 3, padding="same", activation="sigmoid"),
            ]
        )
        return {"generator": generator, "discriminator": judge}

    def misfits(self):
        networks = self.custom_networks()
        return [
            {"image_shape": (16, 8, 1), "generator": networks["generator"]},
            {"target_shape": COLOUR, "generator": networks["generator"]},
            {"target_shape": COLOUR, "discriminator": networks["discriminator"]},
            {"generator": "unet"},
            {"discriminator": networks["generator"]},
            {"target_shape": (12, 8, 1)},
            {"target_shape": (16, 8, 1)},
            {"filters": (2, 2, 2)},
            {"filters": ()},
            {"discriminator_filters": ()},
            {"discriminator_filters": (2, 2, 2)},
            {"image_shape": (10, 8, 1)},
            {"image_shape": (8, 8, 2)},
            {"loss": "mse"},
            {"dropout": 1.0},
            {"l1_weight": -1.0},
            {"keep_luminance": True},
        ]


def test_any_size_that_the_strides_divide():
    """Alone as beside others, with the same result each time, for there is no noise in a verb."""
    model = Pix2Pix(SHAPE, **TINY)
    images = np.random.default_rng(0).uniform(size=(2, 24, 16, 1))
    made = model.translate(images)
    assert made.shape == (2, 24, 16, 1)
    assert made.std() > 0
    assert_same([model.translate(images[1:])], [made[1:]], 1e-6)
    for height, width in ((24, 18), (4, 8)):
        with pytest.raises(ValueError, match=r"8 \+ any \* 4.*Received"):
            model.translate(np.zeros((1, height, width, 1)))
    with pytest.raises(ValueError, match=THREE_PARTS):
        model.fit(np.zeros((2, 24, 16, 1)), np.zeros((2, 24, 16, 1)), verbose=0)


def test_targets_may_be_larger():
    model = Pix2Pix(SHAPE, (32, 32, 3), **TINY)
    model.compile()
    model.fit(pictures(2), np.zeros((2, 32, 32, 3), "float32"), verbose=0)
    assert model.translate(np.zeros((1, 8, 9, 1))).shape == (1, 32, 36, 3)
    three_times = Pix2Pix(SHAPE, (24, 24, 1), **TINY)
    assert three_times.translate(np.zeros((1, 8, 12, 1))).shape == (1, 24, 36, 1)
    with pytest.raises(ValueError, match=THREE_PARTS):
        three_times.translate(np.zeros((1, 8, 10, 1)))  # 30, which 4 does not divide


def test_the_luminance_is_the_sources():
    model = Pix2Pix(SHAPE, COLOUR, keep_luminance=True, **TINY)
    last = [layer for layer in model.generator.layers if layer.weights][-1]
    last.kernel.assign(30 * last.kernel)  # so that colours find no room
    sources = pictures(4)
    made = model.translate(sources)
    assert made.std(axis=-1).mean() > 0.01
    assert_same([made @ np.float32([[0.299], [0.587], [0.114]])], [sources], 1e-5)


def test_the_terms_add_up_and_the_discriminator_sees_the_source():
    model = Pix2Pix(SHAPE, l1_weight=3.0, loss="least_squares", **TINY)
    model.compile()
    x, y = pictures(6), pictures(6, seed=1)
    scores = model.evaluate(x, y, return_dict=True, verbose=0)
    assert scores["l1"] == pytest.approx(np.abs(model.translate(x) - y).mean(), rel=1e-4)
    adversarial = 0.5 * np.square(model.discriminator([x, model.translate(x)]) - 1).mean()
    assert scores["adversarial"] == pytest.approx(adversarial, rel=1e-4)
    total = scores["adversarial"] + 3 * scores["l1"]
    assert scores["generator_loss"] == pytest.approx(total, rel=1e-5)


def test_a_paired_game_looks_at_targets_too():
    model = Pix2Pix(SHAPE, l1_weight=0.0, loss="relativistic", **TINY)
    x, y = (keras.ops.convert_to_tensor(pictures(4, seed=seed)) for seed in (0, 1))
    paid = model.generator_terms(model.flow(x, y))["generator_loss"]
    real, fake = (model.discriminator([x, images]) for images in (y, model(x)))
    assert_same([paid], [keras.ops.softplus(real - fake).numpy().mean(axis=(1, 2, 3))], 1e-5)


def test_the_absolute_error_alone_is_learned():
    """And no noise is left when it is asked."""
    model = Pix2Pix(SHAPE, **{**TINY, "filters": (8, 8)}, l1_weight=1000.0)
    model.compile(keras.optimizers.Adam(0.02))
    x = pictures(16)
    history = model.fit(x, np.full_like(x, 0.8), epochs=15, verbose=0).history
    assert history["l1"][-1] < 0.3 * history["l1"][0]
