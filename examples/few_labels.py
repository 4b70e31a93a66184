"""A hundred labels: a classifier that starts from an autoencoder beats one from scratch.

An autoencoder sees all of MNIST without labels. Then classifiers of one shape learn from the same
hundred labels, ten of each digit: one on the autoencoder's encoder as it is, one that tunes it
further, one from random weights. Each seed draws other labels and other weights.

    python examples/few_labels.py            # some minutes on 2 cores
    python examples/few_labels.py --quick    # less than a minute, and less of a difference
"""

import cyclopts
import keras
import numpy as np

import keras_genzoo as kg


def main(*, quick: bool = False):
    """Print the classifiers' test accuracies over the seeds.

    Args:
        quick: Fewer images, epochs and seeds.
    """
    seeds, epochs, split = (2, 4, "train[:5000]") if quick else (5, 10, "train")
    train_images, train_labels = arrays(split)
    test_images, test_labels = arrays("test[:1000]" if quick else "test")

    keras.utils.set_random_seed(0)
    autoencoder = new_autoencoder()
    autoencoder.compile()
    autoencoder.fit(train_images, batch_size=128, epochs=epochs)

    accuracies = {"pretrained, frozen": [], "pretrained, tuned": [], "from scratch": []}
    for seed in range(seeds):
        keras.utils.set_random_seed(seed)
        chosen = ten_of_each(train_labels, seed)
        classifiers = (
            autoencoder.classifier(num_classes=10, freeze=True),
            autoencoder.classifier(num_classes=10),
            new_autoencoder().classifier(num_classes=10),
        )
        for start, classifier in zip(accuracies, classifiers, strict=True):
            classifier.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
            classifier.fit(
                train_images[chosen], train_labels[chosen], batch_size=20, epochs=60, verbose=0
            )
            _, accuracy = classifier.evaluate(test_images, test_labels, batch_size=500, verbose=0)
            accuracies[start].append(accuracy)
            print(f"seed {seed}, {start}: {accuracy:.1%}")
    for start, values in accuracies.items():
        print(f"{start}: {np.mean(values):.1%} +- {np.std(values, ddof=1):.1%} of {seeds} seeds")


def new_autoencoder():
    """Denoising: rebuilding what noise hides teaches more than copying."""
    return kg.models.Autoencoder((28, 28, 1), latent_dim=10, hidden=(500, 250), noise_stddev=0.5)


def arrays(split):
    """A split of MNIST as images and labels."""
    dataset = kg.datasets.load("mnist", split, batch_size=1000, labels=True, shuffle=False)
    return kg.datasets.arrays(dataset)


def ten_of_each(labels, seed):
    """Indices of ten random examples of each class."""
    random = np.random.default_rng(seed)
    return np.concatenate(
        [random.choice(np.flatnonzero(labels == digit), 10, replace=False) for digit in range(10)]
    )


if __name__ == "__main__":
    cyclopts.run(main)
