"""Fields: what their values may be; and four models of other words under the contract of all."""

import math

import numpy as np
import pytest
import tensorflow as tf
from contract import THREE_PARTS, ModelContract, assert_same, batches, drawn, pictures
from toy_models import Conditioned, MapCoder, TokenCoder, Translator

import keras_genzoo as kg
from keras_genzoo.base import fields


class TestTokens(ModelContract):
    model_class = TokenCoder
    arguments = {"length": 5, "vocabulary_size": 7, "seed": 0}  # noqa: RUF012
    changed = {"length": 4, "vocabulary_size": 9, "seed": 7}  # noqa: RUF012
    predicted = "tokens"


class TestPairs(ModelContract):
    model_class = Translator
    arguments = {"seed": 0}  # noqa: RUF012
    changed = {"width": 2, "seed": 7}  # noqa: RUF012
    predicted = "targets"

    @pytest.mark.parametrize("size", [(8, 12), (16, 9)], ids=str)
    def test_sides_are_free(self, trained, size):
        sources = np.zeros((3, *size, 1))
        assert trained.translate(sources).shape == (3, *size, 3)


class TestConditions(ModelContract):
    model_class = Conditioned
    arguments = {"seed": 0}  # noqa: RUF012
    changed = {"num_classes": 4, "seed": 7}  # noqa: RUF012

    def to_predict(self, n):
        return self.words(n)["images"], self.words(n)["labels"]


class TestMaps(ModelContract):
    model_class = MapCoder
    arguments = {"seed": 0}  # noqa: RUF012
    changed = {"channels": 3, "seed": 7}  # noqa: RUF012

    def test_ways_lead_through_maps(self, trained):
        images = pictures(3), pictures(3, seed=1)
        for method in ("linear", "spherical"):
            ways = kg.latent.interpolate(trained, *images, steps=4, method=method)
            assert ways.shape == (3, 4, 8, 8, 1)
            assert_same([ways[:, 0]], [trained.reconstruct(images[0])], 1e-5)
        one = kg.latent.interpolate(trained, np.zeros((4, 4, 2)), np.ones((4, 4, 2)), steps=4)
        assert one.shape == (4, 8, 8, 1)

    @pytest.mark.parametrize(
        "way",
        [
            lambda model: kg.latent.traverse(model, pictures(1)),
            kg.latent.manifold,
            lambda model: kg.latent.edit(model, pictures(1), np.zeros(32)),
            lambda model: kg.latent.rank_dimensions(model, pictures(1)),
            lambda model: kg.latent.attribute_vector(model, pictures(2), [0, 1]),
            lambda model: kg.latent.aggregate_posterior(model, pictures(2)),
        ],
    )
    def test_what_asks_for_flat_latents_refuses_maps(self, trained, way):
        with pytest.raises(ValueError, match=r"latents are maps. Expected.*Received: MapCoder"):
            way(trained)


# === A field alone ===

IMAGES, LATENTS = fields.images((2, 2, 1)), fields.latents((2,))
LABELS, TOKENS, MASKS = fields.labels(3), fields.tokens(5, 7), fields.masks((2, 2, 1))
ALL = {"images": IMAGES, "latents": LATENTS, "labels": LABELS, "tokens": TOKENS, "masks": MASKS}


@pytest.mark.parametrize("word", ALL)
def test_what_is_allowed_passes_uncopied(word):
    values = drawn(ALL[word], 3)
    assert ALL[word].checked(word, values) is values
    assert bool(ALL[word].sound(tf.constant(values)))
    as_floats = ALL[word].checked(word, values.astype("float64").tolist())
    assert as_floats.dtype == ALL[word].dtype
    assert ALL[word].spec(word).shape.as_list() == [None, *ALL[word].shape]


@pytest.mark.parametrize("word", ALL)
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 7.0, -1.0, 0.5])
def test_what_is_not_allowed_is_refused(word, bad):
    field = ALL[word]
    allowed = field.lowest <= bad <= field.highest and not (field.whole and bad % 1)
    if allowed and not math.isinf(bad):
        return
    values = drawn(field, 5000).astype("float32")  # more than are compared at a time
    values[(-1,) * values.ndim] = bad
    with pytest.raises(ValueError, match=THREE_PARTS):
        field.checked(word, values)
    assert not bool(field.sound(tf.constant(values)))


@pytest.mark.parametrize("word", ALL)
def test_other_types_are_refused(word):
    for values in (np.full((3, *ALL[word].shape), "a"), None, 3, drawn(ALL[word], 3)[..., None]):
        with pytest.raises(ValueError, match=rf"The {word} do not fit the model. Expected"):
            ALL[word].checked(word, values)


def test_what_32_bits_do_not_hold_is_refused():
    with pytest.raises(ValueError, match=rf"{THREE_PARTS}.* to 1e\+300"):
        LATENTS.checked("latents", [[0.0, 1e300]])
    for kind in ("float16", "float64", "uint64"):
        assert LATENTS.checked("latents", np.ones((1, 2), kind)).dtype == "float32"


