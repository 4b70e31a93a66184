"""What GANs share: a generator, its moving average, and the verbs on it."""

import keras
from keras import ops

from keras_genzoo import networks
from keras_genzoo.base import SamplesPrior, verb
from keras_genzoo.models.image_model import ImageModel


class Adversarial(SamplesPrior, ImageModel):
    """Base of models whose generator is judged by another network.

    A subclass builds the judge, by `new_judge`, and names the players. Images are drawn from a
    moving average of the generator, whose decay at step t is `min(ema, (1 + t) / (10 + t))`, so
    that short runs show what was learned. Batch statistics are copied, not averaged.

    Args:
        ema: Decay of the generator's moving average, which images are drawn from; `None` for none.
        generator: Your own Keras model, from `(latent_dim,)` to images in [0, 1].

    Raises:
        ValueError: If `ema` is not between 0 and 1, or the generator does not fit the shapes.
    """

    num_classes = None  # of the labels that the networks see
    call_words = ("latents",)

    def __init__(
        self,
        image_shape,
        latent_dim=16,
        hidden=None,
        filters=(64, 128),
        ema: float | None = 0.999,
        generator: keras.Model | None = None,
        seed=None,
        **kwargs,
    ):
        super().__init__(image_shape, latent_dim, hidden, filters, seed, **kwargs)
        if ema is not None and not 0 < ema < 1:
            raise ValueError(
                "The moving average's decay does not fit. Expected a number between 0 and 1, or "
                f"None. Received: ema={ema}"
            )
        self.ema = ema
        self.custom_networks = frozenset(["generator"] if generator else [])

        self.generator = generator or networks.generator(
            self.image_shape, self.latent_dim, **self._sizes
        )
        networks.check_shapes(
            self.generator,
            "generator",
            inputs=[(self.latent_dim,), *self._label_shapes],
            outputs=self.image_shape,
        )
        networks.check_ends(self.generator, "generator", **networks.IMAGES)
        self.averaged_generator = None
        if ema is not None:
            self.averaged_generator = keras.models.clone_model(self.generator)
            if self.holds_values:  # else reading the generator's would take their memory
                self.averaged_generator.set_weights(self.generator.get_weights())
            self.averaged_generator.trainable = False

    def new_judge(self, name, given, **options):
        """The user's discriminator or critic, checked, or the zoo's."""
        self.custom_networks |= {name} if given else set()
        judge = given or networks.discriminator(self.image_shape, **self._sizes, **options)
        networks.check_shapes(judge, name, inputs=[self.image_shape, *self._label_shapes])
        networks.check_ends(judge, name, **networks.LOGITS)
        return judge

    @property
    def _sizes(self):
        return {
            "hidden": self.hidden,
            "filters": self.filters,
            "num_classes": self.num_classes,
            "dtype": self.dtype_policy,
        }

    @property
    def _label_shapes(self):
        return [] if self.num_classes is None else [()]

    def flow(self, images, labels=None, sample_weight=None, training=False):
        latents = keras.random.normal(
            (ops.shape(images)[0], self.latent_dim), seed=self.seed_generator
        )
        return {
            "real": images,
            "fake": self.generate(self.generator, latents, labels, training),
            "labels": labels,
            "training": training,
        }

    def generate(self, generator, latents, labels=None, training=False):
        """The generator's images, `(batch, *image_shape)`, float32 in [0, 1]."""
        return ops.cast(generator(latents, training=training), "float32")

    def train_step(self, data):
        logs = super().train_step(data)
        if self.ema is not None:
            self._average()
        return logs

    def _average(self):
        steps = ops.cast(self.steps_trained, "float32")
        decay = ops.minimum(self.ema, (1 + steps) / (10 + steps))
        pairs = zip(self.averaged_generator.weights, self.generator.weights, strict=True)
        for average, weight in pairs:
            if weight.trainable:
                average.assign_add((1 - decay) * (weight - average))
            else:
                average.assign(weight)

    @property
    def drawn_generator(self):
        """The generator that images are drawn from."""
        return self.generator if self.ema is None else self.averaged_generator

    def call(self, latents, training=False):
        return self.generate(self.drawn_generator, latents, training=training)

    # === Verbs ===

    @verb("images")
    def decode(self, latents):
        """Images of latents.

        Args:
            latents: `(n, latent_dim)`.

        Returns:
            `(n, *image_shape)` in [0, 1].
        """
        return self(latents)
