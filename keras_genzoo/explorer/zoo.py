"""The page of the whole zoo: a picture of each preset, which leads to its own page."""

import html

from keras_genzoo import presets

_PICTURE, _LINES_DRAWN = "samples.png", "samples.txt"  # of what a model has drawn
_LINES = 9  # of a text that is shown in a picture's place
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>keras_genzoo</title>
<link rel="icon" href="data:,">
<style>
:root {{ color-scheme: light dark; --back: #f8fafc; --card: #fff; --line: #e2e8f0;
  --text: #1e293b; --soft: #64748b; --accent: #0d9488; }}
@media (prefers-color-scheme: dark) {{ :root {{ --back: #0b0f19; --card: #1e293b;
  --line: #334155; --text: #e2e8f0; --soft: #94a3b8; --accent: #2dd4bf; }} }}
* {{ box-sizing: border-box; }}
body {{ margin: 0; background: var(--back); color: var(--text);
  font: 16px/1.5 system-ui, sans-serif; }}
main {{ max-width: 1120px; margin: 0 auto; padding: 24px 16px; }}
h1 {{ font-size: 1.5rem; margin: 0; }}
p {{ color: var(--soft); margin: 0 0 20px; }}
.zoo {{ display: grid; gap: 16px; grid-template-columns: repeat(auto-fill, minmax(220px, 1fr)); }}
a {{ display: flex; flex-direction: column; background: var(--card); color: inherit;
  border: 1px solid var(--line); border-radius: 6px; overflow: hidden; text-decoration: none; }}
a:hover, a:focus-visible {{ border-color: var(--accent); outline: none; }}
.shown {{ height: 200px; background: #fff; display: flex; align-items: center;
  justify-content: center; overflow: hidden; }}
.shown img {{ width: 100%; height: 100%; object-fit: contain; }}
.shown pre {{ margin: 0; color: #475569; font: 13px/1.35 ui-monospace, monospace; }}
.told {{ padding: 10px 12px; overflow-wrap: anywhere; }}
.told b {{ display: block; font-size: .95rem; }}
.told span {{ color: var(--soft); font-size: .85rem; }}
</style>
</head>
<body><main>
<h1>keras_genzoo</h1>
<p>{count} models. A click opens one, which takes some seconds the first time.</p>
<div class="zoo">
{cards}
</div>
</main></body>
</html>
"""
_CARD = """<a href="/{name}/"><div class="shown">{shown}</div>
<div class="told"><b>{name}</b><span>{told}</span></div></a>"""


def page(names):
    """The page, HTML.

    Args:
        names: Of presets.

    Example:
        >>> 'href="/vae_fashion_mnist_small/"' in page(["vae_fashion_mnist_small"])
        True
    """
    cards = "\n".join(_card(name) for name in sorted(names, key=_is_bare))
    return _PAGE.format(count=len(names), cards=cards)


def _is_bare(name):
    """Whether there is nothing to look at, as of classifiers, which come last."""
    return not any(_beside(name, file) for file in (_PICTURE, _LINES_DRAWN))


def picture_of(preset):
    """The file of a preset's picture, or `None`."""
    return _beside(preset, _PICTURE)


def _beside(preset, name):
    """A file beside a preset, or `None` where there is none, as of a damaged one."""
    try:
        file = presets.find(preset) / name
    except (ValueError, OSError):
        return None
    return file if file.is_file() else None


def _card(name):
    try:
        card = presets.card(name)
        told = f"{card.get('model', '')}, {card.get('dataset') or 'no dataset named'}"
        shown = _shown(name)
    except (ValueError, OSError) as error:  # a damaged one takes no page down
        told, shown = str(error).partition(" Expected")[0], ""
    return _CARD.format(name=html.escape(name), told=html.escape(told), shown=shown)


def _shown(name):
    """Its picture, or the first lines that it drew."""
    if picture_of(name):
        return f'<img src="/{html.escape(name)}/samples.png" alt="">'
    lines = _beside(name, _LINES_DRAWN)
    if lines is None:
        return "<pre>classifier</pre>"
    text = "\n".join(lines.read_text(encoding="utf-8").splitlines()[:_LINES])
    return f"<pre>{html.escape(text)}</pre>"
