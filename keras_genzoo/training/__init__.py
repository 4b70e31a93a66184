"""A run behind `genzoo train`: its images, its callbacks, its checkpoints, what it leaves."""

from keras_genzoo.training import callbacks, checkpoints
from keras_genzoo.training.images import Images
from keras_genzoo.training.runs import Training, run

__all__ = ["Images", "Training", "callbacks", "checkpoints", "run"]
