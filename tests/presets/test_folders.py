"""Presets: what goes in comes out, and nothing of a stranger's preset runs."""

import shutil
from pathlib import Path

import keras
import numpy as np
import pytest
from tiny_runs import contents
from toys import Scale, rewrite, sign, small

import keras_genzoo as kg
from keras_genzoo import presets
from keras_genzoo.evaluation.features import reads_attributes

SHELF = Path(__file__).parents[2] / "saved_models"
IMAGES = np.linspace(0, 1, 48, dtype="float32").reshape(3, 4, 4, 1)


def classifier():
    """A functional model of all that presets may hold: branches, constants, policies, functions."""
    images = keras.Input((4, 4, 1))
    features = keras.layers.Conv2D(2, 3, activation="silu", kernel_regularizer="l2")(images)
    features = keras.layers.BatchNormalization(dtype="mixed_bfloat16")(features)
    features = keras.layers.Flatten(dtype="float32")(features)
    shifted = keras.layers.Add()([features, keras.ops.ones((1, 8))])
    constant = keras.initializers.Constant(np.ones((8, 3)))
    heads = keras.Sequential(
        [keras.Input((8,)), keras.layers.Dense(3, kernel_initializer=constant)]
    )
    heads.compile("adam", "mse")
    return keras.Model(images, [heads(shifted), keras.layers.LeakyReLU()(features)], name="heads")


# === Saving and loading ===


def test_round_trip(tmp_path):
    model = classifier()
    model.compile("adam", "mse")
    presets.save(model, tmp_path / "new" / "preset")
    loaded = presets.load(tmp_path / "new" / "preset")
    for expected, received in zip(model(IMAGES), loaded(IMAGES), strict=True):
        np.testing.assert_array_equal(received, expected)
    assert not loaded.compiled
    assert "compile_config" not in (tmp_path / "new" / "preset" / "config.json").read_text()


def test_half_precision_rounds_the_weights_and_keeps_the_counts(tmp_path):
    model = Scale()
    model.scale.assign(70_001.0)  # a scalar that float16 could not hold
    presets.save(model, tmp_path, half_precision=True)
    loaded = presets.load(tmp_path)
    kernel, rounded = (scale.network.layers[0].kernel for scale in (model, loaded))
    np.testing.assert_array_equal(rounded, np.float32(np.float16(kernel)))
    assert rounded.dtype == "float32"
    assert np.any(rounded != kernel)
    assert loaded.scale.numpy() == 70_001.0
    assert presets.card(tmp_path)["weights_dtype"] == "float16"


def test_half_precision_takes_half_the_space(tmp_path):
    model = keras.Sequential([keras.Input((100,)), keras.layers.Dense(1000)])
    for half_precision in (False, True):
        presets.save(model, tmp_path / str(half_precision), half_precision)
    sizes = [(tmp_path / name / "model.weights.h5").stat().st_size for name in ("True", "False")]
    assert sizes[0] < 0.55 * sizes[1]


def test_weights_beyond_half_precision_are_refused(toy_preset):
    before = contents(toy_preset)
    model = small()
    model.layers[0].bias.assign([0.0, -70_000.0])
    with pytest.raises(ValueError, match=r"none beyond 65504\. Received: 70000"):
        presets.save(model, toy_preset, half_precision=True)
    assert contents(toy_preset) == before


def test_card_says_what_the_preset_is(toy_preset):
    card = presets.card(toy_preset)
    assert card["model"] == "Sequential"
    assert card["dataset"] == "toy"
    assert card["parameters"] == 6
    assert set(card["versions"]) == {"keras_genzoo", "keras", "tensorflow", "python"}
    assert {path.name for path in toy_preset.iterdir()} == {
        "card.json",
        "config.json",
        "model.weights.h5",
    }


def test_saving_again_keeps_other_files_and_mends_the_card(toy_preset):
    (toy_preset / "samples.png").write_bytes(b"picture")
    presets.save(small(), toy_preset, **presets.card(toy_preset))
    presets.load(toy_preset)
    assert (toy_preset / "samples.png").read_bytes() == b"picture"


