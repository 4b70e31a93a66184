"""What users give `fit`, `evaluate`, `predict` and their like, and Keras' callbacks with it."""

import keras
import numpy as np
import pytest
from contract import SHAPE, THREE_PARTS, assert_same, batches, pictures, state

from keras_genzoo.models import GAN, VAE, Autoencoder

TINY = {"latent_dim": 2, "hidden": (4,), "seed": 0}
BAD = np.concatenate([pictures(12), pictures(8) * 255])


def compiled(model_class=VAE, optimizer="adam"):
    model = model_class(SHAPE, **TINY)
    model.compile(optimizer)
    return model


@pytest.fixture(scope="module")
def vae():
    return compiled()


class Batches(keras.utils.PyDataset):
    def __len__(self):
        return 2

    def __getitem__(self, index):
        return (BAD[index * 10 : (index + 1) * 10],)


# === Bad data, by whatever way they come ===


@pytest.mark.parametrize("model_class", [VAE, GAN])
@pytest.mark.parametrize("method", ["fit", "evaluate"])
def test_a_model_that_is_not_compiled_says_so(model_class, method):
    with pytest.raises(ValueError, match=rf"(?s)is not compiled.*{THREE_PARTS[4:]}"):
        getattr(model_class(SHAPE, **TINY), method)(pictures(4), verbose=0)


def test_bad_arrays_touch_no_weights(vae):
    before = state(vae)
    for method in (vae.train_on_batch, vae.test_on_batch, vae.predict):
        with pytest.raises(ValueError, match=THREE_PARTS):
            method(BAD)
    with pytest.raises(ValueError, match=THREE_PARTS):
        vae.predict(batches(BAD[::-1]), verbose=0)
    assert_same(state(vae), before, 0)
    assert np.isfinite(vae.train_on_batch(pictures(4))).all()


@pytest.mark.parametrize("kind", ["generator", "PyDataset", "dataset"])
def test_an_evaluation_of_bad_batches_is_none(vae, kind):
    def generator():
        yield (pictures(4),)
        yield (BAD,)

    data = {"generator": generator(), "PyDataset": Batches(), "dataset": batches(BAD, size=10)}
    with pytest.raises(ValueError, match=rf"drew bad pixels.*{THREE_PARTS[4:]}: 1 bad"):
        vae.evaluate(data[kind], steps=2, verbose=0)
    assert np.isfinite(vae.evaluate(pictures(4), verbose=0)).all()  # the count starts anew


def test_validation_of_bad_batches_stops_a_run():
    with pytest.raises(ValueError, match=rf"evaluation drew bad pixels.*{THREE_PARTS[4:]}"):
        compiled().fit(pictures(4), validation_data=Batches(), verbose=0)


def test_predict_takes_what_call_takes():
    gan = compiled(GAN)
    latents = np.zeros((3, 2), "float32")
    assert gan.predict(latents, verbose=0).shape == (3, *SHAPE)
    latents[1, 1] = np.nan
    with pytest.raises(ValueError, match="latents do not fit"):
        gan.predict(latents)


# === Targets, labels, weights ===


def test_an_autoencoder_learns_the_target_that_it_is_given():
    clean, noisy = pictures(20), pictures(20, seed=1)
    model = compiled(Autoencoder)
    error = np.square(clean - model.reconstruct(noisy)).sum((1, 2, 3)).mean()
    for data in ((noisy, clean), (batches(noisy, clean),)):
        assert model.evaluate(*data, verbose=0)[0] == pytest.approx(error, rel=1e-5)
    own = model.evaluate(noisy, verbose=0)[0]
    assert own != pytest.approx(error, rel=1e-3)
    for labels in (np.arange(20), np.zeros((20, 5))):
        assert model.evaluate(noisy, labels, verbose=0)[0] == pytest.approx(own, rel=1e-6)
    with pytest.raises(ValueError, match="targets do not fit"):
        model.fit(noisy, clean[:, :4], verbose=0)


def test_a_target_that_a_model_does_not_learn_from_is_refused(vae):
    images = pictures(20)
    for data in ((images, images), (batches(images, images),)):
        with pytest.raises(ValueError, match=rf"learns from images alone.*{THREE_PARTS[4:]}"):
            vae.fit(*data, verbose=0)


def test_weights_may_be_a_column(vae):
    images, weights = pictures(20), np.linspace(0, 1, 20)
    still = compiled(optimizer=keras.optimizers.SGD(0.0))
    kl = [
        still.evaluate(images, sample_weight=shaped, return_dict=True, verbose=0)["kl"]
        for shaped in (weights, weights[:, None])
    ]
    assert kl[0] == pytest.approx(kl[1], rel=1e-6)
    with pytest.raises(ValueError, match="weights do not fit"):
        vae.fit(images, sample_weight=np.ones((20, 2)), verbose=0)


# === Callbacks of Keras ===


@pytest.mark.parametrize(("term", "mode"), [("val_kl", "min"), ("val_reconstruction", "min")])
def test_which_way_a_term_is_better_is_known(term, mode):
    stop = keras.callbacks.EarlyStopping(term, patience=3)
    compiled().fit(pictures(20), validation_data=pictures(4), callbacks=[stop], verbose=0)
    assert stop.mode == mode
    assert np.isfinite(stop.best)
    asked = keras.callbacks.EarlyStopping(term, mode="max")
    compiled().fit(pictures(20), validation_data=pictures(4), callbacks=[asked], verbose=0)
    assert asked.mode == "max"
    accuracy = keras.callbacks.EarlyStopping("real_accuracy")
    compiled(GAN).fit(pictures(20), callbacks=[accuracy], verbose=0)
    assert accuracy.mode == "max"


@pytest.mark.parametrize("model_class", [VAE, GAN])
def test_a_run_of_nan_is_terminated(model_class, capsys):
    model = compiled(model_class, keras.optimizers.SGD(1e30))
    stop = keras.callbacks.TerminateOnNaN()
    history = model.fit(pictures(200), batch_size=10, epochs=5, callbacks=[stop], verbose=0)
    assert len(history.epoch) < 5
    assert "Invalid loss" in capsys.readouterr().out
    sound = compiled(model_class)
    sound.fit(pictures(20), epochs=2, callbacks=[stop], verbose=0)
    assert int(sound.steps_trained) == 2


@pytest.mark.parametrize(
    ("setting", "right", "wrong"),
    [
        ("backend", r"'tensorflow' \(KERAS_BACKEND=tensorflow", "jax"),
        ("floatx", "'float32'", "float64"),
        ("image_data_format", "'channels_last'", "channels_first"),
    ],
)
def test_settings_that_no_model_computes_in_are_refused(setting, right, wrong, monkeypatch):
    monkeypatch.setattr(keras.config, setting, lambda: wrong)
    reason = rf"{setting} {right}.*Received: {setting}='{wrong}'$"
    with pytest.raises(ValueError, match=reason):
        VAE(SHAPE, **TINY)
    with pytest.raises(ValueError, match=reason):  # once, and not Keras' own words beside it
        VAE.from_preset("vae_mnist_2d")
