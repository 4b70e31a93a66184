"""The `genzoo` command: train a model, look at what it learned, serve it."""

import contextlib
import os
import sys
import tempfile
from importlib import metadata

import cyclopts
from cyclopts import Parameter

from keras_genzoo.commands import (
    anomalies,
    cache,
    exploring,
    listing,
    pictures,
    scores,
    serving,
    train,
    translate,
    ways,
)

app = cyclopts.App(
    name="genzoo",
    help="A zoo of generative models: train one, look at what it learned, serve it.",
    version=metadata.version("keras_genzoo"),
    default_parameter=Parameter(consume_multiple=True, negative=()),
    suppress_keyboard_interrupt=False,  # `main` says how to go on
)
app.command(train.app)
for command in (
    *(pictures.sample, pictures.reconstruct, ways.traverse, ways.interpolate),
    *(ways.manifold, ways.edit, scores.evaluate, scores.compare),
    *(pictures.complete, translate.translate, anomalies.anomalies, listing.card, cache.cache),
    *(serving.export, serving.serve, exploring.explore),
):
    app.command(command)
app.command(listing.list_presets, name="list")


def main():
    """Run the command; errors are one line and exit code 2."""
    tokens = sys.argv[1:]
    # A name that the terminal cannot show must not break off what is done.
    sys.stdout.reconfigure(errors="backslashreplace")
    try:
        if tokens and not tokens[0].startswith("-"):
            with _hushed():
                train.add_models()
        app(tokens, exit_on_error=False, print_error=False)
    except KeyboardInterrupt:
        again = " The same command with --resume goes on." if tokens[0] == "train" else ""
        print(f"\nInterrupted.{again}", file=sys.stderr)
        sys.exit(130)
    except Exception as error:
        print("genzoo:", " ".join(str(error).split()) or type(error).__name__, file=sys.stderr)
        sys.exit(2)


@contextlib.contextmanager
def _hushed():
    """Hold back what TensorFlow prints at import; show it only if the import fails."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    stderr = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        except BaseException:
            held.seek(0)
            os.write(stderr, held.read())
            raise
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
