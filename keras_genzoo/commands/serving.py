"""The commands that export a model, and that serve one over HTTP."""

import os
import tempfile
from pathlib import Path
from typing import Literal

import keras_genzoo as kg
from keras_genzoo.commands import Port
from keras_genzoo.extras import extra


def export(
    preset: str,
    folder: Path,
    *,
    format: Literal["tf_saved_model", "onnx", "litert", "openvino"] = "tf_saved_model",
    verbs: tuple[str, ...] | None = None,
    warm_up: bool = False,
    models_config: bool = False,
):
    """Write a model's verbs as files that run without this package.

    A SavedModel goes where TensorFlow Serving reads versions: FOLDER/1, FOLDER/2, ... The other
    formats, of the extra `export`, go into FOLDER itself.

    Args:
        preset: Name or folder of a model.
        folder: Where the versions of the served model lie, or the files of the other formats.
        format: What is written.
        verbs: Which verbs; all unless given.
        warm_up: Add requests that the server sends itself as it starts, so that the first user
            waits no longer than others; of the extra `serving`.
        models_config: Write models.config, of all models beside FOLDER, and batching.config, too.
    """
    if format != "tf_saved_model":
        if warm_up or models_config:
            raise ValueError(
                "Warm-up requests and models.config are TensorFlow Serving's. Expected "
                f"--format tf_saved_model. Received: format={format!r}"
            )
        _write(kg.from_preset(preset), folder, format, verbs)
        print(f"{folder} holds the model.")
        return
    beside = folder.absolute().parent
    if models_config:
        kg.serving.server_files.check_config(beside)
    model = kg.from_preset(preset)
    versions = [int(path.name) for path in folder.glob("*") if path.name.isdecimal()]
    target = folder / str(max(versions, default=0) + 1)
    folder.mkdir(parents=True, exist_ok=True)
    # A server takes a version as soon as it is there.
    with tempfile.TemporaryDirectory(dir=folder, prefix=".export-") as scratch:
        written = Path(scratch) / "model"
        _write(model, written, verbs=verbs)
        if warm_up:
            kg.serving.server_files.write_warm_up(written, folder.absolute().name)
        os.replace(written, target)
    if models_config:
        kg.serving.server_files.write_config(beside)
        files = kg.serving.server_files
        print(f"{beside} holds {files.CONFIG} and {files.BATCHING}.")
    print(f"{target} holds the model.")


def _write(model, folder, format="tf_saved_model", verbs=None):
    """Export a model of the zoo, or, as Keras does, a plain one."""
    if isinstance(model, kg.base.GenerativeModel):
        model.export(folder, format, verbs=verbs)
        return
    if format != "tf_saved_model" or verbs is not None:
        raise ValueError(
            "A plain Keras model has no verbs, of which these files are made. Expected a "
            "SavedModel, whole, or a model of the zoo. "
            f"Received: {type(model).__name__}, format={format!r}, verbs={verbs}"
        )
    model.export(folder, verbose=False)


def serve(
    preset: str,
    *,
    name: str | None = None,
    host: str = "127.0.0.1",
    port: Port = 8501,
    max_request_bytes: int = 2**24,
):
    """Serve a model by TensorFlow Serving's REST protocol, for trying things out.

    `GET /v1/models/NAME` and `.../metadata` tell of the model, `POST /v1/models/NAME:predict` calls
    an endpoint, by rows (`instances`) or by columns (`inputs`). Requests that wait together are
    computed together. Of the extra `serve`.

    Args:
        preset: Name or folder of a model, or the folder of an export, of which the last version is
            served. A name that the zoo knows comes before a folder; ./NAME is the folder. An export
            is a program, unlike a preset: serve none that you do not trust.
        name: Of the model in the addresses; the preset's, or the folder's, unless given.
        host: Address to listen on; 0.0.0.0 lets other machines in.
        port: Port to listen on.
        max_request_bytes: Longest body of a request.
    """
    uvicorn = extra("uvicorn", "serve")
    extra("starlette", "serve")
    extra("orjson", "serve")
    # Whatever else lies in a preset's folder, a stranger's, it is data, and never run.
    exported = None if kg.presets.is_there(preset) else last_export(Path(preset))
    if exported is None:
        name = name or kg.presets.called(preset)
    if name is not None:
        kg.serving.server.check_name(name)  # before the export, which takes its time
    with tempfile.TemporaryDirectory() as scratch:
        if exported is None:
            exported = Path(scratch) / "1"
            _write(kg.from_preset(preset), exported)
        version = exported.name if exported.name.isdecimal() else "1"
        name = name or (exported.parent if exported.name.isdecimal() else exported).name
        served = kg.serving.server.Served(exported, name, version)
    print(f"http://{host}:{port}/v1/models/{name} serves {', '.join(sorted(served.specs))}.")
    uvicorn.run(
        kg.serving.server.app(served, max_request_bytes), host=host, port=port, log_level="warning"
    )


def last_export(folder):
    """The SavedModel in a folder, or in its last version; `None` where it is none."""
    versions = [path for path in folder.glob("*") if path.name.isdecimal()]
    versions = sorted(versions, key=lambda path: int(path.name))
    found = [path for path in (folder, *versions) if (path / "saved_model.pb").is_file()]
    return found[-1].absolute() if found else None
