"""Which melodies or texts a model of tokens is trained, shown and measured on."""

from keras_genzoo import datasets, plots
from keras_genzoo.atomic import atomic_write

BAR = 16  # sixteenth notes
TRANSPOSED = 5  # semitones, up or down, that melodies are moved in training


def load(
    dataset,
    split,
    length=None,
    unit="character",
    vocabulary=None,
    training=False,
    skip_corrupt=False,
    **options,
):
    """Tokens of a source: of melodies where it holds MIDI files, else of a text.

    Args:
        dataset: A MIDI file, a folder or zip of some, or a text as of `datasets.text`.
        split: As of either.
        length: Tokens of a sequence: of melodies, in 4/4, whole bars, and two unless given; of
            texts all of the longest line unless given.
        unit: Of a text's tokens; of melodies it is refused.
        vocabulary: Of a text; `None` takes its own.
        training: Whether melodies are moved up or down, anew in each epoch.
        skip_corrupt: Whether MIDI files that cannot be read are left out.
        **options: Of both, as `batch_size`, `seed`.

    Returns:
        The dataset.

    Raises:
        ValueError: If the source does not allow it.
    """
    if not datasets.holds_midi(dataset):
        if skip_corrupt:
            raise ValueError(
                "No line of a text is left out for what it holds. Expected skip_corrupt=False, or "
                f"MIDI files. Received: skip_corrupt=True, dataset={str(dataset)!r}"
            )
        options |= {"length": length, "vocabulary": vocabulary}
        return datasets.text(dataset, unit, split=split, **options)
    if unit != "character":
        raise ValueError(
            "Tokens of melodies are notes. Expected no unit, or a text. "
            f"Received: unit={unit!r}, dataset={str(dataset)!r}"
        )
    length = 2 * BAR if length is None else length
    if length % BAR:
        raise ValueError(
            f"Melodies are of whole bars. Expected a length that {BAR} divides. "
            f"Received: length={length}"
        )
    options |= {"transpose": TRANSPOSED if training else 0, "skip_corrupt": skip_corrupt}
    return datasets.melodies(dataset, length // BAR, split=split, **options)


def load_as(model, dataset, split, **options):
    """Tokens of a source, read as the model's own were."""
    if is_of_melodies(model):
        return load(dataset, split, model.length, **options)
    vocabulary = model.vocabulary
    is_of_words = vocabulary is not None and any(len(entry) > 1 for entry in vocabulary)
    unit = "word" if is_of_words else "character"
    return load(dataset, split, model.length, unit, vocabulary, **options)


def is_of_melodies(model):
    """Whether a model's tokens are those of `datasets.melodies`."""
    return model.vocabulary is None and model.vocabulary_size == datasets.MELODY_TOKENS


def sizes(tokens):
    """What the constructor of a model of these tokens takes of them."""
    vocabulary = tokens.vocabulary
    size = datasets.MELODY_TOKENS if vocabulary is None else len(vocabulary)
    length = tokens.element_spec.shape[1]
    return {"vocabulary_size": size, "length": length, "vocabulary": vocabulary}


def draw(model, folder):
    """Write samples: of melodies a picture of piano rolls, of texts a file of lines."""
    samples = model.sample(16, seed=0)
    if is_of_melodies(model):
        with atomic_write(folder / "samples.png") as scratch:
            plots.piano_rolls(samples, title="Samples").savefig(scratch)
    elif model.vocabulary is not None:
        lines = datasets.as_text(samples, model.vocabulary)
        with atomic_write(folder / "samples.txt") as scratch:
            scratch.write_text("\n".join(lines) + "\n", encoding="utf-8")
