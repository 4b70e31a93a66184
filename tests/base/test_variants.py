"""Variants: what a class does not name is its parent's, in signature, help, config and command."""

import ast
import inspect
import pydoc
from pathlib import Path

import keras
import pytest
from contract import SHAPE

import keras_genzoo as kg
from keras_genzoo.base import variants

MODELS = [getattr(kg.models, name) for name in kg.models.__all__]
SOURCES = sorted((Path(kg.__file__).parent / "models").rglob("*.py"))
PLACES = {  # of arguments that may be given without their names, as they stood in 0.1.0
    kg.models.BetaVAE: "image_shape latent_dim beta capacity capacity_steps gamma",
    kg.models.BetaTCVAE: "image_shape latent_dim beta dataset_size",
    kg.models.IWAE: "image_shape latent_dim num_samples",
    kg.models.ConditionalGAN: "image_shape num_classes latent_dim",
    kg.models.VAE: "image_shape latent_dim hidden filters likelihood variance free_bits encoder "
    "decoder seed",
    kg.models.Autoencoder: "image_shape latent_dim hidden filters noise_stddev encoder decoder "
    "seed",
    kg.models.GAN: "image_shape latent_dim hidden filters loss discriminator_steps label_smoothing "
    "ema generator discriminator seed",
    kg.models.WGANGP: "image_shape latent_dim hidden filters critic_steps gradient_penalty_weight "
    "ema generator critic seed",
}


def parameters(cls):
    return inspect.signature(cls).parameters


@pytest.mark.parametrize("cls", MODELS, ids=lambda cls: cls.__name__)
def test_every_argument_is_shown_with_its_type_and_text(cls):
    help_text = pydoc.plain(pydoc.render_doc(cls))
    for name, parameter in parameters(cls).items():
        if name == "kwargs":
            assert "**kwargs: `name` and `dtype`" in help_text
            continue
        assert parameter.annotation is not parameter.empty, name
        assert f"\n |      {name}: " in help_text
        assert help_text.count(f"\n |      {name}: ") == 1
    assert list(parameters(cls)) == [*variants.arguments_of(cls), "kwargs"]


@pytest.mark.parametrize("cls", PLACES, ids=lambda cls: cls.__name__)
def test_own_arguments_keep_their_places(cls):
    kinds = {name: parameter.kind for name, parameter in parameters(cls).items()}
    by_place = inspect.Parameter.POSITIONAL_OR_KEYWORD
    assert [name for name in kinds if kinds[name] is by_place] == PLACES[cls].split()


def test_a_parents_argument_reaches_it():
    model = kg.models.BetaVAE(SHAPE, 3, 2.0, hidden=(5,), likelihood="gaussian", free_bits=0.5)
    config = model.get_config()
    expected = {"latent_dim": 3, "beta": 2.0, "hidden": (5,), "likelihood": "gaussian"}
    assert expected.items() <= config.items()
    assert config["free_bits"] == model.sampler.free_bits == 0.5


def test_defaults_are_the_subclasses_own():
    assert parameters(kg.models.GAN)["filters"].default == (64, 128)
    assert parameters(kg.models.VAE)["filters"].default == (32, 64)
    assert parameters(kg.models.ConditionalGAN)["filters"].default == (64, 128)


@pytest.mark.parametrize("cls", [kg.models.IWAE, kg.models.BetaTCVAE])
def test_an_argument_that_is_taken_away_is_refused(cls):
    with pytest.raises(TypeError, match=r"no argument `free_bits`.*Expected.*: free_bits=1"):
        cls(SHAPE, free_bits=1)
    assert "free_bits" not in parameters(cls)
    assert "free_bits" not in cls.__doc__
    assert "free_bits" not in cls(SHAPE).get_config()


def test_unknown_arguments_are_refused():
    with pytest.raises(ValueError, match="betta"):
        kg.models.BetaVAE(SHAPE, betta=1.0)


@keras.saving.register_keras_serializable(package="tests")
class OfAUser(kg.models.BetaVAE):
    """Mine."""

    def __init__(self, mine, **kwargs):
        super().__init__(SHAPE, hidden=(4,), **kwargs)
        self.mine = mine

    def get_config(self):
        config = super().get_config()
        own = {name: config[name] for name in ("beta", "seed", "name")}
        return {**own, "mine": self.mine}


def test_a_users_subclass_is_left_as_it_is(tmp_path):
    assert list(parameters(OfAUser)) == ["mine", "kwargs"]
    assert OfAUser.__doc__ == "Mine."
    OfAUser(mine=3, beta=2.0, seed=1).save(tmp_path / "mine.keras")
    loaded = keras.saving.load_model(tmp_path / "mine.keras")
    assert (loaded.mine, loaded.beta, loaded.seed) == (3, 2.0, 1)


STRIPPED = '''
class Child(VAE, without=("free_bits",)):
    """A child.

    Args:
        mine: An argument.
    """

    def __init__(self, image_shape, mine: int = 3, **kwargs):
        self.mine = mine
        super().__init__(image_shape, **kwargs)
'''


@pytest.mark.parametrize("optimize", [0, 2])
def test_without_docstrings_signatures_are_whole(optimize, monkeypatch):
    """As `python -OO` strips them."""
    namespace = {"__name__": "keras_genzoo.of_a_test", "VAE": kg.models.VAE}
    if optimize:
        monkeypatch.setattr(kg.models.VAE, "__doc__", None)
    exec(compile(STRIPPED, "of_a_test.py", "exec", optimize=optimize), namespace)
    child = namespace["Child"]
    own = ["image_shape", "mine", "latent_dim", "hidden", "filters", "likelihood", "variance"]
    assert list(parameters(child)) == [*own, "encoder", "decoder", "seed", "dense", "kwargs"]
    assert (child.__doc__ is None) == bool(optimize)
    config = child(SHAPE, 4, hidden=(4,), likelihood="gaussian").get_config()
    assert {"mine": 4, "hidden": (4,), "likelihood": "gaussian"}.items() <= config.items()


def test_no_argument_is_documented_twice():
    """Neither in a class and in one that it extends, nor in the same words elsewhere."""
    documented, bases, texts = {}, {}, {}
    for path in SOURCES:
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ClassDef):
                bases[node.name] = [base.id for base in node.bases if isinstance(base, ast.Name)]
                documented[node.name] = variants._entries(ast.get_docstring(node))
    for cls, entries in documented.items():
        above = [*bases[cls]]
        for base in above:
            above += bases.get(base, [])
            assert not entries.keys() & documented.get(base, {}).keys(), f"{cls} repeats {base}"
        for text in entries.values():
            assert texts.setdefault(text, cls) == cls, f"{cls} says as {texts[text]}: {text}"
    assert documented["VAE"].keys() == {"likelihood", "variance", "free_bits"}
