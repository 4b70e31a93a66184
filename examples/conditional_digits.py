"""Digits to order: does a conditional GAN draw the class that it is asked for?

A classifier learns real digits; then it reads digits that the GAN was asked to draw.

    python examples/conditional_digits.py            # about 3 minutes on 2 cores
    python examples/conditional_digits.py --quick    # fewer images, less than a minute
"""

import cyclopts
import keras
import numpy as np

import keras_genzoo as kg


def main(*, preset: str = "conditional_gan_mnist", quick: bool = False):
    """Print the classifier's accuracy on real test digits and on drawn ones.

    Args:
        preset: Name or folder of a conditional GAN of digits.
        quick: Fewer images and epochs.
    """
    keras.utils.set_random_seed(0)
    train = kg.datasets.load("mnist", "train[:10000]" if quick else "train", labels=True)
    test = kg.datasets.load("mnist", "test[:1000]" if quick else "test", labels=True)
    classifier = kg.models.Autoencoder((28, 28, 1), latent_dim=64).classifier(num_classes=10)
    classifier.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    classifier.fit(train, epochs=1 if quick else 5, shuffle=False)
    _, on_real = classifier.evaluate(test, verbose=0)

    labels = np.arange(1_000 if quick else 10_000) % 10
    images = kg.from_preset(preset).sample(labels=labels, seed=0)
    read = classifier.predict(images, batch_size=500, verbose=0).argmax(axis=1)
    print(f"real test digits read as labelled: {on_real:.1%}")
    print(f"drawn digits read as asked for: {np.mean(read == labels):.1%} of {len(labels):,}")
    for digit in range(10):
        print(f"  {digit}: {np.mean(read[labels == digit] == digit):.1%}")


if __name__ == "__main__":
    cyclopts.run(main)
