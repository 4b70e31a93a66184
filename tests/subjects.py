"""What is evaluated in tests: real images, and by what protocol."""

import keras_genzoo as kg
from keras_genzoo.evaluation import Evaluation, Protocol

SHAPE = (28, 28, 1)


def evaluation(dataset="fashion_mnist_small", **protocol):
    protocol = Protocol(**{"split": "test[:600]", "num_images": 550, "draws": 20, **protocol})
    return Evaluation(kg.training.Images(dataset=dataset), protocol)


def by_name(scores):
    return {score.metric: score.value for score in scores}
