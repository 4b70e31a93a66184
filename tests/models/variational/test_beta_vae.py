"""The beta-VAE: the contract, the weight of the KL, the capacity."""

import keras
import pytest
from contract import SHAPE, pictures
from families import CODING_SIZES, EncoderDecoderContract

import keras_genzoo as kg
from keras_genzoo.models import BetaVAE

TINY = {"latent_dim": 2, "hidden": (16,), "seed": 0}


class TestBetaVAE(EncoderDecoderContract):
    """Of a capacity, whose loss couples a batch; a plain beta is a VAE's weight of the KL."""

    model_class = BetaVAE
    capacity = {"capacity": 5.0, "capacity_steps": 10, "gamma": 30.0}  # noqa: RUF012
    arguments = {**EncoderDecoderContract.arguments, **capacity}  # noqa: RUF012
    changed = {  # noqa: RUF012
        **CODING_SIZES,
        "beta": 2.0,
        "capacity": 5.0,
        "capacity_steps": 10,
        "gamma": 30.0,
        "likelihood": "gaussian",
        "variance": 0.5,
        "free_bits": 0.0,
    }
    same_as_default = ("hidden", "free_bits")  # not with a capacity

    def misfits(self):
        return [
            *super().misfits(),
            {"beta": -1.0},
            {"beta": float("inf")},
            {"capacity": None},
            {"capacity_steps": 0},
            {"capacity": -1.0},
            {"free_bits": 1.0},
        ]


def scores_of(**arguments):
    model = BetaVAE(SHAPE, **TINY, **arguments)
    model.compile("adam")
    return model, model.evaluate(pictures(20), verbose=0, return_dict=True)


@pytest.mark.parametrize("beta", [0.0, 1.0, 4.0])
def test_loss_weighs_the_kl(beta):
    _, scores = scores_of(beta=beta)
    assert scores["kl"] > 0.1
    expected = scores["reconstruction"] + beta * scores["kl"]
    assert scores["loss"] == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("steps", [0, 5, 10, 50])
def test_capacity_is_the_goal_of_the_kl(steps):
    model = BetaVAE(SHAPE, **TINY, capacity=5.0, capacity_steps=10, gamma=30.0)
    model.compile("adam")
    model.steps_trained.assign(steps)
    scores = model.evaluate(pictures(20), verbose=0, return_dict=True)
    capacity = min(steps / 2, 5.0)
    expected = scores["reconstruction"] + 30 * abs(scores["kl"] - capacity)
    assert scores["loss"] == pytest.approx(expected, rel=1e-5)


def test_capacity_rises_while_training():
    model, _ = scores_of(capacity=5.0, capacity_steps=10)
    assert float(model.current_capacity()) == 0
    model.fit(pictures(20), batch_size=5, verbose=0)
    assert float(model.current_capacity()) == pytest.approx(2.0)


def test_capacity_holds_the_kl():
    model = BetaVAE(SHAPE, **TINY, capacity=3.0, capacity_steps=1)
    model.compile(keras.optimizers.Adam(0.01))
    history = model.fit(pictures(64), batch_size=64, epochs=40, verbose=0).history
    assert history["kl"][-1] == pytest.approx(3.0, abs=0.3)


def test_an_override_of_beta_wins_over_the_preset(tmp_path):
    model = BetaVAE(SHAPE, **TINY, beta=4.0)
    model.sampler.beta.assign(0.5)  # as a warm-up leaves it
    model.save_to_preset(tmp_path)
    stored = kg.from_preset(tmp_path)
    assert (stored.beta, float(stored.sampler.beta)) == (4.0, 0.5)
    overridden = BetaVAE.from_preset(tmp_path, beta=1.0)
    assert (overridden.beta, float(overridden.sampler.beta)) == (1.0, 1.0)
    overridden.compile("adam")
    scores = overridden.evaluate(pictures(20), verbose=0, return_dict=True)
    assert scores["loss"] == pytest.approx(scores["reconstruction"] + scores["kl"], rel=1e-5)


def test_a_warm_up_does_not_retrace():
    model = BetaVAE(SHAPE, **TINY, beta=4.0)
    model.compile("adam")
    flow, traces = model.flow, []
    model.flow = lambda *args, **kwargs: traces.append(1) or flow(*args, **kwargs)
    warm_up = kg.callbacks.BetaWarmUp(steps=6)
    model.fit(pictures(20), batch_size=5, epochs=2, callbacks=[warm_up], verbose=0)
    assert len(traces) == 1
    assert float(model.sampler.beta) == 4.0
