"""Commands on models of sequences: melodies are written as MIDI, sound and piano rolls."""

from pathlib import Path

import numpy as np

import keras_genzoo as kg
from keras_genzoo.atomic import atomic_write
from keras_genzoo.commands import drawing, printable

SCORED = 2000  # sequences that a model is scored on at most


def sample(model, preset, count, seed, temperature, output):
    """Draw new melodies into a folder, or texts, which are printed."""
    drawn = model.sample(count, seed=seed, temperature=temperature)
    _show(model, drawn, output, drawing.title(preset, "samples"), Path("tunes"))


def interpolate(model, preset, ends, steps, method, output):
    """Go from one melody, or text, to another."""
    if len(ends) != 2:
        raise ValueError(
            "A way has two ends. Expected PRESET START END: two MIDI files, or two texts. "
            f"Received: {len(ends)} of them"
        )
    start, end = (_end(model, each) for each in ends)
    way = model.interpolate(start, end, steps, method or "spherical")
    title = drawing.title(preset, f"from {Path(ends[0]).stem} to {Path(ends[1]).stem}")
    _show(model, way, output, title, Path("interpolation"))


def scores(model, dataset, protocol):
    """What the model scores on held-out sequences."""
    tokens = kg.training.sequences.load_as(
        model, dataset, protocol.split, shuffle=False, batch_size=500
    )
    tokens = kg.datasets.arrays(tokens)[: min(protocol.num_images, SCORED)]
    return kg.evaluation.sequence_scores(model, tokens, dataset, protocol)


def _end(model, given):
    """Tokens of an end: the first window of a MIDI file, or a line."""
    if kg.training.sequences.is_of_melodies(model):
        every = "train+validation+test"
        return kg.datasets.arrays(
            kg.training.sequences.load_as(model, given, every, shuffle=False)
        )[0]
    vocabulary = _vocabulary(model)
    units = given.split() if any(len(each) > 1 for each in vocabulary) else list(given)
    unknown = [each for each in units if each not in vocabulary[1:]]
    if unknown or len(units) > model.length:
        raise ValueError(
            "The text does not fit the model. Expected words of its vocabulary, at most "
            f"{model.length}. Received: {given!r}, unknown: {unknown}"
        )
    tokens = np.zeros(model.length, "int32")
    tokens[: len(units)] = [vocabulary.index(each, 1) for each in units]
    return tokens


def _vocabulary(model):
    if model.vocabulary is None:
        raise ValueError(
            "What the tokens stand for is not known. Expected a model with a vocabulary, or of "
            f"melodies, {kg.datasets.MELODY_TOKENS} tokens. Received: {type(model).__name__}, "
            f"vocabulary_size={model.vocabulary_size}, vocabulary=None"
        )
    return model.vocabulary


def _show(model, tokens, output, title, folder):
    """Write melodies as MIDI and sound files, and a picture; print, or write, texts."""
    if kg.training.sequences.is_of_melodies(model):
        folder = output or folder
        folder.mkdir(parents=True, exist_ok=True)
        for number, melody in enumerate(tokens, 1):
            kg.datasets.to_midi(melody, folder / f"{number:03}.mid")
            kg.datasets.to_wav(melody, folder / f"{number:03}.wav")
        drawing.write(kg.plots.piano_rolls(tokens, title), folder / "piano_rolls.png")
        print(f"{folder} holds {len(tokens)} melodies.")
        return
    lines = kg.datasets.as_text(tokens, _vocabulary(model))
    if output is None:
        print("\n".join(map(printable, lines)))
        return
    with atomic_write(output) as scratch:
        scratch.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{output} holds {len(tokens)} lines.")
