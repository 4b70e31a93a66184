"""Images per second of `VAE.fit` and of the training loop of the Keras guides, networks alike.

    python tests/benchmarks/vae_fit.py

Both train the same networks through `fit` on the same dataset. Their epochs alternate in one
process, so that a drift of the machine's speed hits both; the first epoch of each, which traces,
is left out.
"""

import statistics

import cyclopts
import keras
import tensorflow as tf
from clock import Clock
from keras import ops

import keras_genzoo as kg


class GuideVAE(keras.Model):
    """The VAE as https://keras.io/examples/generative/vae/ trains it: a tape, three trackers."""

    def __init__(self, encoder, mean, log_variance, decoder):
        super().__init__()
        self.encoder, self.decoder = encoder, decoder
        self.mean, self.log_variance = mean, log_variance
        self.seed_generator = keras.random.SeedGenerator(1337)
        self.trackers = [keras.metrics.Mean(name) for name in ("loss", "reconstruction", "kl")]

    @property
    def metrics(self):
        return self.trackers

    def train_step(self, images):
        with tf.GradientTape() as tape:
            features = ops.reshape(self.encoder(images), (ops.shape(images)[0], -1))
            mean, log_variance = self.mean(features), self.log_variance(features)
            eps = keras.random.normal(ops.shape(mean), seed=self.seed_generator)
            decoded = self.decoder(mean + ops.exp(0.5 * log_variance) * eps)
            pixels = keras.losses.binary_crossentropy(images, decoded)
            reconstruction = ops.mean(ops.sum(pixels, axis=(1, 2)))
            kl = -0.5 * (1 + log_variance - ops.square(mean) - ops.exp(log_variance))
            kl = ops.mean(ops.sum(kl, axis=1))
            loss = reconstruction + kl
        gradients = tape.gradient(loss, self.trainable_weights)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_weights, strict=True))
        for tracker, value in zip(self.trackers, (loss, reconstruction, kl), strict=True):
            tracker.update_state(value)
        return {tracker.name: tracker.result() for tracker in self.trackers}


def main(*, epochs: int = 7, dense: bool = False):
    """Print images per second, medians over epochs.

    Args:
        epochs: Timed epochs of each.
        dense: Dense networks instead of convolutional ones.
    """
    images = kg.datasets.load("fashion_mnist_small", batch_size=128)
    sizes = {"hidden": (200, 200)} if dense else {}
    vae = kg.models.VAE((28, 28, 1), 16, **sizes)
    other = kg.models.VAE((28, 28, 1), 16, **sizes)
    guide = GuideVAE(other.encoder, other.mean_head, other.log_variance_head, other.decoder)
    speeds = {vae: [], guide: []}
    for model in speeds:
        model.compile(keras.optimizers.Adam())
        model.fit(images, verbose=0)
    for _ in range(epochs):
        for model in speeds:
            clock = Clock()
            model.fit(images, verbose=0, callbacks=[clock])
            speeds[model].append(10_000 / clock.seconds)
    ours, theirs = speeds.values()
    ratios = [a / b for a, b in zip(ours, theirs, strict=True)]
    print(f"VAE.fit    {statistics.median(ours):7.0f} images/s")
    print(f"the guide  {statistics.median(theirs):7.0f} images/s")
    print(f"ratio      {statistics.median(ratios):7.2f}  ({min(ratios):.2f} to {max(ratios):.2f})")


if __name__ == "__main__":
    cyclopts.run(main)
