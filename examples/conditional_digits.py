"""Digits to order: does a conditional GAN draw the class that it is asked for?

A classifier that was trained on real digits reads those that the GAN was asked to draw.

    python examples/conditional_digits.py            # half a minute on 2 cores
    python examples/conditional_digits.py --quick    # fewer images
"""

import cyclopts
import numpy as np

import keras_genzoo as kg


def main(
    *,
    preset: str = "conditional_gan_mnist",
    classifier: str = "classifier_mnist",
    quick: bool = False,
):
    """Print the classifier's accuracy on real test digits and on drawn ones.

    Args:
        preset: Name or folder of a conditional GAN of digits.
        classifier: Name or folder of a classifier of digits, trained on real ones.
        quick: Fewer images.
    """
    judge = kg.from_preset(classifier)
    count = 1_000 if quick else 10_000
    test = kg.datasets.load("mnist", f"test[:{count}]", labels=True, shuffle=False)
    images, labels = kg.datasets.arrays(test)
    print(f"real test digits read as labelled: {np.mean(read(judge, images) == labels):.1%}")

    asked = np.arange(count) % 10
    drawn = read(judge, kg.from_preset(preset).sample(labels=asked, seed=0))
    print(f"drawn digits read as asked for: {np.mean(drawn == asked):.1%} of {count:,}")
    for digit in range(10):
        print(f"  {digit}: {np.mean(drawn[asked == digit] == digit):.1%}")


def read(judge, images):
    """The digit that the classifier sees in each image."""
    return judge.predict(images, batch_size=500, verbose=0).argmax(axis=1)


if __name__ == "__main__":
    cyclopts.run(main)
