"""Commands that write a picture of what a model learned."""

from pathlib import Path

import keras_genzoo as kg


def sample(
    preset: str, *, num_samples: int = 64, seed: int = 0, output: Path = Path("samples.png")
):
    """Draw new images.

    Args:
        preset: Name or folder of a model.
        num_samples: How many.
        seed: The same seed gives the same images.
        output: Picture to write.
    """
    model = kg.from_preset(preset)
    _need(model, "sample")
    _save(kg.plots.image_grid(model.sample(num_samples, seed=seed), f"Samples of {preset}"), output)


def reconstruct(
    preset: str,
    *,
    dataset: str | None = None,
    split: str = "test",
    num_images: int = 12,
    output: Path = Path("reconstructions.png"),
):
    """Show images beside what the model makes of them.

    Args:
        preset: Name or folder of a model.
        dataset: As for `genzoo train`; what the model was trained on, unless given.
        split: Which images.
        num_images: How many.
        output: Picture to write.
    """
    model = kg.from_preset(preset)
    _need(model, "reconstruct")
    images = kg.training.Images.of(preset, dataset).load(
        split, batch_size=num_images, shuffle=False
    )
    _save(kg.plots.reconstructions(model, next(iter(images)).numpy()), output)


def _need(model, verb):
    if not hasattr(model, verb):
        raise ValueError(
            f"The model does not {verb}. Expected one with that verb. "
            f"Received: {type(model).__name__}"
        )


def _save(figure, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path)
    print(f"{path} holds the picture.")
