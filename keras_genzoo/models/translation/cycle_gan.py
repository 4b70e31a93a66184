"""CycleGAN: images of one kind to images of another, learned without pairs."""

import functools
from typing import Literal

import keras
from keras import ops

from keras_genzoo.base import Player, arguments, verb
from keras_genzoo.models.translation import blocks
from keras_genzoo.models.translation.image_pool import ImagePool
from keras_genzoo.models.translation.translating import (
    Translates,
    absolute_error,
    check_filters,
    checked_loss,
    fitting,
)


@keras.saving.register_keras_serializable(package="keras_genzoo")
class CycleGAN(Translates):
    """CycleGAN: two generators, there and back, learn that the way there and back is no way at all.

    `fit(a, b)` takes arrays of any two lengths, of which the shorter is repeated and which are
    paired anew in each epoch, or what `kg.datasets.unpaired` makes. A step makes the fakes and
    their cycles once, updates both generators together, then both discriminators, on fakes of which
    some come from a pool of earlier ones. The pool is kept in `.keras` files and checkpoints.

    Logs `generator_loss`, which is `adversarial + cycle_weight * cycle + identity_weight *
    identity`, its parts, each the sum of both directions, and `discriminator_loss`.

    Args:
        image_shape: `(height, width, channels)` of the images of both kinds, at least 8x8, 1 or 3
            channels.
        filters: Filters of the generators' levels; each after the first halves the map.
        num_blocks: Residual blocks of a generator.
        discriminator_filters: Filters of each discriminator; each halves the map. Unless given as
            many of 64, 128 and 256 as the sides allow.
        cycle_weight: Weight of the cycles' absolute error; 20 of pixels in [0, 1] is 10 of pixels
            from -1 to 1. The paper's 10 stands beside squares that are not halved, as they are in
            `losses.least_squares`: it is 10 here.
        identity_weight: Weight of how far a generator changes what is of its target's kind already;
            0 leaves that out, where colours may change freely.
        pool_size: Earlier fakes that each discriminator's pool holds; 0 means no pool.
        loss: The game that is played in both directions, one of the pairs of `keras_genzoo.losses`.
        generator: Your own Keras model, there, of one size or of any. Its batches hold images of
            both kinds.
        generator_back: Your own, back; like `generator` unless given.
        discriminator: Your own Keras model, from images of the second kind to logits. Its batches
            hold true images and made ones.
        discriminator_back: Your own, of the first kind; like `discriminator` unless given.

    Raises:
        ValueError: If the networks do not fit the shapes, strides do not divide the sides, or the
            loss is unknown.

    Example:
        >>> import numpy as np
        >>> a, b = np.random.default_rng(0).uniform(size=(2, 8, 16, 16, 3))
        >>> cycle = CycleGAN((16, 16, 3), filters=(4,), num_blocks=1, discriminator_filters=(4,))
        >>> cycle.compile()
        >>> history = cycle.fit(a, b[:5], verbose=0)
        >>> cycle.translate_back(cycle.translate(a)).shape
        (8, 16, 16, 3)

    Reference: Zhu et al. (2017), https://arxiv.org/abs/1703.10593.
    """

    logged = ("generator_loss", "discriminator_loss", "adversarial", "cycle", "identity")
    learns_from = "unpaired"
    batch_size = 1  # as in the paper

    def __init__(
        self,
        image_shape: tuple[int, int, int],
        filters: tuple[int, ...] = (64, 128, 256),
        num_blocks: int = 9,
        discriminator_filters: tuple[int, ...] | None = None,
        cycle_weight: float = 20.0,
        identity_weight: float = 10.0,
        pool_size: int = 50,
        loss: Literal[
            "minimax", "non_saturating", "least_squares", "hinge", "wasserstein", "relativistic"
        ] = "least_squares",
        generator: keras.Model | None = None,
        generator_back: keras.Model | None = None,
        discriminator: keras.Model | None = None,
        discriminator_back: keras.Model | None = None,
        seed: int | None = None,
        **kwargs,
    ):
        if not identity_weight:
            self.logged = tuple(name for name in self.logged if name != "identity")
        super().__init__(seed, **kwargs)

        # === Config ===
        self.image_shape = self.target_shape = arguments.image_shape(image_shape)
        self.filters = arguments.sizes("filters", filters)
        self.num_blocks = arguments.whole("num_blocks", num_blocks)
        if discriminator_filters is None:
            discriminator_filters = fitting(self.image_shape, (64, 128, 256))
        self.discriminator_filters = arguments.sizes("discriminator_filters", discriminator_filters)
        self.cycle_weight = arguments.number("cycle_weight", cycle_weight)
        self.identity_weight = arguments.number("identity_weight", identity_weight)
        self.pool_size = arguments.whole("pool_size", pool_size, least=0)
        self.loss = checked_loss(loss)

        # === Networks ===
        if generator is None:
            check_filters(self, "filters", self.filters, len(self.filters) - 1)
        if discriminator is None:
            sizes = self.discriminator_filters
            check_filters(self, "discriminator_filters", sizes, len(sizes))
        self.generator = self._generator("generator", generator)
        self.generator_back = self._generator("generator_back", generator_back, generator)
        self.discriminator = self._discriminator("discriminator", discriminator)
        self.discriminator_back = self._discriminator(
            "discriminator_back", discriminator_back, discriminator
        )
        self.pools = {}  # made by `compile`, for training alone

    def _generator(self, name, given, like=None):
        """A user's, a new one of the same layers as the other direction's, or the zoo's."""
        given = given or (like and keras.models.clone_model(like))
        options = {"num_blocks": self.num_blocks, "dtype": self.dtype_policy}
        return self.checked_network(
            given,
            name,
            lambda: blocks.residual_generator(
                self.image_shape[-1], filters=self.filters, **options
            ),
            inputs=[self.image_shape],
            outputs=self.image_shape,
        )

    def _discriminator(self, name, given, like=None):
        given = given or (like and keras.models.clone_model(like))
        options = {"filters": self.discriminator_filters, "dtype": self.dtype_policy}
        return self.checked_network(
            given,
            name,
            lambda: blocks.patch_discriminator(self.image_shape[-1], **options),
            inputs=[self.image_shape],
        )

    @property
    def multiple(self):
        """What divides the sides of an image."""
        return 2 ** (len(self.filters) - 1)

    # === The flow's losses ===

    @property
    def players(self):
        """The generators first, as in the paper's code."""
        generators = self.generator, self.generator_back
        discriminators = self.discriminator, self.discriminator_back
        return (
            Player("generator_loss", generators, self.generator_terms),
            Player(
                *("discriminator_loss", discriminators, self.discriminator_terms),
                "discriminator_optimizer",
            ),
        )

    def compile(self, optimizer=None, discriminator_optimizer=None, **options):
        """Give the generators an optimizer, Adam as the paper sets it, and the discriminators one.

        Without one the discriminators take a copy of the generators'. Options are the base's. The
        pools begin empty. The paper lets rates fall linearly in the second half of a run, as a
        `PolynomialDecay` of `keras.optimizers.schedules` does.
        """
        super().compile(optimizer, discriminator_optimizer=discriminator_optimizer, **options)
        if self.pool_size:
            with self.distribute_strategy.scope():
                self.pools = {
                    name: ImagePool(self.pool_size, self.image_shape)
                    for name in ("sources", "targets")
                }

    def flow(self, sources, targets, sample_weight=None, training=False):
        count = ops.shape(sources)[0]
        fake_targets, same_targets = self._both(self.generator, sources, targets, count, training)
        fake_sources, same_sources = self._both(
            self.generator_back, targets, sources, count, training
        )
        shown = {"sources": fake_sources, "targets": fake_targets}
        if training:
            for name, pool in self.pools.items():
                shown[name] = pool.exchanged(
                    ops.stop_gradient(shown[name]), self.seed_generator, sample_weight
                )
        return {
            "real": {"sources": sources, "targets": targets},
            "fake": {"sources": fake_sources, "targets": fake_targets},
            "same": {"sources": same_sources, "targets": same_targets},
            "cycle": {
                "sources": self.generate(self.generator_back, fake_targets, training),
                "targets": self.generate(self.generator, fake_sources, training),
            },
            "shown": shown,
            "training": training,
        }

    def _both(self, generator, images, already, count, training):
        """What a generator makes, at once, of images and of what is of its target kind already."""
        if not self.identity_weight:
            return self.generate(generator, images, training), None
        made = self.generate(generator, ops.concatenate([images, already]), training)
        return made[:count], made[count:]

    def judge(self, flow, kind, images):
        """Logits of images of a kind, by its discriminator."""
        judge = {"targets": self.discriminator, "sources": self.discriminator_back}[kind]
        return judge(images, training=flow["training"])

    def generator_terms(self, flow):
        terms = {
            "adversarial": sum(
                self.fooled(functools.partial(self.judge, flow, kind), fakes, flow["real"][kind])
                for kind, fakes in flow["fake"].items()
            ),
            "cycle": self._error(flow, "cycle"),
        }
        loss = terms["adversarial"] + self.cycle_weight * terms["cycle"]
        if self.identity_weight:
            terms["identity"] = self._error(flow, "same")
            loss = loss + self.identity_weight * terms["identity"]
        return {"generator_loss": loss, **terms}

    def discriminator_terms(self, flow):
        terms = []
        for kind, real in flow["real"].items():
            shown = ops.stop_gradient(flow["shown"][kind])
            logits = self.judge(flow, kind, ops.concatenate([real, shown]))
            count = ops.shape(real)[0]
            terms.append(self.game.discriminator(logits[:count], logits[count:]))
        return {"discriminator_loss": sum(terms)}

    def _error(self, flow, word):
        return sum(absolute_error(flow[word][kind], real) for kind, real in flow["real"].items())

    # === Verbs ===

    @verb("images")
    def translate_back(self, images):
        """Images of the first kind, of those of the second.

        Args:
            images: `(n, height, width, channels)` in [0, 1].

        Returns:
            The same shape, in [0, 1].
        """
        return self.generate(self.generator_back, images)

    # === Files ===

    def save_own_variables(self, store):
        super().save_own_variables(store)
        for name, pool in self.pools.items():
            pool.save(store, f"pool_{name}", self.distribute_strategy)

    def load_own_variables(self, store):
        names = {*store.keys()}
        pooled = {name: store[name] for name in names if name.startswith("pool_")}
        if pooled:
            for name, pool in self.pools.items():
                pool.load(pooled, f"pool_{name}", self.distribute_strategy)
        super().load_own_variables({name: store[name] for name in names - pooled.keys()})
