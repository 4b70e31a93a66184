"""Four models of other words than images and flat latents, as a user of the base would write them.

Tokens; pairs, x and y both images, of any size; a condition that must be given; latents that are
maps.
"""

import keras
from keras import layers, ops

from keras_genzoo import losses
from keras_genzoo.base import GenerativeModel, Player, SamplesPrior, fields, verb
from keras_genzoo.layers import GaussianSampler


class _OneNetwork(GenerativeModel):
    """A model of one loss, whose networks are all it has."""

    logged = ("loss",)

    @property
    def players(self):
        networks = tuple(layer for layer in self.layers if isinstance(layer, layers.Layer))
        return (Player("loss", networks, lambda flow: {"loss": flow["loss"]}),)


@keras.saving.register_keras_serializable(package="keras_genzoo")
class TokenCoder(SamplesPrior, _OneNetwork):
    """Codes sequences of tokens."""

    fit_x = "tokens"

    def __init__(self, length=5, vocabulary_size=7, seed=None, **kwargs):
        super().__init__(seed, **kwargs)
        self.length = length
        self.vocabulary_size = vocabulary_size
        dtype = self.dtype_policy
        tokens = keras.Input((length,), dtype="int32")
        x = layers.Flatten(dtype=dtype)(layers.Embedding(vocabulary_size, 4, dtype=dtype)(tokens))
        self.encoder = keras.Model(tokens, layers.Dense(2, dtype="float32")(x))
        self.decoder = keras.Sequential(
            [
                keras.Input((2,)),
                layers.Dense(8, "relu", dtype=dtype),
                layers.Dense(length * vocabulary_size, dtype="float32"),
                layers.Reshape((length, vocabulary_size), dtype="float32"),
            ]
        )

    @property
    def fields(self):
        tokens = fields.tokens(self.length, self.vocabulary_size)
        return {**super().fields, "tokens": tokens, "latents": fields.latents((2,))}

    def flow(self, tokens, y=None, sample_weight=None, training=False):
        logits = self.decoder(self.encoder(tokens, training=training), training=training)
        paid = ops.sparse_categorical_crossentropy(tokens, logits, from_logits=True)
        return {"loss": ops.sum(paid, axis=-1)}

    def call(self, tokens, training=False):
        return self.likeliest(self.encoder(tokens))

    def likeliest(self, latents):
        return ops.cast(ops.argmax(self.decoder(latents), axis=-1), "int32")

    @verb("latents")
    def encode(self, tokens):
        return self.encoder(tokens)

    @verb("tokens")
    def decode(self, latents):
        return self.likeliest(latents)

    def get_config(self):
        sizes = {"length": self.length, "vocabulary_size": self.vocabulary_size}
        return {**super().get_config(), **sizes}


@keras.saving.register_keras_serializable(package="keras_genzoo")
class Translator(_OneNetwork):
    """Translates grey images of any size to images in colour."""

    fit_x = "sources"
    fit_y = "targets"

    def __init__(self, width=3, seed=None, **kwargs):
        super().__init__(seed, **kwargs)
        self.width = width
        self.network = keras.Sequential(
            [
                keras.Input((None, None, 1)),
                layers.Conv2D(width, 3, padding="same", activation="relu", dtype=self.dtype_policy),
                layers.Conv2D(3, 1, activation="sigmoid", dtype="float32"),
            ]
        )

    @property
    def fields(self):
        sources, targets = (fields.images((None, None, channels)) for channels in (1, 3))
        return {**super().fields, "sources": sources, "targets": targets}

    def flow(self, sources, targets, sample_weight=None, training=False):
        return {"loss": losses.squared_error(targets, self.network(sources, training=training))}

    def call(self, sources, training=False):
        return self.network(sources, training=training)

    @verb("targets")
    def translate(self, sources):
        return self.network(sources)

    def get_config(self):
        return {**super().get_config(), "width": self.width}


