"""The beta-VAE of Higgins et al., and its form with a controlled capacity."""

import keras
from keras import ops

from keras_genzoo.base import arguments, distribution
from keras_genzoo.models.variational.vae import VAE


@keras.saving.register_keras_serializable(package="keras_genzoo")
class BetaVAE(VAE):
    """Beta-VAE: a VAE that weighs the KL, so that single latents come to carry meaning.

    Descends `reconstruction + beta * kl`: beta above 1 disentangles at the price of blur. With a
    `capacity` C it descends `reconstruction + gamma * |kl - C|` instead, the batch's mean KL held
    at C, which rises from 0 during training and lets in one factor after another. Free bits are not
    for a capacity.

    Args:
        beta: Weight of the KL. The variable that a warm-up moves is `model.sampler.beta`.
        capacity: Nats of KL at the end of training; `None` means plain beta.
        capacity_steps: Training steps until the capacity is reached; `None` means 100,000.
        gamma: Weight of the KL's distance from the capacity; `None` means 1,000.

    Raises:
        ValueError: As a `VAE` does, and for arguments of the capacity without a capacity.

    Example:
        >>> BetaVAE((8, 8, 1), latent_dim=2, hidden=(16,), beta=4.0).beta
        4.0

    Reference: Higgins et al. (2017), https://openreview.net/forum?id=Sy2fzU9gl; capacity: Burgess
    et al. (2018), https://arxiv.org/abs/1804.03599.
    """

    def __init__(
        self,
        image_shape,
        latent_dim=16,
        beta: float = 4.0,
        capacity: float | None = None,
        capacity_steps: int | None = None,
        gamma: float | None = None,
        **kwargs,
    ):
        # === Config ===
        if capacity is None and (capacity_steps is not None or gamma is not None):
            raise ValueError(
                "There is no capacity to raise. Expected `capacity` beside `capacity_steps` and "
                f"`gamma`. Received: capacity_steps={capacity_steps}, gamma={gamma}"
            )
        if capacity is not None and kwargs.get("free_bits"):
            raise ValueError(
                "The capacity does not fit. Expected no free bits beside it. "
                f"Received: capacity={capacity}, free_bits={kwargs['free_bits']}"
            )
        self.beta = arguments.number("beta", beta)
        self.capacity = None if capacity is None else arguments.number("capacity", capacity)
        self.capacity_steps = arguments.whole_or_none("capacity_steps", capacity_steps)
        self.gamma = None if gamma is None else arguments.number("gamma", gamma)
        super().__init__(image_shape, latent_dim, **kwargs)

    @property
    def sampler_beta(self):
        return self.beta if self.capacity is None else None

    def terms(self, flow):
        terms = super().terms(flow)
        if self.capacity is not None:
            kl = distribution.batch_mean(terms["kl"], flow["sample_weight"])
            gamma = 1000.0 if self.gamma is None else self.gamma
            terms["loss"] += gamma * ops.abs(kl - self.current_capacity())
        return terms

    def current_capacity(self):
        """Nats of KL that the training has reached so far."""
        steps = self.capacity_steps or 100_000
        return self.capacity * ops.minimum(ops.cast(self.steps_trained, "float32") / steps, 1.0)

    def on_preset_loaded(self, overrides):
        if "beta" in overrides and self.sampler.beta is not None:
            self.sampler.beta.assign(self.beta)
