"""CycleGAN: the contract, its pool in files, and what is paired with what."""

import keras
import numpy as np
import pytest
from contract import SHAPE, THREE_PARTS, ModelContract, assert_same, distance, pictures, state

import keras_genzoo as kg
from keras_genzoo.models import CycleGAN

TINY = {"filters": (2,), "num_blocks": 1, "discriminator_filters": (2,), "seed": 0}


def users_networks(dropout=0.3):
    layers = keras.layers
    generator = keras.Sequential(
        [
            keras.Input(SHAPE),
            layers.Conv2D(2, 3, padding="same", activation="relu"),
            layers.Dropout(dropout, seed=1),
            layers.Conv2D(1, 3, padding="same", activation="sigmoid"),
        ]
    )
    judge = keras.Sequential([keras.Input(SHAPE), layers.Conv2D(1, 3, 4, "same")])
    return {"generator": generator, "discriminator": judge}


class TestCycleGAN(ModelContract):
    model_class = CycleGAN
    arguments = {"image_shape": SHAPE, **TINY, "pool_size": 20}  # noqa: RUF012
    changed = {  # noqa: RUF012
        **arguments,
        "filters": (2, 4),
        "cycle_weight": 5.0,
        "identity_weight": 1.0,
        "loss": "hinge",
        "seed": 7,
    }
    networks = ("generator", "generator_back", "discriminator", "discriminator_back")
    optimizers = ("optimizer", "discriminator_optimizer")

    def to_predict(self, n):
        return self.words(n)["images"]

    def custom_networks(self):
        return users_networks()

    def tiny(self):
        return self.make(**users_networks(dropout=0))

    def misfits(self):
        networks = users_networks()
        return [
            {"image_shape": (16, 8, 1), "generator": networks["generator"]},
            {"image_shape": (8, 8, 3), "discriminator": networks["discriminator"]},
            {"generator_back": networks["discriminator"]},
            {"generator": "resnet"},
            {"filters": (2, 2, 2, 2)},
            {"discriminator_filters": (2, 2, 2)},
            {"discriminator_filters": ()},
            {"image_shape": (9, 8, 1)},
            {"image_shape": (8, 8, 2)},
            {"pool_size": -1},
            {"num_blocks": 0},
            {"cycle_weight": -1.0},
            {"loss": "mse"},
        ]


def pools(model):
    """What the pools hold."""
    parts = [(pool.images, pool.filled) for pool in model.pools.values()]
    return [keras.ops.convert_to_numpy(part) for pair in parts for part in pair]


def small(**options):
    """Of a user's networks, which are traced sooner."""
    keras.utils.set_random_seed(0)
    model = CycleGAN(SHAPE, seed=0, **users_networks(), **options)
    model.compile()
    return model


class Kill(keras.callbacks.Callback):
    """Ends a run after its third step, which no checkpoint has."""

    def on_train_batch_end(self, batch, logs=None):
        self.steps = getattr(self, "steps", 0) + 1
        if self.steps == 3:
            raise KeyboardInterrupt


def test_runs_that_were_killed_end_where_others_do_pools_included(tmp_path):
    data = kg.datasets.unpaired(pictures(10), pictures(7, seed=1), 3)

    whole = small(pool_size=5)
    whole.fit(data, epochs=2, verbose=0)
    assert all(part.any() for part in pools(whole))
    model, epochs = small(pool_size=5), 0
    keep = kg.callbacks.Checkpoint(tmp_path, every_steps=1)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            model.fit(data, epochs=2, initial_epoch=epochs, callbacks=[keep, Kill()], verbose=0)
        model, epochs = kg.callbacks.restore(tmp_path)
    model.fit(data, epochs=2, initial_epoch=epochs, callbacks=[keep], verbose=0)
    assert int(model.steps_trained) == 8
    assert_same(pools(model), pools(whole), 0)
    assert_same(state(model), state(whole), 1e-6)


def test_a_pool_of_another_size_is_refused(tmp_path):
    small(pool_size=4).save_weights(tmp_path / "x.weights.h5")
    with pytest.raises(ValueError, match=r"Expected the model's pool_size.*Received"):
        small(pool_size=5).load_weights(tmp_path / "x.weights.h5")


