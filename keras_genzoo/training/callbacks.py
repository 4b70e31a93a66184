"""Callbacks: keep a run safe, watch it, move beta and rates while it trains."""

import math
from pathlib import Path

import keras
import matplotlib.image
import numpy as np
import PIL.Image
import tensorflow as tf

from keras_genzoo import metrics, plots
from keras_genzoo.atomic import atomic_write
from keras_genzoo.base import arguments, workers
from keras_genzoo.extras import extra
from keras_genzoo.training import data
from keras_genzoo.training.checkpoints import Checkpoint, broken, restore
from keras_genzoo.training.resample import Resample
from keras_genzoo.training.schedules import BetaWarmUp, RateOfAllPlayers

__all__ = [
    "BetaWarmUp",
    "Checkpoint",
    "LatentHealth",
    "RateOfAllPlayers",
    "Resample",
    "SampleGrid",
    "StopWhenLost",
    "restore",
]

_OF_SAMPLES = (64, 0)  # a grid's images and their seed, unless given


class LatentHealth(keras.callbacks.Callback):
    """Logs after each epoch what latents tell of images, and says once if the posterior collapsed.

    `active_units` counts the latents in use. `mutual_information` of image and latent is in nats:
    0 where all have collapsed, and never above the log of the number of images (6.9 for 1,000). A
    `BetaTCVAE` has a term of that name, by the batch, and its logs keep that one.
    Callbacks that stand after this one see both, so put `CSVLogger` and `TensorBoard` there;
    `History` always does. Nothing is drawn from the model's seeds: a run ends as without it. Of
    several workers only the chief measures, so let nothing stop those by what it logs.

    Args:
        images: `(n, *image_shape)` in [0, 1], or a `tf.data.Dataset` of batches as `fit` takes it;
            for a conditional model a pair, the images and their labels or conditions.
        fewest: Active latents below which, after two epochs, the posterior counts as collapsed.
        num_images: How many of the images are measured, the first ones.

    Raises:
        ValueError: If there are fewer than 2 images, or `fewest` is no count; in `fit`, before the
            first step, if they do not fit the model, or it has no posterior.

    Example:
        >>> import numpy as np, keras_genzoo as kg
        >>> images = np.random.default_rng(0).uniform(size=(32, 8, 8, 1))
        >>> vae = kg.models.VAE((8, 8, 1), latent_dim=2, hidden=(16,), seed=0)
        >>> vae.compile("adam")
        >>> history = vae.fit(images, callbacks=[LatentHealth(images)], verbose=0)
        >>> history.history["active_units"]
        [2]

    Reference: active units: Burda et al. (2016), https://arxiv.org/abs/1509.00519; the mutual
    information, and what both say of collapse: He et al. (2019), https://arxiv.org/abs/1901.05534.
    """

    def __init__(self, images, fewest=1, num_images=1000):
        super().__init__()
        self.images, *self.beside = data.first(images, arguments.whole("num_images", num_images))
        self.fewest = arguments.whole("fewest", fewest, least=0)
        if len(self.images) < 2:
            raise ValueError(
                "A latent could not vary over the images. Expected at least 2 of them. "
                f"Received: {len(self.images)}, num_images={num_images}"
            )

    def on_train_begin(self, logs=None):
        if not hasattr(self.model, "posterior"):
            raise ValueError(
                "The model has no posterior that could collapse. Expected a VAE of any kind. "
                f"Received: {type(self.model).__name__}"
            )
        word = self.model.condition_word
        self.condition = {} if word is None else dict(zip([word], self.beside, strict=False))
        # Refuses bad images now, not after an epoch.
        self.model.posterior(self.images, **self.condition)
        self.low = 0

    def on_epoch_end(self, epoch, logs=None):
        if not workers.is_chief(self.model.distribute_strategy):
            return
        with np.errstate(all="ignore"):  # where a run is lost, others say so
            active = metrics.active_units(self.model, self.images, **self.condition)
            information = metrics.mutual_information(self.model, self.images, **self.condition)
        logs["active_units"] = active
        logs.setdefault("mutual_information", information)
        if active < self.fewest and math.isfinite(information):
            self.low += 1
            if self.low == 2:  # in a first short epoch they may not have woken yet
                self._tell(epoch, active)

    def _tell(self, epoch, active):
        latents = math.prod(self.model.fields["latents"].shape)
        print(
            f"\nPosterior collapse: after epoch {epoch + 1}, {active} of {latents} "
            f"latents are active, fewer than {self.fewest}; the others say nothing of an image. If "
            "it stays so, try callbacks.BetaWarmUp, free_bits or a lower beta."
        )


