"""The page of one model: what it is, a tab for each thing that it does, its scores."""

import html
import json

from keras_genzoo import evaluation
from keras_genzoo.explorer import edits, media, of_pictures, tabs
from keras_genzoo.extras import extra

# Fonts of the system, for a page fetches nothing from outside.
_FONTS = ("system-ui", "sans-serif")
_MONO = ("ui-monospace", "monospace")
_KEPT = (3600, 86400)  # seconds: how often files of visitors are looked through, how old they get
CSS = """
.gradio-container { width: 100%; max-width: 1120px !important; margin: 0 auto !important;
    padding: 0 !important; }
.gradio-container main { max-width: none !important; padding: 12px !important; }
.picture { max-width: 560px; margin: 0 auto; width: 100%; }
.wide .picture { max-width: none; }
.thumb { max-width: 280px; margin: 0 auto; width: 100%; }
.image-frame { width: 100% !important; height: auto !important; }
.image-frame img { width: 100% !important; height: auto !important;
    object-fit: contain !important; max-height: 80vh; }
.pixels img { image-rendering: pixelated; }
.lines textarea { font-family: ui-monospace, monospace; }
.about p, .about h1 { margin: 0.2em 0; overflow-wrap: anywhere; }
.about h1 { font-size: 1.5em; }
.about a { padding: 0 !important; color: var(--color-accent) !important; }
.about .facts { color: var(--body-text-color-subdued); font-size: 0.9em; }
.scores { overflow-x: auto; }
.scores table { border-collapse: collapse; width: 100%; font-size: 0.95em; border: 0; }
.scores tr th, .scores tr td { text-align: left; padding: 0.35em 1em 0.35em 0; border: 0;
    border-bottom: 1px solid var(--border-color-primary); vertical-align: top; }
.scores td.number { text-align: right; font-variant-numeric: tabular-nums; }
.scores code { overflow-wrap: anywhere; white-space: pre-wrap; }
"""


def theme():
    """Calm: greys, one colour."""
    gr = extra("gradio", "explore")
    looks = {"font": _FONTS, "font_mono": _MONO}
    return gr.themes.Base(primary_hue="teal", neutral_hue="slate", radius_size="sm", **looks).set(
        body_background_fill="*neutral_50", block_border_width="1px", block_shadow="none"
    )


def build(subject, home=None):
    """The page, a `gradio.Blocks`; in a running event loop, of which Gradio makes its locks.

    Args:
        subject: A `subjects.Subject`.
        home: Address of the page of the whole zoo, if there is one.
    """
    gr = extra("gradio", "explore")
    kind = media.of(subject)
    # Without this it reports to its makers.
    with gr.Blocks(analytics_enabled=False, title=subject.name, delete_cache=_KEPT) as page:
        gr.HTML(_about(subject, home), elem_classes=["about"])
        with gr.Tabs():
            for number, (label, make) in enumerate(_tabs(subject)):
                with gr.Tab(label) as tab:
                    event = make(subject, kind)
                    # What is looked at is not empty, unless it takes long.
                    if event and number == 0:
                        page.load(**event)
                    elif event and not subject.draws_from_noise:
                        tab.select(**event)
            with gr.Tab("Scores"):
                gr.HTML(_scores(subject.card), elem_classes=["scores"])
    return page


def _tabs(subject):
    """Label and maker of each tab that the model has the verb for."""
    every = {
        "Latents": (subject.has_sliders, tabs.latents),
        "Samples": (subject.does("sample"), tabs.samples),
        "Interpolation": (subject.does("interpolate"), tabs.interpolation),
        "Edits": (subject.edits and edits.attributes(subject.labels), edits.edits),
        "Reconstruction": (
            subject.does("reconstruct") and subject.is_of_images,
            of_pictures.reconstruction,
        ),
        "Completion": (subject.does("complete"), of_pictures.completion),
        "Inpainting": (subject.does("inpaint"), of_pictures.inpainting),
        "Translation": (subject.does("translate"), of_pictures.translation),
        "Back": (subject.does("translate_back"), of_pictures.translation_back),
        "Classification": (subject.tells_classes, of_pictures.classification),
    }
    return [(label, make) for label, (is_there, make) in every.items() if is_there]


def _about(subject, home):
    card = subject.card
    facts = [
        *([f"trained on {card['dataset']}"] if card.get("dataset") else []),
        *([f"{card['parameters']:,} parameters"] if "parameters" in card else []),
        *([card["licence"]] if isinstance(card.get("licence"), str) else []),
    ]
    back = f'<a href="{html.escape(home)}">The zoo</a> / ' if home else ""
    model = html.escape(type(subject.model).__name__)
    return (
        f"<h1>{html.escape(subject.name)}</h1>"
        f'<p class="facts">{back}{model}: {html.escape("; ".join(facts))}</p>'
    )


def _scores(card):
    """What the card says of how good the model is, and how it was trained, as tables."""
    rows = [
        (entry["metric"], entry["value"], evaluation.words(entry.get("protocol", {})))
        for entry in card.get("evaluation", [])
    ]
    how = card.get("protocol")
    how = how if isinstance(how, str) else ""
    rows += [(metric, value, how) for metric, value in (card.get("scores") or {}).items()]
    scores = "".join(
        f"<tr><td>{html.escape(metric.replace('_', ' '))}</td>"
        f'<td class="number">{value:.4g}</td><td>{html.escape(protocol)}</td></tr>'
        for metric, value, protocol in rows
    )
    shown = ("command", "seed", "epochs", "licence", "versions")
    entries = "".join(
        f"<tr><td>{name}</td><td><code>{html.escape(_text(card[name]))}</code></td></tr>"
        for name in shown
        if name in card
    )
    head = "<tr><th>score</th><th></th><th>measured</th></tr>"
    none = "<p>The card names no scores.</p>"
    return (f"<table>{head}{scores}</table>" if rows else none) + f"<table>{entries}</table>"


def _text(value):
    if isinstance(value, dict):
        return ", ".join(f"{name} {_text(each)}" for name, each in value.items())
    return value if isinstance(value, str) else json.dumps(value)
