"""What TensorFlow Serving reads beside a model: its list of models, batching, warm-up requests."""

import os
from pathlib import Path

import tensorflow as tf

from keras_genzoo.atomic import atomic_write
from keras_genzoo.extras import extra

CONFIG, BATCHING = "models.config", "batching.config"
WARM_UP = Path("assets.extra") / "tf_serving_warmup_requests"
_SIDE = 64  # of images whose sides are free
_WRITTEN = "# Written by genzoo export.\n"
_MODEL = """\
  config {{
    name: "{name}"
    base_path: "/models/{name}"
    model_platform: "tensorflow"
  }}
"""
_BATCHES = """\
max_batch_size { value: 64 }
batch_timeout_micros { value: 1000 }
max_enqueued_batches { value: 100 }
num_batch_threads { value: 2 }
"""


def check_config(folder):
    """Raise a `ValueError` where a file of the server's lies that this command did not write."""
    for name in (CONFIG, BATCHING):
        path = folder / name
        if path.exists() and not path.read_text(errors="replace").startswith(_WRITTEN):
            raise ValueError(
                f"{name} is somebody's own, and would be lost. Expected one that genzoo export "
                f"wrote, or none. Received: {os.fspath(path)!r}"
            )


def write_config(folder):
    """List the models of a folder, and how their requests are batched, as the server reads it.

    Args:
        folder: Of folders of versions, which the server sees as `/models`.
    """
    check_config(folder)
    names = sorted({path.parent.parent.name for path in folder.glob("*/[0-9]*/saved_model.pb")})
    models = "".join(_MODEL.format(name=name) for name in names)
    texts = {CONFIG: f"model_config_list {{\n{models}}}\n", BATCHING: _BATCHES}
    for name, text in texts.items():
        with atomic_write(folder / name) as scratch:
            scratch.write_text(_WRITTEN + text)


def write_warm_up(saved_model, name):
    """Add to a SavedModel a request of one example for each signature, sent as the server starts.

    Args:
        saved_model: Its folder.
        name: Of the model.
    """
    predict = extra("tensorflow_serving.apis.predict_pb2", "serving")
    logs = extra("tensorflow_serving.apis.prediction_log_pb2", "serving")
    path = saved_model / WARM_UP
    path.parent.mkdir()
    with tf.io.TFRecordWriter(os.fspath(path)) as writer:
        for key, function in tf.saved_model.load(saved_model).signatures.items():
            request = predict.PredictRequest()
            request.model_spec.name, request.model_spec.signature_name = name, key
            for word, spec in function.structured_input_signature[1].items():
                values = tf.ones((), spec.dtype)
                if spec.shape.rank:
                    sides = (side or _SIDE for side in spec.shape[1:])
                    values = tf.zeros((1, *sides), spec.dtype)
                request.inputs[word].CopyFrom(tf.make_tensor_proto(values))
            log = logs.PredictionLog(predict_log=logs.PredictLog(request=request))
            writer.write(log.SerializeToString())
