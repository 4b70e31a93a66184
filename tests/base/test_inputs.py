"""The checks that the contract of all models does not reach."""

import numpy as np
import pytest
import tensorflow as tf
from contract import SHAPE, THREE_PARTS, assert_same, batches, pictures
from image_files import picture, write_folder
from toy_models import Conditioned, TokenCoder

import keras_genzoo as kg
from keras_genzoo.base import inputs
from keras_genzoo.models import VAE, Autoencoder


@pytest.fixture(scope="module")
def model():
    model = VAE(SHAPE, latent_dim=2, hidden=(4,), seed=0)
    model.compile("adam")
    return model


def test_labels_that_nobody_needs_may_be_anything(model):
    labels = {"digit": np.zeros(4), "names": (np.zeros((4, 2)), np.ones(4))}
    model.fit(tf.data.Dataset.from_tensor_slices((pictures(4), labels)).batch(4), verbose=0)


def test_labels_of_weighted_images(model):
    images, weights = pictures(3), np.ones(3)
    assert inputs.examples(images, None, None, model) == (images, None)
    given = np.arange(3)
    assert inputs.examples(images, given, weights, model)[1] is given
    _, placeholder = inputs.examples(images, None, weights, model)
    assert inputs.unpacked((images, placeholder, weights), model)[1] is None
    assert inputs.unpacked((images, given), model)[1] is None  # nobody learns from them


@pytest.mark.parametrize("kind", [tuple, list])
def test_weights_of_validation_data_count(model, kind):
    images = pictures(40)
    images[20:] = 0.0
    weights = np.repeat([1.0, 0.0], 20)
    sgd = VAE(SHAPE, latent_dim=2, hidden=(4,), seed=0)
    sgd.compile("sgd")
    options = {"epochs": 1, "verbose": 0}
    data = {"all": images, "first": images[:20], "weighted": kind([images, None, weights])}
    kl = {}
    for name, validation in data.items():
        still = VAE(SHAPE, latent_dim=2, hidden=(4,), seed=0)
        still.set_weights(sgd.get_weights())
        still.compile("sgd")
        still.optimizer.learning_rate = 0.0
        kl[name] = still.fit(pictures(4), validation_data=validation, **options).history["val_kl"]
    assert kl["weighted"] == pytest.approx(kl["first"], rel=1e-5)
    assert kl["weighted"] != pytest.approx(kl["all"], rel=1e-3)


def test_weights_that_are_none_are_refused_before_the_first_step(model):
    images, steps = pictures(4), int(model.steps_trained)
    for weights in (np.ones(3), np.ones((4, 2)), [1, 2, 3, np.nan], [1, 2, 3, -1], list("abcd")):
        with pytest.raises(ValueError, match=rf"weights do not fit\. {THREE_PARTS[4:]}"):
            model.fit(images, sample_weight=weights, verbose=0)
    for weights in (np.ones((4, 8, 8, 1)), np.array(list("abcd")), {"w": np.ones(4)}):
        data = tf.data.Dataset.from_tensor_slices((images, np.zeros(4), weights)).batch(4)
        with pytest.raises(ValueError, match=rf"weights do not fit\. {THREE_PARTS[4:]}"):
            model.fit(data, verbose=0)
    assert int(model.steps_trained) == steps


@pytest.mark.parametrize("bad", [-1.0, np.nan, np.inf])
def test_weights_of_a_dataset_that_are_none_make_a_batch_bad(model, bad):
    weights = np.array([1, bad, 1, 1], "float32")
    data = batches(pictures(4), np.zeros(4), weights)
    told = rf"drew bad pixels or weights\..*{THREE_PARTS[4:]}: 1 bad"
    with pytest.raises(ValueError, match=told):
        model.evaluate(data, verbose=0)


def test_class_weight():
    model = VAE(SHAPE, latent_dim=2, hidden=(4,), seed=0)
    model.compile("adam")
    before = model.get_weights()
    labels = np.arange(20) % 2
    model.fit(pictures(20), labels, class_weight={0: 0.0, 1: 0.0}, verbose=0)
    model.steps_trained.assign(0)
    assert_same(model.get_weights(), before, 0)


