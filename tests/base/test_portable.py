"""Portable exports: what each runtime gives, in a process without Keras and TensorFlow."""

import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
from contract import SHAPE, drawn
from toy_models import TokenCoder

import keras_genzoo as kg
from keras_genzoo.base import fields, portable, verbs

# Answers by the files of a folder, as their users would, where neither can be imported.
RUNTIMES = """
import sys
sys.modules["keras"] = sys.modules["keras_genzoo"] = sys.modules["tensorflow"] = None
import pathlib
import numpy as np
import onnxruntime
import openvino
from ai_edge_litert.interpreter import Interpreter

def answer(folder, format, verb, given):
    if format == "onnx":
        session = onnxruntime.InferenceSession(folder / f"{verb}.onnx")
        names = [output.name for output in session.get_outputs()]
        return dict(zip(names, session.run(names, given)))
    if format == "openvino":
        exact = {"INFERENCE_PRECISION_HINT": "f32"}
        model = openvino.compile_model(folder / f"{verb}.xml", "CPU", exact)
        return {port.any_name: values for port, values in model(given).items()}
    return Interpreter(str(folder / "model.tflite")).get_signature_runner(verb)(**given)

for line in sys.stdin:
    folder = pathlib.Path(line.strip())
    asked = {}
    for key, value in np.load(folder / "requests.npz").items():
        verb, count, word = key.split()
        asked.setdefault((verb, count), {})[word] = value
    np.savez(folder / "answers.npz", **{
        f"{verb} {count} {name}": values
        for (verb, count), given in asked.items()
        for name, values in answer(folder / folder.name, folder.name, verb, given).items()
    })
    print("answered", flush=True)
"""

SIZES = {"image_shape": SHAPE, "latent_dim": 2, "filters": (4,), "seed": 0}
MODELS = {
    "vae": lambda: kg.models.VAE(**SIZES),
    "gan": lambda: kg.models.ConditionalGAN(num_classes=3, **SIZES),
    "conditional": lambda: kg.models.ConditionalVAE(num_classes=3, learned_prior=True, **SIZES),
    "pixels": lambda: kg.models.PixelCNN(SHAPE, filters=4, num_blocks=1, seed=0),
    "sequences": lambda: kg.models.SequenceVAE(5, 4, latent_dim=2, units=4, seed=0),
}
WRITTEN = {
    **{("pixels", format): ("log_prob",) for format in portable.FORMATS},
    ("sequences", "onnx"): ("reconstruct",),
    ("sequences", "openvino"): ("encode",),  # it does not know the loop of the others
}


