"""What is told of presets: of all in a table, and of one whole."""

import re
import shutil

import pytest
from toys import rewrite

import keras_genzoo as kg


def test_list_names_the_presets(genzoo, trained, monkeypatch):
    monkeypatch.setenv("KERAS_GENZOO_PRESETS", str(trained.parent))
    code, out, _ = genzoo("list")
    assert code == 0
    size = sum((trained / name).stat().st_size for name in kg.presets.FILES)
    row = rf"vae\s+│ VAE\s+│ fashion_mnist_small\s+│ {size / 1e6:.1f} MB\s+│ loss \d+\.\d\s+│ eval"
    assert re.search(row, out)


@pytest.mark.parametrize(
    ("entries", "score"),
    [
        ({"scores": {"loss": 12.345}, "protocol": "val"}, r"loss 12\.3 +│ val "),
        ({"scores": {"accuracy": 0.5}, "protocol": 7}, r"50\.0% right +│ +│"),
        (
            {
                "scores": {},
                "evaluation": [
                    {"metric": "precision", "value": 0.7},
                    {"metric": "frechet_distance", "value": 3.38},
                ],
            },
            "Frechet distance 3.4",
        ),
        (
            {
                "scores": {"loss": 1.0},
                "evaluation": [
                    {"metric": "loss", "value": 2.0, "protocol": {"dataset": "mnist", "seed": 0}},
                    {"metric": "loss", "value": 3.0},
                ],
            },
            r"loss 2\.0 +│ mnist, seed 0 ",
        ),
        (
            {
                "scores": {"loss": 90.0},
                "evaluation": [{"metric": "log_likelihood", "value": -87.3}],
            },
            r"log p\(x\) -87\.3",
        ),
    ],
)
def test_list_says_how_good_a_preset_is(genzoo, toy_preset, monkeypatch, entries, score):
    kg.presets.annotate(toy_preset, **entries)
    monkeypatch.setenv("KERAS_GENZOO_PRESETS", str(toy_preset.parent))
    _, out, _ = genzoo("list")
    assert re.search(rf"small_toy .* {score}", out)


@pytest.mark.parametrize(
    ("entries", "shown"),
    [
        ({"model": None}, "lacks 'model'"),
        ({"dataset": "[/nothing] [red]\x1b[31m \ud800 :cat:"}, "[/nothing] [red]�[31m � :cat:"),
        ({"parameters": "6"}, "its entry 'parameters' is none"),
        ({"scores": {"loss": "[/]"}}, "its entry 'scores' is none"),
        ({"evaluation": "x"}, "its entry 'evaluation' is none"),
        ({"model": "VAE", "sha256": 7}, "VAE"),
    ],
)
def test_list_outlives_any_card(genzoo, toy_preset, monkeypatch, entries, shown):
    def alter(card):
        card.update(entries)
        for name in [name for name, value in card.items() if value is None]:
            del card[name]

    rewrite(toy_preset / "card.json", alter)
    shutil.copytree(toy_preset, toy_preset.parent / "[bold]no card")
    (toy_preset.parent / "[bold]no card" / "card.json").unlink()
    monkeypatch.setenv("KERAS_GENZOO_PRESETS", str(toy_preset.parent))
    code, out, _ = genzoo("list")
    assert code == 0
    line = next(line for line in out.splitlines() if "small_toy" in line)
    assert shown in line
    assert re.search(r"\[bold\]no card +│ damaged .*lacks card.json", out)
    assert "vae_mnist_2d" in out


def test_the_table_as_markdown_holds_what_a_card_says(genzoo, toy_preset, monkeypatch):
    kg.presets.annotate(toy_preset, command="train a|b", model="\x1b[31m", scores={"loss": 1.0})
    monkeypatch.setenv("KERAS_GENZOO_PRESETS", str(toy_preset.parent))
    code, out, _ = genzoo("list", "--markdown")
    assert code == 0
    header, rule, *rows = out.splitlines()
    assert header == "| preset | model | dataset | size | score | protocol | trained by |"
    assert rule.count("---") == 7
    (row,) = (row for row in rows if "small_toy" in row)
    told = "\N{REPLACEMENT CHARACTER}[31m | toy | 0.0 MB | loss 1.0 |  | `train a\\|b` |"
    assert row == f"| `small_toy` | {told}"


def test_a_card_is_shown_whole(genzoo, toy_preset):
    entries = {"command": "train " * 60, "note": {"a": [1, None]}, "pictures": "\x1b[31m"}
    score = {"metric": "loss", "value": 2.0, "protocol": {"dataset": "toy", "split": "test"}}
    kg.presets.annotate(toy_preset, **entries, evaluation=[score])
    for name in ("samples.png", "history.png"):
        (toy_preset / name).touch()
    code, out, _ = genzoo("card", toy_preset)
    assert code == 0
    lines = out.splitlines()
    assert lines[0] == f"folder: {toy_preset}"
    assert lines[1] == f"pictures: {toy_preset}/history.png, {toy_preset}/samples.png"
    assert "pictures: \N{REPLACEMENT CHARACTER}[31m" in lines
    assert f"command: {entries['command']}" in lines  # on one line, to be copied
    assert 'note: {"a": [1, null]}' in lines
    named = {line.partition(":")[0] for line in lines}
    assert kg.presets.card(toy_preset).keys() - {"evaluation"} <= named
    assert re.search(r"toy test\n.*loss +│ 2\.00 ", out, re.DOTALL)
    code, _, err = genzoo("card", "no_such_preset")
    assert code == 2
    assert "There is no preset" in err
