"""SequenceVAE: the contract, what is paid for, what is drawn, and that the latent is used."""

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf
from contract import ModelContract, assert_same

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
    networks = ("encoder", "cell")
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
        cells = [layers.GRUCell(3, dropout=0.3, seed=1), layers.LSTMCell(2)]
        options = {"word_dropout": 0.3, "units": 2}
        return {"encoder": encoder, "cell": layers.StackedRNNCells(cells), **options}

    def tiny(self):
        return self.make(units=2)

    def misfits(self):
        sizes = ({"vocabulary_size": 1}, {"length": 0}, {"latent_dim": 0}, {"units": 2.5})
        bars = ({"decoder": "flat", "bars": 2}, {"bars": 4, "decoder": "hierarchical"})
        words = ({"vocabulary": ["a"] * 6}, {"vocabulary": [1] * 7}, {"vocabulary": "abcdefg"})
        wrong = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        others = ({"decoder": "deep"}, {"word_dropout": 1.0}, {"beta": -1}, {"free_bits": np.nan})
        cells = (keras.layers.Dense(3), keras.layers.ConvLSTM1D(2, 3).cell)
        networks = ({"encoder": "lstm"}, {"encoder": wrong}, {"cell": "gru"})
        return [*sizes, *bars, *words, *others, *networks, *({"cell": cell} for cell in cells)]


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


def test_an_override_of_beta_wins_over_the_preset(tmp_path):
    tunes = SequenceVAE(**SIZES, beta=0.5)
    tunes.sampler.beta.assign(0.25)  # as a warm-up leaves it
    tunes.save_to_preset(tmp_path)
    stored, overridden = (SequenceVAE.from_preset(tmp_path, **x) for x in ({}, {"beta": 1.0}))
    assert (stored.beta, float(stored.sampler.beta)) == (0.5, 0.25)
    assert (overridden.beta, float(overridden.sampler.beta)) == (1.0, 1.0)


def test_a_cell_of_the_users_writes(tmp_path):
    model = SequenceVAE(**{**SIZES, "length": 3}, cell=keras.layers.GRUCell(6), seed=0)
    before = [weight.numpy() for weight in model.cell.weights]
    model.compile("adam")
    model.fit(tokens_of(32)[:, :3], verbose=0)
    assert all((a != b).any() for a, b in zip(before, model.cell.get_weights(), strict=True))
    model.save(tmp_path / "model.keras")
    kept = keras.saving.load_model(tmp_path / "model.keras")
    assert_same(kept.cell.get_weights(), model.cell.get_weights(), 0)
    latents = np.random.default_rng(0).normal(size=(20, 3)).astype("float32")
    tokens = kept.decode(latents)
    logits = kept.token_decoder(latents, kept.token_decoder.shifted(tokens))
    alive = np.cumprod(np.pad(tokens[:, :-1], ((0, 0), (1, 0)), constant_values=1) != 0, axis=1)
    assert (np.argmax(logits, axis=-1) * alive == tokens).all()
    assert len(np.unique(tokens)) > 2
    kept.export(tmp_path / "1", verbs=["decode"])
    decode = tf.saved_model.load(tmp_path / "1").signatures["decode"]
    assert (decode(latents=tf.constant(latents))["tokens"] == tokens).numpy().all()


@pytest.mark.slow
def test_words_are_dropped_by_other_noise_than_latents_are_drawn_by(monkeypatch):
    """Of sequences as long as a latent, where one number would be a word's and a latent's."""
    tunes = SequenceVAE(7, 4, latent_dim=4, units=2, word_dropout=0.5, seed=0)
    for head in (tunes.mean_head, tunes.log_variance_head):
        head.kernel.assign(np.zeros(head.kernel.shape))  # latents are the noise itself
    outputs, given = tunes.token_decoder.outputs, []
    monkeypatch.setattr(
        tunes.token_decoder, "outputs", lambda *args: given.extend(args[:2]) or outputs(*args)
    )
    tunes.flow(np.ones((1000, 4), "int32"), training=True)
    latents, before = map(np.asarray, given)
    is_dropped = before == tunes.token_decoder.dropped
    assert is_dropped.mean() == pytest.approx(0.5, abs=0.05)
    energy = np.square(latents).reshape(-1, 2).sum(axis=1)  # of a pair, as normals are drawn
    assert abs(np.corrcoef(energy, is_dropped.reshape(-1, 2)[:, 0])[0, 1]) < 0.1


def test_the_latent_is_used():
    """Twelve patterns, whose latents the decoder could do without but for the free bits."""
    patterns = 1 + np.random.default_rng(0).integers(8, size=(12, 8))
    model = SequenceVAE(9, 8, latent_dim=4, units=32, seed=0)
    model.compile(keras.optimizers.Adam(0.01))
    model.fit(np.tile(patterns, (40, 1)), epochs=12, batch_size=48, verbose=0)
    assert (model.reconstruct(patterns) == patterns).mean() > 0.95
