import keras
import numpy as np
import pytest
from contract import THREE_PARTS
from toys import new_classifier

from keras_genzoo import presets
from keras_genzoo.evaluation import features
from keras_genzoo.evaluation.features import FeatureNetwork, tells_classes

RNG = np.random.default_rng(0)


def test_features_and_probabilities_of_all_batches(tmp_path):
    classifier = new_classifier((8, 8, 1))
    presets.save(classifier, tmp_path)
    images = RNG.uniform(size=(7, 8, 8, 1)).astype("float32")
    kernel, bias = classifier.get_layer("features").get_weights()
    for extractor, name in ((tmp_path, str(tmp_path)), (classifier, classifier.name)):
        network = FeatureNetwork(extractor, (8, 8, 1))
        assert network.name == name
        seen, probabilities = network([images[:4], images[4:]])
        np.testing.assert_allclose(seen, np.tanh(images.reshape(7, -1) @ kernel + bias), atol=1e-5)
        np.testing.assert_allclose(probabilities, classifier(images), atol=1e-6)


def test_images_are_resized_and_grey_ones_get_three_channels(tmp_path):
    classifier = new_classifier((16, 16, 3))
    presets.save(classifier, tmp_path)
    images = RNG.uniform(size=(2, 8, 8, 1)).astype("float32")
    network = FeatureNetwork(tmp_path, (8, 8, 1))
    assert network.resize == "resized from (8, 8) to (16, 16), bilinear, antialiased"
    larger = keras.ops.image.resize(np.repeat(images, 3, axis=-1), (16, 16), antialias=True)
    np.testing.assert_allclose(network([images])[1], classifier(larger), atol=1e-6)


def test_a_classifier_of_any_size_resizes_nothing(tmp_path):
    images = keras.Input((None, None, 1))
    seen = keras.layers.Dense(5, name="features")(keras.layers.GlobalMaxPooling2D()(images))
    presets.save(keras.Model(images, keras.layers.Dense(3, "softmax")(seen)), tmp_path)
    network = FeatureNetwork(tmp_path, (8, 6, 1))
    assert network.resize == "no resize"
    assert network([np.zeros((2, 8, 6, 1))])[0].shape == (2, 5)


def test_images_of_another_shape_are_refused(tmp_path):
    """As of a model that draws at another size than that of the real images."""
    presets.save(new_classifier((8, 8, 1)), tmp_path)
    network = FeatureNetwork(tmp_path, (8, 8, 1))
    with pytest.raises(
        ValueError, match=r"Expected \(batch, 8, 8, 1\)\. Received: .*\(2, 9, 9, 1\)"
    ):
        network([np.zeros((3, 8, 8, 1)), np.zeros((2, 9, 9, 1))])


@pytest.mark.parametrize(
    "batches", [[], [np.full((2, 8, 8, 1), 200, "uint8")]], ids=["none", "bytes"]
)
def test_what_are_no_images_is_refused(batches):
    with pytest.raises(ValueError, match=THREE_PARTS):
        FeatureNetwork(new_classifier((8, 8, 1)), (8, 8, 1))(batches)


def test_colours_are_not_made_grey(tmp_path):
    presets.save(new_classifier((8, 8, 1)), tmp_path)
    with pytest.raises(ValueError, match="Expected 1 channels"):
        FeatureNetwork(tmp_path, (8, 8, 3))


def test_a_classifier_that_shows_no_features(tmp_path):
    classifier = new_classifier((8, 8, 1), hidden="dense")
    presets.save(classifier, tmp_path)
    for extractor in (tmp_path, classifier):
        with pytest.raises(ValueError, match="called 'features'"):
            FeatureNetwork(extractor, (8, 8, 1))


@pytest.mark.slow
def test_inception_is_looked_at_before_its_classes():
    network = features._inception_v3(weights=None)
    seen, probabilities = network(np.zeros((1, 299, 299, 3), "float32"))
    assert seen.shape == (1, 2048)
    assert probabilities.shape == (1, 1000)


@pytest.mark.parametrize("classifier", sorted({*features.CLASSIFIERS.values()}))
def test_the_classifiers_ship(classifier):
    card = presets.card(classifier)
    assert card["scores"]["accuracy"] >= (0.993 if classifier == "classifier_mnist" else 0.93)
    FeatureNetwork(classifier, (28, 28, 1))


def test_the_reader_of_faces_ships():
    assert presets.card("classifier_celeba64")["scores"]["accuracy"] > 0.86
    assert not tells_classes("classifier_celeba64")
