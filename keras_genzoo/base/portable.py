"""Verbs in the files of other runtimes: ONNX Runtime, LiteRT, OpenVINO.

They draw other random numbers than TensorFlow, so `sample` is given the noise that it would draw.
What is written is run by its own runtime, and must give what the model gives.
"""

import logging
import math
import os
import re
import tempfile
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from keras_genzoo.base import arguments, keeping
from keras_genzoo.extras import extra

TOLERANCE = 1e-4  # between what a file gives and what the model does
_TRIED = (1, 3)  # examples in a batch, whose number must be free
# The operation that LiteRT's converter, or OpenVINO, stumbles over.
_OPERATION = re.compile(r'fused\["(\w+):|-- (\w+)-\d+ with a message')


class Endpoint(NamedTuple):
    """A verb to be written.

    Attributes:
        function: A compiled function of tensors that gives a dict of tensors.
        fields: Word to the field of each input, in their order.
        outputs: Names of what it gives.
    """

    function: object
    fields: dict
    outputs: tuple


class Onnx:
    """`<verb>.onnx`, written by tf2onnx."""

    alone = True  # whether each verb has files of its own
    names_apart = True  # of an input and an output

    def files(self, names):
        return [f"{name}.onnx" for name in names]

    def write(self, endpoints, folder):
        convert = extra("tf2onnx.convert", "export")
        logger = logging.getLogger("tf2onnx")
        level = logger.level
        logger.setLevel(logging.CRITICAL)  # what it logs as errors it raises, or gets over
        try:
            for name, endpoint in endpoints.items():
                function, path = endpoint.function, folder / f"{name}.onnx"
                convert.from_function(
                    function,
                    function.input_signature,
                    custom_op_handlers=_HANDLERS,
                    output_path=path,
                )
        finally:
            logger.setLevel(level)

    def run(self, folder, name, endpoint, given):
        session = extra("onnxruntime", "export").InferenceSession(folder / f"{name}.onnx")
        return dict(zip(endpoint.outputs, session.run([*endpoint.outputs], given), strict=True))


def _expm1(context, node, name, arguments):
    """`exp(x) - 1`, which ONNX lacks, as `tanh(x / 2) (exp(x) + 1)`, exact for small x too."""
    (x,), shaped = node.input, _shaped(context, node)
    context.remove_node(name)

    def made(kind, *inputs):
        return context.make_node(kind, [*inputs], **shaped).output[0]

    half, one = (context.make_const(f"{name}_{i}", np.float32(i)).output[0] for i in (0.5, 1))
    factors = [made("Tanh", made("Mul", x, half)), made("Add", made("Exp", x), one)]
    context.make_node("Mul", factors, name=name, outputs=node.output, **shaped)


def _where(context, node, name, arguments):
    """ONNX has it, but tf2onnx writes a sum of products with 0 and 1, and 0 by infinity is NaN."""
    shaped = _shaped(context, node)
    context.remove_node(name)
    context.make_node("Where", node.input, name=name, outputs=node.output, **shaped)


def _shaped(context, node):
    (output,) = node.output
    return {"dtypes": [context.get_dtype(output)], "shapes": [context.get_shape(output)]}


_HANDLERS = {"Expm1": (_expm1, []), "SelectV2": (_where, [])}


class OpenVino:
    """`<verb>.xml`, and its weights beside it as `<verb>.bin`, read from ONNX.

    Of a TensorFlow model its converter tells its makers over the network.
    """

    alone = names_apart = True

    def files(self, names):
        return [f"{name}.{end}" for name in names for end in ("xml", "bin")]

    def write(self, endpoints, folder):
        openvino = extra("openvino", "export")
        FORMATS["onnx"].write(endpoints, folder)
        for name in endpoints:
            path = folder / f"{name}.onnx"
            model = openvino.Core().read_model(path)
            openvino.save_model(model, path.with_suffix(".xml"), compress_to_fp16=False)
            path.unlink()

    def run(self, folder, name, endpoint, given):
        openvino = extra("openvino", "export")
        # Some CPUs compute in bfloat16 unless told.
        options = {"INFERENCE_PRECISION_HINT": "f32"}
        model = openvino.compile_model(folder / f"{name}.xml", "CPU", options)
        results = model(given)
        return {output: results[output] for output in endpoint.outputs}


class LiteRt:
    """`model.tflite`, with a signature for each verb."""

    alone = names_apart = False

    def files(self, names):
        return ["model.tflite"]

    def write(self, endpoints, folder):
        functions = {name: endpoint.function for name, endpoint in endpoints.items()}
        holder = tf.Module()  # of the weights, which a SavedModel must know
        holder.held = [f.get_concrete_function().graph.variables for f in functions.values()]
        options = tf.saved_model.SaveOptions(experimental_custom_gradients=False)
        with tempfile.TemporaryDirectory(dir=folder.parent) as saved:
            tf.saved_model.save(holder, saved, functions, options)
            converter = tf.lite.TFLiteConverter.from_saved_model(saved, [*functions])
            converter.experimental_enable_resource_variables = False  # weights are constants
            content = converter.convert()
        (folder / "model.tflite").write_bytes(content)

    def run(self, folder, name, endpoint, given):
        path = os.fspath(folder / "model.tflite")
        interpreter = extra("ai_edge_litert.interpreter", "export").Interpreter(path)
        return interpreter.get_signature_runner(name)(**given)


