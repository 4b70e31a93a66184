"""Networks whose features tell images apart: what distances look through."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

from keras_genzoo import metrics, presets

# What knows the images of a dataset; colour photographs are looked at by "inception_v3".
CLASSIFIERS = {
    "mnist": "classifier_mnist",
    "fashion_mnist": "classifier_fashion_mnist",
    "fashion_mnist_small": "classifier_fashion_mnist",
}


class FeatureNetwork:
    """A classifier, looked at in its last hidden layer.

    Args:
        extractor: A classifier whose last hidden layer is called `features`, a Keras model or a
            preset, or `"inception_v3"`: Keras', trained on ImageNet, whose weights Keras downloads.
            They are not those of the Inception of papers on FID, so neither are the distances.
        image_shape: `(height, width, channels)` of the images to come. They are resized to the
            classifier's height and width, unless these are free, and grey ones get three equal
            channels if it wants three.

    Attributes:
        name: As given; of a Keras model, its own.
        image_shape: As given.
        resize: What is done to the images' size, in words.

    Raises:
        ValueError: If there is no such network, it has no layer `features`, its weights cannot be
            had, or it does not take the images' channels.

    Example:
        >>> import numpy as np
        >>> images = keras.Input((8, 8, 1))
        >>> features = layers.Dense(5, name="features")(layers.Flatten()(images))
        >>> classifier = keras.Model(images, layers.Dense(3, activation="softmax")(features))
        >>> network = FeatureNetwork(classifier, (8, 8, 1))
        >>> features, probabilities = network([np.zeros((2, 8, 8, 1)), np.zeros((4, 8, 8, 1))])
        >>> features.shape, probabilities.shape
        ((6, 5), (6, 3))
    """

    def __init__(self, extractor, image_shape):
        own = isinstance(extractor, keras.Model)
        self.name = extractor.name if own else str(extractor)
        network = _inception_v3() if extractor == "inception_v3" else _classifier(extractor)
        size, expected = tuple(image_shape[:2]), network.input_shape[1:]
        if expected[2] != image_shape[2] and (image_shape[2], expected[2]) != (1, 3):
            raise ValueError(
                f"{self.name} does not take such images. Expected {expected[2]} channels. "
                f"Received: image_shape={tuple(image_shape)}"
            )
        self.image_shape = (*size, image_shape[2])
        self.resize = "no resize"
        resizes = None not in expected[:2] and size != expected[:2]
        if resizes:
            self.resize = f"resized from {size} to {expected[:2]}, bilinear, antialiased"

        @tf.function(input_signature=[tf.TensorSpec((None, *image_shape), tf.float32)])
        def look(images):
            if resizes:
                images = ops.image.resize(images, expected[:2], antialias=True)
            if expected[2] != image_shape[2]:
                images = ops.repeat(images, expected[2], axis=-1)
            return network(images, training=False)

        self._look = look

    def __call__(self, batches):
        """Features and class probabilities of images that come in batches; the images are not kept.

        Args:
            batches: Iterable of images, `(batch, *image_shape)` in [0, 1].

        Returns:
            `(n, features)` and `(n, classes)`, float32.

        Raises:
            ValueError: If they are of another shape, not in [0, 1], or there are none.
        """
        looks = [self._look(self._fitting(images)) for images in batches]
        if not looks:
            raise ValueError("There is nothing to look at. Expected images. Received: no batch")
        features, probabilities = zip(*looks, strict=True)
        return np.concatenate(features), np.concatenate(probabilities)

    def _fitting(self, images):
        images = np.asarray(images, "float32")
        if images.shape[1:] != self.image_shape:
            shape = ", ".join(map(str, self.image_shape))
            raise ValueError(
                "The images to compare differ in shape from the real ones. Expected "
                f"(batch, {shape}). Received: images of shape {images.shape}"
            )
        if metrics.out_of_range(images):
            raise ValueError(
                "The images are none that a network of the zoo sees. Expected pixels in [0, 1] "
                f"(divide bytes by 255). Received: from {images.min()} to {images.max()}"
            )
        return images


def tells_classes(name):
    """Whether the probabilities of a `FeatureNetwork` are of classes, of which an image has one.

    Args:
        name: A preset, or `"inception_v3"`.

    Example:
        >>> tells_classes("classifier_mnist")
        True
    """
    return str(name) == "inception_v3" or not reads_attributes(presets.load(name))


def reads_attributes(classifier):
    """Whether a classifier tells of each of its outputs whether an image has it, by sigmoids.

    Example:
        >>> images = keras.Input((3,))
        >>> reads_attributes(keras.Model(images, layers.Dense(2, activation="sigmoid")(images)))
        True
    """
    last = classifier.layers[-1]
    return getattr(last, "activation", None) is keras.activations.sigmoid


def _classifier(extractor):
    model = extractor if isinstance(extractor, keras.Model) else presets.load(extractor)
    if "features" not in [layer.name for layer in model.layers]:
        raise ValueError(
            "The network shows no features. Expected a classifier whose last hidden layer is "
            f"called 'features', or 'inception_v3'. Received: extractor={str(extractor)!r}"
        )
    return keras.Model(model.input, (model.get_layer("features").output, model.output))


def _inception_v3(weights="imagenet"):
    try:
        inception = keras.applications.InceptionV3(weights=weights)
    except Exception as error:  # Keras raises a bare one where it cannot download
        raise ValueError(
            f"The weights of InceptionV3 cannot be had: {error} Expected a network connection, or "
            "the preset of a classifier. Received: extractor='inception_v3'"
        ) from error
    images = keras.Input(inception.input_shape[1:])
    scaled = layers.Rescaling(2.0, -1.0)(images)
    looks = keras.Model(inception.input, (inception.get_layer("avg_pool").output, inception.output))
    return keras.Model(images, looks(scaled))
