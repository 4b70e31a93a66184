"""SequenceVAE: the contract, what is paid for, what is drawn, and that the latent is used."""

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf
from contract import THREE_PARTS, ModelContract, assert_same

import keras_genzoo as kg
from keras_genzoo.models import SequenceVAE

SIZES = {"vocabulary_size": 7, "length": 5, "latent_dim": 3, "units": 4}


class TestSequenceVAE(ModelContract):
    model_class = SequenceVAE
    arguments = {**SIZES, "length": 3, "seed": 0}  # noqa: RUF012
    changed = {  # noqa: RUF012
        **{"vocabulary_size": 7, "length": 5, "latent_dim": 2, "units": 4, "seed": 7},
        **{"decoder": "hierarchical", "bars": 3, "word_dropout": 0.2, "beta": 0.5},
        **{"free_bits": 0.25, "vocabulary": ["", *"abcdef"]},
    }
    networks = ("encoder",)
    predicted = "tokens"

    def custom_networks(self):
        layers = keras.layers
        encoder = keras.Sequential(
            [
                keras.Input((3,), dtype="int32"),
                layers.Embedding(7, 3),
                layers.Dropout(0.3, seed=1),
                layers.Conv1D(2, 3, activation="relu"),
            ]
        )
        options = {"word_dropout": 0.3, "units": 2}
        return {"encoder": encoder, **options}

    def tiny(self):
        return self.make(units=2, decoder="hierarchical", word_dropout=0.3)

    def misfits(self):
        sizes = ({"vocabulary_size": 1}, {"length": 0}, {"latent_dim": 0}, {"units": 2.5})
        bars = ({"decoder": "flat", "bars": 2}, {"bars": 4, "decoder": "hierarchical"})
        words = ({"vocabulary": ["a"] * 6}, {"vocabulary": [1] * 7}, {"vocabulary": "abcdefg"})
        wrong = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        others = ({"decoder": "deep"}, {"word_dropout": 1.0}, {"beta": -1}, {"free_bits": np.nan})
        return [*sizes, *bars, *words, *others, {"encoder": "lstm"}, {"encoder": wrong}]


def tokens_of(n, seed=0):
    return np.random.default_rng(seed).integers(7, size=(n, 5))


def test_the_first_end_is_paid_for_and_nothing_after_it():
    model = SequenceVAE(**SIZES, seed=0)
    every = np.array(list(itertools.product(range(7), repeat=2)))
    # Of sequences of two tokens: all that differ.
    two = SequenceVAE(**{**SIZES, "length": 2}, seed=0)
    differ = every[(every[:, 0] != 0) | (every[:, 1] == 0)]
    latents = np.repeat([[0.5, -1.0, 2.0]], len(differ), axis=0)
    assert np.exp(two.log_prob(differ, latents)).sum() == pytest.approx(1, rel=1e-5)
    ends = np.array([[3, 0, 0, 0, 0], [3, 0, 5, 0, 2]])
    latents = np.ones((2, 3))
    nats, codes = model.log_prob(ends, latents), model.encode(ends)
    assert_same([nats[:1], codes[:1]], [nats[1:], codes[1:]], 0)


def test_loss_is_the_bound_in_nats_per_sequence():
    model, tokens = SequenceVAE(**SIZES, free_bits=0.0, seed=0), tokens_of(20)
    model.log_variance_head.kernel.assign(0 * model.log_variance_head.kernel)
    model.log_variance_head.bias.assign([-40.0] * 3)
    model.compile("adam")
    scores = model.evaluate(tokens, verbose=0, return_dict=True)
    mean, log_variance = model.posterior(tokens)
    kl = 0.5 * (np.exp(log_variance) + mean**2 - 1 - log_variance).sum(-1).mean()
    nats = -model.log_prob(tokens, mean).mean()
    assert scores == pytest.approx({"loss": nats + kl, "reconstruction": nats, "kl": kl}, rel=1e-4)
    assert kg.metrics.log_likelihood(model, tokens[:3], num_samples=4).shape == (3,)


def test_verbs_agree_and_refuse_what_does_not_fit():
    model, tokens = SequenceVAE(**SIZES, seed=0), tokens_of(6)
    latents = model.encode(tokens)
    assert (model.decode(latents) == model.reconstruct(tokens)).all()
    noise = model.seed_generator.state.numpy().copy()
    model.decode(latents)
    assert (model.seed_generator.state.numpy() == noise).all()  # the likeliest draws nothing
    drawn = model.decode(latents, temperature=1.0, seed=3)
    assert (drawn == model.decode(latents, temperature=1.0, seed=3)).all()
    assert (drawn != model.decode(latents, temperature=1.0, seed=4)).any()
    assert (
        model.decode(latents, temperature=1.0, seed=3, top_p=1e-6) == model.decode(latents)
    ).all()
    assert (model.sample(6, seed=1, temperature=0.0) == model.decode(model_prior(model))).all()
    ways = model.interpolate(tokens[:2], tokens[2:4], steps=4)
    assert ways.shape == (2, 4, 5)
    assert (ways[:, 0] == model.reconstruct(tokens[:2])).all()
    assert (ways[:, -1] == model.reconstruct(tokens[2:4])).all()
    assert model.decode(latents[:0]).shape == (0, 5)
    for bad in ({"temperature": -1}, {"temperature": np.nan}, {"top_p": 0}, {"top_p": 1.5}):
        with pytest.raises(ValueError, match=THREE_PARTS):
            model.sample(2, **bad)
        with pytest.raises(ValueError, match=THREE_PARTS):
            model.decode(latents, **bad)
    for bad in (latents[:, :2], latents[0], latents * np.nan):
        with pytest.raises(ValueError, match=THREE_PARTS):
            model.decode(bad)


def model_prior(model):
    """What six samples of seed 1 are decoded of."""
    key = tf.random.experimental.stateless_fold_in(tf.constant([1, 0], "int64"), 0, alg="philox")
    return tf.random.stateless_normal((6, model.latent_dim), key, alg="philox").numpy()


@pytest.mark.slow
def test_the_latent_is_used():
    """Twelve patterns, whose latents the decoder could do without but for the free bits."""
    patterns = 1 + np.random.default_rng(0).integers(8, size=(12, 8))
    model = SequenceVAE(9, 8, latent_dim=4, units=32, seed=0)
    model.compile(keras.optimizers.Adam(0.01))
    model.fit(np.tile(patterns, (40, 1)), epochs=12, batch_size=48, verbose=0)
    assert (model.reconstruct(patterns) == patterns).mean() > 0.95
