"""MIDI files: what is rounded or left out, counted and named; which folder, which side."""

import collections
import os
import zipfile
from pathlib import Path

import mido
import numpy as np
import pytest
from contract import THREE_PARTS
from image_files import write_zip

from keras_genzoo.datasets import melodies, notes_of, to_midi
from keras_genzoo.datasets.melodies import STEPS, windows_of
from keras_genzoo.datasets.midi_files import holds_midi, melody_of, midi_files

ALL = {"split": "train+validation+test", "shuffle": False}


def write(path, notes, ticks=480, meter=(4, 4), drums=()):
    """A MIDI file of notes (start, end, pitch) in ticks."""
    parts = [(0, note) for note in notes] + [(9, note) for note in drums]
    events = [(start, 90, p, channel) for channel, (start, _, p) in parts]
    events += [(end, 0, p, channel) for channel, (_, end, p) in parts]
    track, now = mido.MidiTrack(), 0
    track.append(mido.MetaMessage("time_signature", numerator=meter[0], denominator=meter[1]))
    for tick, velocity, pitch, channel in sorted(events):
        track.append(
            mido.Message("note_on", note=pitch, velocity=velocity, channel=channel, time=tick - now)
        )
        now = tick
    mido.MidiFile(tracks=[track], ticks_per_beat=ticks).save(path)


def test_what_is_no_melody_is_rounded_or_left_out_counted_and_named(tmp_path):
    write(tmp_path / "clean.mid", [(0, 480, 60), (480, 960, 62)])
    write(tmp_path / "late.mid", [(0, 470, 60), (490, 960, 62)])
    write(tmp_path / "legato.mid", [(0, 600, 60), (480, 960, 62)])
    write(tmp_path / "chords.mid", [(0, 480, p) for p in (60, 64, 67)])
    write(tmp_path / "waltz.mid", [(0, 480, 60)], meter=(3, 4))
    with pytest.warns(UserWarning, match="Of 5 files.*1 of other meters than 4/4") as warned:
        dataset = melodies(tmp_path, bars=1, **ALL)
    assert dataset.findings == {
        **{"off the grid, rounded": ["late.mid"], "polyphonic": ["chords.mid"]},
        "of notes that overlap, shortened": ["legato.mid"],
        "of other meters than 4/4": ["waltz.mid"],
    }
    assert all(name in str(warned[0].message) for name in ("late", "legato", "chords"))
    windows = np.concatenate(list(dataset.as_numpy_iterator()))
    assert (windows == [63, 1, 1, 1, 65, 1, 1, 1, *[0] * 8]).all()
    (tmp_path / "broken.mid").write_bytes((tmp_path / "clean.mid").read_bytes()[:30])
    with pytest.raises(ValueError, match=rf"{THREE_PARTS}.*file='broken.mid'"):
        melodies(tmp_path)
    with pytest.warns(UserWarning, match="1 corrupt \\(broken.mid\\)"):
        assert melodies(tmp_path, skip_corrupt=True, **ALL).count == 3


@pytest.mark.parametrize("ticks", [0, -6_360])  # none of a quarter note, or SMPTE's of a frame
def test_times_that_are_not_of_beats(tmp_path, ticks):
    write(tmp_path / "film.mid", [(0, 480, 60)])
    data = bytearray((tmp_path / "film.mid").read_bytes())
    data[12:14] = ticks.to_bytes(2, signed=True)
    (tmp_path / "film.mid").write_bytes(data)
    with pytest.raises(ValueError, match=rf"{THREE_PARTS}.*file='film.mid'"):
        melodies(tmp_path)
    with pytest.raises(ValueError, match=r"1 corrupt \(film.mid\)"):
        melodies(tmp_path, skip_corrupt=True)


