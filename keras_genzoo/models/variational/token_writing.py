"""Writing tokens: the verbs that draw them from latents, token by token."""

import tensorflow as tf

from keras_genzoo.base import DrawsBatches, SamplesPrior, arguments, checked, endpoint
from keras_genzoo.models.variational.token_decoder import drawn_by, likeliest

COLDEST = 1e-30  # below which logits, divided by it, are more than 32 bits hold


class WritesTokens(DrawsBatches, SamplesPrior):
    """Gives a model with a `token_decoder` the verbs `decode`, `sample` and `interpolate`."""

    def decode(self, latents, temperature=0.0, seed=None, top_p=None):
        """Sequences of latents.

        Args:
            latents: `(n, latent_dim)`.
            temperature: 0, or less than 1e-30, takes the likeliest token after those before it; 1
                draws it as the model distributes it; between, likely ones become likelier.
            seed: Integer of the draws; `None` draws on the model's noise.
            top_p: Draw among the likeliest tokens alone that together reach this probability.

        Returns:
            `(n, length)`, int32; after the first 0 all are 0.

        Raises:
            ValueError: If an argument does not fit.
        """
        given = checked(self, {"latents": latents})
        return self._written(len(given["latents"]), seed, temperature, top_p, given)

    def sample(self, num_samples, seed=None, temperature=1.0, top_p=None):
        """New sequences: draws from the prior, decoded; the other arguments as of `decode`.

        Args:
            num_samples: How many.
            seed: Integer; the same seed gives the same samples. `None` draws on the model's noise.
            temperature: Of the tokens' draws.
            top_p: As of `decode`.

        Returns:
            `(num_samples, length)`, int32.

        Raises:
            ValueError: If an argument does not fit.
        """
        return self._written(self.count_of(num_samples), seed, temperature, top_p, {})

    def interpolate(self, start, end, steps=10, method="spherical"):
        """Sequences on the way from one, or its latent, to another; see `latent.interpolate`."""
        return super().interpolate(start, end, steps, method)

    def _written(self, count, seed, temperature, top_p, given):
        if top_p is not None and not 0 < arguments.number("top_p", top_p) <= 1:
            raise ValueError(
                "No token would be left, or all. Expected top_p above 0 and up to 1, or None. "
                f"Received: top_p={top_p}"
            )
        if arguments.number("temperature", temperature) < COLDEST:
            if given and seed is None:
                seed = 0  # of nothing: the model's own noise is left as it is
            return self.drawn(type(self).write, count, seed, given)
        how = {"temperature": temperature, "top_p": top_p}
        how = checked(self, {word: x for word, x in how.items() if x is not None})
        return self.drawn(type(self).draw, count, seed, {**given, **how})

    def write(self, count, key, latents=None):
        """A batch of sequences of the likeliest tokens, on tensors; see `decode`."""
        return self.token_decoder.draw(self._latents(count, key, latents), likeliest)

    def draw(self, count, key, latents=None, temperature=1.0, top_p=None):
        """A batch of drawn sequences, on tensors; see `decode`."""
        choose = drawn_by(tf.random.experimental.stateless_fold_in(key, 1), temperature, top_p)
        return self.token_decoder.draw(self._latents(count, key, latents), choose)

    def _latents(self, count, key, latents):
        if latents is not None:
            return latents
        return tf.random.stateless_normal((count, self.latent_dim), key, alg="philox")

    sample_of_noise = None  # for tokens are drawn too, after the latents

    @endpoint("decode")
    def served_decode(self, latents):
        """The endpoint `decode`, on tensors: of the likeliest tokens."""
        return {"tokens": self.token_decoder.draw(latents, likeliest)}