def test_a_failing_save_leaves_the_former_preset_whole(toy_preset):
    before = contents(toy_preset)
    with pytest.raises(ValueError, match="entry 'scores' is none"):
        presets.save(small(), toy_preset, scores="good")
    assert contents(toy_preset) == before


def test_what_could_not_be_loaded_is_not_saved(tmp_path):
    inputs = keras.Input((2,))
    with pytest.raises(ValueError, match="class_name='Multiply'"):
        presets.save(keras.Model(inputs, inputs * 2), tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_an_unbuilt_model_is_not_saved(tmp_path):
    with pytest.raises(ValueError, match="built"):
        presets.save(keras.Sequential([keras.layers.Dense(1)]), tmp_path)


def test_what_lora_adapted_is_not_saved(model, tmp_path):
    """Neither the zoo's, whose config makes no LoRA, nor another, whose weights file has none."""
    plain = small()
    plain.layers[0].enable_lora(1)
    model.encoder.layers[-1].enable_lora(1)
    for adapted in (plain, model):
        with pytest.raises(ValueError, match=r"LoRA.*Expected no such layer.*Received: layers=\w"):
            presets.save(adapted, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def tied():
    """A VAE whose networks share a layer."""
    images, latents, shared = keras.Input((8, 8, 1)), keras.Input((2,)), keras.layers.Dense(3)
    codes = shared(keras.layers.Dense(3)(keras.layers.Flatten()(images)))
    pixels = keras.layers.Dense(64, "sigmoid")(shared(keras.layers.Dense(3)(latents)))
    decoder = keras.Model(latents, keras.layers.Reshape((8, 8, 1))(pixels))
    return kg.models.VAE((8, 8, 1), 2, encoder=keras.Model(images, codes), decoder=decoder)


def test_what_shares_layers_is_no_preset_and_its_weights_are_kept(tmp_path):
    model = tied()
    with pytest.raises(ValueError, match=r"share layers.*Expected.*`load_weights`.*Received: 1\d "):
        model.save_to_preset(tmp_path / "new")
    assert not (tmp_path / "new").exists()
    for path in (tmp_path / "tied.keras", tmp_path / "tied.weights.h5"):
        model.save(path) if path.suffix == ".keras" else model.save_weights(path)
        again = tied()
        again.load_weights(path)
        for ours, theirs in zip(model.get_weights(), again.get_weights(), strict=True):
            np.testing.assert_array_equal(ours, theirs)


# === Overrides ===


def test_an_override_replaces_an_argument_and_the_stored_state(tmp_path):
    model = Scale()
    model.scale.assign(3.0)
    presets.save(model, tmp_path)
    assert presets.load(tmp_path, cls=Scale).scale.numpy() == 3.0
    loaded = presets.load(tmp_path, beta=1.0)
    assert (loaded.beta, loaded.scale.numpy()) == (1.0, 1.0)
    np.testing.assert_array_equal(loaded.network(np.eye(2)), model.network(np.eye(2)))


def test_an_override_may_be_a_keras_object(tmp_path):
    presets.save(Scale(), tmp_path)
    network = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, activation="tanh")])
    assert presets.load(tmp_path, network=network).network.layers[0].activation.__name__ == "tanh"


def test_an_unknown_override_names_the_nearest(tmp_path):
    presets.save(Scale(), tmp_path)
    with pytest.raises(ValueError, match=r"Did you mean 'beta'.*Received: betta=1"):
        presets.load(tmp_path, betta=1)


def test_an_override_that_the_weights_do_not_fit(tmp_path):
    presets.save(Scale(), tmp_path)
    network = keras.Sequential([keras.Input((2,)), keras.layers.Dense(7)])
    with pytest.raises(ValueError, match="weights that fit"):
        presets.load(tmp_path, network=network)


def test_another_class_is_refused(toy_preset):
    with pytest.raises(ValueError, match=r"Expected a Scale\. Received: class_name='Sequential'"):
        presets.load(toy_preset, cls=Scale)


# === What ships ===


