"""The command that opens models in the browser."""

import keras_genzoo as kg
from keras_genzoo.commands import Port
from keras_genzoo.extras import extra


def explore(
    preset: str | None = None,
    *,
    dataset: str | None = None,
    host: str = "127.0.0.1",
    port: Port = 7860,
):
    """Open a model in the browser, or the whole zoo: move its latents, draw, give it pictures.

    The page fetches nothing from outside, and shares nothing with it. Of the extra `explore`.

    Args:
        preset: Name or folder of a model; all that have a name unless given.
        dataset: Images to begin from, and labels to edit by, as for `genzoo train`; what the model
            was trained on, where that needs no download, else its own samples, unless given.
        host: Address to listen on; 0.0.0.0 lets other machines in.
        port: Port to listen on.
    """
    uvicorn = extra("uvicorn", "explore")
    extra("gradio", "explore")
    if preset is None:
        if dataset is not None:
            raise ValueError(
                "Images are of one model. Expected PRESET, or no --dataset. "
                f"Received: preset=None, dataset={dataset!r}"
            )
        pages = {name: name for name in kg.presets.list()}
    else:
        kg.presets.find(preset)
        name = kg.presets.called(preset)
        kg.serving.server.check_name(name)
        pages = {name: preset}
    site = kg.explorer.sites.Site(pages, dataset)
    print(f"http://{host}:{port}/ shows {preset or f'{len(pages)} models'}; Ctrl+C ends it.")
    uvicorn.run(site.app, host=host, port=port, log_level="warning")
