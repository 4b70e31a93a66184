"""A run behind `genzoo train`: its images, its callbacks, its checkpoints, what it leaves."""

from keras_genzoo.training import callbacks, checkpoints, sequences
from keras_genzoo.training.images import Images, is_public
from keras_genzoo.training.runs import Training, run

__all__ = ["Images", "Training", "callbacks", "checkpoints", "is_public", "run", "sequences"]