class SampleGrid(keras.callbacks.Callback):
    """Draws the same latents after each epoch, or translates the same images, as it learns.

    Writes `epoch-0001.png`, `epoch-0002.png`, ... and at the end `training.gif`, all of them in
    turn.

    Args:
        folder: Where the pictures go; made if it is missing.
        num_samples: Images in a grid.
        seed: Of the latents.
        log_dir: TensorBoard's folder, to show the grids there too.
        conditions: Of a model whose condition is an image: what the samples depend on,
            `(num_samples, *condition_shape)`.
        images: Of a model that translates: sources, or a pair of sources and targets. Beside them
            nothing is drawn: no `num_samples`, `seed` or `conditions`.

    Raises:
        ValueError: If the model has no `sample`, nor translates the images, these or the conditions
            do not fit it, or images come with what is for samples alone.
        ImportError: If `log_dir` is given and TensorBoard is not installed.

    Example:
        >>> import tempfile, numpy as np, keras_genzoo as kg
        >>> gan = kg.models.GAN((8, 8, 1), latent_dim=2, hidden=(16,))
        >>> gan.compile()
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     grid = SampleGrid(folder, num_samples=4)
        ...     history = gan.fit(np.zeros((32, 8, 8, 1)), callbacks=[grid], verbose=0)
        ...     sorted(path.name for path in grid.folder.iterdir())
        ['epoch-0001.png', 'training.gif']
    """

    def __init__(
        self,
        folder,
        num_samples=_OF_SAMPLES[0],
        seed=_OF_SAMPLES[1],
        log_dir=None,
        conditions=None,
        images=None,
    ):
        super().__init__()
        is_drawn = (num_samples, seed) != _OF_SAMPLES or conditions is not None
        if images is not None and is_drawn:
            raise ValueError(
                "Images are translated, nothing is drawn beside them. Expected images alone, or "
                "num_samples, seed and conditions without images. Received: "
                f"num_samples={num_samples!r}, seed={seed!r}, conditions of shape "
                f"{np.shape(conditions)}"
            )
        self.folder = Path(folder)
        self.num_samples = arguments.whole("num_samples", num_samples)
        self.seed = seed
        self.conditions = conditions
        self.images = images if images is None or isinstance(images, tuple) else (images,)
        if log_dir:
            extra("tensorboard", "tensorboard")  # TensorFlow imports it at the first image
        self.log_dir = log_dir
        self.writer = None

    def on_train_begin(self, logs=None):
        verb = "sample" if self.images is None else "translate"
        if not hasattr(self.model, verb):
            raise ValueError(
                f"The model does not {verb}. Expected one with `sample`, or `images` and one with "
                f"`translate`. Received: {type(self.model).__name__}"
            )
        if self.images is not None:
            self._figure("")  # refuses what does not fit now, not after an epoch
        if self.conditions is not None or self.model.condition_word == "conditions":
            self._samples()  # refuses what does not fit now, not after an epoch
        self.folder.mkdir(parents=True, exist_ok=True)
        self.epochs = None

    def _samples(self):
        if self.conditions is None:
            return self.model.sample(self.num_samples, seed=self.seed)
        return self.model.sample(self.num_samples, conditions=self.conditions, seed=self.seed)

    def _figure(self, when):
        if self.images is not None:
            return plots.translations(self.model, *self.images, title=f"Translations {when}")
        return plots.image_grid(self._samples(), f"Samples {when}")

    def on_epoch_end(self, epoch, logs=None):
        if not workers.is_chief(self.model.distribute_strategy):
            return
        self.epochs = epoch + 1
        path = self._path(epoch + 1)
        figure = self._figure(f"after epoch {epoch + 1}")
        # A picture that a kill cut short would break the end of the run that goes on.
        with atomic_write(path) as scratch:
            figure.savefig(scratch)
        if self.log_dir:
            self.writer = self.writer or tf.summary.create_file_writer(str(self.log_dir))
            with self.writer.as_default(step=epoch + 1):
                tf.summary.image("samples", matplotlib.image.imread(path)[None])
            self.writer.flush()

    def _path(self, epoch):
        return self.folder / f"epoch-{epoch:04d}.png"

    def on_train_end(self, logs=None):
        # Of a longer run that was in the folder there may be more.
        epochs = self.params["epochs"] if self.epochs is None else self.epochs
        paths = [path for path in map(self._path, range(1, epochs + 1)) if path.exists()]
        if paths and workers.is_chief(self.model.distribute_strategy):
            with PIL.Image.open(paths[0]) as first:
                options = {"save_all": True, "append_images": _opened(paths[1:]), "duration": 300}
                with atomic_write(self.folder / "training.gif") as scratch:
                    first.save(scratch, **options)


