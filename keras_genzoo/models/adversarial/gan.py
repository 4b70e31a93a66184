"""The generative adversarial network, dense or as DCGAN."""

import numbers
from typing import Literal

import keras
from keras import ops

from keras_genzoo import losses
from keras_genzoo.base import Player, arguments
from keras_genzoo.models.adversarial.adversarial import Adversarial
from keras_genzoo.models.adversarial.discriminator_augmentation import ADAPTIVE, Augmentation
from keras_genzoo.models.adversarial.gradient_penalties import with_squared_slopes

LABELLED = ("minimax", "non_saturating", "least_squares")  # have real labels to smooth
GAMES = (*LABELLED, "hinge", "wasserstein", "relativistic")
PENALIZED = {None: (), "r1": ("real",), "r1r2": ("real", "fake")}


@keras.saving.register_keras_serializable(package="keras_genzoo")
class GAN(Adversarial):
    """Generative adversarial network: a generator imitates, a discriminator tells real from fake.

    A step updates the discriminator on real images and the generator's fakes, each batch passing
    it alone, then the generator against the updated discriminator. Both look at the same fakes,
    which are generated once; with `discriminator_steps` above 1 each earlier update draws its own.
    Logs `generator_loss` and `discriminator_loss`, of which `gradient_penalty` is a part, and, but
    for `"wasserstein"` and `"relativistic"`, `real_accuracy` and `fake_accuracy`, the shares of
    real and fake images that the discriminator gets right: near 1 it wins, near 1/2 it is at a
    loss.

    By default the discriminator also pays for being steep at real images (R1), which lets the game
    settle; `loss="relativistic"` with `gradient_penalty="r1r2"` is R3GAN's. Of some thousand images
    or fewer a discriminator learns each by heart, unless `augment` moves what it sees.

    Args:
        loss: The game: `"minimax"`, `"non_saturating"`, `"least_squares"`, `"hinge"`,
            `"wasserstein"` or `"relativistic"`; see `keras_genzoo.losses`.
        discriminator_steps: Updates of the discriminator for one of the generator.
        label_smoothing: How far the discriminator's target for real images falls short of 1.
        discriminator: Your own Keras model, from images in [0, 1] to logits, one or a map.
        gradient_penalty: Half the squared length of the discriminator's gradient, which it pays at
            real images, `"r1"`, or at real ones and at fakes, `"r1r2"`; `None` for none. It is per
            image: batch normalization in the discriminator does not fit it.
        gradient_penalty_weight: Times the penalty, in the discriminator's loss.
        gradient_penalty_interval: Steps from one payment to the next, each of so many times the
            penalty: lazy regularization, which saves time and is as good.
        augment: For small sets: the probability, above 0 and up to 1, with which each of several
            changes strikes an image that the discriminator sees, real or fake; `"adaptive"` begins
            at 0, finds it while training and logs it as `augment_probability`; `None` for none.

    Raises:
        ValueError: If the networks do not fit the shapes, or the loss or the penalty is unknown, or
            the loss has no labels to smooth or nobody who is right, by whom to adapt.

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
    https://arxiv.org/abs/1606.03498; R1 and R2: Mescheder et al. (2018),
    https://arxiv.org/abs/1801.04406; lazy: Karras et al. (2020), https://arxiv.org/abs/1912.04958;
    R3GAN: Huang et al. (2024), https://arxiv.org/abs/2501.05441; augmentation: Karras et al.
    (2020), https://arxiv.org/abs/2006.06676, Zhao et al. (2020), https://arxiv.org/abs/2006.10738.
    """

    logged = (
        *("generator_loss", "discriminator_loss", "real_accuracy", "fake_accuracy"),
        "gradient_penalty",
    )
    adam = {"learning_rate": 5e-4, "beta_1": 0.5, "beta_2": 0.99}  # noqa: RUF012 - a constant
    formerly = {**Adversarial.formerly, "gradient_penalty": None}  # noqa: RUF012 - likewise

    def __init__(
        self,
        image_shape,
        latent_dim=16,
        hidden=None,
        filters=(64, 128),
        loss: Literal[
            "minimax", "non_saturating", "least_squares", "hinge", "wasserstein", "relativistic"
        ] = "non_saturating",
        discriminator_steps: int = 1,
        label_smoothing: float = 0.0,
        ema=0.999,
        generator=None,
        discriminator: keras.Model | None = None,
        seed=None,
        *,
        gradient_penalty: Literal["r1", "r1r2"] | None = "r1",
        gradient_penalty_weight: float = 1.0,
        gradient_penalty_interval: int = 8,
        augment: float | Literal["adaptive"] | None = None,
        **kwargs,
    ):
        _check_loss(loss, label_smoothing)
        _check_augment(augment, loss)
        self.augment = augment
        self.gradient_penalty = arguments.one_of("gradient_penalty", gradient_penalty, PENALIZED)
        self.logged = self._logged(getattr(losses, loss))
        super().__init__(image_shape, latent_dim, hidden, filters, ema, generator, seed, **kwargs)

        # === Config ===
        self.loss = loss
        self.discriminator_steps = arguments.whole("discriminator_steps", discriminator_steps)
        self.label_smoothing = label_smoothing
        self.gradient_penalty_weight = arguments.number(
            "gradient_penalty_weight", gradient_penalty_weight
        )
        self.gradient_penalty_interval = arguments.whole(
            "gradient_penalty_interval", gradient_penalty_interval
        )

        # === Networks ===
        normalize = self.architecture == "dcgan"
        self.discriminator = self.new_judge("discriminator", discriminator, normalize=normalize)
        noise = self.seed_generator
        self.augmentation = None if augment is None else Augmentation(augment, noise)

    def _logged(self, game):
        """What is logged of this game, with this penalty and augmentation."""
        there = tuple(
            name
            for name in self.logged
            if (game.border is not None or not name.endswith("accuracy"))
            and (self.gradient_penalty is not None or name != "gradient_penalty")
        )
        return (*there, "augment_probability") if self.augment == ADAPTIVE else there

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
        """Give the generator its optimizer, an Adam that suits R1, and the discriminator its own.

        Without one the discriminator takes a copy of the generator's. Options are the base's.
        Keras' callbacks move the generator's rate alone: put `kg.callbacks.RateOfAllPlayers` after.
        """
        super().compile(optimizer, discriminator_optimizer=discriminator_optimizer, **options)

    def discriminator_terms(self, flow):
        judged = {}
        penalty = 0.0
        for kind, images in (("real", flow["real"]), ("fake", ops.stop_gradient(flow["fake"]))):
            if kind in PENALIZED[self.gradient_penalty]:
                judged[kind], slopes = self.steepness(images, flow)
                penalty += 0.5 * slopes
            else:
                judged[kind] = self.judge(images, flow)
        smoothing = {"label_smoothing": self.label_smoothing} if self.label_smoothing else {}
        terms = {"discriminator_loss": self.game.discriminator(**judged, **smoothing)}
        if (border := self.game.border) is not None:
            terms["real_accuracy"] = _share(judged["real"] > border)
            terms["fake_accuracy"] = _share(judged["fake"] < border)
        if self.gradient_penalty is not None:
            terms["discriminator_loss"] += self.gradient_penalty_weight * penalty
            terms["gradient_penalty"] = penalty
        if self.augment == ADAPTIVE:
            if flow["training"]:
                self.augmentation.adapt(terms["real_accuracy"], flow["sample_weight"])
            probability = self.augmentation.probability
            terms["augment_probability"] = ops.zeros_like(terms["real_accuracy"]) + probability
        return terms

    def generator_terms(self, flow):
        logits = [self.judge(flow["fake"], flow)]
        if self.game.paired:
            logits.append(self.judge(flow["real"], flow))
        return {"generator_loss": self.game.generator(*logits)}

    def steepness(self, images, flow):
        """The discriminator's logits of images, and its squared slope at each, as it pays it."""

        def judge(images):
            return self.judge(images, flow)

        interval = self.gradient_penalty_interval
        if interval == 1 or not flow["training"]:
            return with_squared_slopes(judge, images)
        now = ops.equal(self.steps_trained % interval, 0)
        logits, slopes = with_squared_slopes(judge, images, when=now)
        return logits, interval * slopes

    @property
    def game(self):
        return getattr(losses, self.loss)

    def judge(self, images, flow):
        """The discriminator's logits."""
        return self.judged(self.discriminator, self.shown(images), flow["training"])

    def shown(self, images):
        """What the discriminator sees of images, in training and in validation."""
        return images if self.augmentation is None else self.augmentation(images)