def test_a_tune_is_on_one_side_and_in_one_folder(tmp_path):
    to_midi([63, 1, 1, 2, 67, 67, 1, 1], tmp_path / "a.mid")
    data = (tmp_path / "a.mid").read_bytes()
    with zipfile.ZipFile(tmp_path / "tunes.zip", "w") as archive:
        archive.writestr("README.md", "of tunes")
        for i in range(60):
            archive.writestr(f"MIDI/{i}.mid", data)
            archive.writestr(f"MIDI/melody/{i}.mid", data)
    with zipfile.ZipFile(tmp_path / "windows.zip", "w") as archive:
        for i in range(60):
            archive.writestr(f"MIDI\\{i}.mid", data)
            archive.writestr(f"MIDI\\melody\\{i}.mid", data)
    (tmp_path / "flat").mkdir()
    for i in range(60):
        (tmp_path / "flat" / f"{i}.mid").write_bytes(data)

    def counted(name):
        parts = ("train", "validation", "test")
        return {split: melodies(tmp_path / name, split=split).count for split in parts}

    counts = counted("tunes.zip")
    assert counts == counted("flat") == counted("windows.zip")  # wherever a tune lies
    assert sum(counts.values()) == 60
    assert counts["train"] > 40
    assert min(counts.values()) > 0
    assert melodies(tmp_path / "tunes.zip", folder="MIDI/melody", take=3, **ALL).count == 3
    with zipfile.ZipFile(tmp_path / "tunes.zip", "a") as archive:
        archive.writestr("other/melody/0.mid", data)
    with pytest.raises(ValueError, match=f"{THREE_PARTS}.*folder=None"):
        melodies(tmp_path / "tunes.zip")
    with pytest.raises(ValueError, match=f"{THREE_PARTS}.*folder='chords'"):
        melodies(tmp_path / "tunes.zip", folder="chords")


def test_links_to_folders_are_followed(tmp_path):
    to_midi([63, 1, 1, 1], tmp_path / "elsewhere" / "a.mid")
    (tmp_path / "tunes" / "folder.mid").mkdir(parents=True)
    assert not holds_midi(tmp_path / "tunes")
    (tmp_path / "tunes" / "more").symlink_to(tmp_path / "elsewhere")
    assert holds_midi(tmp_path / "tunes")
    assert [*midi_files(tmp_path / "tunes", None)] == ["more/a.mid"]


@pytest.mark.slow
@pytest.mark.skipif("GENZOO_DATA_DIR" not in os.environ, reason="the tunes are not there")
def test_nottingham_there_and_back(tmp_path):
    files = midi_files(Path(os.environ["GENZOO_DATA_DIR"]) / "nottingham.zip", None)
    counts = collections.Counter()
    for number, (name, data) in enumerate(files.items()):
        notes, found = melody_of("nottingham", name, data, STEPS, False)
        counts += collections.Counter(what for what in [*found][:2] if found[what])
        tokens = windows_of(notes, 32).ravel()
        assert notes_of(tokens)[0] == notes, name
        if not any([*found.values()][:2]):
            counts["clean"] += 1
            if number % 10 == 0:
                to_midi(tokens, tmp_path / "again.mid")
                again = (tmp_path / "again.mid").read_bytes()
                assert melody_of("again", name, again, STEPS, False)[0] == notes, name
    assert len(files) == 1034
    assert counts == {
        **{"clean": 875, "off the grid, rounded": 139},
        "of notes that overlap, shortened": 22,
    }


def test_the_highest_of_notes_that_round_to_one_step_is_kept(tmp_path):
    """Of two hands the left one is often some ticks before the right."""
    notes = [(480 * i + late, 480 * i + 470, p) for i in range(4) for p, late in ((36, 0), (72, 6))]
    write(tmp_path / "hands.mid", notes)
    melody, _ = melody_of("", "", (tmp_path / "hands.mid").read_bytes(), STEPS, False)
    assert [pitch for *_, pitch in melody] == [72] * 4


def test_drums_are_no_notes(tmp_path):
    notes = [(480 * i, 480 * i + 480, 72 + i) for i in range(4)]
    hats = [(240 * i, 240 * i + 60, 42) for i in range(8)]
    write(tmp_path / "band.mid", notes, drums=hats)
    with pytest.warns(UserWarning, match=r"1 with drums, which are left out \(band.mid\)"):
        dataset = melodies(tmp_path / "band.mid", bars=1, **ALL)
    (windows,) = dataset.as_numpy_iterator()
    assert windows.tolist() == [[t for i in range(4) for t in (75 + i, 1, 1, 1)]]
    write(tmp_path / "drums.mid", [], drums=hats)
    with pytest.raises(ValueError, match=r"1 without notes \(drums.mid\)"):
        melodies(tmp_path / "drums.mid")


def test_a_damaged_file_in_a_zip_is_named_or_skipped(tmp_path):
    write(tmp_path / "a.mid", [(0, 480, 60)])
    path = write_zip(
        tmp_path / "a.zip", {f"{i}.mid": (tmp_path / "a.mid").read_bytes() for i in "ab"}
    )
    path.write_bytes(path.read_bytes().replace(b"MTrk", b"MTrx", 1))
    with pytest.raises(ValueError, match=rf"{THREE_PARTS}.*a\.zip', file='a.mid'"):
        melodies(path)
    with pytest.warns(UserWarning, match=r"1 corrupt \(a.mid\)"):
        assert melodies(path, skip_corrupt=True, **ALL).count == 1