class StopWhenLost(keras.callbacks.Callback):
    """Stops a run that has nothing more to learn, and says why.

    That is one whose loss is not finite, or a GAN's whose discriminator has been right on nearly
    all images, real and fake, for several epochs: its generator is told nothing then. Resumed, such
    a run trains no further, but with more patience or without this callback.

    Args:
        patience: Epochs in a row that the discriminator may win.
        threshold: Share of real and of fake images from which on an epoch counts as won.

    Raises:
        ValueError: If `patience` or `threshold` make no sense.

    Example:
        >>> watch = StopWhenLost(patience=3)
    """

    def __init__(self, patience=10, threshold=0.99):
        super().__init__()
        patience = arguments.whole("patience", patience)
        if not 0.5 < threshold <= 1:
            raise ValueError(
                "Nothing could be lost so. Expected a threshold above 1/2 and up to 1. "
                f"Received: threshold={threshold}"
            )
        self.patience = patience
        self.threshold = threshold

    def on_train_begin(self, logs=None):
        self.won = 0

    def on_epoch_end(self, epoch, logs=None):
        accuracies = [logs.get("real_accuracy", 0.0), logs.get("fake_accuracy", 0.0)]
        self.won = self.won + 1 if min(accuracies) >= self.threshold else 0
        if lost := broken(logs, self.model):
            self._stop(f"epoch {epoch + 1} ended with a loss that is not finite, {lost}")
        elif self.won >= self.patience:
            self._stop(self._discriminator_won())

    def stays_stopped(self, resumed):
        """Whether a run had been stopped so when it was cut off, by its progress; it is said."""
        counted = [each for name, each in resumed["callbacks"] if name == type(self).__name__]
        stopped = any(each.get("won", 0) >= self.patience for each in counted)
        if stopped:
            print(f"\nStopped after epoch {resumed['epoch']}: {self._discriminator_won()}.")
        return stopped

    def _discriminator_won(self):
        return (
            f"the discriminator has been right on {self.threshold:.0%} of real and fake images for "
            f"{self.patience} epochs; try label_smoothing, or a slower discriminator_optimizer"
        )

    def _stop(self, reason):
        print(f"\nStopped: {reason}.")
        self.model.stop_training = True


def _opened(paths):
    """Pictures one at a time: a system opens only so many."""
    for path in paths:
        with PIL.Image.open(path) as picture:
            yield picture