@pytest.fixture(scope="module")
def answers():
    """Answers `folder/requests.npz` by the files in a folder of its format, in another process."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen([sys.executable, "-c", RUNTIMES], text=True, **pipes) as process:

        def answer(folder):
            print(folder, file=process.stdin, flush=True)
            assert process.stdout.readline() == "answered\n"
            return np.load(folder / "answers.npz")

        yield answer
        process.stdin.close()


@pytest.fixture(scope="module")
def model():
    return kg.models.VAE(SHAPE, latent_dim=2, hidden=(4,), seed=0)


@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize("format", portable.FORMATS)
def test_every_runtime_gives_what_the_model_gives(kind, format, answers, tmp_path):
    model, folder = MODELS[kind](), tmp_path / format
    folder.mkdir()
    asked = WRITTEN.get((kind, format))
    model.export(folder / format, format=format, verbs=asked)
    requests, expected = {}, {}
    endpoints = verbs.portable_endpoints(model)
    for verb in asked or endpoints:
        function, words = endpoints[verb]
        for count in (1, 64):
            given = {word: drawn(field, count, seed=1) for word, field in words.items()}
            requests |= {f"{verb} {count} {word}": values for word, values in given.items()}
            # `sample` is checked below: a model's verb draws its noise itself.
            tensors = map(tf.constant, given.values())
            results = function(*tensors) if verb == "sample" else None
            output = getattr(getattr(model, verb), "output", model.fit_x)
            values = results["images"] if results else getattr(model, verb)(**given)
            apart = "_out" if output in words and format != "litert" else ""
            expected[f"{verb} {count} {output}{apart}"] = values
    np.savez(folder / "requests.npz", **requests)
    received = answers(folder)
    assert set(received) == set(expected)
    for key, values in expected.items():
        np.testing.assert_allclose(received[key], values, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("kind", ["gan", "conditional"])
def test_samples_of_noise_are_those_of_a_seed(kind):
    model = MODELS[kind]()
    labels = np.array([2, 0, 1, 2])
    noise = super(type(model), model).prior(4, 7)
    function, words = verbs.portable_endpoints(model)["sample"]
    assert [*words] == ["noise", "labels"]
    samples = function(noise, tf.constant(labels))["images"]
    np.testing.assert_allclose(samples, model.sample(labels=labels, seed=7), atol=1e-6)


def test_what_does_not_convert_is_refused_with_the_reason(tmp_path):
    model = TokenCoder()
    with pytest.raises(
        ValueError, match=r"(?s)convert to onnx\. Expected verbs=\('encode',\).*Received: decode: "
    ):
        model.export(tmp_path / "onnx", format="onnx")
    assert [*tmp_path.iterdir()] == []
    model.export(tmp_path / "onnx", format="onnx", verbs=("encode",))
    assert [path.name for path in (tmp_path / "onnx").iterdir()] == ["encode.onnx"]


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ('error: loc(callsite(fused["Cumprod:", "Cumprod@f"] at', " at the operation Cumprod"),
        ("Failed: -- Loop-15 with a message: Check", " at the operation Loop"),
        ("no such\n  node", ": no such node"),
    ],
)
def test_the_reason_is_told_in_a_word_where_there_is_one(
    model, tmp_path, monkeypatch, said, reason
):
    def write(*arguments):
        raise RuntimeError(said)

    monkeypatch.setattr(portable.LiteRt, "write", write)
    told = rf"to litert. Expected format='tf_saved_model'. Received: encode: RuntimeError{reason}$"
    with pytest.raises(ValueError, match=told):
        model.export(tmp_path / "litert", format="litert", verbs=("encode",))


def test_what_the_converter_to_onnx_lacks_is_there(tmp_path):
    def function(latents):
        small = 1e4 * tf.math.expm1(latents / 1e4)  # of which exp(x) - 1 is too coarse
        return {"images": tf.where(latents < 1e9, small, latents / (0 * latents))}

    endpoints = {"f": (function, {"latents": fields.latents((8,))})}
    for format in ("onnx", "openvino"):
        portable.write(endpoints, tmp_path / format, format)  # which compares


def test_what_gives_other_values_is_refused(model, tmp_path, monkeypatch):
    run = portable.Onnx.run

    def wrong(*arguments):
        return {name: values + 0.01 for name, values in run(*arguments).items()}

    monkeypatch.setattr(portable.Onnx, "run", wrong)
    with pytest.raises(ValueError, match=r"Received: encode: AssertionError: Not equal"):
        model.export(tmp_path / "onnx", format="onnx", verbs=("encode",))


def test_verbs_that_draw_step_by_step_are_refused(tmp_path):
    tunes = MODELS["sequences"]()
    with pytest.raises(
        ValueError, match=r"`sample` draws random.*some of encode, reconstruct, decode"
    ):
        tunes.export(tmp_path / "onnx", format="onnx", verbs=("sample",))
    diffusion = kg.models.Diffusion(SHAPE, filters=(4, 8), num_blocks=1, seed=0)
    with pytest.raises(ValueError, match=r"`inpaint` draws random numbers.*some of.*encode"):
        diffusion.export(tmp_path / "onnx", format="onnx", verbs=("inpaint",))


def test_a_model_of_16_bits_is_refused(tmp_path):
    model = kg.models.VAE(SHAPE, latent_dim=2, hidden=(4,), dtype="mixed_bfloat16")
    with pytest.raises(ValueError, match=r"16 bits.*Expected.*float32.*Received: VAE, \S+ in bf"):
        model.export(tmp_path / "onnx", format="onnx")


def test_endpoints_are_printed_when_asked(model, tmp_path, capfd):
    model.export(tmp_path / "onnx", format="onnx", verbs=["reconstruct"], verbose=True)
    assert capfd.readouterr().out == "reconstruct(images) -> images_out\n"
