"""Commands on models of sequences: trained, sampled, walked between and scored by the command."""

import json

import mido
import pytest

import keras_genzoo as kg

QUICK = ("--epochs", 1, "--batch-size", 16, "--units", 4, "--latent-dim", 2)


@pytest.fixture(scope="module")
def tunes(tmp_path_factory):
    """A folder of 40 short melodies."""
    folder = tmp_path_factory.mktemp("tunes")
    for i in range(40):
        kg.datasets.to_midi([60 + i % 7, 1, 65, 1] * 16, folder / f"{i}.mid")
    return folder


@pytest.mark.slow
def test_melodies(genzoo, tunes, tmp_path):
    run = tmp_path / "run"
    code, out, err = genzoo(
        "train", "sequence_vae", "--dataset", tunes, *QUICK, "--length", 16, "--output", run
    )
    assert code == 0, err
    assert f"genzoo sample {run}\n" in out
    assert "reconstruct" not in out.replace("reconstruction", "")
    card = json.loads((run / "card.json").read_text())
    assert card["protocol"] == "evaluate() on the split validation, per sequence"
    assert {"samples.png", "history.png", "config.json"} <= {path.name for path in run.iterdir()}
    config = kg.from_preset(str(run)).get_config()
    assert (config["vocabulary_size"], config["length"], config["vocabulary"]) == (131, 16, None)
    # The same model, which ends no sequence before its time.
    code, _, err = genzoo("sample", run, "--num-samples", 3, "--output", tmp_path / "drawn")
    assert code == 0, err
    names = sorted(path.name for path in (tmp_path / "drawn").iterdir())
    files = [f"00{number}.{kind}" for number in (1, 2, 3) for kind in ("mid", "wav")]
    assert names == [*files, "piano_rolls.png"]
    assert mido.MidiFile(tmp_path / "drawn" / "001.mid").length == pytest.approx(2)
    way = (tunes / "1.mid", tunes / "2.mid", "--steps", 4, "--output", tmp_path / "way")
    code, _, err = genzoo("interpolate", run, *way)
    assert code == 0, err
    assert len(list((tmp_path / "way").glob("*.mid"))) == 4
    code, out, err = genzoo("evaluate", run, "--dataset", tunes, "--draws", 2)
    assert code == 0, err
    evaluation = json.loads((run / "card.json").read_text())["evaluation"]
    assert {"loss", "bound", "log_likelihood", "onset_f1"} < {e["metric"] for e in evaluation}
    for tokens, said in (
        (("sample", run, "--label", 1), "knows no label"),
        (("reconstruct", run, "--dataset", tunes), "is of sequences"),
        (("interpolate", run, tunes / "1.mid"), "has two ends"),
        (("evaluate", run), "--dataset"),
        (("train", "sequence_vae", "--dataset", tunes, "--length", 20), "whole bars"),
    ):
        code, _, err = genzoo(*tokens)
        assert code == 2
        assert said in err
        assert "Expected" in err


@pytest.mark.slow
def test_texts(genzoo, tmp_path):
    path, run = tmp_path / "names.txt", tmp_path / "run"
    path.write_text("".join(f"{'ab' * (i % 3)}c{i % 5}{i % 11}\n" for i in range(300)))
    code, _, err = genzoo("train", "sequence_vae", "--dataset", path, *QUICK, "--output", run)
    assert code == 0, err
    assert len((run / "samples.txt").read_text().splitlines()) == 16
    code, out, err = genzoo("sample", run, "--num-samples", 3)
    assert code == 0, err
    assert len(out.rstrip("\n").split("\n")) == 3
    code, out, _ = genzoo("sample", run, "--num-samples", 3, "--output", tmp_path / "new.txt")
    assert (tmp_path / "new.txt").read_text().count("\n") == 3
    code, out, err = genzoo("interpolate", run, "abc12", "c3", "--steps", 3)
    assert code == 0, err
    assert out.count("\n") == 3
    code, _, err = genzoo("interpolate", run, "abc12", "xyz")
    assert code == 2
    assert "unknown: ['x', 'y', 'z']" in err


def test_a_way_of_sequences_has_no_rows(genzoo, tmp_path):
    kg.models.SequenceVAE(7, 5, latent_dim=2, units=4).save_to_preset(tmp_path)
    code, _, err = genzoo("interpolate", tmp_path, "a", "b", "--rows", 3)
    assert code == 2
    assert "A model of sequences knows no rows. Expected" in err


def test_what_cannot_be_measured_is_refused_before_anything_is(genzoo, tmp_path):
    kg.models.SequenceVAE(7, 5, latent_dim=2, units=4).save_to_preset(tmp_path)
    measured = ("--metrics", "loss", "active_units")
    code, _, err = genzoo("evaluate", tmp_path, "--dataset", tmp_path / "none.txt", *measured)
    assert code == 2
    assert "cannot be measured of sequences. Expected some of loss," in err
    for word, value in (("extractor", "inception_v3"), ("against", "mnist"), ("steps", 5)):
        given = ("--dataset", tmp_path / "none.txt", f"--{word}", value)
        code, _, err = genzoo("evaluate", tmp_path, *given)
        assert code == 2
        assert f"A model of sequences knows no {word}. Expected" in err
    given = ("--dataset", tmp_path / "none.txt", "--draws", 5, "--metrics", "tokens")
    code, _, err = genzoo("evaluate", tmp_path, *given)
    assert code == 2
    assert "Nothing that is measured asks for draws. Expected no --draws, or --metrics bound" in err


def test_a_vocabulary_steers_no_terminal(genzoo, tmp_path):
    words = {"vocabulary": ["", "\x1b[2J", "b"], "vocabulary_size": 3, "length": 4}
    model = kg.models.SequenceVAE(**words, latent_dim=2, units=3, seed=0)
    model.save_to_preset(tmp_path / "lines")
    code, out, err = genzoo("sample", tmp_path / "lines", "--num-samples", 20)
    assert (code, err) == (0, "")
    assert "\N{REPLACEMENT CHARACTER}[2J" in out
    assert "\x1b" not in out
