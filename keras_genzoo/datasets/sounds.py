"""Melodies as sound, by a synthesizer of sine waves."""

import wave
from pathlib import Path

import numpy as np

from keras_genzoo.atomic import atomic_write
from keras_genzoo.datasets.melodies import notes_of, seconds_of_step

SAMPLE_RATE = 32_000  # of which half is above the highest pitch there is
_HARMONICS = (1.0, 0.4, 0.2, 0.1)
_DECAY = 3.0  # per second
_RELEASE = 0.0125  # seconds in which a note dies away


def sound(tokens, tempo=120):
    """Melodies as plucked notes.

    A note is a sine wave and some overtones, all of which begin at 0, decay, and die away before
    the next begins, so that nothing clicks.

    Args:
        tokens: `(length,)`, or several sequences, `(n, length)`, which follow each other, as of
            `melodies`.
        tempo: Quarter notes a minute.

    Returns:
        `(samples,)` of int16, `SAMPLE_RATE` a second.

    Raises:
        ValueError: If they are no such tokens, or there is no such tempo.

    Example:
        >>> sound([72, 1, 2, 1]).shape
        (16000,)
    """
    notes, steps = notes_of(tokens)
    samples_of_step = seconds_of_step(tempo) * SAMPLE_RATE
    amplitudes = np.zeros(round(steps * samples_of_step), "float32")
    for start, end, pitch in notes:
        begin, stop = round(start * samples_of_step), round(end * samples_of_step)
        seconds = np.arange(stop - begin) / SAMPLE_RATE
        hertz = 440 * 2 ** ((pitch - 69) / 12)
        tones = [
            weight * np.sin(2 * np.pi * hertz * n * seconds)
            for n, weight in enumerate(_HARMONICS, 1)
            if n * hertz < SAMPLE_RATE / 2
        ]
        release = np.minimum(1, seconds[::-1] / _RELEASE)
        amplitudes[begin:stop] = sum(tones) * np.exp(-_DECAY * seconds) * release
    loudest = max(np.abs(amplitudes).max(initial=0), 1e-6)
    return np.rint(amplitudes / loudest * 0.5 * np.iinfo(np.int16).max).astype(np.int16)


def to_wav(tokens, path, tempo=120):
    """Writes tokens of `melodies` as a sound file, one channel of 16 bits.

    Args:
        tokens: As of `sound`.
        path: File to write; its folder is made if it is missing.
        tempo: Quarter notes a minute.

    Raises:
        ValueError: If they are no such tokens, or there is no such tempo.

    Example:
        >>> import os, tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     to_wav([63, 1, 1, 1, 67, 1, 2, 0], os.path.join(folder, "two_notes.wav"))
    """
    samples = sound(tokens, tempo)
    with atomic_write(Path(path)) as scratch, wave.open(str(scratch), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(samples.astype("<i2").tobytes())
