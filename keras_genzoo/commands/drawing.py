"""What the commands that write pictures share: which images, of which model, to which file."""

import dataclasses
from pathlib import Path
from typing import Annotated

import numpy as np
from cyclopts import Parameter, validators

import keras_genzoo as kg
from keras_genzoo.atomic import atomic_write, check_writable

MOVING = (".gif", ".webp")

# So many images a picture can show, and memory hold.
Count = Annotated[int, Parameter(validator=validators.Number(gte=1, lte=256))]
Side = Annotated[int, Parameter(validator=validators.Number(gte=1, lte=100))]


@Parameter(name="*")
@dataclasses.dataclass(frozen=True, kw_only=True)
class Shown:
    """Which images are shown, of a model that encodes them."""

    dataset: str | None = None
    """As for `genzoo train`; what the model was trained on, unless given."""
    split: str | None = None
    """Which images, from the first on, as test or test[20:]; what was held out of training, as
    test, unless given."""

    def __post_init__(self):
        object.__setattr__(self, "_loaded", {})  # preset to the split that was shown of it

    def load(self, preset, count, labels=False):
        """The first images, read as the model's own were, `(count, *image_shape)`.

        With `labels` a pair, their classes too.
        """
        images = kg.training.Images.of(preset, self.dataset)
        split = self._loaded[preset] = self.split or images.held_out()
        batches = images.load(split, labels=labels, batch_size=count, take=count, shuffle=False)
        return next(batches.as_numpy_iterator())

    def of(self, preset):
        """The name of the split that was loaded."""
        return self._loaded[preset]

    def check_unused(self):
        """Raise a `ValueError` where images are named that nobody would look at."""
        for word in ("dataset", "split"):
            if (value := getattr(self, word)) is not None:
                raise ValueError(
                    f"No image is looked at for this picture. Expected no --{word}, or what shows "
                    f"images of a model that encodes them. Received: {word}={value!r}"
                )


TEST_IMAGES = Shown()


def load(preset, verb, output):
    """A model with the verb, if one is named, once it is known that the picture can be written."""
    formats = kg.grids.Figure().canvas.get_supported_filetypes()
    suffixes = {f".{name}" for name in formats} | set(MOVING)
    if output.suffix.lower() not in suffixes:
        raise ValueError(
            f"The picture's format is unknown. Expected one of {', '.join(sorted(suffixes))}. "
            f"Received: output={str(output)!r}"
        )
    check_writable(output)
    if is_of_sequences(preset):
        raise ValueError(
            "The model is of sequences, of which this command draws no picture. Expected genzoo "
            f"sample, interpolate or evaluate, or a model of images. Received: preset={preset!r}"
        )
    model = kg.from_preset(preset)
    if verb is not None:
        need(model, verb)
    if getattr(model, "condition_word", None) == "conditions":
        raise ValueError(
            "The model depends on images, which no dataset of single ones holds. Expected a model "
            "of classes, or of none; in Python its verbs take conditions=. "
            f"Received: {type(model).__name__}, condition_shape={model.condition_shape}"
        )
    return model


def is_of_sequences(preset):
    """Whether a preset's model is one of sequences, by its card, so that nothing is loaded."""
    model_class = getattr(kg.models, kg.presets.card(preset).get("model", ""), None)
    return getattr(model_class, "learns_from", None) == "tokens"


def known_of_sequences(**asked):
    """Raise a `ValueError` where a command asks what no model of sequences knows."""
    for word, value in asked.items():
        if value is not None:
            raise ValueError(
                f"A model of sequences knows no {word}. Expected no --{word}, or a model of "
                f"images. Received: {word}={value}"
            )


def check_said(**asked):
    """Raise a `ValueError` where a flag is typed without one of its values."""
    for word, values in asked.items():
        if values is not None and not values:
            raise ValueError(
                f"--{word} says nothing. Expected a value or more behind it, or no --{word}. "
                f"Received: {word}={values!r}"
            )


def points(model, preset, shown, count, seed, samples=False, labels=None):
    """Images, or draws from the prior where they are asked for or the model encodes no images.

    Args:
        labels: Classes of the draws, for a prior that depends on them.

    Returns:
        They, and the classes of images that are encoded beside them, else `None`.
    """
    if samples or not hasattr(model, "encode"):
        shown.check_unused()
        need(model, "sample")
        if model.fields["latents"].shape == model.fields["images"].shape:
            return model.sample(count, seed=seed), None  # its noise could not be told from images
        condition = {"labels": labels} if hasattr(model, "conditional_prior") else {}
        return np.asarray(model.prior(count, seed, **condition)), None
    return images_for(model, preset, shown, count)


def images_for(model, preset, shown, count):
    """Images, and their classes where the model encodes images beside them, else `None`."""
    if getattr(model, "condition_word", None) is None:
        return shown.load(preset, count), None
    return shown.load(preset, count, labels=True)


def labels(model, label, *rows):
    """Of a conditional model: the class asked for; else 0 of one image, of rows all in turn."""
    if label is None and getattr(model, "condition_word", None) == "labels":
        return np.arange(np.prod(rows, dtype=int)).reshape(rows) % model.num_classes
    return label


def classes(model, label, count):
    """What `sample` is told of classes: the one asked for, else all in turn; nothing of others."""
    knows = model.takes("sample", "labels")
    if label is not None and not knows:
        raise ValueError(
            "The model knows no classes. Expected no --label, or a conditional model. "
            f"Received: {type(model).__name__}, label={label}"
        )
    if not knows:
        return {}
    return {"labels": np.arange(count) % model.num_classes if label is None else [label] * count}


def known(model, asked):
    """What a command asks for, by word; a `ValueError` where the model knows no such word."""
    for word in asked.keys() - model.fields.keys():
        raise ValueError(
            f"The model knows no {word}. Expected no --{word}, or another model. "
            f"Received: {type(model).__name__}, {word}={asked[word]}"
        )
    return asked


def title(preset, what, label=None):
    """What the picture shows: `vae_mnist: samples`."""
    asked = "" if label is None else f", class {label}"
    return f"{Path(preset).resolve().name}: {what}{asked}"


def is_animation(output):
    """Whether the file's format shows several frames."""
    return output.suffix.lower() in MOVING


def write(picture, output):
    """Write a figure or an animation whole, or not at all."""
    with atomic_write(output) as scratch:
        if isinstance(picture, kg.grids.FuncAnimation):
            picture.save(scratch, writer="pillow")
        else:
            picture.savefig(scratch)
    print(f"{output} holds the picture.")


def need(model, verb):
    """Raise a `ValueError` where a model lacks a verb."""
    if not hasattr(model, verb):
        raise ValueError(
            f"The model does not {verb}. Expected one with that verb. "
            f"Received: {type(model).__name__}"
        )