@keras.saving.register_keras_serializable(package="keras_genzoo")
class Conditioned(_OneNetwork):
    """Codes images of classes, which both sides are told."""

    fit_y = condition_word = "labels"
    call_words = ("images", "labels")

    def __init__(self, num_classes=3, seed=None, **kwargs):
        super().__init__(seed, **kwargs)
        self.num_classes = num_classes
        dtype = self.dtype_policy
        images, latents = keras.Input((8, 8, 1)), keras.Input((2,))
        labels = keras.Input((), dtype="int32")
        flat = layers.Flatten(dtype=dtype)(images)
        code = layers.Concatenate(dtype=dtype)([flat, self._embedded(labels)])
        self.encoder = keras.Model([images, labels], layers.Dense(2, dtype="float32")(code))
        x = layers.Concatenate(dtype=dtype)([latents, self._embedded(labels)])
        x = layers.Dense(64, "sigmoid", dtype="float32")(x)
        self.decoder = keras.Model([latents, labels], layers.Reshape((8, 8, 1))(x))

    def _embedded(self, labels):
        return layers.Embedding(self.num_classes, 2, dtype=self.dtype_policy)(labels)

    @property
    def fields(self):
        words = {"images": fields.images((8, 8, 1)), "latents": fields.latents((2,))}
        return {**super().fields, **words, "labels": fields.labels(self.num_classes)}

    def flow(self, images, labels, sample_weight=None, training=False):
        codes = self.encoder([images, labels], training=training)
        return {"loss": losses.bernoulli(images, self.decoder([codes, labels], training=training))}

    def call(self, inputs, training=False):
        images, labels = inputs
        return self.decoder([self.encoder([images, labels]), labels])

    @verb("latents")
    def encode(self, images, labels):
        return self.encoder([images, labels])

    @verb("images")
    def decode(self, latents, labels):
        return self.decoder([latents, labels])

    @verb("images")
    def reconstruct(self, images, labels):
        return self([images, labels])

    def get_config(self):
        return {**super().get_config(), "num_classes": self.num_classes}


@keras.saving.register_keras_serializable(package="keras_genzoo")
class MapCoder(SamplesPrior, _OneNetwork):
    """A VAE whose latents are maps."""

    def __init__(self, channels=2, seed=None, **kwargs):
        super().__init__(seed, **kwargs)
        self.channels = channels
        dtype = self.dtype_policy
        images, latents = keras.Input((8, 8, 1)), keras.Input((4, 4, channels))
        self.encoder = keras.Sequential(
            [images, layers.Conv2D(2 * channels, 3, 2, "same", dtype=dtype)]
        )
        self.sampler = GaussianSampler(seed=seed)
        self.decoder = keras.Sequential(
            [latents, layers.Conv2DTranspose(1, 4, 2, "same", dtype="float32")]
        )

    @property
    def fields(self):
        words = {"images": fields.images((8, 8, 1))}
        return {**super().fields, **words, "latents": fields.latents((4, 4, self.channels))}

    def posterior_of(self, images, training=False):
        return ops.split(ops.cast(self.encoder(images, training=training), "float32"), 2, axis=-1)

    def images_of(self, latents):
        return ops.sigmoid(self.decoder(latents))

    def flow(self, images, y=None, sample_weight=None, training=False):
        mean, log_variance = self.posterior_of(images, training)
        z = self.sampler((mean, log_variance), sample_weight=sample_weight)
        return {"loss": losses.bernoulli(images, self.images_of(z))}

    def call(self, images, training=False):
        return self.images_of(self.posterior_of(images)[0])

    @verb("latents")
    def encode(self, images):
        return self.posterior_of(images)[0]

    @verb("images")
    def decode(self, latents):
        return self.images_of(latents)

    @verb("images")
    def reconstruct(self, images):
        return self(images)

    def get_config(self):
        return {**super().get_config(), "channels": self.channels}