def test_validation_split(model):
    history = model.fit(pictures(40), validation_split=0.25, verbose=0).history
    assert "val_kl" in history
    for share in (1.5, -0.5):
        with pytest.raises(ValueError, match=rf"{THREE_PARTS}: validation_split={share}"):
            model.fit(pictures(40), validation_split=share, verbose=0)


def test_bad_validation_datasets_are_refused(model):
    bad = tf.data.Dataset.from_tensor_slices(pictures(20) * 255).batch(10)
    with pytest.raises(ValueError, match=THREE_PARTS):
        model.fit(pictures(20), validation_data=bad, verbose=0)
    with pytest.raises(ValueError, match=THREE_PARTS):
        model.evaluate(bad, verbose=0)


@pytest.mark.parametrize("steps_per_execution", [1, 3])
def test_a_bad_batch_among_several_is_counted(steps_per_execution):
    model = VAE(SHAPE, latent_dim=2, hidden=(4,), seed=0)
    model.compile("sgd", steps_per_execution=steps_per_execution)
    images = pictures(40)
    images[[15, 35]] = 7.0
    dataset = tf.data.Dataset.from_tensor_slices(images).batch(10)
    with pytest.raises(ValueError, match=r"Epoch 1 .* 2 bad batch"):
        model.fit(dataset, verbose=0)
    model.fit(dataset.take(1), verbose=0)  # the count starts anew


def test_other_errors_of_a_dataset_stay_as_they_are(model):
    def fail(images):
        with tf.control_dependencies([tf.debugging.Assert(False, ["mine"])]):
            return tf.identity(images)

    dataset = tf.data.Dataset.from_tensor_slices(pictures(20)).batch(10).map(fail)
    with pytest.raises(tf.errors.InvalidArgumentError, match="mine"):
        model.fit(dataset, verbose=0)


def test_a_file_that_is_cut_is_named_as_in_loading(model, tmp_path):
    path = write_folder(tmp_path, {"0.jpg": picture(7, (8, 8), suffix="jpeg")[:-30]})
    with pytest.raises(
        ValueError, match=r"^An image cannot be decoded.*Expected.*file='.*0\.jpg'$"
    ):
        model.fit(kg.datasets.load(path, cache=None), verbose=0)


def test_datasets_of_dicts_are_refused(model):
    dataset = tf.data.Dataset.from_tensor_slices({"image": pictures(20)}).batch(10)
    with pytest.raises(ValueError, match=THREE_PARTS):
        model.fit(dataset, verbose=0)
    with pytest.raises(ValueError, match=f"{THREE_PARTS}: a dict of 'image'"):
        model.fit({"image": pictures(20)}, verbose=0)


def test_an_unbatched_dataset_is_refused(model):
    with pytest.raises(ValueError, match=THREE_PARTS):
        model.fit(tf.data.Dataset.from_tensor_slices(pictures(20)), verbose=0)


@pytest.mark.parametrize("kind", ["uint8", "int32"])
def test_bytes_are_no_pixels(model, kind):
    dataset = tf.data.Dataset.from_tensor_slices((pictures(20) * 255).astype(kind)).batch(10)
    for method in (model.fit, model.evaluate):
        with pytest.raises(ValueError, match=rf"images do not fit.*{THREE_PARTS[4:]}.*{kind}"):
            method(dataset, verbose=0)


# === Datasets that do not know their shapes ===


def shapeless(*arrays, known):
    """A batch of arrays, of which at most the ranks are known."""
    specs = [tf.TensorSpec([None] * a.ndim if known == "rank" else None, a.dtype) for a in arrays]
    data = tf.data.Dataset.from_generator(lambda: iter([arrays]), output_signature=tuple(specs))
    return data.apply(tf.data.experimental.assert_cardinality(1))


