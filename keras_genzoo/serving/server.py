"""A small server of a SavedModel: TensorFlow Serving's REST protocol, requests batched.

For trying things out, and for those without Docker.
"""

import asyncio
import collections
import concurrent.futures
import json
import logging
import re

import numpy as np
import tensorflow as tf
from tensorflow.core.framework import types_pb2

from keras_genzoo.extras import extra
from keras_genzoo.serving import rest

_PATH = re.compile(
    r"/v1/models/(?P<name>[^/:]+)(/versions/(?P<version>\d+))?(?P<what>/metadata|:\w+)?"
)
_LOGGER = logging.getLogger(__name__)
_BATCH = 64  # examples that are computed together, unless one request has more


class Refused(Exception):  # noqa: N818 - an answer
    """What is wrong with a request, and the status that says so."""

    def __init__(self, status, text):
        super().__init__(text)
        self.status = status


def check_name(name):
    """Raises a `ValueError` where a name would end early in an address."""
    if not name or set("/:?#") & set(name):
        raise ValueError(
            "No address reaches a model of this name. Expected one without / : ? and #. "
            f"Received: name={name!r}"
        )


class Served:
    """A SavedModel, by the name and the version in its addresses.

    Args:
        folder: Of the SavedModel.
        name: Of the model.
        version: A string of digits.

    Attributes:
        specs: Name of each signature to the specs of its inputs, by word.

    Raises:
        ValueError: If nobody could reach the name.
    """

    def __init__(self, folder, name, version="1"):
        check_name(name)
        self.name, self.version = name, version
        self._model = tf.saved_model.load(folder)
        signatures = self._model.signatures.items()
        self.specs = {key: each.structured_input_signature[1] for key, each in signatures}

    def run(self, signature, arrays):
        """What a signature gives of arrays by word, arrays by name."""
        given = {word: tf.constant(array) for word, array in arrays.items()}
        outputs = self._model.signatures[signature](**given)
        return {name: tensor.numpy() for name, tensor in outputs.items()}

    @property
    def status(self):
        state = {"error_code": "OK", "error_message": ""}
        each = {"version": self.version, "state": "AVAILABLE", "status": state}
        return {"model_version_status": [each]}

    @property
    def metadata(self):
        spec = {"name": self.name, "signature_name": "", "version": self.version}
        signatures = {}
        for key, function in self._model.signatures.items():
            signatures[key] = {
                "inputs": _infos(self.specs[key]),
                "outputs": _infos(function.structured_outputs),
                "method_name": "tensorflow/serving/predict",
            }
        return {
            "model_spec": spec,
            "metadata": {"signature_def": {"signature_def": signatures}},
        }


def _infos(specs):
    infos = {}
    for word, spec in specs.items():
        sides = [{"size": str(-1 if side is None else side), "name": ""} for side in spec.shape]
        infos[word] = {
            "dtype": types_pb2.DataType.Name(spec.dtype.as_datatype_enum),
            "tensor_shape": {"dim": sides, "unknown_rank": False},
            "name": word,
        }
    return infos


