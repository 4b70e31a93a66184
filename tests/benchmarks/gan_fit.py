"""Images per second of `GAN.fit` and of the loops of the Keras guides and PyTorch's example.

    python tests/benchmarks/gan_fit.py                # PyTorch only where it is installed
    python tests/benchmarks/gan_fit.py --bfloat16     # the zoo's loop in bfloat16, the others not

The networks are alike in all three: those of the guides' GAN for MNIST
(https://keras.io/examples/generative/conditional_gan/, without labels), or DCGAN's as the zoo
has them with `--networks zoo`, whose generator is lighter, so that running it once saves less.
Batches are of 128 images of 28x28. The variants' epochs alternate in one process, so
that a drift of the machine's speed hits all; the first epoch of each, which traces, is left out.
bfloat16 is process-wide in TensorFlow, so that it switches on before an epoch of the zoo's and off
after it.
"""

import importlib.util
import statistics
import time
from typing import Literal

import cyclopts
import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

import keras_genzoo as kg

LATENT_DIM = 64
BATCH_SIZE = 128


class GuideGAN(keras.Model):
    """The GAN as https://keras.io/examples/generative/dcgan_overriding_train_step/ trains it.

    The generator runs forward twice, once for each player; real and fake images pass the
    discriminator together.
    """

    def __init__(self, generator, discriminator):
        super().__init__()
        self.generator, self.discriminator = generator, discriminator
        self.seed_generator = keras.random.SeedGenerator(1337)
        self.trackers = [keras.metrics.Mean("discriminator"), keras.metrics.Mean("generator")]
        self.loss_fn = keras.losses.BinaryCrossentropy(from_logits=True)

    def compile(self, discriminator_optimizer, generator_optimizer):
        super().compile()
        self.discriminator_optimizer = discriminator_optimizer
        self.generator_optimizer = generator_optimizer

    @property
    def metrics(self):
        return self.trackers

    def latents(self, images):
        return keras.random.normal((ops.shape(images)[0], LATENT_DIM), seed=self.seed_generator)

    def train_step(self, images):
        fakes = self.generator(self.latents(images), training=True)
        with tf.GradientTape() as tape:
            logits = self.discriminator(ops.concatenate([fakes, images]), training=True)
            labels = ops.concatenate([ops.zeros_like(logits[::2]), ops.ones_like(logits[::2])])
            d_loss = self.loss_fn(labels, logits)
        weights = self.discriminator.trainable_weights
        self.discriminator_optimizer.apply(tape.gradient(d_loss, weights), weights)

        latents = self.latents(images)
        with tf.GradientTape() as tape:
            fake = self.discriminator(self.generator(latents, training=True), training=True)
            g_loss = self.loss_fn(ops.ones_like(fake), fake)
        weights = self.generator.trainable_weights
        self.generator_optimizer.apply(tape.gradient(g_loss, weights), weights)
        for tracker, value in zip(self.trackers, (d_loss, g_loss), strict=True):
            tracker.update_state(value)
        return {tracker.name: tracker.result() for tracker in self.trackers}


def new_networks(networks):
    """A generator and a discriminator, by their names in `kg.models.GAN`."""
    if networks == "zoo":
        gan = kg.models.GAN((28, 28, 1), latent_dim=LATENT_DIM, ema=None, architecture="dcgan")
        return {"generator": gan.generator, "discriminator": gan.discriminator}
    generator = keras.Sequential(
        [
            keras.Input((LATENT_DIM,)),
            layers.Dense(7 * 7 * LATENT_DIM),
            layers.LeakyReLU(0.2),
            layers.Reshape((7, 7, LATENT_DIM)),
            layers.Conv2DTranspose(128, 4, 2, "same"),
            layers.LeakyReLU(0.2),
            layers.Conv2DTranspose(128, 4, 2, "same"),
            layers.LeakyReLU(0.2),
            layers.Conv2D(1, 7, padding="same", activation="sigmoid"),
        ]
    )
    discriminator = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(64, 3, 2, "same"),
            layers.LeakyReLU(0.2),
            layers.Conv2D(128, 3, 2, "same"),
            layers.LeakyReLU(0.2),
            layers.GlobalMaxPooling2D(),
            layers.Dense(1),
        ]
    )
    return {"generator": generator, "discriminator": discriminator}


def zoo_epoch(images, networks, bfloat16):
    """An epoch of `GAN.fit`, as a user gets it: with the moving average and accuracies."""
    gan = kg.models.GAN(
        (28, 28, 1), latent_dim=LATENT_DIM, gradient_penalty=None, **new_networks(networks)
    )
    gan.compile()

    def epoch():
        tf.config.optimizer.set_experimental_options(
            {"auto_mixed_precision_onednn_bfloat16": bfloat16}
        )
        gan.fit(images, verbose=0)
        tf.config.optimizer.set_experimental_options(
            {"auto_mixed_precision_onednn_bfloat16": False}
        )

    return epoch


