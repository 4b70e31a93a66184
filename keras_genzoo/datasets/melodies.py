"""Melodies: MIDI files as tokens, one for each sixteenth note, and back."""

import numbers
import warnings
from pathlib import Path, PurePosixPath

import numpy as np
import tensorflow as tf

from keras_genzoo.atomic import atomic_write
from keras_genzoo.datasets.batches import uniform
from keras_genzoo.datasets.epochs import check_batches, epochs
from keras_genzoo.datasets.midi_files import melody_of, midi_files
from keras_genzoo.datasets.names import as_tokens, check_positive, slices_of
from keras_genzoo.datasets.sources import split_infos
from keras_genzoo.datasets.splitting import split_by_name
from keras_genzoo.extras import extra

END, HOLD, REST, FIRST_PITCH = 0, 1, 2, 3  # tokens; pitch p is FIRST_PITCH + p
MELODY_TOKENS = FIRST_PITCH + 128
STEPS = 4  # of a quarter note
# Quarter notes a minute; a MIDI file counts their microseconds by 24 bits.
SLOWEST, FASTEST = 4, 6000
NAMED = 5  # files that a warning names, of each kind


def melodies(
    path,
    bars=2,
    meter=(4, 4),
    split="train",
    batch_size=128,
    *,
    folder=None,
    transpose=0,
    take=None,
    shuffle=True,
    seed=0,
    drop_remainder=False,
    skip_corrupt=False,
):
    """Loads the melodies of MIDI files as windows of tokens, a `tf.data.Dataset` ready for `fit`.

    A token stands for a sixteenth note: 0 ends the melody and pads its last window, 1 holds the
    note that sounds, 2 is a rest, 3 + p begins pitch p. Windows follow each other on bar lines, so
    that those of a file in their order (`shuffle=False`) are its melody; one may begin by holding a
    note of the one before. Tunes are split by their files' stems: 80 % are `train`, 10 %
    `validation`, 10 % `test`, whatever else lies beside them.

    What is not on the grid is rounded to it. Where notes overlap the one before is shortened; of
    those that begin at once the highest is kept. Drums, which are on channel 10 of General MIDI,
    are no notes. A warning counts and names such files, and those that are left out: of another
    meter, or of chords, of which that would keep less than 40 % of the notes. All their names are
    in `dataset.findings`.

    Args:
        path: A MIDI file, or a folder or zip of them.
        bars: Bars of a window.
        meter: Beats of a bar, and of which note: `(6, 8)`. Files of another meter are left out.
        split: In the syntax of TFDS, counted in tunes: `"test"`, `"train[:90%]"`.
        batch_size: Windows in a batch.
        folder: Which folder of a source to take, as `"MIDI/melody"`. Unless given, all, or, where
            files of the same stem lie in several, the one that is called melody.
        transpose: Up to so many semitones a window is moved up or down, drawn anew in every epoch.
        take: Keep only the first so many tunes.
        shuffle: Whether to shuffle the windows.
        seed: An int, for the order and the transpositions.
        drop_remainder: Whether to leave out a last batch that is not full.
        skip_corrupt: Whether to leave out files that cannot be read, with a warning.

    Returns:
        A `tf.data.Dataset` of one epoch: int32 tokens, `(batch, bars * steps of a bar)`; with `len`
        and `from_epoch` as of `load`.

    Raises:
        ValueError: If there is no such source, folder or split, a file is corrupt, or no melody is
            left.
        ImportError: Without the extra `midi`.

    Example:
        >>> import os, tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     for name in "abcdefghij":
        ...         to_midi([63, 1, 65, 1] * 8, os.path.join(folder, name + ".mid"))
        ...     dataset = melodies(folder, bars=1)
        >>> dataset.element_spec.shape
        TensorShape([None, 16])
    """
    steps, files = _steps_of_bar(meter), midi_files(path, folder)
    check_positive("bars", bars)
    if transpose not in range(MELODY_TOKENS - FIRST_PITCH):
        raise ValueError(
            "There are no such keys. Expected a whole number of semitones from 0 to "
            f"{MELODY_TOKENS - FIRST_PITCH - 1}. Received: transpose={transpose!r}"
        )
    check_batches(batch_size, seed)
    tunes, findings = {}, {}
    for name, data in files.items():
        notes, found = melody_of(path, name, data, STEPS, skip_corrupt)
        if notes is not None and found.pop("meters") != {tuple(meter)}:
            notes, found = None, {f"of other meters than {meter[0]}/{meter[1]}": True}
        for finding, holds in found.items():
            if holds:
                findings.setdefault(finding, []).append(name)
        if notes is not None:
            tunes[name] = notes
    if not tunes:
        raise ValueError(
            f"No melody is left. Expected a MIDI file in {meter[0]}/{meter[1]} with notes, few "
            f"of them at once. Received: path={str(path)!r}, {_told(findings)}"
        )
    if findings:
        warnings.warn(f"Of {len(files)} files in {path}: {_told(findings)}.", stacklevel=2)
    splits = split_by_name(tunes, lambda name: PurePosixPath(name).stem)
    chosen = [
        tunes[name]
        for part, start, stop in slices_of(split, split_infos(splits), take)
        for name in splits[part][start:stop]
    ]
    tokens = np.concatenate([windows_of(notes, bars * steps) for notes in chosen])
    batch = _transposed(tokens, transpose, seed)
    options = {"batch_size": batch_size, "drop_remainder": drop_remainder}
    dataset = epochs(batch, len(tokens), shuffle=shuffle, seed=seed, **options)
    dataset.findings, dataset.vocabulary = findings, None
    return dataset