def test_each_replica_has_a_pool_of_its_own_in_files_too(mirrored, tmp_path):
    with mirrored.scope():
        model = small(pool_size=4)
    model.fit(pictures(8), pictures(8, seed=1), batch_size=4, verbose=0)

    def copies(model):
        values = (
            part.value for pool in model.pools.values() for part in (pool.images, pool.filled)
        )
        return [x.numpy() for each in values for x in mirrored.experimental_local_results(each)]

    one, other, *_ = copies(model)
    assert (one != other).any()
    model.save(tmp_path / "model.keras")
    with mirrored.scope():
        loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert_same(copies(loaded), copies(model), 0)
    alone = keras.saving.load_model(tmp_path / "model.keras")  # on one device
    assert_same([pools(alone)[0]], [one], 0)


def test_arrays_of_unequal_length():
    a, b = pictures(10), pictures(4, seed=1)
    model = small()
    history = model.fit(a, b, batch_size=4, validation_data=(b, a), verbose=0).history
    assert int(model.steps_trained) == 3
    scores = model.evaluate(b, a, batch_size=4, verbose=0, return_dict=True)
    assert {name: history[f"val_{name}"][0] for name in scores} == pytest.approx(scores, rel=1e-5)
    history = model.fit(a, b, batch_size=4, validation_split=0.5, verbose=0).history
    assert int(model.steps_trained) == 5  # of 5 and 2
    assert "val_cycle" in history
    for bad in ({"y": b, "sample_weight": np.ones(10)}, {"y": b[:0]}, {"y": b[..., 0]}):
        with pytest.raises(ValueError, match=THREE_PARTS):
            model.fit(a, verbose=0, **bad)


def test_the_terms_add_up():
    model = CycleGAN(SHAPE, **TINY, cycle_weight=3.0, identity_weight=2.0, loss="least_squares")
    model.compile()
    a, b = pictures(6), pictures(6, seed=1)
    scores = model.evaluate(a, b, return_dict=True, verbose=0)
    there, back = model.translate, model.translate_back

    def apart(x, y):
        return np.abs(x - y).mean()

    assert scores["cycle"] == pytest.approx(
        apart(back(there(a)), a) + apart(there(back(b)), b), 1e-4
    )
    assert scores["identity"] == pytest.approx(apart(there(b), b) + apart(back(a), a), 1e-4)
    fooled = sum(
        0.5 * np.square(judge(images) - 1).mean()
        for judge, images in ((model.discriminator, there(a)), (model.discriminator_back, back(b)))
    )
    assert scores["adversarial"] == pytest.approx(fooled, 1e-4)
    total = scores["adversarial"] + 3 * scores["cycle"] + 2 * scores["identity"]
    assert scores["generator_loss"] == pytest.approx(total, 1e-5)


def test_without_identity_none_is_logged():
    model = small(identity_weight=0.0)
    assert "identity" not in model.fit(pictures(2), pictures(2), verbose=0).history


def test_fakes_and_cycles_are_made_once_a_step():
    """Four passes of generators, of which two hold what is to be left as it is."""
    model = small()
    made, generate = [], model.generate
    model.generate = lambda *args, **kwargs: made.append(1) or generate(*args, **kwargs)
    model.fit(pictures(4), pictures(4), batch_size=2, verbose=0)
    del model.generate
    assert len(made) == 4


def test_the_other_direction_is_of_the_same_layers_with_weights_of_its_own():
    model = CycleGAN(SHAPE, **users_networks())
    assert distance(model.generator, model.generator_back) > 0
    assert model.generator_back.count_params() == model.generator.count_params()
    assert_same([model.translate(pictures(2))], [model.generator(pictures(2))], 1e-6)
    assert_same([model.translate_back(pictures(2))], [model.generator_back(pictures(2))], 1e-6)


def test_presets_hold_no_pool(tmp_path):
    model = small(pool_size=3000)
    model.fit(pictures(4), pictures(4), verbose=0)
    model.save_to_preset(tmp_path)
    assert (tmp_path / "model.weights.h5").stat().st_size < 3000 * 64 * 4
