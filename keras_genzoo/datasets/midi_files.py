"""MIDI files: which a source holds, and the one melody of each, on a grid."""

import io
import itertools
import zipfile
from pathlib import Path, PurePosixPath

from keras_genzoo.datasets.files import ending_in, members, open_zip, read_member, walk
from keras_genzoo.extras import extra

MELODIOUS = 0.4  # share of a file's notes that one voice has, at least: two voices pass, chords not
DRUMS = 9  # the channel, from 0, of percussion in General MIDI: its numbers are no pitches
_SHOWN = 5  # folders in an error


def midi_files(path, folder):
    """The MIDI files of a source: name to bytes, or to the error of what a zip cannot give."""
    path = Path(path).expanduser()
    if not path.exists():
        raise ValueError(
            "There are no melodies. Expected a MIDI file, or a folder or zip of them. "
            f"Received: path={str(path)!r}"
        )
    names = _chosen(path, _named(path), folder)
    if path.is_dir():
        return {name: (path / name).read_bytes() for name in names}
    if zipfile.is_zipfile(path):
        with open_zip(path) as archive:
            infos = members(archive)
            return {name: read_member(archive, infos[name]) for name in names}
    return {name: path.read_bytes() for name in names}


def holds_midi(path):
    """Whether a source is a MIDI file, or a folder or zip of some.

    Example:
        >>> holds_midi("a.mid"), holds_midi("lines.txt")
        (True, False)
    """
    return bool(_named(Path(path).expanduser()))


def _named(path):
    """The names of the MIDI files of a source, in their order; through links to folders too."""
    if path.is_dir():
        names = [name for name, (size, _) in walk(path).items() if size >= 0]
    elif path.is_file() and zipfile.is_zipfile(path):
        with open_zip(path) as archive:
            names = members(archive)
    else:
        names = [path.name]
    return sorted(ending_in(names, ".mid", ".midi"))


def _chosen(path, names, folder):
    """Those of the folder."""
    parents = {name: PurePosixPath(name).parent for name in names}
    folders = sorted({str(parent) for parent in parents.values()})
    stems = {PurePosixPath(name).stem for name in names}
    if folder is None and len(stems) < len(names):
        called = [each for each in folders if PurePosixPath(each).name == "melody"]
        folder = called[0] if len(called) == 1 else None
        if folder is None:
            raise ValueError(
                "The same tunes lie in several folders. Expected folder=, one of "
                f"{', '.join(folders)}. Received: path={str(path)!r}, folder=None"
            )
    if folder is not None:
        wanted = PurePosixPath(folder)
        names = [name for name in names if wanted in (parents[name], *parents[name].parents)]
    if not names:
        raise ValueError(
            "There are no MIDI files. Expected some that end in .mid or .midi, in one of the "
            f"folders {folders[:_SHOWN]}. Received: path={str(path)!r}, folder={folder!r}"
        )
    return names


def melody_of(path, name, data, steps, skip_corrupt):
    """The melody of a MIDI file.

    Args:
        path: Of the source, for errors, as `name`.
        name: Of the file.
        data: Its bytes, or the error that was met in place of them.
        steps: Of a quarter note.
        skip_corrupt: Whether a file that cannot be read is left out.

    Returns:
        Notes as (first step, step after the last, pitch), `None` of a file that is left out; and a
        dict of what was found, text to whether it holds, with the `meters` of one that is not.

    Raises:
        ValueError: If the file cannot be read and is not to be left out.
    """
    mido = extra("mido", "midi")
    try:
        if isinstance(data, Exception):
            raise data
        midi = mido.MidiFile(file=io.BytesIO(data))
        if midi.ticks_per_beat <= 0:  # negative ones are SMPTE's, of frames
            raise ValueError("its ticks are no parts of a beat.")
        events, meters, has_drums = _events(midi)
    except Exception as error:  # whatever a damaged file makes mido raise
        if skip_corrupt:
            return None, {"corrupt": True}
        raise ValueError(
            f"The file is no MIDI file that can be read: {error or type(error).__name__} Expected "
            f"one, or skip_corrupt=True. Received: path={str(path)!r}, file={name!r}"
        ) from error
    notes = sorted((start, -pitch, end) for start, end, pitch in events)
    grid = midi.ticks_per_beat / steps
    is_off = any(start % grid or end % grid for start, _, end in notes)
    overlap = any(before[2] > after[0] for before, after in itertools.pairwise(notes))
    rounded = [(round(start / grid), round(end / grid), -pitch) for start, pitch, end in notes]
    # Played by hand, a bass may begin some ticks before the melody.
    melody = _monophonic(sorted(rounded, key=lambda note: (note[0], -note[2])))
    if not melody:
        return None, {"without notes": True}
    if len(melody) < MELODIOUS * len(notes):
        return None, {"polyphonic": True}
    found = {"off the grid, rounded": is_off, "of notes that overlap, shortened": overlap}
    return melody, {**found, "with drums, which are left out": has_drums, "meters": meters}


def _events(midi):
    """Notes as (start, end, pitch) in ticks; meters, 4/4 where none is told; whether it drums."""
    now, sounding, notes, meters, has_drums = 0, {}, [], set(), False
    for message in midi.merged_track:
        now += message.time
        if message.type == "time_signature":
            meters.add((message.numerator, message.denominator))
        elif message.type == "note_on" and message.velocity and message.channel == DRUMS:
            has_drums = True
        elif message.type == "note_on" and message.velocity:
            sounding.setdefault((message.channel, message.note), []).append(now)
        elif message.type in ("note_on", "note_off") and (
            starts := sounding.get((message.channel, message.note))
        ):
            notes.append((starts.pop(0), now, message.note))
    notes += [(start, now, pitch) for (_, pitch), left in sounding.items() for start in left]
    return notes, meters or {(4, 4)}, has_drums


def _monophonic(notes):
    """Notes of which none overlaps the next: of those that begin at once the first is kept."""
    kept = []
    for start, end, pitch in notes:
        if kept and kept[-1][0] == start:
            continue
        if kept:
            kept[-1] = (kept[-1][0], min(kept[-1][1], start), kept[-1][2])
        kept.append((start, max(end, start + 1), pitch))
    return kept
