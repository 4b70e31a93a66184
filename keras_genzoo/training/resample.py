"""Adaptive resampling while a model trains: what it finds rare is drawn more often."""

import base64

import keras
import numpy as np


class Resample(keras.callbacks.Callback):
    """After each epoch, draws the examples of the next by what the model finds rare in class 1.

    The first epoch is drawn by the weights that the dataset has. The weights are in every
    checkpoint, so that a run that was cut off goes on with the very batches, in the middle of an
    epoch too.

    Args:
        dataset: Of `datasets.resampled`, labelled: what `fit` is given.
        alpha: As of `sample_weights` of a `DebiasingVAE`, like `combine` and `bins`.
        combine: `"max"` or `"product"`.
        bins: Of each histogram.

    Raises:
        ValueError: If the dataset is none of `datasets.resampled`; in `fit`, before its first step,
            if the model has no `sample_weights`, or `fit` is given another dataset.

    Example:
        >>> import numpy as np, keras_genzoo as kg
        >>> images = kg.datasets.epochs(
        ...     lambda epoch, indices: (np.zeros((4, 8, 8, 1), "float32"), [0, 1, 0, 1]), 4,
        ...     batch_size=4, shuffle=True, seed=0, drop_remainder=False)
        >>> train = kg.datasets.resampled(images, np.ones(4))
        >>> fair = kg.models.DebiasingVAE((8, 8, 1), latent_dim=2, hidden=(16,))
        >>> fair.compile("adam")
        >>> history = fair.fit(train, callbacks=[Resample(train)], verbose=0)

    Reference: Amini et al. (2019), algorithm 1, https://doi.org/10.1145/3306618.3314243.
    """

    def __init__(self, dataset, alpha=0.01, combine="max", bins=10):
        super().__init__()
        if not hasattr(dataset, "set_weights"):
            raise ValueError(
                "The dataset has no weights to move. Expected one of datasets.resampled. "
                f"Received: {type(dataset).__name__}"
            )
        self.dataset = dataset
        self.options = {"alpha": alpha, "combine": combine, "bins": bins}
        self.kept = ""

    def on_train_begin(self, logs=None):
        if not hasattr(self.model, "sample_weights"):
            raise ValueError(
                "The model does not tell what is rare. Expected a DebiasingVAE. "
                f"Received: {type(self.model).__name__}"
            )
        if self.model.course.go_to is not self.dataset.go_to:
            raise ValueError(
                "The examples that are drawn by weight are not those that are learned from. "
                "Expected `fit` with the dataset of Resample. Received: another x"
            )
        self.kept = ""  # so that a checkpoint takes what is set from here on as new

    def on_epoch_begin(self, epoch, logs=None):
        if self.kept:  # of the epoch before, or of a run that was cut off
            weights = np.frombuffer(base64.b64decode(self.kept), "float32")
            self.dataset.set_weights(weights)
        else:
            self._keep()

    def on_epoch_end(self, epoch, logs=None):
        self.dataset.set_weights(self.model.sample_weights(self.dataset, **self.options))
        self._keep()

    def _keep(self):
        """Hold the weights as a text, which checkpoints take of callbacks."""
        self.kept = base64.b64encode(self.dataset.get_weights().tobytes()).decode()
