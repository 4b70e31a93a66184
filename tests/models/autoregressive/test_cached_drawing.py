"""Drawing by caches: what the whole network gives, and what a loop over whole passes draws."""

import numpy as np
import pytest
import tensorflow as tf
from pixel_models import CONFIGURATIONS, FEW, images_of, labels_of, moved, name

from keras_genzoo.models.autoregressive.cached_drawing import CachedDrawing


@pytest.mark.parametrize("configuration", CONFIGURATIONS, ids=name)
def test_caches_give_what_the_network_gives(configuration):
    model = moved(**configuration, num_blocks=2)
    images, labels = given(model)
    drawing = CachedDrawing(model.network, model.head)
    cached = tf.function(lambda: drawing.outputs(images, *labels), autograph=False)()
    whole = model.network([images, *labels] if labels else images)
    np.testing.assert_allclose(cached, whole, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("configuration", FEW, ids=name)
def test_draws_are_those_of_a_loop_over_whole_passes(configuration):
    model = moved(**configuration)
    images, labels = given(model)
    drawing = CachedDrawing(model.network, model.head)
    uniforms = np.random.default_rng(1).uniform(size=images.shape).astype("float32")
    noise = tf.constant(uniforms)
    draw = tf.function(lambda rows: drawing.draw(images, noise, rows, *labels), autograph=False)
    drawn, lower = draw(tf.constant(0)), draw(tf.constant(3))
    np.testing.assert_allclose(drawn, naive(model, uniforms, labels, drawn), atol=1e-6)
    np.testing.assert_array_equal(lower[:, :3], images[:, :3])
    expected = naive(model, uniforms, labels, lower)
    np.testing.assert_allclose(lower[:, 3:], expected[:, 3:], atol=1e-6)


def given(model):
    labels = [tf.constant(each, "int32") for each in labels_of(model, 3).values()]
    return tf.constant(images_of(model, 3)), labels


def naive(model, uniforms, labels, drawn):
    """The level that each uniform number draws, by whole passes over what was drawn before.

    By induction over pixels: where all before one are as drawn, it is as drawn itself.
    """
    conditionals = np.asarray(model([drawn, *labels] if labels else drawn), "float64")
    thresholds = np.cumsum(conditionals, axis=-1)[..., :-1]
    near = np.abs(thresholds - uniforms[..., None]) < 1e-4
    assert near.any(axis=-1).mean() < 0.12  # 255 thresholds, each within 2e-4
    levels = np.sum(uniforms[..., None] >= thresholds, axis=-1) / (model.levels - 1)
    return np.where(near.any(axis=-1), drawn, levels)


def test_half_precision_keeps_its_caches_in_16_bits():
    model = moved(dtype="mixed_float16")
    images = tf.constant(images_of(model, 3))
    drawing = CachedDrawing(model.network, model.head)
    outputs = tf.function(lambda: drawing.outputs(images), autograph=False)()
    assert outputs.dtype == "float32"
    np.testing.assert_allclose(outputs, model.network(images), atol=1e-2)


def test_the_graph_grows_with_neither_rows_nor_columns():
    def size(side):
        model = moved((side, side, 1))
        drawing = CachedDrawing(model.network, model.head)
        spec = tf.TensorSpec((None, side, side, 1))
        draw = tf.function(lambda x, u: drawing.draw(x, u, 0), autograph=False)
        graph = draw.get_concrete_function(spec, spec).graph.as_graph_def()
        return len(graph.node) + sum(len(each.node_def) for each in graph.library.function)

    assert size(8) == size(16)


def test_it_draws_by_the_weights_of_today():
    model = moved()
    first = model.sample(20, seed=0)
    model.network.get_layer("outputs").bias.assign([30.0])
    assert (first == 0).any()
    assert (model.sample(20, seed=0) == 1).all()