def guide_epoch(images, networks):
    gan = GuideGAN(**new_networks(networks))
    gan.compile(keras.optimizers.Adam(2e-4, 0.5), keras.optimizers.Adam(2e-4, 0.5))
    return lambda: gan.fit(images, verbose=0, shuffle=False)


def torch_networks(networks):
    """The same networks in PyTorch."""
    from torch import nn  # noqa: PLC0415 - only where it is installed

    if networks == "zoo":
        generator = nn.Sequential(
            nn.Linear(LATENT_DIM, 7 * 7 * 128, bias=False),
            nn.Unflatten(1, (128, 7, 7)),
            nn.BatchNorm2d(128),
            nn.ReLU(),
            nn.ConvTranspose2d(128, 64, 4, 2, 1, bias=False),
            nn.BatchNorm2d(64),
            nn.ReLU(),
            nn.ConvTranspose2d(64, 1, 4, 2, 1),
            nn.Tanh(),
        )
        discriminator = nn.Sequential(
            nn.Conv2d(1, 64, 4, 2, 1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(64, 128, 4, 2, 1, bias=False),
            nn.BatchNorm2d(128),
            nn.LeakyReLU(0.2),
            nn.Flatten(),
            nn.Linear(7 * 7 * 128, 1),
        )
    else:
        generator = nn.Sequential(
            nn.Linear(LATENT_DIM, 7 * 7 * LATENT_DIM),
            nn.LeakyReLU(0.2),
            nn.Unflatten(1, (LATENT_DIM, 7, 7)),
            nn.ConvTranspose2d(LATENT_DIM, 128, 4, 2, 1),
            nn.LeakyReLU(0.2),
            nn.ConvTranspose2d(128, 128, 4, 2, 1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(128, 1, 7, padding=3),
            nn.Sigmoid(),
        )
        discriminator = nn.Sequential(
            nn.Conv2d(1, 64, 3, 2, 1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(64, 128, 3, 2, 1),
            nn.LeakyReLU(0.2),
            nn.AdaptiveMaxPool2d(1),
            nn.Flatten(),
            nn.Linear(128, 1),
        )
    return generator, discriminator


def torch_epoch(images, networks):
    """An epoch as in PyTorch's examples/dcgan/main.py, the fakes generated once."""
    import torch  # noqa: PLC0415 - only where it is installed
    from torch import nn  # noqa: PLC0415

    generator, discriminator = torch_networks(networks)
    adams = [
        torch.optim.Adam(n.parameters(), 2e-4, (0.5, 0.999)) for n in (discriminator, generator)
    ]
    loss_fn = nn.BCEWithLogitsLoss()
    batches = [torch.from_numpy(batch.transpose(0, 3, 1, 2)) for batch in images]

    def epoch():
        for real in batches:
            discriminator.zero_grad()
            logits = discriminator(real)
            loss_fn(logits, torch.ones_like(logits)).backward()
            fake = generator(torch.randn(len(real), LATENT_DIM))
            logits = discriminator(fake.detach())
            loss_fn(logits, torch.zeros_like(logits)).backward()
            adams[0].step()
            generator.zero_grad()
            logits = discriminator(fake)
            loss_fn(logits, torch.ones_like(logits)).backward()
            adams[1].step()

    return epoch


def main(
    *,
    epochs: int = 5,
    images: int = 2560,
    networks: Literal["guide", "zoo"] = "guide",
    bfloat16: bool = False,
):
    """Print images per second and ratios, medians over epochs.

    Args:
        epochs: Timed epochs of each variant.
        images: Images in an epoch.
        networks: The guides' or the zoo's.
        bfloat16: Let TensorFlow rewrite the zoo's graphs to bfloat16.
    """
    dataset = kg.datasets.load("fashion_mnist_small", batch_size=BATCH_SIZE, take=images)
    variants = {
        "GAN.fit": zoo_epoch(dataset, networks, bfloat16),
        "Keras guide": guide_epoch(dataset, networks),
    }
    if importlib.util.find_spec("torch"):
        variants["PyTorch"] = torch_epoch(list(dataset.as_numpy_iterator()), networks)
    else:
        print("PyTorch is not installed: left out.")
    speeds = {name: [] for name in variants}
    for epoch in variants.values():
        epoch()
    for _ in range(epochs):
        for name, epoch in variants.items():
            start = time.perf_counter()
            epoch()
            speeds[name].append(images / (time.perf_counter() - start))
    for name, values in speeds.items():
        ratios = np.divide(speeds["GAN.fit"], values)
        spread = f"{ratios.min():.2f} to {ratios.max():.2f}"
        print(f"{name:12} {statistics.median(values):6.0f} images/s")
        print(f"             GAN.fit is {statistics.median(ratios):.2f} times as fast ({spread})")


if __name__ == "__main__":
    cyclopts.run(main)
