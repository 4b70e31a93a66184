"""PixelCNN: the contract, its causality, its likelihoods and draws against the truth."""

import itertools
import math

import keras
import numpy as np
import pytest
import tensorflow as tf
from contract import SHAPE, THREE_PARTS, ModelContract, batches, op_by_op
from families import BAD_SHAPES
from pixel_models import CONFIGURATIONS, FEW, TINY, images_of, labels_of, moved, name

from keras_genzoo import metrics
from keras_genzoo.models import PixelCNN


class TestPixelCNN(ModelContract):
    model_class = PixelCNN
    arguments = {"image_shape": SHAPE, **TINY}  # noqa: RUF012
    changed = {  # noqa: RUF012
        **{"image_shape": SHAPE, "filters": 4, "num_blocks": 1, "kernel_size": 5, "levels": 256},
        **{"components": 2, "num_classes": 3, "ema": 0.9, "seed": 7},
    }
    predicted = "conditionals"
    sampled = "images"

    def words(self, n, seed=0):
        return {**super().words(n, seed), "rows": np.int32(7)}

    def outputs(self, model, n=5):
        """All but what `sample` gives, which draws as `complete` does, and more rows."""
        with op_by_op():
            return [getattr(model, verb)(**self.given(verb, n)) for verb in self.verbs()]

    def misfits(self):
        sizes = ({"filters": 0}, {"num_blocks": 0}, {"components": 0}, {"num_classes": 0})
        kernels = ({"kernel_size": size} for size in (1, 4, 3.5))
        levels = ({"levels": levels} for levels in (1, 3, 16, "2", None))
        shapes = ({"image_shape": shape} for shape in BAD_SHAPES)
        return [*sizes, *kernels, *levels, *shapes, {"ema": 1.0}]


def test_whole_numbers_may_be_floats():
    model = PixelCNN(SHAPE, filters=2, num_blocks=1, kernel_size=5.0, levels=256.0)
    sizes = model.kernel_size, model.levels
    assert sizes == (5, 256)
    assert {*map(type, sizes)} == {int}


@pytest.fixture(scope="module", params=FEW, ids=name)
def model(request):
    return moved(**request.param)