FORMATS = {"onnx": Onnx(), "litert": LiteRt(), "openvino": OpenVino()}


def check(model):
    """Raise a `ValueError` where a model computes in 16 bits, as no two runtimes do alike."""
    for path, layer in keeping.layers_of(model):
        kind = getattr(layer, "compute_dtype", None) or "float32"
        if kind in ("float16", "bfloat16"):
            raise ValueError(
                "What computes in 16 bits is not the same in other runtimes. Expected a model of "
                "float32, as `from_preset(name, dtype='float32')` loads. "
                f"Received: {type(model).__name__}, {path} in {kind}"
            )


def chosen(endpoints, names, drawing=()):
    """The endpoints of these names; all of them of `None`.

    Args:
        endpoints: By name.
        names: Some of them, or `None`.
        drawing: Names of others, which draw random numbers.

    Raises:
        ValueError: If there are none of a name, or no names, or one is of those others.
    """
    if isinstance(names, str) or (names is not None and not names):
        raise ValueError(
            f"There is nothing to write. Expected a list, of some of {', '.join(endpoints)}, or "
            f"None for all. Received: verbs={names!r}"
        )
    for name in names or ():
        if name in {*drawing} - {*endpoints}:
            raise ValueError(
                f"`{name}` draws random numbers step by step, which are TensorFlow's own. Expected "
                f"some of {', '.join(endpoints)}, or format='tf_saved_model'. "
                f"Received: verbs={names}"
            )
        arguments.one_of("verb", name, endpoints)
    return endpoints if names is None else {name: endpoints[name] for name in names}


def write(endpoints, folder, format, verbose=False):
    """Write endpoints, and see that their runtime gives what TensorFlow does.

    Args:
        endpoints: As of `chosen`.
        folder: A path where nothing lies.
        format: A key of `FORMATS`.
        verbose: Whether to print what each takes and gives.

    Raises:
        ValueError: If one of them does not convert, with the reason.
    """
    writer = FORMATS[format]
    endpoints = {
        name: _compiled(*endpoint, writer.names_apart) for name, endpoint in endpoints.items()
    }
    folder.mkdir()
    each = {name: {name: endpoint} for name, endpoint in endpoints.items()}
    if writer.alone or len(endpoints) == 1:
        reasons = {name: _misfit(writer, one, folder) for name, one in each.items()}
    else:
        reasons = {"all": _misfit(writer, endpoints, folder)}
        if reasons["all"]:  # which of them?
            reasons |= {name: _misfit(writer, one, folder) for name, one in each.items()}
    reasons = {name: reason for name, reason in reasons.items() if reason}
    if not reasons:
        for name, endpoint in endpoints.items() if verbose else ():
            print(f"{name}({', '.join(endpoint.fields)}) -> {', '.join(endpoint.outputs)}")
        return
    convert = tuple(name for name in endpoints if name not in reasons)
    others = f"verbs={convert}, which do, or " if convert else ""
    told = "; ".join(f"{name}: {reason}" for name, reason in reasons.items())
    raise ValueError(
        f"Not all verbs convert to {format}. Expected {others}format='tf_saved_model'. "
        f"Received: {told}"
    )


def _compiled(function, fields, names_apart):
    specs = [field.spec(word) for word, field in fields.items()]

    def named(*tensors):
        outputs = function(*tensors)
        if names_apart:
            return {f"{n}_out" if n in fields else n: tensor for n, tensor in outputs.items()}
        return outputs

    compiled = tf.function(named, input_signature=specs, autograph=False)
    outputs = compiled.get_concrete_function().structured_outputs
    return Endpoint(compiled, fields, tuple(outputs))


def _misfit(writer, endpoints, folder):
    """Why what is written is not what the model gives; nothing where it is."""
    try:
        writer.write(endpoints, folder)
        for name, endpoint in endpoints.items():
            for count in _TRIED:
                given = {word: _some(field, count) for word, field in endpoint.fields.items()}
                expected = endpoint.function(*map(tf.constant, given.values()))
                received = writer.run(folder, name, endpoint, given)
                for output, values in expected.items():
                    np.testing.assert_allclose(
                        received[output], values, rtol=TOLERANCE, atol=TOLERANCE
                    )
    except ImportError:
        raise
    except Exception as error:  # of converters and runtimes, each of its own kind
        text = " ".join(str(error).split())
        if found := _OPERATION.search(text):
            return f"{type(error).__name__} at the operation {found[1] or found[2]}"
        return f"{type(error).__name__}: {text[:300]}"
    return ""


def _some(field, count):
    """Values that a field allows; of a scalar one that all allow."""
    shape = field.spec("").shape
    if not shape.rank:
        return np.asarray(1, field.spec("").dtype.as_numpy_dtype)
    free = max(8, 2 * getattr(field, "multiple", 1))
    shape = (count, *(side or free for side in shape[1:]))
    random = np.random.default_rng(0)
    if math.isinf(field.highest):
        return random.normal(size=shape).astype(field.dtype)
    if field.whole:
        return random.integers(field.lowest, field.highest + 1, shape).astype(field.dtype)
    return random.uniform(field.lowest, field.highest, shape).astype(field.dtype)