@pytest.mark.parametrize("folder", sorted(SHELF.iterdir()), ids=lambda folder: folder.name)
def test_what_ships_loads_and_says_whose_it_is(folder):
    card = presets.card(folder)
    assert card["weights_dtype"] == "float16"
    assert card["command"]
    assert card["licence"] != "not stated"
    model = presets.load(folder.name)
    # Of what reads attributes its training measures the accuracy: `genzoo evaluate` asks classes.
    assert card["scores" if reads_attributes(model) else "evaluation"]
    assert model.count_params() == card["parameters"]
    if hasattr(model, "sample"):
        is_shown = any((folder / f"samples.{kind}").is_file() for kind in ("png", "txt"))
        assert is_shown  # a picture, or the lines of a model of texts
        assert model.sample(4, seed=0).std(axis=0).max() > 0.1  # four of them, not one


def test_what_ships_is_light():
    assert sum(path.stat().st_size for path in SHELF.glob("*/model.weights.h5")) < 48e6


# === Damage ===


@pytest.mark.parametrize("name", ["config.json", "model.weights.h5", "card.json"])
def test_a_missing_or_truncated_file_is_named(toy_preset, name):
    whole = (toy_preset / name).read_bytes()
    (toy_preset / name).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match="weights" if name.endswith("h5") else name):
        presets.load(toy_preset)
    (toy_preset / name).unlink()
    with pytest.raises(ValueError, match=f"lacks {name}"):
        presets.load(toy_preset)


def test_other_weights_than_the_cards_are_refused(toy_preset, tmp_path):
    presets.save(keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)]), tmp_path / "other")
    shutil.copy(tmp_path / "other" / "model.weights.h5", toy_preset)
    with pytest.raises(ValueError, match=r"Expected sha256=.*Received: sha256="):
        presets.load(toy_preset)


SEQUENTIAL = '{"module": "keras", "class_name": "Sequential"}'


@pytest.mark.parametrize("text", ["[1]", "null", "{}", SEQUENTIAL, "[" * 100_000])
def test_a_config_that_is_none(toy_preset, text):
    (toy_preset / "config.json").write_text(text)
    sign(toy_preset)
    with pytest.raises(ValueError, match="Expected") as error:
        presets.load(toy_preset)
    assert "sha256" not in str(error.value)


def test_another_config_than_the_cards_is_refused(toy_preset):
    config = toy_preset / "config.json"
    config.write_text(config.read_text().replace('"linear"', '"tanh"'))  # of the same shapes
    with pytest.raises(ValueError, match=r"config.json .*damaged.*Expected sha256="):
        presets.load(toy_preset)


def test_a_card_of_before_the_configs_digest_loads_with_a_warning(toy_preset):
    rewrite(toy_preset / "card.json", lambda card: card.pop("config_sha256"))
    with pytest.warns(UserWarning, match="sha256 of the config.*saved anew it names both"):
        loaded = presets.load(toy_preset)
    presets.save(loaded, toy_preset, **presets.card(toy_preset))
    presets.load(toy_preset)


def test_a_malformed_config_that_names_nothing_forbidden(toy_preset):
    rewrite(toy_preset / "config.json", lambda config: config["config"].update(layers=[7]))
    with pytest.raises(ValueError, match="No model can be made of the preset") as error:
        presets.load(toy_preset)
    assert error.value.__cause__ is not None


def test_what_does_not_fit_may_begin_anew(tmp_path):
    gan = kg.models.ConditionalGAN((8, 8, 1), num_classes=3, latent_dim=2, hidden=(4,), seed=0)
    gan.save_to_preset(tmp_path)
    with pytest.raises(ValueError, match=r"embedding.*\(5, 2\).*or skip_mismatch=True"):
        presets.load(tmp_path, num_classes=5)
    with pytest.warns(UserWarning, match=r"these layers begin anew: .*embedding") as told:
        loaded = presets.load(tmp_path, num_classes=5, skip_mismatch=True)
    assert len([each for each in told if each.category is UserWarning]) == 1
    assert loaded.sample(labels=[4]).shape == (1, 8, 8, 1)
    fits = [w for w in loaded.generator.layers if isinstance(w, keras.layers.Dense)]
    expected = [w for w in gan.generator.layers if isinstance(w, keras.layers.Dense)]
    for mine, theirs in zip(fits, expected, strict=True):
        np.testing.assert_array_equal(mine.kernel, theirs.kernel)
