"""Seeds: a file keeps their states, in their order; a run's noise goes on from there."""

import keras
import numpy as np
import pytest
from contract import SHAPE, pictures

import keras_genzoo as kg


def vae():
    """A VAE with noise of its own and of its user's."""
    encoder = keras.Sequential(
        [keras.Input(SHAPE), keras.layers.Flatten(), keras.layers.Dropout(0.5, seed=3)]
    )
    model = kg.models.VAE(SHAPE, latent_dim=2, encoder=encoder, hidden=(4,), seed=0)
    model.compile("adam")
    return model


def states(model):
    return [np.asarray(state).tolist() for state in model._seed_states]


def test_noise_of_a_seed_leaves_a_run_as_it_was():
    model, other = vae(), vae()
    model.fit(pictures(20), verbose=0)
    other.set_weights(model.get_weights())
    before = states(model)

    def measured(model, seed):
        with model.noise_of(seed):
            return model.evaluate(pictures(20), verbose=0, return_dict=True)

    found = measured(model, 7)
    assert states(model) == before
    assert measured(model, 7) == found == measured(other, 7)
    assert measured(model, 8) != found
    with pytest.raises(KeyError), model.noise_of(2**40):
        raise KeyError
    assert states(model) == before


def test_a_file_keeps_every_seeds_state(tmp_path):
    model = vae()
    model.fit(pictures(20), verbose=0)
    assert len(states(model)) == 3  # the model's, the dropout's, the sampler's
    assert states(model) != states(vae())
    for path in (tmp_path / "model.keras", tmp_path / "model.weights.h5"):
        (model.save if path.suffix == ".keras" else model.save_weights)(path)
    assert states(keras.saving.load_model(tmp_path / "model.keras")) == states(model)
    fresh = vae()
    fresh.load_weights(tmp_path / "model.weights.h5")
    assert states(fresh) == states(model)
    np.testing.assert_array_equal(fresh.sample(3), model.sample(3))
