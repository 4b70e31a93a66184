"""Verbs that write tokens: they agree with each other, and refuse what does not fit."""

import numpy as np
import pytest
import tensorflow as tf
from contract import THREE_PARTS

from keras_genzoo.models import SequenceVAE

SIZES = {"vocabulary_size": 7, "length": 5, "latent_dim": 3, "units": 4}


def test_verbs_agree_and_refuse_what_does_not_fit():
    model = SequenceVAE(**SIZES, seed=0)
    tokens = np.random.default_rng(0).integers(7, size=(6, 5))
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
    for cold in (1e-50, 1e-40, 1e-20):  # of which 32 bits hold the last
        assert (model.decode(latents, temperature=cold, seed=3) == model.decode(latents)).all()
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
