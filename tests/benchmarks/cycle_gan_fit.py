"""Pairs of images per second of `CycleGAN.fit` and of the recipe of the Keras documentation.

    python tests/benchmarks/cycle_gan_fit.py

The recipe is https://keras.io/examples/generative/cyclegan/: one persistent tape, four optimizers,
each network called on each batch by itself, no image pool; the generators' total losses are those
of that page. Both train the same networks, copied, on the same images. Epochs of the two alternate
in one process, so that a drift of the machine's speed hits both; timed is an epoch from its first
step to its last, and the first of each, which traces, is left out. `--processor-time` counts
seconds of the processors instead of the clock's, where much other work runs beside.
"""

import statistics
import time

import cyclopts
import keras
import numpy as np
import tensorflow as tf
from clock import Clock

import keras_genzoo as kg


class GuideCycleGAN(keras.Model):
    """The CycleGAN as https://keras.io/examples/generative/cyclegan/ trains it."""

    def __init__(self, networks, cycle=10.0, identity=0.5):
        super().__init__()
        self.gen_g, self.gen_f, self.disc_y, self.disc_x = networks
        self.cycle, self.identity = cycle, identity
        self.optimizers = [keras.optimizers.Adam(2e-4, 0.5) for _ in networks]
        self.squared = keras.losses.MeanSquaredError()
        self.absolute = keras.losses.MeanAbsoluteError()

    def train_step(self, batch):
        real_x, real_y = batch
        with tf.GradientTape(persistent=True) as tape:
            fake_y, fake_x = self.gen_g(real_x, training=True), self.gen_f(real_y, training=True)
            cycled_x, cycled_y = (
                self.gen_f(fake_y, training=True),
                self.gen_g(fake_x, training=True),
            )
            same_x, same_y = self.gen_f(real_x, training=True), self.gen_g(real_y, training=True)
            judged = {
                name: judge(images, training=True)
                for name, judge, images in (
                    ("real_x", self.disc_x, real_x),
                    ("fake_x", self.disc_x, fake_x),
                    ("real_y", self.disc_y, real_y),
                    ("fake_y", self.disc_y, fake_y),
                )
            }
            losses = [
                self.generator_loss(judged["fake_y"], real_y, cycled_y, same_y),
                self.generator_loss(judged["fake_x"], real_x, cycled_x, same_x),
                self.discriminator_loss(judged["real_y"], judged["fake_y"]),
                self.discriminator_loss(judged["real_x"], judged["fake_x"]),
            ]
        networks = self.gen_g, self.gen_f, self.disc_y, self.disc_x
        gradients = [
            tape.gradient(loss, network.trainable_variables)
            for loss, network in zip(losses, networks, strict=True)
        ]
        for optimizer, gradient, network in zip(self.optimizers, gradients, networks, strict=True):
            optimizer.apply_gradients(zip(gradient, network.trainable_variables, strict=True))
        return dict(zip(("g_loss", "f_loss", "d_y_loss", "d_x_loss"), losses, strict=True))

    def generator_loss(self, judged, real, cycled, same):
        fooled = self.squared(tf.ones_like(judged), judged)
        cycle = self.cycle * self.absolute(real, cycled)
        return fooled + cycle + self.cycle * self.identity * self.absolute(real, same)

    def discriminator_loss(self, real, fake):
        right = self.squared(tf.ones_like(real), real) + self.squared(tf.zeros_like(fake), fake)
        return 0.5 * right


def main(
    *,
    size: int = 64,
    filters: int = 16,
    num_blocks: int = 3,
    batch_size: int = 1,
    steps: int = 16,
    rounds: int = 5,
    processor_time: bool = False,
):
    """Print pairs of images per second, and the ratio, medians over rounds.

    Args:
        size: Pixels of an image's sides.
        filters: Of the generators' first convolution; then twice and four times as many.
        num_blocks: Residual blocks of a generator.
        batch_size: Images of each kind in a step; 1 in the recipe.
        steps: Of a round.
        rounds: Timed ones of each.
        processor_time: Count seconds of processor time.
    """
    shape = {"filters": (filters, 2 * filters, 4 * filters), "num_blocks": num_blocks}
    shape["discriminator_filters"] = shape["filters"]
    zoo = kg.models.CycleGAN((size, size, 3), **shape)
    zoo.compile()
    copies = [
        keras.models.clone_model(network)
        for network in (
            zoo.generator,
            zoo.generator_back,
            zoo.discriminator,
            zoo.discriminator_back,
        )
    ]
    guide = GuideCycleGAN(copies)
    guide.compile()
    images = np.random.default_rng(0).uniform(size=(2, steps * batch_size, size, size, 3))
    data = tf.data.Dataset.from_tensor_slices(tuple(images.astype("float32"))).batch(batch_size)
    models = {"CycleGAN.fit": zoo, "Keras' recipe": guide}
    speeds = {name: [] for name in models}
    clock = Clock(time.process_time if processor_time else time.perf_counter)
    for turn in range(rounds + 1):
        for name, model in models.items():
            model.fit(data, callbacks=[clock], shuffle=False, verbose=0)
            if turn:
                speeds[name].append(steps * batch_size / clock.seconds)
    for name, values in speeds.items():
        print(f"{name:14} {statistics.median(values):6.2f} pairs/s")
    ratios = np.divide(*speeds.values())
    spread = f"{ratios.min():.2f} to {ratios.max():.2f}"
    print(f"CycleGAN.fit is {statistics.median(ratios):.2f} times as fast ({spread})")


if __name__ == "__main__":
    cyclopts.run(main)
