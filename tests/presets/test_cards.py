"""What a card may say."""

import numpy as np
import pytest
from contract import THREE_PARTS
from tiny_runs import contents
from toys import rewrite, small

from keras_genzoo import presets


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("model", value) for value in (None, 7, ["s" * 10**5])),
        *(("dataset", value) for value in (7, ["mnist"], {})),
        *(("images", value) for value in (None, "x", [["evil", 1]])),
        *(("parameters", value) for value in (None, "6", True, 6.0, -1, 2**63)),
        *(("scores", value) for value in (None, [], {"loss": "1"}, {"loss": 2**63})),
        *(("evaluation", value) for value in ("x", {}, ["x"], [{}], [{"metric": "loss"}])),
        ("evaluation", [{"metric": 1, "value": 1}]),
        ("evaluation", [{"metric": "loss", "value": 1, "protocol": "x"}]),
    ],
)
def test_an_entry_that_is_not_what_it_is_taken_for_is_named(toy_preset, name, value):
    before = contents(toy_preset)
    expected = rf"entry '{name}'.*Expected .*Received: {name}=.*card\.json'$"
    with pytest.raises(ValueError, match=expected):
        presets.annotate(toy_preset, **{name: value})
    assert contents(toy_preset) == before
    rewrite(toy_preset / "card.json", lambda card: card.update({name: value}))
    with pytest.raises(ValueError, match=expected) as error:
        presets.card(toy_preset)
    assert len(str(error.value)) < 500
    presets.load(toy_preset)  # which wants nothing of it


def test_what_json_does_not_know_is_refused_before_anything_is_written(toy_preset, tmp_path):
    itself = []
    itself.append(itself)
    before = contents(toy_preset)
    for value in ({"loss": np.float32(1)}, object(), itself):
        with pytest.raises(ValueError, match=f"{THREE_PARTS}: scores="):
            presets.annotate(toy_preset, scores=value)
        with pytest.raises(ValueError, match=f"{THREE_PARTS}: scores="):
            presets.save(small(), tmp_path / "new", scores=value)
    assert contents(toy_preset) == before
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("name", ["sha256", "config_sha256"])
def test_an_annotation_parts_no_card_from_its_files(toy_preset, name):
    card = presets.card(toy_preset)
    presets.annotate(toy_preset, **card)
    with pytest.raises(ValueError, match=f"{THREE_PARTS}: {name}='0'"):
        presets.annotate(toy_preset, **{name: "0"})
    assert presets.card(toy_preset) == card


def test_other_entries_are_their_writers(toy_preset):
    entries = {"note": [1, {"a": None}], "evaluation": [{"metric": "loss", "value": 2.0}]}
    presets.annotate(toy_preset, **entries)
    assert presets.card(toy_preset).items() >= entries.items()