def test_datasets_of_other_types_are_refused():
    kinds = {"labels": ("bool", "string"), "images": ("uint8", "bool"), "latents": ("int32",)}
    for word, refused in kinds.items():
        shape = (None, *ALL[word].shape)
        for kind in refused:
            with pytest.raises(ValueError, match=f"{THREE_PARTS}.*{kind}"):
                ALL[word].check_spec(word, tf.TensorSpec(shape, kind))
        ALL[word].check_spec(word, tf.TensorSpec(shape, "float64"))
    LABELS.check_spec("labels", tf.TensorSpec((None,), "uint8"))


def test_a_little_overshoot_of_pixels_is_let_through():
    images = np.array([0.0, 1.0, -5e-4, 1 + 5e-4], "float32").reshape(1, 2, 2, 1)
    assert bool(IMAGES.sound(tf.constant(images)))
    assert IMAGES.checked("images", images) is images
    assert not bool(IMAGES.sound(tf.constant(images * 1.01)))


def test_errors_name_what_was_received():
    with pytest.raises(ValueError, match=r"\(1, 2, 2, 1\), pixels from 0.0 to 255.0"):
        IMAGES.checked("images", np.array([0, 255, 0, 0.0]).reshape(1, 2, 2, 1))
    with pytest.raises(ValueError, match=r"\(n,\), integers from 0 to 2\. Received: \(2,\), class"):
        LABELS.checked("labels", [0, 3])
    with pytest.raises(ValueError, match=r"Expected: \(n, any, any, 3\)"):
        fields.images((None, None, 3)).checked("images", np.zeros((1, 4, 4, 1)))


def test_a_multiple_divides_the_sides_that_are_free():
    field = fields.images((None, None, 1), multiple=4)
    field.checked("images", np.zeros((2, 8, 12, 1)))
    field.check_spec("images", tf.TensorSpec((None, None, None, 1)))
    for sides in ((8, 10), (4, 8)):
        with pytest.raises(ValueError, match=r"\(n, 8 \+ any \* 4, .*Received: \(2, "):
            field.checked("images", np.zeros((2, *sides, 1)))
        with pytest.raises(ValueError, match=THREE_PARTS):
            field.check_spec("images", tf.TensorSpec((None, *sides, 1)))
        with pytest.raises(tf.errors.InvalidArgumentError, match=THREE_PARTS):
            field.asserted("images", tf.zeros((2, *sides, 1)))
    field.asserted("images", tf.zeros((2, 8, 12, 1)))


def test_scalars():
    count, seed = fields.Scalar(least=0), fields.Scalar()
    assert count.checked("num_samples", np.int64(3)) == 3
    assert seed.checked("seed", -(2**40)) == -(2**40)
    assert count.checked("steps", 2**31 - 1) == 2**31 - 1
    with pytest.raises(ValueError, match=THREE_PARTS):
        count.checked("steps", 2**40)
    for value in (-1, 1.5, np.nan, "a", None, True, [3]):
        with pytest.raises(ValueError, match=rf"{THREE_PARTS}: num_samples="):
            count.checked("num_samples", value)
    for value in (1.5, np.nan, np.inf, "a", True):
        with pytest.raises(ValueError, match=rf"{THREE_PARTS}: seed="):
            seed.checked("seed", value)
    assert count.spec("num_samples").shape.as_list() == []


# === Whether `fit` needs y ===


class OptionallyConditioned(Conditioned):
    """Of the class 0, where no labels are given."""

    needs_y = False

    def flow(self, images, labels=None, sample_weight=None, training=False):
        labels = tf.zeros(tf.shape(images)[:1], tf.int32) if labels is None else labels
        return super().flow(images, labels, sample_weight, training)


def test_y_may_be_optional():
    model = OptionallyConditioned(seed=0)
    model.compile("sgd")
    images, labels = pictures(8), np.arange(8) % 3
    for data in ((images, labels), (images,), (batches(images, labels),), (batches(images),)):
        model.fit(*data, verbose=0)
    model.fit(images, sample_weight=np.ones(8), verbose=0)
    for bad in ((images, labels + 1), (batches(images, labels + 1),)):
        with pytest.raises(ValueError, match=r"integers from 0 to 2. Received: .*classes from 1"):
            model.fit(*bad, verbose=0)


def test_y_that_is_needed_is_asked_for():
    model = Conditioned(seed=0)
    model.compile("sgd")
    expected = r"Conditioned learns from labels. Expected `fit\(images, labels\)` or a dataset"
    images, labels = pictures(8), np.arange(8) % 3
    for data in ((images,), (batches(images),)):
        with pytest.raises(ValueError, match=expected):
            model.fit(*data, verbose=0)
        with pytest.raises(ValueError, match=expected):
            model.fit(images, labels, validation_data=data, verbose=0)
        with pytest.raises(ValueError, match=expected):
            model.evaluate(*data, verbose=0)
