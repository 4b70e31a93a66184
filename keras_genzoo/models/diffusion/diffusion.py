"""Diffusion: from noise to images, learned by taking noise away."""

import keras
import tensorflow as tf
from keras import ops

from keras_genzoo.base import arguments, checked, endpoint, fields, verb
from keras_genzoo.models.diffusion.denoising import Denoising
from keras_genzoo.models.diffusion.density import log_density
from keras_genzoo.models.diffusion.repainting import repainted

STEPS = 50  # of inpainting, unless named


@keras.saving.register_keras_serializable(package="keras_genzoo")
class Diffusion(Denoising):
    """Diffusion model: a U-Net learns to take noise from images, and so draws them from noise.

    A step mixes each image, on a scale of [-1, 1], with noise, at a time drawn evenly from [0, 1],
    and descends the squared error of what the denoiser makes of it, averaged over pixels. Times
    are continuous, so the number of steps is a matter of drawing alone: one trained model takes
    every solver and any number of steps. With labels it draws with and without a class.

    Args:
        image_shape: `(height, width, channels)` of 1 or 3 channels, at least 8x8.
        filters: Channels of the U-Net's levels; each but the first halves the image.
        num_blocks: Residual blocks of a level.
        denoiser: Your own Keras model of noisy images on the scale of [-1, 1], times `(batch,)` in
            [0, 1] and, with classes, labels, where `num_classes` means no class, to `prediction`.

    Raises:
        ValueError: If an argument is none that there is, the strides do not divide the image, or
            the denoiser does not fit the shapes.

    Example:
        >>> import numpy as np
        >>> images = np.random.default_rng(0).uniform(size=(32, 8, 8, 1))
        >>> diffusion = Diffusion((8, 8, 1), filters=(8,), num_blocks=1, seed=0)
        >>> diffusion.compile()
        >>> history = diffusion.fit(images, verbose=0)
        >>> diffusion.sample(4, seed=0, steps=10).shape
        (4, 8, 8, 1)

    Reference: Sohl-Dickstein et al. (2015), https://arxiv.org/abs/1503.03585; Ho et al. (2020),
    https://arxiv.org/abs/2006.11239; in continuous time: Song et al. (2021),
    https://arxiv.org/abs/2011.13456.
    """

    likelihood = "probability_flow"  # a density of continuous pixels

    def __init__(
        self,
        image_shape: tuple[int, int, int],
        filters: tuple[int, ...] = (32, 64, 128),
        num_blocks: int = 2,
        schedule="cosine",
        prediction="velocity",
        num_classes=None,
        label_dropout=0.1,
        ema=0.999,
        denoiser: keras.Model | None = None,
        seed=None,
        **kwargs,
    ):
        super().__init__(schedule, prediction, num_classes, label_dropout, ema, seed, **kwargs)

        # === Config ===
        self.image_shape = arguments.image_shape(image_shape)
        self.filters = arguments.sizes("filters", filters)
        self.num_blocks = arguments.whole("num_blocks", num_blocks)

        # === Networks ===
        self.keep_denoiser(
            denoiser, self.image_shape, filters=self.filters, num_blocks=self.num_blocks
        )

    @property
    def fields(self):
        words = {
            "images": fields.images(self.image_shape),
            "latents": fields.latents(self.image_shape),
            "masks": fields.masks((*self.image_shape[:2], 1)),
        }
        return {**super().fields, **words}

    def states_of(self, images):
        return 2 * images - 1

    def images_of(self, states):
        return ops.clip((states + 1) / 2, 0, 1)

    # === Verbs ===

    def inpaint(self, images, masks, seed=0, labels=None, steps=STEPS, verbose=0):
        """Images of which some pixels are kept, and the others drawn to fit them.

        Args:
            images: `(n, *image_shape)` in [0, 1]; of what is not kept nothing is used.
            masks: `(n, height, width, 1)`, 1 where pixels are kept, 0 where not.
            seed: Integer; the same seed gives the same images. `None` draws on the model's noise.
            labels: `(n,)`, classes, of a model that knows some; `None` for none.
            steps: Intervals from noise to images.
            verbose: 1 shows the progress from batch to batch.

        Returns:
            `(n, *image_shape)` in [0, 1]; kept pixels are as they were.

        Raises:
            ValueError: If an argument does not fit.

        Reference: Lugmayr et al. (2022), https://arxiv.org/abs/2201.09865.
        """
        given = {"images": images, "masks": masks, "steps": steps}
        given = checked(self, given if labels is None else {**given, "labels": labels})
        return self.drawn(type(self).repaint, len(given["images"]), seed, given, verbose)

    def repaint(self, count, key, images, masks, steps, labels=None):
        """A batch of images with new pixels, on tensors; see `inpaint`."""
        denoise = self.denoise(labels)
        states = repainted(
            self.signal_and_noise, denoise, self.states_of(images), masks, steps, key
        )
        return ops.where(masks == 1, images, self.images_of(states))

    @endpoint("inpaint")
    def served_inpaint(self, images, masks, seed, labels=None):
        """The endpoint `inpaint`, on tensors."""
        given = {"images": images, "masks": masks, "steps": STEPS, "labels": labels}
        return self.served(type(self).repaint, tf.shape(images)[0], seed, **given)

    @verb()
    def log_prob(self, images, labels=None, steps=50, seed=0):
        """log p(x) of images, by the probability-flow equation.

        It is the density of what the equation makes of noise, at where the last step to clean
        images begins: images with noise of 0.34 % of their range. A density is one of continuous
        pixels, so add to bytes a noise of one step before (uniform dequantization), as
        `genzoo evaluate` does.

        Args:
            images: `(n, *image_shape)` in [0, 1].
            labels: `(n,)`, classes, of a model that knows some; `None` for none.
            steps: Steps of Heun's method.
            seed: Of the random directions by which the divergence is estimated.

        Returns:
            `(n,)`, nats.

        Reference: Song et al. (2021), https://arxiv.org/abs/2011.13456, section 4.3; the estimate:
        Grathwohl et al. (2019), https://arxiv.org/abs/1810.01367.
        """
        states = self.states_of(images)
        density = log_density(self.signal_and_noise, self.denoise(labels), states, steps, seed)
        # Of states on a scale twice as wide.
        return density + states.shape[1] * states.shape[2] * states.shape[3] * ops.log(2.0)
