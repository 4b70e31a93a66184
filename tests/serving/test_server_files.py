"""TensorFlow Serving's files: read back by its own messages."""

import pytest
import tensorflow as tf
from google.protobuf import text_format
from tensorflow_serving.apis import prediction_log_pb2
from tensorflow_serving.config import model_server_config_pb2

from keras_genzoo.serving import server_files


def test_warm_up_requests_fit_their_signatures(model, tmp_path):
    saved = tmp_path / "1"
    model.export(saved)
    server_files.write_warm_up(saved, "shoes")
    signatures = tf.saved_model.load(saved).signatures
    names = []
    for record in tf.data.TFRecordDataset(str(saved / server_files.WARM_UP)).as_numpy_iterator():
        log = prediction_log_pb2.PredictionLog.FromString(record)
        request = log.predict_log.request
        assert request.model_spec.name == "shoes"
        names.append(request.model_spec.signature_name)
        given = {word: tf.constant(tf.make_ndarray(x)) for word, x in request.inputs.items()}
        (images,) = signatures[names[-1]](**given).values()
        assert len(images) == 1
    assert sorted(names) == ["decode", "encode", "reconstruct", "sample", "serving_default"]


def test_the_config_lists_the_models_beside_it(tmp_path):
    for model, version in (("vae", "1"), ("vae", "2"), ("gan", "7"), ("kept", "x")):
        (tmp_path / model / version).mkdir(parents=True)
        (tmp_path / model / version / "saved_model.pb").touch()
    for _ in range(2):  # one of its own is replaced
        server_files.write_config(tmp_path)
    config = model_server_config_pb2.ModelServerConfig()
    text_format.Parse((tmp_path / "models.config").read_text(), config)
    listed = [(each.name, each.base_path) for each in config.model_config_list.config]
    assert listed == [("gan", "/models/gan"), ("vae", "/models/vae")]
    assert "max_batch_size { value: 64 }" in (tmp_path / "batching.config").read_text()
    assert {path.name for path in tmp_path.iterdir()} == {
        *("vae", "gan", "kept", "models.config", "batching.config"),
    }


@pytest.mark.parametrize("name", ["models.config", "batching.config"])
def test_a_file_of_somebody_elses_is_kept(tmp_path, name):
    (tmp_path / name).write_text("mine")
    with pytest.raises(ValueError, match=rf"somebody's own.*Received: .*{name}"):
        server_files.write_config(tmp_path)
    assert [path.read_text() for path in tmp_path.iterdir()] == ["mine"]