@pytest.mark.parametrize("configuration", CONFIGURATIONS, ids=name)
def test_a_pixel_depends_on_all_before_it_within_reach_and_on_no_other(configuration):
    model = moved(**configuration)
    height, width, channels = model.image_shape
    places = list(itertools.product(range(height), range(width), range(channels)))
    images = tf.constant(np.repeat(images_of(model, 1), len(places), axis=0))
    labels = [keras.ops.zeros(len(places), "int32")] if model.num_classes else []
    own = [(n, *place) for n, place in enumerate(places)]  # of the n-th image the n-th pixel
    with tf.GradientTape() as tape:
        tape.watch(images)
        parameters = model.parameters(model.network, images, *labels)
        logits = sum(tf.reduce_sum(tf.gather_nd(each, own)) for each in parameters)
    gradients = tape.gradient(logits, images).numpy()
    reach = 3 + model.num_blocks * (model.kernel_size // 2)
    for place, gradient in zip(places, gradients, strict=True):
        for other in places:
            near = all(abs(a - b) <= reach for a, b in zip(place[:2], other[:2], strict=True))
            assert (gradient[other] != 0) == (other < place and near), (place, other)


def test_likelihoods_are_products_of_conditionals(model):
    images, labels = images_of(model, 5), labels_of(model, 5)
    conditionals = model.conditionals(images, **labels)
    assert conditionals.shape == (5, *model.image_shape, model.levels)
    np.testing.assert_allclose(conditionals.sum(axis=-1), 1, rtol=1e-5)
    levels = np.rint(images * (model.levels - 1)).astype(int)
    own = np.take_along_axis(conditionals, levels[..., None], axis=-1)
    expected = np.log(own, dtype="float64").sum(axis=(1, 2, 3, 4))
    nats = model.log_prob(images, **labels)
    np.testing.assert_allclose(nats, expected, rtol=1e-5)
    given = (images, labels["labels"]) if labels else images
    np.testing.assert_array_equal(model.predict(given, verbose=0), conditionals)
    model.compile()
    scores = model.evaluate(images, labels.get("labels"), verbose=0, return_dict=True)
    assert scores["loss"] == pytest.approx(-nats.mean(), rel=1e-5)
    if model.levels == 256:
        bits = metrics.bits_per_dim(-nats.mean(), model.image_shape, discrete=True)
        assert scores["bits_per_dim"] == pytest.approx(bits, rel=1e-5)


def test_completions_keep_the_first_rows(model):
    images, labels = images_of(model, 3), labels_of(model, 3)
    images[0, 0, 0] = np.nextafter(images[0, 0, 0], np.float32(0.5)) if model.levels > 2 else 1
    drawn = model.complete(images, rows=5, seed=0, **labels)
    np.testing.assert_array_equal(drawn[:, :5], images[:, :5])
    assert (drawn[:, 5:] != images[:, 5:]).any()
    np.testing.assert_array_equal(model.complete(images, rows=8, seed=0, **labels), images)
    below = np.concatenate([images[:, :5], 1 - images[:, 5:]], axis=1)
    np.testing.assert_array_equal(model.complete(below, rows=5, seed=0, **labels), drawn)
    np.testing.assert_array_equal(
        model.complete(images, rows=0, seed=4, **labels), model.sample(3, seed=4, **labels)
    )
    assert model.complete(images[:0], rows=5, **{k: x[:0] for k, x in labels.items()}).shape == (
        *(0, *model.image_shape),
    )


def test_draws_are_distributed_as_the_network_says():
    """Each pixel, given those before it: 4 standard errors of the mean over 20,000 draws."""
    model = moved()
    model.at_once = 5000
    drawn = model.sample(20_000, seed=0)
    white = np.concatenate(
        [model.conditionals(part)[..., 1] for part in np.split(drawn, 20)], dtype="float64"
    )
    error = np.sqrt(np.mean(white * (1 - white), axis=0) / len(drawn))
    assert (np.abs(np.mean(drawn - white, axis=0)) < 4 * error).all()
    assert np.ptp(white, axis=0).max() > 0.1  # pixels do depend on others


def test_it_learns_what_pixels_tell_of_others():
    """Rows of one colour, drawn by coins: log 2 a row is all there is to know."""
    coins = np.random.default_rng(0).integers(0, 2, (512, 8, 1, 1))
    images = np.broadcast_to(coins, (512, *SHAPE)).astype("float32")
    model = PixelCNN(SHAPE, **{**TINY, "filters": 8}, ema=0.9)
    model.compile(keras.optimizers.Adam(0.01))
    model.fit(images, epochs=10, verbose=0)
    assert 8 * math.log(2) * 0.98 < -model.log_prob(images).mean() < 8 * math.log(2) * 1.1
    drawn = model.sample(50, seed=0)
    assert (drawn == drawn[:, :, :1]).all(axis=(1, 2, 3)).mean() > 0.9
    assert len(np.unique(drawn[:, :, 0, 0], axis=0)) > 30


def test_what_is_measured_and_drawn_is_of_the_average():
    model = moved(ema=0.9)
    images = images_of(model, 8)
    average, network = model.averaged_network, model.network
    network.get_layer("outputs").bias.assign([30.0])
    likely = model.log_prob(images)
    model.compile()
    assert model.evaluate(images, verbose=0) == pytest.approx(-likely.mean(), rel=1e-5)
    assert (model.sample(8, seed=0) == 0).any()
    average.set_weights(network.get_weights())
    assert (model.log_prob(images) < likely).all()
    assert (model.sample(8, seed=0) == 1).all()


def test_classes_are_told_apart():
    labels = np.arange(128) % 2
    images = np.broadcast_to(labels[:, None, None, None], (128, *SHAPE)).astype("float32")
    model = PixelCNN(SHAPE, **TINY, num_classes=2, ema=None)
    model.compile(keras.optimizers.Adam(0.02))
    model.fit(batches(images, labels), validation_data=(images, labels), epochs=8, verbose=0)
    drawn = model.sample(labels=[1, 1, 0, 1], seed=0)
    assert drawn.mean(axis=(1, 2, 3)).round().tolist() == [1, 1, 0, 1]
    assert model.sample(4, seed=0).mean(axis=(1, 2, 3)).round().tolist() == [0, 1, 0, 1]
    assert model.log_prob(images[:2], labels[:2]).min() > -2
    assert model.log_prob(images[:2], 1 - labels[:2]).max() < -5


def test_grey_images_of_two_levels_are_refused_with_a_hint():
    model = PixelCNN(SHAPE, **TINY)
    model.compile()
    grey = np.full((4, *SHAPE), 0.5, "float32")
    hint = r'(?s)black and white.*binarize="dynamic".*Received'
    for use in (model.fit, model.evaluate, model.log_prob, model.conditionals, model.predict):
        with pytest.raises(ValueError, match=hint):
            use(grey)
    with pytest.raises(ValueError, match=hint):
        model.complete(grey, rows=3)
    with pytest.raises(ValueError, match=hint):
        model.fit(batches(grey), verbose=0)
    model = PixelCNN(SHAPE, **TINY, levels=256)
    between = model.log_prob(grey + 0.2 / 255)
    np.testing.assert_array_equal(between, model.log_prob(np.full_like(grey, 128 / 255)))


@pytest.mark.parametrize(
    "arguments",
    [
        {"rows": 9},
        {"rows": -1},
        {"rows": 2.5},
        {"rows": 3, "seed": "a"},
        {"rows": 3, "labels": [0, 1]},
    ],
)
def test_what_cannot_be_completed(arguments):
    with pytest.raises(ValueError, match=THREE_PARTS):
        PixelCNN(SHAPE, **TINY).complete(np.zeros((2, *SHAPE)), **arguments)


@pytest.mark.parametrize(
    "arguments",
    [{}, {"num_samples": 10**9}, {"num_samples": 3, "labels": [0, 1]}, {"labels": [0, 3]}],
)
def test_samples_of_what(arguments):
    model = PixelCNN(SHAPE, **TINY, num_classes=3)
    with pytest.raises(ValueError, match=THREE_PARTS):
        model.sample(**arguments)
    with pytest.raises(ValueError, match=THREE_PARTS):
        model.log_prob(np.zeros((2, *SHAPE)))  # of which class?
    with pytest.raises(ValueError, match=THREE_PARTS):
        model.complete(np.zeros((2, *SHAPE)), rows=3)
    with pytest.raises(ValueError, match=THREE_PARTS):
        PixelCNN(SHAPE, **TINY).sample(2, labels=[0, 1])
