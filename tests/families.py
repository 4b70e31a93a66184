"""What every model of a family promises, beside the contract of all."""

import keras
import numpy as np
import pytest
from contract import SHAPE, ModelContract, assert_same, op_by_op, pictures

from keras_genzoo import networks as zoo

# Of models of images, each other than its default, for `changed`.
SIZES = {"image_shape": SHAPE, "latent_dim": 2, "hidden": (16,), "filters": (4,), "seed": 7}
CODING_SIZES = {**SIZES, "hidden": None, "dense": (16,)}
BAD_SHAPES = [(8, 8), (7, 8, 1), (8, 8, 2), (8, 8, 1, 1)]


class EncoderDecoderContract(ModelContract):
    """Promises of every model that encodes and decodes."""

    networks = ("encoder", "decoder")
    same_as_default = ("hidden",)  # `dense` is of convolutional networks

    def condition(self, n):
        """What the verbs take beside images or latents, of a conditional model."""
        word = self.model_class.condition_word
        return {word: self.words(n)[word]} if word else {}

    def custom_networks(self):
        layers = keras.layers
        encoder = keras.Sequential(
            [
                keras.Input(SHAPE),
                layers.Conv2D(2, 3, strides=4, padding="same", activation="relu"),
                layers.Dropout(0.3, seed=1),
                layers.Flatten(),
                layers.Dense(2),
                layers.Reshape((1, 2)),
            ]
        )
        decoder = keras.Sequential(
            [
                keras.Input((2,)),
                layers.Dense(8, activation="relu"),
                layers.Dropout(0.3, seed=2),
                layers.Dense(64, activation="sigmoid"),
                layers.Reshape(SHAPE),
            ]
        )
        return {"encoder": encoder, "decoder": decoder}

    def misfits(self):
        return [
            {"encoder": zoo.encoder((8, 8, 3), hidden=(4,), units=2)},
            {"encoder": "dense"},
            {"encoder": keras.Sequential([keras.layers.Dense(2)])},
            {"decoder": zoo.decoder(SHAPE, 3, hidden=(4,))},
            {"decoder": zoo.decoder((16, 8, 1), 2, hidden=(4,))},
            {"decoder": zoo.decoder((8, 8, 3), 2, hidden=(4,))},
            {"hidden": None, "filters": (4, 4, 4, 4)},
            {"latent_dim": 0},
            *({"image_shape": shape} for shape in BAD_SHAPES),
        ]

    def test_reconstruct_is_decode_of_encode(self, trained):
        images, condition = pictures(5), self.condition(5)
        again = trained.decode(trained.encode(images, **condition), **condition)
        assert_same([trained.reconstruct(images, **condition)], [again], 1e-5)
        if self.predicted == "images":
            given = (images, *condition.values()) if condition else images
            assert_same([trained.predict(given, verbose=0)], [again], 1e-5)

    def test_interpolate(self, trained):
        start, end = self.words(2)["latents"]
        one = {word: values[0] for word, values in self.condition(1).items()}
        both = {word: np.stack([value, value]) for word, value in one.items()}
        images = trained.interpolate(start, end, steps=4, **one)
        assert images.shape == (4, *SHAPE)
        assert_same([images[[0, -1]]], [trained.decode(np.stack([start, end]), **both)], 1e-5)
        condition = self.condition(3)
        ways = trained.interpolate(pictures(3), pictures(3, seed=1), steps=4, **condition)
        assert ways.shape == (3, 4, *SHAPE)
        assert_same([ways[:, 0]], [trained.reconstruct(pictures(3), **condition)], 1e-5)


class DenoisingContract(ModelContract):
    """Promises of every model that takes noise away."""

    networks = ("denoiser",)
    cheap = {"steps": 2}  # noqa: RUF012

    @pytest.fixture(scope="class")
    @classmethod
    def trained(cls, users):
        """Of a user's denoiser, for each verb is traced with it; the zoo's are saved and loaded."""
        return users.model

    def to_predict(self, n):
        return self.words(n)["latents"], self.words(n)["labels"]

    def outputs(self, model, n=5):
        """By the denoiser and by its settings, which is all that a model can differ in."""
        with op_by_op():
            return [self.called(model, n), model.sample(n, seed=1, steps=3)]

    def called(self, model, n):
        with op_by_op():
            return model.decode(**self.given("decode", n))


class AdversarialContract(ModelContract):
    """Promises of every model whose generator is judged by another network."""

    judge = "discriminator"

    @property
    def networks(self):
        return ("generator", self.judge)

    @property
    def optimizers(self):
        return ("optimizer", f"{self.judge}_optimizer")

    def to_predict(self, n):
        return self.words(n)["latents"]

    def custom_networks(self):
        layers = keras.layers
        generator = keras.Sequential(
            [
                keras.Input((2,)),
                layers.Dense(8, activation="relu"),
                layers.BatchNormalization(),
                layers.Dense(64, activation="sigmoid"),
                layers.Reshape(SHAPE),
            ]
        )
        judge = keras.Sequential(
            [
                keras.Input(SHAPE),
                layers.Conv2D(2, 3, strides=4, padding="same", activation="relu"),
                layers.Dropout(0.3, seed=1),
                layers.Conv2D(1, 1),  # a map of logits
            ]
        )
        return {"generator": generator, self.judge: judge}

    def misfits(self):
        return [
            {"generator": zoo.generator(SHAPE, 3, hidden=(4,))},
            {"generator": zoo.generator((16, 8, 1), 2, hidden=(4,))},
            {"generator": zoo.generator(SHAPE, 2, hidden=(4,), num_classes=3)},
            {self.judge: zoo.discriminator((8, 8, 3), hidden=(4,))},
            {self.judge: "dense"},
            {f"{self.judge}_steps": 0},
            {"ema": 1.0},
            {"hidden": None, "filters": (4, 4, 4, 4)},
            *({"image_shape": shape} for shape in BAD_SHAPES),
        ]

    def test_compile_gives_the_judge_its_own_optimizer(self):
        model = self.make()
        model.compile("adam", **{self.optimizers[1]: keras.optimizers.SGD(0.1)})
        assert isinstance(model.optimizer, keras.optimizers.Adam)
        assert isinstance(getattr(model, self.optimizers[1]), keras.optimizers.SGD)