class Batches:
    """Runs requests one after the other, those of one signature that wait together as one batch.

    Args:
        run: From a signature's name and arrays by word to arrays by name.
    """

    def __init__(self, run):
        self._run = run
        self._waiting = collections.deque()
        self._working = None
        self._thread = concurrent.futures.ThreadPoolExecutor(1)

    async def answer(self, request):
        """The body that answers a `rest.Request`."""
        future = asyncio.get_running_loop().create_future()
        self._waiting.append((request, future))
        if self._working is None or self._working.done():
            self._working = asyncio.create_task(self._work())
        return await future

    async def _work(self):
        while self._waiting:
            batch = self._next()
            requests = [request for request, _ in batch]
            loop = asyncio.get_running_loop()
            answers = await loop.run_in_executor(self._thread, self._answers, requests)
            for (_, future), answer in zip(batch, answers, strict=True):
                if future.done():  # its client has gone
                    continue
                if isinstance(answer, Exception):
                    future.set_exception(answer)
                else:
                    future.set_result(answer)

    def _next(self):
        """The first that waits, and those that can be computed with it."""
        batch = [self._waiting.popleft()]
        first, total = batch[0][0], batch[0][0].count
        while total and self._waiting:
            request = self._waiting[0][0]
            together = total + request.count
            if request.signature != first.signature or not request.count or together > _BATCH:
                break
            batch.append(self._waiting.popleft())
            total = together
        return batch

    def _answers(self, requests):
        """The body of each, or the exception that it raised."""
        try:
            if len(requests) > 1:
                return self._together(requests)
            (request,) = requests
            return [request.answer(self._run(request.signature, request.arrays))]
        except Exception as error:
            if len(requests) == 1:
                return [error]
            # One may have spoiled it for the others.
            return [answer for request in requests for answer in self._answers([request])]

    def _together(self, requests):
        words = requests[0].arrays
        arrays = {word: np.concatenate([each.arrays[word] for each in requests]) for word in words}
        outputs = self._run(requests[0].signature, arrays)
        answers, start = [], 0
        for request in requests:
            stop = start + request.count
            own = {name: values[start:stop] for name, values in outputs.items()}
            answers.append(request.answer(own))
            start = stop
        return answers


def app(served, max_request_bytes=2**24):
    """The ASGI app that serves a model.

    Args:
        served: A `Served`.
        max_request_bytes: Of a body; a longer one is refused before it is read.
    """
    responses = extra("starlette.responses", "serve")
    batches = Batches(served.run)

    async def respond(request):
        try:
            body = await _answered(request, served, batches, max_request_bytes)
            return responses.Response(body, media_type="application/json")
        except Refused as error:
            status, text = error.status, str(error)
        except Exception:
            _LOGGER.exception("A request failed")
            status, text = 500, "The model failed; the server's log says how."
        headers = {"connection": "close"} if status == 413 else {}
        return responses.JSONResponse({"error": text}, status, headers)

    routing = extra("starlette.routing", "serve")
    every = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"]
    route = routing.Route("/{path:path}", respond, methods=every)
    return extra("starlette.applications", "serve").Starlette(routes=[route])


async def _answered(request, served, batches, max_request_bytes):
    """The body of an answer; `Refused` where there is none."""
    path = request.url.path
    found = _PATH.fullmatch(path)
    if not found or found["what"] not in (None, "/metadata", ":predict"):
        raise Refused(
            404,
            f"There is no such address. Expected /v1/models/{served.name}, with /metadata or "
            f":predict. Received: {path[:80]!r}",
        )
    if (found["name"], found["version"] or served.version) != (served.name, served.version):
        raise Refused(
            404,
            f"There is no such model. Expected {served.name}, version {served.version}. "
            f"Received: {path[:80]!r}",
        )
    is_call = found["what"] == ":predict"
    method = "POST" if is_call else "GET"
    if request.method != method:
        raise Refused(
            405, f"The method does not fit. Expected {method}. Received: {request.method}"
        )
    if not is_call:
        told = served.metadata if found["what"] else served.status
        return json.dumps(told)
    content = await _content(request, max_request_bytes)
    try:
        return await batches.answer(rest.Request(content, served.specs))
    except ValueError as error:
        raise Refused(400, str(error)) from None
    except tf.errors.InvalidArgumentError as error:  # what the endpoint itself refuses
        raise Refused(400, _sentence(error.message)) from None


async def _content(request, most):
    if request.headers.get("content-encoding", "identity") != "identity":
        raise Refused(
            415,
            "The body is compressed. Expected none, or identity. "
            f"Received: content-encoding={request.headers['content-encoding'][:80]!r}",
        )
    content = bytearray()
    async for part in request.stream():
        content += part
        if len(content) > most:
            raise Refused(
                413, f"The body is too long. Expected at most {most} bytes. Received: more"
            )
    return bytes(content)


def _sentence(message):
    """What an assertion of a graph says, without the graph's own words."""
    found = re.search(r"assertion failed: \[(.*)\]", message)
    return found[1].replace("] [", " ") if found else message[:500]
