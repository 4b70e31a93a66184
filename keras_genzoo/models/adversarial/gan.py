"""The generative adversarial network, dense or as DCGAN."""

from typing import Literal

import keras
from keras import ops

from keras_genzoo import losses
from keras_genzoo.base import Player, arguments
from keras_genzoo.models.adversarial.adversarial import Adversarial

LABELLED = ("minimax", "non_saturating", "least_squares")  # have real labels to smooth
GAMES = (*LABELLED, "hinge", "wasserstein")


@keras.saving.register_keras_serializable(package="keras_genzoo")
class GAN(Adversarial):
    """Generative adversarial network: a generator imitates, a discriminator tells real from fake.

    A step updates the discriminator on real images and the generator's fakes, each batch passing
    it alone, then the generator against the updated discriminator. Both look at the same fakes,
    which are generated once; with `discriminator_steps` above 1 each earlier update draws its own.
    Logs both losses and, but for `"wasserstein"`, the shares of real and fake images that the
    discriminator gets right: near 1 it wins, near 1/2 it is at a loss.

    Args:
        loss: The game: `"minimax"`, `"non_saturating"`, `"least_squares"`, `"hinge"` or
            `"wasserstein"`; see `keras_genzoo.losses`.
        discriminator_steps: Updates of the discriminator for one of the generator.
        label_smoothing: How far the discriminator's target for real images falls short of 1.
        discriminator: Your own Keras model, from images in [0, 1] to logits, one or a map.

    Raises:
        ValueError: If the networks do not fit the shapes, or the loss is unknown or has no labels
            to smooth.

    Example:
        >>> import numpy as np
        >>> images = np.random.default_rng(0).uniform(size=(32, 8, 8, 1))
        >>> gan = GAN((8, 8, 1), latent_dim=2, hidden=(16,), seed=0)
        >>> gan.compile()
        >>> history = gan.fit(images, verbose=0)
        >>> gan.sample(4, seed=0).shape
        (4, 8, 8, 1)

    Reference: Goodfellow et al. (2014), https://arxiv.org/abs/1406.2661; DCGAN: Radford et al.
    (2016), https://arxiv.org/abs/1511.06434; one-sided label smoothing: Salimans et al. (2016),
    https://arxiv.org/abs/1606.03498.
    """

    logged = ("generator_loss", "discriminator_loss", "real_accuracy", "fake_accuracy")
    adam = {"learning_rate": 2e-4, "beta_1": 0.5}  # noqa: RUF012 - a constant of the class

    def __init__(
        self,
        image_shape,
        latent_dim=16,
        hidden=None,
        filters=(64, 128),
        loss: Literal[
            "minimax", "non_saturating", "least_squares", "hinge", "wasserstein"
        ] = "non_saturating",
        discriminator_steps: int = 1,
        label_smoothing: float = 0.0,
        ema=0.999,
        generator=None,
        discriminator: keras.Model | None = None,
        seed=None,
        **kwargs,
    ):
        _check_loss(loss, label_smoothing)
        if getattr(losses, loss).border is None:  # nobody is right or wrong
            self.logged = ("generator_loss", "discriminator_loss")
        super().__init__(image_shape, latent_dim, hidden, filters, ema, generator, seed, **kwargs)

        # === Config ===
        self.loss = loss
        self.discriminator_steps = arguments.whole("discriminator_steps", discriminator_steps)
        self.label_smoothing = label_smoothing

        # === Networks ===
        self.discriminator = self.new_judge("discriminator", discriminator)

    # === The flow's losses ===

    @property
    def players(self):
        return (
            Player(
                "discriminator_loss",
                (self.discriminator,),
                self.discriminator_terms,
                "discriminator_optimizer",
                self.discriminator_steps,
            ),
            Player("generator_loss", (self.generator,), self.generator_terms),
        )

    def compile(self, optimizer=None, discriminator_optimizer=None, **options):
        """Give the generator its optimizer, Adam as DCGAN sets it, and the discriminator its own.

        Without one the discriminator takes a copy of the generator's. Options are the base's.
        Keras' callbacks move the generator's rate alone: put `kg.callbacks.RateOfAllPlayers` after.
        """
        super().compile(optimizer, discriminator_optimizer=discriminator_optimizer, **options)

    def discriminator_terms(self, flow):
        real = self.judge(flow["real"], flow)
        fake = self.judge(ops.stop_gradient(flow["fake"]), flow)
        smoothing = {"label_smoothing": self.label_smoothing} if self.label_smoothing else {}
        terms = {"discriminator_loss": self.game.discriminator(real, fake, **smoothing)}
        if (border := self.game.border) is not None:
            terms["real_accuracy"] = _share(real > border)
            terms["fake_accuracy"] = _share(fake < border)
        return terms

    def generator_terms(self, flow):
        return {"generator_loss": self.game.generator(self.judge(flow["fake"], flow))}

    @property
    def game(self):
        return getattr(losses, self.loss)

    def judge(self, images, flow):
        """The discriminator's logits."""
        return self.discriminator(images, training=flow["training"])


def _share(votes):
    """Share of an example's logits that are so, `(batch,)`."""
    return ops.mean(ops.reshape(ops.cast(votes, "float32"), (ops.shape(votes)[0], -1)), axis=-1)


def _check_loss(loss, label_smoothing):
    if loss not in GAMES:
        raise ValueError(
            f"The game is unknown. Expected one of {', '.join(GAMES)}. Received: loss={loss!r}"
        )
    if not 0 <= label_smoothing < 1 or (label_smoothing and loss not in LABELLED):
        raise ValueError(
            f"Labels cannot be smoothed so. Expected a number from 0 up to 1, with a loss that has "
            f"labels: {', '.join(LABELLED)}. "
            f"Received: label_smoothing={label_smoothing}, loss={loss!r}"
        )
