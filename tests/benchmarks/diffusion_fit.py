"""Images per second of `Diffusion.fit` and of the loop of Keras' DDIM example, networks alike.

    python tests/benchmarks/diffusion_fit.py

    python tests/benchmarks/diffusion_fit.py --processor-time     # on a machine that others use

Both train the zoo's U-Net by Adam through `fit` on the same dataset. Their epochs alternate in one
process, so that a drift of the machine's speed hits both; timed is an epoch from its first step to
its last, and the first of each, which traces, is left out.
"""

import statistics
import time
from typing import Annotated

import cyclopts
import keras
import tensorflow as tf
from clock import Clock
from keras import layers, ops

import keras_genzoo as kg


class ExampleDiffusion(keras.Model):
    """Diffusion as https://keras.io/examples/generative/ddim/ trains it.

    It normalizes images, descends the absolute error of the noise, logs the images' error too, and
    averages all weights in a loop. The U-Net is told times where the example's is told variances.
    """

    def __init__(self, network):
        super().__init__()
        self.normalizer = layers.Normalization()
        self.network = network
        self.average = keras.models.clone_model(network)
        self.average.set_weights(network.get_weights())
        self.noise_tracker = keras.metrics.Mean("noise_loss")
        self.image_tracker = keras.metrics.Mean("image_loss")
        self.seed_generator = keras.random.SeedGenerator(1337)

    @property
    def metrics(self):
        return [self.noise_tracker, self.image_tracker]

    def denoise(self, noisy, times, noise, signal):
        eps = self.network([noisy, times], training=True)
        return eps, (noisy - noise * eps) / signal

    def train_step(self, images):
        images = self.normalizer(images, training=True)
        eps = keras.random.normal(ops.shape(images), seed=self.seed_generator)
        times = keras.random.uniform((ops.shape(images)[0],), seed=self.seed_generator)
        start, end = ops.arccos(0.95), ops.arccos(0.02)
        angles = ops.reshape(start + times * (end - start), (-1, 1, 1, 1))
        noise, signal = ops.sin(angles), ops.cos(angles)
        noisy = signal * images + noise * eps
        with tf.GradientTape() as tape:
            told, clean = self.denoise(noisy, times, noise, signal)
            noise_loss = ops.mean(ops.abs(eps - told))
            image_loss = ops.mean(ops.abs(images - clean))
        weights = self.network.trainable_weights
        gradients = tape.gradient(noise_loss, weights)
        self.optimizer.apply_gradients(zip(gradients, weights, strict=True))
        self.noise_tracker.update_state(noise_loss)
        self.image_tracker.update_state(image_loss)
        for weight, average in zip(self.network.weights, self.average.weights, strict=True):
            average.assign(0.999 * average + 0.001 * weight)
        return {tracker.name: tracker.result() for tracker in self.metrics}


def main(
    *,
    epochs: int = 5,
    images: int = 1280,
    batch_size: int = 64,
    filters: Annotated[tuple[int, ...], cyclopts.Parameter(consume_multiple=True)] = (32, 64, 128),
    num_blocks: int = 1,
    processor_time: bool = False,
):
    """Print images per second, medians over epochs.

    Args:
        epochs: Timed epochs of each.
        images: Images in an epoch.
        batch_size: Images in a batch.
        filters: Channels of the U-Net's levels.
        num_blocks: Residual blocks of a level.
        processor_time: Count the seconds that processors worked, not those that passed.
    """
    clock = Clock(time.process_time if processor_time else time.perf_counter)
    sizes = {"filters": filters, "num_blocks": num_blocks}
    dataset = kg.datasets.load("fashion_mnist_small", batch_size=batch_size, take=images)
    zoo = kg.models.Diffusion((28, 28, 1), **sizes)
    example = ExampleDiffusion(kg.models.Diffusion((28, 28, 1), ema=None, **sizes).denoiser)
    example.normalizer.adapt(dataset)
    speeds = {zoo: [], example: []}
    for model in speeds:
        model.compile(keras.optimizers.Adam())
        model.fit(dataset, verbose=0)
    for _ in range(epochs):
        for model in speeds:
            model.fit(dataset, callbacks=[clock], verbose=0)
            speeds[model].append(images / clock.seconds)
    ours, theirs = speeds.values()
    ratios = [a / b for a, b in zip(ours, theirs, strict=True)]
    print(f"Diffusion.fit  {statistics.median(ours):6.1f} images/s")
    print(f"the example    {statistics.median(theirs):6.1f} images/s")
    spread = f"{min(ratios):.2f} to {max(ratios):.2f}"
    print(f"ratio          {statistics.median(ratios):6.2f}  ({spread})")


if __name__ == "__main__":
    cyclopts.run(main)
