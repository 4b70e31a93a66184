"""The command that serves a model over HTTP."""

import tempfile
from pathlib import Path

import keras_genzoo as kg
from keras_genzoo.commands import server
from keras_genzoo.extras import extra


def serve(
    preset: str,
    *,
    name: str | None = None,
    host: str = "127.0.0.1",
    port: int = 8501,
    max_request_bytes: int = 2**24,
):
    """Serve a model by TensorFlow Serving's REST protocol, for trying things out.

    `GET /v1/models/NAME` and `.../metadata` tell of the model, `POST /v1/models/NAME:predict` calls
    an endpoint, by rows (`instances`) or by columns (`inputs`). Requests that wait together are
    computed together. Of the extra `serve`.

    Args:
        preset: Name or folder of a model, or the folder of an export, of which the last version is
            served.
        name: Of the model in the addresses; the preset's, or the folder's, unless given.
        host: Address to listen on; others than this machine's reach 0.0.0.0.
        port: Port to listen on.
        max_request_bytes: Longest body of a request.
    """
    uvicorn = extra("uvicorn", "serve")
    extra("starlette", "serve")
    extra("orjson", "serve")
    exported = last_export(Path(preset))
    with tempfile.TemporaryDirectory() as scratch:
        if exported is None:
            exported = Path(scratch) / "1"
            kg.from_preset(preset).export(exported)
            name = name or Path(preset).name
        version = exported.name if exported.name.isdecimal() else "1"
        name = name or (exported.parent if exported.name.isdecimal() else exported).name
        served = server.Served(exported, name, version)
    print(f"http://{host}:{port}/v1/models/{name} serves {', '.join(sorted(served.specs))}.")
    uvicorn.run(server.app(served, max_request_bytes), host=host, port=port, log_level="warning")


def last_export(folder):
    """The SavedModel in a folder, or in its last version; `None` where it is none."""
    versions = [path for path in folder.glob("*") if path.name.isdecimal()]
    versions = sorted(versions, key=lambda path: int(path.name))
    found = [path for path in (folder, *versions) if (path / "saved_model.pb").is_file()]
    return found[-1].absolute() if found else None