def _share(votes):
    """Share of an example's logits that are so, `(batch,)`."""
    return ops.mean(ops.reshape(ops.cast(votes, "float32"), (ops.shape(votes)[0], -1)), axis=-1)


def _check_loss(loss, label_smoothing):
    if loss not in GAMES:
        raise ValueError(
            f"The game is unknown. Expected one of {', '.join(GAMES)}. Received: loss={loss!r}"
        )
    arguments.number("label_smoothing", label_smoothing)
    if label_smoothing >= 1 or (label_smoothing and loss not in LABELLED):
        raise ValueError(
            f"Labels cannot be smoothed so. Expected a number from 0 up to 1, with a loss that has "
            f"labels: {', '.join(LABELLED)}. "
            f"Received: label_smoothing={label_smoothing}, loss={loss!r}"
        )


def _check_augment(augment, loss):
    is_number = isinstance(augment, numbers.Real) and not isinstance(augment, bool)
    if augment not in (None, ADAPTIVE) and not (is_number and 0 < augment <= 1):
        raise ValueError(
            f"Images cannot be changed so often. Expected a number above 0 and up to 1, "
            f"{ADAPTIVE!r} or None. Received: augment={augment!r}"
        )
    if augment == ADAPTIVE and getattr(losses, loss).border is None:
        raise ValueError(
            "Nobody is right or wrong, by whom augmentation could adapt. Expected a number, or a "
            f"loss whose discriminator says what is real. Received: augment={augment!r}, "
            f"loss={loss!r}"
        )