def test_targets_of_unknown_shape_are_neither_broadcast_nor_left_out():
    model = Autoencoder((8, 8, 3), latent_dim=2, hidden=(4,), seed=0)
    model.compile("sgd")
    images, targets = pictures(4).repeat(3, axis=-1), np.zeros((4, 8, 8, 3), "float32")
    expected = model.evaluate(images, targets, verbose=0)
    data = shapeless(images, targets, known="rank")
    assert model.evaluate(data, verbose=0) == pytest.approx(expected)
    misfit = r"images or targets do not fit the model. Expected: \(n, 8, 8, 3\).*Received: "
    for grey in (targets[..., :1], targets[:, :1, :1, :1]):
        with pytest.raises(ValueError, match=misfit + r"\(4,\d,\d,1\)"):
            model.evaluate(shapeless(images, grey, known="rank"), verbose=0)
    with pytest.raises(ValueError, match=r"targets, or labels.*Expected.*Received: y as Ten"):
        model.evaluate(shapeless(images, targets, known="nothing"), verbose=0)
    own = model.evaluate(images, verbose=0)
    labelled = shapeless(images, np.arange(4), known="nothing")  # which are no targets
    assert model.evaluate(labelled, verbose=0) == pytest.approx(own)


@pytest.mark.parametrize("known", ["rank", "nothing"])
def test_tokens_of_unknown_length(known):
    model = TokenCoder(length=5, seed=0)
    model.compile("sgd")
    tokens = np.arange(15).reshape(3, 5) % 7
    model.fit(shapeless(tokens, known=known), verbose=0)
    assert_same([model.predict(shapeless(tokens, known=known), verbose=0)], [model(tokens)])
    for method in (model.fit, model.evaluate, model.predict):
        with pytest.raises(ValueError, match=r"tokens do not fit.*\(n, 5\).*Received: \(3,4\)"):
            method(shapeless(tokens[:, :4], known=known), verbose=0)


def test_generators_of_another_shape_are_refused(model):
    coloured = pictures(4).repeat(3, axis=-1)
    with pytest.raises(ValueError, match=rf"images do not fit.*{THREE_PARTS[4:]}: \(None, 8, 8, 3"):
        model.evaluate(((coloured,) for _ in range(3)), steps=1, verbose=0)


# === What `predict` takes of a model that is told two words ===


@pytest.fixture(scope="module")
def conditioned():
    return Conditioned(seed=0)


def test_what_was_fitted_can_be_predicted(conditioned):
    images, labels = pictures(4), np.arange(4) % 3
    expected = conditioned.reconstruct(images, labels)
    nested = batches(images, labels).map(lambda *pair: (pair,))
    for data in (batches(images, labels), batches(images, labels, np.ones(4)), nested):
        assert_same([conditioned.predict(data, verbose=0)], [expected])
    generated = (pair for pair in [(images.astype("float64"), labels)])
    assert_same([conditioned.predict(generated, steps=1, verbose=0)], [expected])


def test_another_number_of_words_is_refused(conditioned):
    images, labels = pictures(4), np.arange(4) % 3
    several = {"images": images, "labels": labels}, [images], [images, labels, labels]
    for given in (images, tf.constant(images), batches(images), *several):
        with pytest.raises(
            ValueError, match=rf"predicts from images and labels\. {THREE_PARTS[4:]}"
        ):
            conditioned.predict(given, verbose=0)


class OptionallyTold(Conditioned):
    """Of the class 0, where it is told none, as models that may draw without a class."""

    condition_word = None

    def call(self, inputs, training=False):
        if not isinstance(inputs, list | tuple):
            inputs = inputs, tf.zeros(tf.shape(inputs)[:1], tf.int32)
        return super().call(inputs, training)


def test_a_condition_may_be_left_out():
    model, images, labels = OptionallyTold(seed=0), pictures(4), np.arange(4) % 3
    alone = model.reconstruct(images, labels * 0)
    for given in (images, [images], batches(images)):
        assert_same([model.predict(given, verbose=0)], [alone])
    told = model.predict(batches(images, labels), verbose=0)
    assert_same([told], [model.reconstruct(images, labels)])
