"""Latent diffusion: a diffusion model in the latent space of a VAE."""

import os

import keras
from keras import ops

from keras_genzoo.base import GenerativeModel, arguments
from keras_genzoo.models.diffusion.denoising import Denoising
from keras_genzoo.models.diffusion.whitening import moments, one_epoch

# Of the zoo's denoisers, unless named.
HIDDEN = (512, 512, 512)
FILTERS, NUM_BLOCKS = (64, 128), 2


@keras.saving.register_keras_serializable(package="keras_genzoo")
class LatentDiffusion(Denoising):
    """Latent diffusion: draws a VAE's latents from noise, and has the VAE decode them.

    A VAE draws its latents from a prior that they only resemble; this model learns how they really
    lie. The VAE is frozen. Latents are far fewer numbers than pixels, so that learning and drawing
    are cheap; what an image's latents do not tell, no diffusion brings back.

    The first `fit` goes through the images once before its first step, for the mean and the
    standard deviation of each number of their latents, which whiten them and are kept with the
    model. Until then they are 0 and 1, those of the VAE's prior; later runs leave them as they are.

    Args:
        autoencoder: A VAE without a condition, which is frozen; or the name or folder of a preset,
            for which the VAE itself stands in the config.
        hidden: Units of the residual blocks that denoise flat latents; `None` means three of 512.
        filters: Channels of the levels of the U-Net that denoises maps; `None` means 64 and 128, or
            128 alone where the map cannot be halved.
        num_blocks: Residual blocks of such a level; `None` means 2.
        denoiser: Your own Keras model of noisy whitened latents, times `(batch,)` in [0, 1] and,
            with classes, labels, where `num_classes` means no class, to `prediction`.

    Raises:
        ValueError: If an argument is none that there is, the autoencoder is no such VAE, sizes are
            given of a denoiser that the latents do not have, or the denoiser does not fit them.

    Example:
        >>> import numpy as np
        >>> from keras_genzoo.models import VAE
        >>> images = np.random.default_rng(0).uniform(size=(32, 8, 8, 1))
        >>> vae = VAE((8, 8, 1), latent_dim=2, hidden=(16,), seed=0)
        >>> diffusion = LatentDiffusion(vae, hidden=(16,), seed=0)
        >>> diffusion.compile()
        >>> history = diffusion.fit(images, verbose=0)
        >>> diffusion.sample(4, seed=0, steps=10).shape
        (4, 8, 8, 1)

    Reference: Rombach et al. (2022), https://arxiv.org/abs/2112.10752.
    """

    at_once = 256

    def __init__(
        self,
        autoencoder: str | keras.Model,
        hidden: tuple[int, ...] | None = None,
        filters: tuple[int, ...] | None = None,
        num_blocks: int | None = None,
        denoiser: keras.Model | None = None,
        **kwargs,
    ):
        super().__init__(**kwargs)

        # === Config ===
        self.hidden = None if hidden is None else arguments.sizes("hidden", hidden)
        self.filters = None if filters is None else arguments.sizes("filters", filters)
        self.num_blocks = arguments.whole_or_none("num_blocks", num_blocks)

        # === Networks ===
        self.autoencoder = _usable(autoencoder)
        self.autoencoder.trainable = False
        self.image_shape = self.autoencoder.image_shape
        self.latent_dim = self.autoencoder.latent_dim
        shape = tuple(self.fields["latents"].shape)
        self.keep_denoiser(denoiser, shape, **self._sizes(shape))
        self.custom_networks |= {"autoencoder"}
        self.latent_mean = self._statistic("latent_mean", "zeros")
        self.latent_stddev = self._statistic("latent_stddev", "ones")

    @property
    def always_frozen(self):
        return (*super().always_frozen, "autoencoder")

    @classmethod
    def from_config(cls, config, custom_objects=None):
        named = config["autoencoder"]
        if isinstance(named, str):  # which a stranger's preset would have us read, or fetch
            raise ValueError(
                "A config does not name its autoencoder. Expected the VAE itself, as `get_config` "
                f"gives it. Received: autoencoder={named!r}"
            )
        return super().from_config(config, custom_objects)

    def _sizes(self, shape):
        """Sizes of the zoo's denoiser of such latents; a `ValueError` where others are given."""
        blocks = {"filters": self.filters, "num_blocks": self.num_blocks}
        is_map = len(shape) == 3
        others = {"hidden": self.hidden} if is_map else blocks
        if given := {name: size for name, size in others.items() if size is not None}:
            kind, own = ("maps", "filters and num_blocks") if is_map else ("flat", "hidden")
            received = ", ".join(f"{name}={size}" for name, size in given.items())
            raise ValueError(
                f"The latents are {kind}, and their denoiser has no such sizes. Expected {own} "
                f"alone. Received: {received}"
            )
        if not is_map:
            return {"hidden": self.hidden or HIDDEN}
        can_be_halved = not (shape[0] % 2 or shape[1] % 2)
        filters = self.filters or (FILTERS if can_be_halved else FILTERS[1:])
        return {"filters": filters, "num_blocks": self.num_blocks or NUM_BLOCKS}

    def _statistic(self, name, initializer):
        """A weight for each number of a latent."""
        shape = self.fields["latents"].shape
        return self.add_weight(shape=shape, initializer=initializer, trainable=False, name=name)

    @property
    def fields(self):
        words = self.autoencoder.fields
        return {**super().fields, **{word: words[word] for word in ("images", "latents")}}

    # === States are whitened latents ===

    def before_fit(self, given):
        if not self.compiled or int(self.steps_trained.numpy()):
            return
        posteriors = (
            (*self.autoencoder.posterior(images), weights) for images, weights in one_epoch(given)
        )
        if found := moments(posteriors):
            self.latent_mean.assign(found[0])
            self.latent_stddev.assign(found[1])

    def states_of(self, images):
        mean, _ = self._posterior(images)
        return self._whitened(mean)

    def learned_states(self, images):
        mean, log_variance = self._posterior(images)
        eps = keras.random.normal(ops.shape(mean), seed=self.seed_generator)
        return self._whitened(mean + ops.exp(0.5 * log_variance) * eps)

    def images_of(self, states):
        latents = self.latent_mean + self.latent_stddev * states
        return type(self.autoencoder).decode.on_tensors(self.autoencoder, latents)

    def _posterior(self, images):
        return type(self.autoencoder).posterior.on_tensors(self.autoencoder, images)

    def _whitened(self, latents):
        return (latents - self.latent_mean) / self.latent_stddev


def _usable(autoencoder):
    """The VAE that is given or named; a `ValueError` where its latents are none to diffuse."""
    if isinstance(autoencoder, str | os.PathLike):
        autoencoder = GenerativeModel.from_preset(autoencoder)
    is_ours = isinstance(autoencoder, GenerativeModel)
    is_vae = is_ours and all(hasattr(autoencoder, verb) for verb in ("posterior", "decode"))
    if not is_vae or autoencoder.fit_x != "images" or autoencoder.condition_word is not None:
        raise ValueError(
            "The autoencoder has no latents to diffuse. Expected a VAE of images without a "
            f"condition, or the name of its preset. Received: autoencoder={autoencoder!r}"
        )
    return autoencoder