def to_midi(tokens, path, tempo=120, meter=(4, 4)):
    """Writes tokens of `melodies` as a MIDI file.

    Args:
        tokens: `(length,)`, or several sequences, `(n, length)`, which follow each other; from a 0
            on a sequence is silent.
        path: File to write; its folder is made if it is missing.
        tempo: Quarter notes a minute.
        meter: As of `melodies`.

    Raises:
        ValueError: If they are no such tokens, or there is no such tempo or meter.
        ImportError: Without the extra `midi`.

    Example:
        >>> import os, tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     to_midi([63, 1, 1, 1, 67, 1, 2, 0], os.path.join(folder, "two_notes.mid"))
    """
    mido = extra("mido", "midi")
    notes, steps = notes_of(tokens)
    seconds_of_step(tempo)
    _steps_of_bar(meter)
    ticks = 480 // STEPS
    track = mido.MidiTrack()
    track.append(mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(tempo)))
    numerator, denominator = meter
    track.append(mido.MetaMessage("time_signature", numerator=numerator, denominator=denominator))
    events = [(start, 1, pitch) for start, _, pitch in notes]
    events += [(end, 0, pitch) for _, end, pitch in notes]
    now = 0
    for step, is_start, pitch in sorted(events):  # what ends comes before what begins
        kind, velocity = ("note_on", 90) if is_start else ("note_off", 0)
        time = (step - now) * ticks
        track.append(mido.Message(kind, note=pitch, velocity=velocity, time=time))
        now = step
    track.append(mido.MetaMessage("end_of_track", time=(steps - now) * ticks))
    with atomic_write(Path(path)) as scratch:
        mido.MidiFile(tracks=[track], ticks_per_beat=480).save(scratch)


def notes_of(tokens):
    """The notes of tokens of `melodies`.

    Args:
        tokens: As of `to_midi`.

    Returns:
        A list of (first step, step after the last, pitch), and the number of steps.

    Raises:
        ValueError: If they are no such tokens.

    Example:
        >>> notes_of([63, 1, 2, 67, 0, 1])
        ([(0, 2, 60), (3, 4, 64)], 6)
    """
    notes, step, sounding = [], 0, None
    for sequence in as_tokens(tokens, MELODY_TOKENS, "a melody"):
        ended = np.cumprod(sequence != END) == 0
        for token, is_over in zip(sequence, ended, strict=True):
            token = REST if is_over else token
            if token != HOLD and sounding is not None:
                notes.append((sounding[0], step, sounding[1]))
                sounding = None
            if token >= FIRST_PITCH:
                sounding = (step, int(token) - FIRST_PITCH)
            step += 1
    if sounding is not None:
        notes.append((sounding[0], step, sounding[1]))
    return notes, step


def seconds_of_step(tempo):
    """Seconds of a token of `melodies`.

    Args:
        tempo: Quarter notes a minute.

    Raises:
        ValueError: If there is no such tempo.

    Example:
        >>> seconds_of_step(120)
        0.125
    """
    is_number = isinstance(tempo, numbers.Real) and not isinstance(tempo, bool)
    if not is_number or not SLOWEST <= tempo <= FASTEST:
        raise ValueError(
            f"There is no such tempo. Expected from {SLOWEST} to {FASTEST} quarter notes a minute. "
            f"Received: tempo={tempo!r}"
        )
    return 60 / (STEPS * tempo)


# === Tokens ===


def _steps_of_bar(meter):
    is_pair = isinstance(meter, tuple | list) and len(meter) == 2
    # A MIDI file counts beats by a byte.
    if not is_pair or meter[0] not in range(1, 256) or meter[1] not in (1, 2, 4, 8, 16):
        raise ValueError(
            "The meter has no sixteenth notes. Expected (beats, of which note), as (6, 8). "
            f"Received: meter={meter!r}"
        )
    beats, of = meter
    return beats * 4 * STEPS // of


def windows_of(notes, length):
    """Tokens of a tune, `(windows, length)`."""
    end = notes[-1][1]
    tokens = np.full(-(-end // length) * length, END, np.int32)
    tokens[:end] = REST
    for start, stop, pitch in notes:
        tokens[start:stop] = HOLD
        tokens[start] = FIRST_PITCH + pitch
    return tokens.reshape(-1, length)


def _transposed(tokens, most, seed):
    """What takes a batch of windows for `epochs`, each moved by what its own draw says."""
    is_pitch = tokens >= FIRST_PITCH
    # No window is moved beyond the keys there are; one without notes stays.
    lowest = np.where(is_pitch, tokens, MELODY_TOKENS).min(axis=1)
    highest = np.where(is_pitch, tokens, 0).max(axis=1)
    down = np.minimum(most, np.maximum(lowest - FIRST_PITCH, 0))
    up = np.minimum(most, MELODY_TOKENS - 1 - highest)
    with tf.device("CPU"):
        windows, down, up = (tf.constant(each, tf.int32) for each in (tokens, down, up))
    draw_seed = tf.constant([seed, 2], tf.int64)

    def batch(epoch, indices):
        chosen = tf.gather(windows, indices)
        if not most:
            return chosen
        key = tf.random.experimental.stateless_fold_in(draw_seed, epoch)
        shares = uniform(key, indices, tf.TensorShape([1]))
        below, above = tf.gather(down, indices)[:, None], tf.gather(up, indices)[:, None]
        keys = tf.cast(below + above + 1, tf.float32)
        moved = tf.cast(tf.floor(shares * keys), tf.int32) - below
        return tf.where(chosen >= FIRST_PITCH, chosen + moved, chosen)

    return batch


def _told(findings):
    """What was found, counted and named."""
    parts = []
    for finding, names in findings.items():
        shown = ", ".join(names[:NAMED])
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        parts.append(f"{len(names)} {finding} ({shown}{more})")
    return "; ".join(parts) or "none"
