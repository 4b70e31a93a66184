"""The Wasserstein GAN with gradient penalty of Gulrajani et al."""

import keras
from keras import ops

from keras_genzoo import losses
from keras_genzoo.base import Player, arguments
from keras_genzoo.models.adversarial.adversarial import Adversarial
from keras_genzoo.models.adversarial.gradient_penalties import with_squared_slopes


@keras.saving.register_keras_serializable(package="keras_genzoo")
class WGANGP(Adversarial):
    """WGAN-GP: a critic measures how far the fakes are from the data, its slope held near 1.

    The critic descends the Wasserstein loss plus `gradient_penalty_weight * (|grad| - 1)^2`, the
    gradient taken at points drawn uniformly between a real image and a fake. It is updated
    `critic_steps` times on each batch, with new fakes each time, before the generator once; the
    last of them shares its fakes with the generator.

    Args:
        critic_steps: Updates of the critic for one of the generator.
        gradient_penalty_weight: Weight of the penalty.
        critic: Your own Keras model, from images in [0, 1] to scores, one or a map. Spectral
            normalization fits it; batch normalization does not, for the penalty is per image.

    Raises:
        ValueError: If the networks do not fit the shapes.

    Example:
        >>> import numpy as np
        >>> images = np.random.default_rng(0).uniform(size=(32, 8, 8, 1))
        >>> gan = WGANGP((8, 8, 1), latent_dim=2, hidden=(16,), seed=0)
        >>> gan.compile()
        >>> sorted(gan.fit(images, verbose=0).history)
        ['critic_loss', 'generator_loss', 'gradient_penalty']

    Reference: Gulrajani et al. (2017), https://arxiv.org/abs/1704.00028.
    """

    logged = ("generator_loss", "critic_loss", "gradient_penalty")
    adam = {"learning_rate": 5e-4, "beta_1": 0.0, "beta_2": 0.99}  # noqa: RUF012 - a constant

    def __init__(
        self,
        image_shape,
        latent_dim=16,
        hidden=None,
        filters=(64, 128),
        critic_steps: int = 5,
        gradient_penalty_weight: float = 10.0,
        ema=0.999,
        generator=None,
        critic: keras.Model | None = None,
        seed=None,
        **kwargs,
    ):
        super().__init__(image_shape, latent_dim, hidden, filters, ema, generator, seed, **kwargs)

        # === Config ===
        self.critic_steps = arguments.whole("critic_steps", critic_steps)
        self.gradient_penalty_weight = arguments.number(
            "gradient_penalty_weight", gradient_penalty_weight
        )

        # === Networks ===
        self.critic = self.new_judge("critic", critic, normalize=False)

    # === The flow's losses ===

    @property
    def players(self):
        return (
            Player(
                *("critic_loss", (self.critic,), self.critic_terms),
                *("critic_optimizer", self.critic_steps),
            ),
            Player("generator_loss", (self.generator,), self.generator_terms),
        )

    def compile(self, optimizer=None, critic_optimizer=None, **options):
        """Give the generator its optimizer, Adam without momentum, and the critic its own.

        Without one the critic takes a copy of the generator's. Options are those of the base.
        Keras' callbacks move the generator's rate alone: put `kg.callbacks.RateOfAllPlayers` after.
        """
        super().compile(optimizer, critic_optimizer=critic_optimizer, **options)

    def critic_terms(self, flow):
        fake = ops.stop_gradient(flow["fake"])
        scores = [self.judge(images, flow) for images in (flow["real"], fake)]
        penalty = self.gradient_penalty(flow, fake)
        distance = losses.wasserstein.discriminator(*scores)
        return {
            "critic_loss": distance + self.gradient_penalty_weight * penalty,
            "gradient_penalty": penalty,
        }

    def generator_terms(self, flow):
        scores = self.judge(flow["fake"], flow)
        return {"generator_loss": losses.wasserstein.generator(scores)}

    def judge(self, images, flow):
        """The critic's scores."""
        return self.judged(self.critic, images, flow["training"])

    def gradient_penalty(self, flow, fake):
        """`(|grad| - 1)^2`, `(batch,)`, of the critic's scores between real and fake images."""
        real = flow["real"]
        share = keras.random.uniform((ops.shape(real)[0], 1, 1, 1), seed=self.seed_generator)
        between = share * real + (1 - share) * fake
        _, squared = with_squared_slopes(lambda images: self.judge(images, flow), between)
        # The small number keeps the root's own gradient finite where a critic is flat.
        return ops.square(ops.sqrt(squared + 1e-12) - 1.0)
