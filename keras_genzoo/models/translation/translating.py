"""What models share that translate images: their words, the verb, and the networks' check."""

from keras import ops

from keras_genzoo import losses, networks
from keras_genzoo.base import GenerativeModel, arguments, fields, verb

GAMES = tuple(
    name for name, pair in vars(losses).items() if isinstance(pair, losses.AdversarialPair)
)


class Translates(GenerativeModel):
    """Base of models whose `generator` makes an image of another image.

    `fit` takes sources and targets, of the shapes that the model was made for. The verbs take
    images of any height and width that the networks' strides divide, unless a generator of your
    own has a size.
    """

    fit_x, fit_y = "sources", "targets"
    learns_from = "pairs"
    call_words = ("images",)
    at_once = 16  # images may be large
    adam = {"learning_rate": 2e-4, "beta_1": 0.5}  # noqa: RUF012 - a constant of the class

    @property
    def fields(self):
        own = "generator" in self.custom_networks
        words = {
            "sources": fields.images(self.image_shape),
            "targets": fields.images(self.target_shape),
            "images": fields.images(self.generator.input_shape[1:], 1 if own else self.multiple),
        }
        return {**super().fields, **words}

    def checked_network(self, given, name, made, **shapes):
        """A user's network, checked, or the one that the zoo has made."""
        if given is None:
            return made()
        self.custom_networks |= {name}
        networks.check_shapes(given, name, any_size=True, **shapes)
        ends = networks.IMAGES if "outputs" in shapes else networks.LOGITS
        networks.check_ends(given, name, **ends)
        return given

    @property
    def game(self):
        return getattr(losses, self.loss)

    def fooled(self, judge, fakes, real):
        """What a generator pays for the logits of its fakes, `(batch,)`.

        Args:
            judge: From images to logits.
            fakes: Its own images.
            real: Those that it imitates, which a paired game looks at too.
        """
        return self.game.generator(judge(fakes), *([judge(real)] if self.game.paired else []))

    def generate(self, generator, images, training=False):
        """A generator's images, float32 in [0, 1]."""
        return ops.cast(generator(images, training=training), "float32")

    def call(self, images, training=False):
        return self.generate(self.generator, images, training)

    @verb("images")
    def translate(self, images):
        """What the model makes of images; there is no noise in it.

        Args:
            images: `(n, height, width, channels)` of the sources' kind, in [0, 1].

        Returns:
            `(n, height, width, channels)` of the targets' kind, in [0, 1].
        """
        return self(images)


def fitting(shape, filters):
    """The first of the filters, as many as may halve a map of a shape and leave 2x2 of it.

    Example:
        >>> fitting((28, 28, 1), (64, 128, 256)), fitting((64, 64, 1), (64, 128, 256))
        ((64, 128), (64, 128, 256))
    """
    counts = range(len(filters), 1, -1)
    sides = shape[:2]
    fits = (
        n for n in counts if not any(side % 2**n for side in sides) and min(sides) >= 2 ** (n + 1)
    )
    return filters[: next(fits, 1)]


def check_filters(model, name, filters, halvings):
    """Refuse filters of the zoo's own network that leave no map to normalize."""
    sides = networks.smallest_map(model.target_shape, filters, halvings)
    if min(sides) < 2:
        raise ValueError(
            "The innermost map is one place, which normalized is 0. Expected sides of at least "
            f"{2 * 2**halvings}, or fewer filters. Received: {name}={filters}, sides of "
            f"{model.target_shape[:2]}"
        )


def absolute_error(ours, theirs):
    """Mean absolute difference of pixels, `(batch,)`."""
    difference = ops.abs(ops.cast(ours, "float32") - ops.cast(theirs, "float32"))
    return ops.mean(ops.reshape(difference, (ops.shape(difference)[0], -1)), axis=-1)


def checked_loss(loss):
    return arguments.one_of("loss", loss, GAMES)
