"""The variational autoencoder of sequences of tokens, as melodies and texts."""

import reprlib
from typing import Literal

import keras
import tensorflow as tf
from keras import layers, ops

from keras_genzoo import losses, networks
from keras_genzoo.base import DecodesLatents, GenerativeModel, Player, arguments, fields, verb
from keras_genzoo.layers import GaussianSampler
from keras_genzoo.models.variational.token_decoder import TokenDecoder, likeliest
from keras_genzoo.models.variational.token_writing import WritesTokens

BARS = 2  # that a conductor leads, unless named


@keras.saving.register_keras_serializable(package="keras_genzoo")
class SequenceVAE(WritesTokens, DecodesLatents, GenerativeModel):
    """Sequence VAE: encodes a sequence of tokens to a Gaussian over latents, and decodes a draw.

    An LSTM reads the sequence from both ends; another, which the latent enters at its initial state
    and at every step, writes it, token by token. Token 0 ends a sequence and pads it: the first 0
    is paid for, in nats like all others, and what follows it is neither read nor paid for. A
    decoder that writes well from the tokens before may learn to do without the latent (posterior
    collapse, the KL near 0); `free_bits`, `word_dropout` and a `callbacks.BetaWarmUp` are against
    it.

    Args:
        vocabulary_size: Tokens there are, 0 among them.
        length: Tokens of a sequence, with those that pad it.
        latent_dim: Dimensions of a latent.
        units: Of each LSTM; twice as many for the encoder's two.
        decoder: `"flat"`, one LSTM over all tokens, or `"hierarchical"`, a conductor over bars and
            an LSTM over the tokens of each.
        bars: Parts that the conductor of a hierarchical decoder leads, 2 unless given.
        word_dropout: Share of the tokens that the decoder is not shown in training.
        beta: Weight of the KL.
        free_bits: Nats of KL per sequence that cost nothing.
        vocabulary: The words or characters that the tokens stand for, kept in the config; the
            first, of token 0, is never shown.
        encoder: Your own Keras model for tokens, `(length,)` of int32; its output, of any rank, is
            flattened.
        cell: Your own Keras RNN cell, as `keras.layers.GRUCell(256)`, or a stack of some, which
            writes in place of the LSTM; its inputs are `units` numbers of token and latent.

    Raises:
        ValueError: If an argument does not fit the others.

    Example:
        >>> import numpy as np
        >>> tokens = np.random.default_rng(0).integers(7, size=(32, 5))
        >>> tunes = SequenceVAE(vocabulary_size=7, length=5, latent_dim=2, units=8, seed=0)
        >>> tunes.compile("adam")
        >>> history = tunes.fit(tokens, verbose=0)
        >>> sorted(history.history)
        ['kl', 'loss', 'reconstruction']
        >>> tunes.sample(4, seed=0).shape
        (4, 5)

    Reference: Bowman et al. (2016), https://arxiv.org/abs/1511.06349; melodies, and the conductor:
    Roberts et al. (2018), https://arxiv.org/abs/1803.05428.
    """

    logged = ("loss", "reconstruction", "kl")
    fit_x = drawn_word = learns_from = "tokens"
    adam = {"learning_rate": 1e-3, "clipnorm": 1.0}  # noqa: RUF012 - of LSTMs, gradients may burst

    def __init__(
        self,
        vocabulary_size: int,
        length: int,
        latent_dim: int = 64,
        units: int = 256,
        decoder: Literal["flat", "hierarchical"] = "flat",
        bars: int | None = None,
        word_dropout: float = 0.0,
        beta: float = 1.0,
        free_bits: float = 8.0,
        vocabulary: list[str] | None = None,
        encoder: keras.Model | None = None,
        cell: keras.Layer | None = None,
        seed=None,
        **kwargs,
    ):
        super().__init__(seed, **kwargs)

        # === Config ===
        self.vocabulary_size = arguments.whole("vocabulary_size", vocabulary_size, least=2)
        self.length = arguments.whole("length", length)
        self.latent_dim = arguments.whole("latent_dim", latent_dim)
        self.units = arguments.whole("units", units)
        self.decoder = arguments.one_of("decoder", decoder, ("flat", "hierarchical"))
        self.bars = arguments.whole_or_none("bars", bars)
        self.word_dropout = arguments.number("word_dropout", word_dropout)
        self.beta = arguments.number("beta", beta)
        self.free_bits = arguments.number("free_bits", free_bits)
        self.vocabulary = [*vocabulary] if isinstance(vocabulary, list | tuple) else vocabulary
        self._check()

        # === Networks ===
        users = {"encoder": encoder, "cell": cell}
        self.custom_networks = frozenset(name for name, given in users.items() if given is not None)
        self.encoder = encoder or networks.sequence_encoder(
            self.vocabulary_size, self.length, self.units, dtype=self.dtype_policy
        )
        networks.check_shapes(self.encoder, "encoder", inputs=[(self.length,)])
        self.flatten = layers.Flatten(dtype="float32")
        self.flatten.build(self.encoder.output_shape)
        features = self.flatten.compute_output_shape(self.encoder.output_shape)
        self.mean_head = layers.Dense(self.latent_dim, dtype="float32", name="mean")
        self.log_variance_head = layers.Dense(self.latent_dim, dtype="float32", name="log_variance")
        self.mean_head.build(features)
        self.log_variance_head.build(features)
        self.sampler = GaussianSampler(self.beta, self.free_bits, self.seed)
        self.sampler.build([(None, self.latent_dim)] * 2)
        led = (self.bars or BARS) if decoder == "hierarchical" else 1
        sizes = self.vocabulary_size, self.length, self.units, led
        self.token_decoder = TokenDecoder(*sizes, cell, dtype=self.dtype_policy)
        self.token_decoder.build((None, self.latent_dim))

    def _check(self):
        if self.word_dropout >= 1:
            raise ValueError(
                "The decoder would see no token. Expected word_dropout from 0 to below 1. "
                f"Received: word_dropout={self.word_dropout}"
            )
        led = self.bars or BARS
        if self.decoder == "flat" and self.bars is not None:
            raise ValueError(
                "A flat decoder has no bars. Expected bars=None, or decoder='hierarchical'. "
                f"Received: bars={self.bars}"
            )
        if self.decoder == "hierarchical" and not 2 <= led <= self.length:
            raise ValueError(
                "The sequence has no such bars. Expected from 2 to as many as it has tokens. "
                f"Received: bars={led}, length={self.length}"
            )
        words = self.vocabulary
        fits = isinstance(words, list) and len(words) == self.vocabulary_size
        if words is not None and not (fits and all(isinstance(word, str) for word in words)):
            raise ValueError(
                "The vocabulary does not fit. Expected a list of as many texts as there are "
                f"tokens, {self.vocabulary_size}. Received: vocabulary={reprlib.repr(words)}"
            )

    @property
    def cell(self):
        """The user's cell; `None` where the zoo's LSTM writes."""
        return self.token_decoder.recurrence.rnn.cell if "cell" in self.custom_networks else None

    @property
    def fields(self):
        words = {
            "tokens": fields.tokens(self.length, self.vocabulary_size),
            "latents": fields.latents((self.latent_dim,)),
            "temperature": fields.Number(),
            "top_p": fields.Number(),
        }
        return {**super().fields, **words}

    # === The flow and its loss ===

    @property
    def players(self):
        heads = (self.mean_head, self.log_variance_head)
        networks = (self.encoder, *heads, self.sampler, self.token_decoder)
        return (Player("loss", networks, self.terms),)

    def flow(self, tokens, y=None, sample_weight=None, training=False):
        mean, log_variance = self.posterior_of(tokens, training)
        z = self.sampler((mean, log_variance), sample_weight=sample_weight)
        reconstruction = self.negative_log_likelihood(tokens, z, training)
        return {"reconstruction": reconstruction, "mean": mean, "log_variance": log_variance}

    def terms(self, flow):
        kl = losses.gaussian_kl(flow["mean"], flow["log_variance"])
        # The sampler adds its KL to the loss.
        return {"loss": flow["reconstruction"], "reconstruction": flow["reconstruction"], "kl": kl}

    def posterior_of(self, tokens, training=False):
        features = self.flatten(self.encoder(ended(tokens), training=training))
        return self.mean_head(features), self.log_variance_head(features)

    def negative_log_likelihood(self, tokens, latents, training=False):
        """`-log p(x|z)`, `(batch,)`, to the first 0 and with it."""
        tokens = ended(tokens)
        before = self.token_decoder.shifted(tokens)
        if training and self.word_dropout:
            # A key of its own: the sampler, of the same seed, draws by the model's plain one.
            seed = ops.cast(self.seed_generator.next(), "int64")
            key = tf.random.experimental.stateless_fold_in(seed, 1, alg="philox")
            uniforms = tf.random.stateless_uniform(ops.shape(before), key, alg="philox")
            before = ops.where(uniforms < self.word_dropout, self.token_decoder.dropped, before)
        outputs = self.token_decoder.outputs(latents, before, training)
        return losses.sequence(tokens, outputs, self.token_decoder.logits)

    def on_preset_loaded(self, overrides):
        if "beta" in overrides:
            self.sampler.beta.assign(self.beta)

    def call(self, tokens, training=False):
        return self.token_decoder.draw(self.posterior_of(tokens, training)[0], likeliest)

    # === Verbs ===

    @verb("latents")
    def encode(self, tokens):
        """Latents of sequences, the posterior's means.

        Args:
            tokens: `(n, length)`, integers; 0 ends a sequence.

        Returns:
            `(n, latent_dim)`.
        """
        return self.posterior_of(tokens)[0]

    @verb()
    def posterior(self, tokens):
        """The encoder's Gaussian over latents.

        Args:
            tokens: `(n, length)`, integers; 0 ends a sequence.

        Returns:
            Mean and log-variance, each `(n, latent_dim)`.
        """
        return self.posterior_of(tokens)

    @verb("tokens")
    def reconstruct(self, tokens):
        """Sequences, encoded and decoded, each token the likeliest after those before it.

        Args:
            tokens: `(n, length)`, integers; 0 ends a sequence.

        Returns:
            `(n, length)`, int32; after the first 0 all are 0.
        """
        return self(tokens)

    @verb()
    def log_prob(self, tokens, latents):
        """Log-likelihood of sequences given latents, log p(x|z).

        Args:
            tokens: `(n, length)`, integers; what follows the first 0 is not looked at.
            latents: `(n, latent_dim)`.

        Returns:
            `(n,)`, nats.
        """
        return -self.negative_log_likelihood(tokens, latents)


def ended(tokens):
    """Tokens as int32, all 0 after the first 0."""
    tokens = ops.cast(tokens, "int32")
    ends = ops.cumsum(ops.cast(tokens == 0, "int32"), axis=1)  # LiteRT knows no product of these
    return ops.where(ends == 0, tokens, 0)
