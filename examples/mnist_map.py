"""A map of MNIST: what closeness and completeness look like, in a latent space of two dimensions.

A VAE that may say no more than two numbers of a digit has to lay all digits out in a plane.
`mnist_map.png` draws what each place of it decodes to, all places alike probable under the prior.
`mnist_map_codes.png` shows where test digits lie, a colour for each class.

Complete is what can be drawn from: nearly every place of the map has a digit to show. The
exceptions lie where two classes meet: there one digit has to become another, and half-way it is
neither. Close means that neighbours are alike: slant and stroke change little by little, and most
classes have one patch, a few have two. Beside it lies the class that looks most like it, 4 beside 9
and 9 beside 7. Where patches overlap, two numbers were too few to tell digits apart.

    python examples/mnist_map.py            # less than half a minute
    python examples/mnist_map.py --quick    # fewer digits

Train such a VAE yourself, in some minutes on 2 cores, and look at its map:

    genzoo train vae --dataset mnist --latent-dim 2 --hidden 256 256 256 --epochs 30
    python examples/mnist_map.py --preset runs/vae_mnist
"""

from pathlib import Path

import cyclopts
import numpy as np

import keras_genzoo as kg


def main(
    *,
    preset: str = "vae_mnist_2d",
    classifier: str = "classifier_mnist",
    quick: bool = False,
    output: Path = Path("runs/mnist_map"),
):
    """Draw the map and where digits lie on it; print how complete and how close it is.

    Args:
        preset: Name or folder of a VAE of MNIST with two latents.
        classifier: Name or folder of a classifier of digits.
        quick: Fewer digits.
        output: Folder of the pictures.
    """
    count = 1_000 if quick else 5_000
    vae = kg.from_preset(preset)
    test = kg.datasets.load("mnist", f"test[:{count}]", batch_size=500, labels=True)
    images, labels = kg.datasets.arrays(test)
    codes = vae.encode(images)

    output.mkdir(parents=True, exist_ok=True)
    title = "A map of MNIST, drawn by a VAE of two latents"
    kg.plots.manifold(vae, title=title).savefig(output / "mnist_map.png")
    title = f"{count:,} test digits on the map"
    figure = kg.plots.aggregate_posterior(vae, codes, labels, title)
    figure.savefig(output / "mnist_map_codes.png")

    complete = kg.metrics.completeness(vae, kg.from_preset(classifier), num_samples=count)
    print(f"draws from the prior that a classifier is more than 90 % sure of: {complete:.1%}")
    nearest, _ = kg.latent.nearest(vae, codes, codes[:1_000], k=2)  # the first is the digit itself
    alike = np.mean(labels[nearest[:, 1]] == labels[:1_000])
    print(f"test digits whose nearest neighbour is of their class: {alike:.1%}")


if __name__ == "__main__":
    cyclopts.run(main)
