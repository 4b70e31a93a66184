"""The server: Serving's REST protocol, bad requests of 200 kinds, batches, in this process."""

import asyncio
import json
import threading

import numpy as np
import pytest
from contract import assert_same, pictures

import keras_genzoo as kg
from keras_genzoo.serving import server

MOST = 20_000  # bytes of a body
PREDICT = "/v1/models/vae:predict"


@pytest.fixture(scope="module")
def vae(tmp_path_factory):
    """The model, and the app that serves its export."""
    model = kg.models.VAE((8, 8, 1), latent_dim=2, hidden=(4,), seed=0)
    folder = tmp_path_factory.mktemp("served") / "3"
    model.export(folder, verbs=("encode", "decode", "sample"))
    served = server.Served(folder, "vae", "3")
    return model, served, server.app(served, MOST)


async def called(app, method, path, body=b"", headers=()):
    """Status and JSON of what an app answers."""
    sent = []
    parts = [body[start : start + 4096] for start in range(0, len(body), 4096)] or [b""]
    parts = [
        {"type": "http.request", "body": part, "more_body": i + 1 < len(parts)}
        for i, part in enumerate(parts)
    ]

    async def receive():
        return parts.pop(0)

    async def send(message):
        sent.append(message)

    scope = {
        **{"type": "http", "http_version": "1.1", "method": method, "path": path},
        **{"query_string": b"", "headers": [*headers], "root_path": "", "scheme": "http"},
        **{"raw_path": path.encode(), "server": ("127.0.0.1", 8501), "client": ("127.0.0.1", 1)},
    }
    await app(scope, receive, send)
    content = b"".join(message.get("body", b"") for message in sent)
    return sent[0]["status"], json.loads(content) if method != "HEAD" else None


def ask(app, body, method="POST", path=PREDICT, headers=()):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    return asyncio.run(called(app, method, path, body, headers))


def test_rows_and_columns(vae):
    model, _, app = vae
    latents = np.random.default_rng(0).normal(size=(3, 2)).astype("float32")
    images = model.decode(latents)
    name = {"signature_name": "decode"}
    for given in (latents.tolist(), {"latents": latents.tolist()}):
        status, answer = ask(app, {**name, "inputs": given})
        assert (status, [*answer]) == (200, ["outputs"])
        assert_same([np.array(answer["outputs"], "float32")], [images], 1e-5)
    for rows in (latents.tolist(), [{"latents": row} for row in latents.tolist()]):
        for path in (PREDICT, "/v1/models/vae/versions/3:predict"):
            status, answer = ask(app, {**name, "instances": rows}, path=path)
            assert (status, [*answer]) == (200, ["predictions"])
            assert_same([np.array(answer["predictions"], "float32")], [images], 1e-5)
    status, answer = ask(
        app, {"signature_name": "sample", "inputs": {"num_samples": 4, "seed": -3}}
    )
    assert_same([np.array(answer["outputs"], "float32")], [model.sample(4, seed=-3)], 1e-5)
    assert ask(app, {"inputs": latents.tolist()})[0] == 200  # `serving_default` is decode


def test_status_and_metadata(vae):
    app = vae[-1]
    for path in ("/v1/models/vae", "/v1/models/vae/versions/3"):
        status, told = ask(app, b"", "GET", path)
        (version,) = told["model_version_status"]
        assert (status, version["version"], version["state"]) == (200, "3", "AVAILABLE")
    status, told = ask(app, b"", "GET", "/v1/models/vae/metadata")
    assert told["model_spec"] == {"name": "vae", "signature_name": "", "version": "3"}
    signatures = told["metadata"]["signature_def"]["signature_def"]
    assert {*signatures} == {"encode", "decode", "sample", "serving_default"}
    images = signatures["decode"]["outputs"]["images"]
    assert images["dtype"] == "DT_FLOAT"
    assert [side["size"] for side in images["tensor_shape"]["dim"]] == ["-1", "8", "8", "1"]
    assert signatures["sample"]["inputs"]["seed"]["dtype"] == "DT_INT32"


IMAGES = pictures(2).tolist()
NUMBERS = ("1", None, {}, {"b64": "AA=="}, [], [[]], True, [True, False], "NaN", 1e39, 10**400)
BODIES = [
    *(b"", b"{", b"null", b"7", b"[]", b'"x"', b"{}", b"\xff\xfe", b"{'inputs': 1}", b"\x00"),
    *(b'{"inputs": NaN}', b'{"inputs": [[Infinity, 0]]}', b'{"inputs": [[1e999, 0]]}'),
    *(b"[" * 15_000, b'{"inputs":' + b"[" * 2000 + b"]" * 2000 + b"}", b"inputs=1", b"<a/>"),
    *(b'{"inputs": [[0, 0]]} more', b'{"inputs": [[0, 0],]}', b'{"inputs": [[00, 0]]}'),
    *(
        {"signature_name": name, "inputs": [[0, 0]]}
        for name in ("decod", "x" * 999, 7, [], {}, 1.5)
    ),
    *({"signature_name": "decode", key: [[0, 0]]} for key in ("input", "instance", "Inputs", "")),
    {"signature_name": "decode"},
    {"signature_name": "decode", "inputs": [[0, 0]], "instances": [[0, 0]]},
    {"signature_name": "decode", "inputs": [[0, 0]], "seed": 1},
    *({"signature_name": "decode", "inputs": {"latents": bad}} for bad in NUMBERS),
    *({"signature_name": "decode", "inputs": {"latents": [[0, bad]]}} for bad in NUMBERS),
    *({"signature_name": "decode", "inputs": {"latents": [[0, 0], bad]}} for bad in NUMBERS),
    *({"signature_name": "decode", "instances": bad} for bad in NUMBERS),
    *({"signature_name": "decode", "instances": [bad]} for bad in NUMBERS),
    *({"signature_name": "decode", "instances": [{"latents": bad}]} for bad in NUMBERS),
    *({"signature_name": "decode", "instances": [{"latents": [0, 0]}, bad]} for bad in NUMBERS),
    *({"signature_name": "decode", "inputs": {name: [[0, 0]]}} for name in ("latent", "z", "")),
    {"signature_name": "decode", "inputs": {"latents": [[0, 0]], "images": IMAGES}},
    {"signature_name": "decode", "instances": [{"latents": [0, 0], "x": 1}]},
    *({"signature_name": "decode", "inputs": np.zeros(s).tolist()} for s in [2, (1, 3), (1, 2, 1)]),
    {"signature_name": "decode", "inputs": [[0, 0]] * 1025},
    *({"signature_name": "encode", "inputs": {"images": bad}} for bad in NUMBERS),
    *({"signature_name": "encode", "inputs": {"images": [bad, bad]}} for bad in NUMBERS),
    {"signature_name": "encode", "inputs": (255 * np.array(IMAGES)).tolist()},
    {"signature_name": "encode", "inputs": (np.array(IMAGES) - 1).tolist()},
    {"signature_name": "encode", "inputs": IMAGES[0]},
    {"signature_name": "encode", "inputs": np.squeeze(IMAGES).tolist()},
    {"signature_name": "encode", "inputs": [IMAGES[0], IMAGES[1][:7]]},
    *({"signature_name": "sample", "inputs": {"num_samples": 2, "seed": bad}} for bad in NUMBERS),
    *({"signature_name": "sample", "inputs": {"num_samples": bad, "seed": 0}} for bad in NUMBERS),
    *(
        {"signature_name": "sample", "inputs": {"num_samples": bad, "seed": 0}}
        for bad in (-1, 1.5, 10_001, 2**31, 2**63, 2**64, -(2**31) - 1)
    ),
    {"signature_name": "sample", "inputs": {"num_samples": 2}},
    {"signature_name": "sample", "inputs": {"seed": 2}},
    {"signature_name": "sample", "inputs": [2, 0]},
    {"signature_name": "sample", "inputs": 2},
    {"signature_name": "sample", "instances": [{"num_samples": 2, "seed": 0}]},
    {"signature_name": "sample", "instances": [2, 0]},
]
GOOD = {"signature_name": "decode", "inputs": [[0, 0]]}
PATHS = [
    *(
        "/",
        "/v1",
        "/v1/models",
        "/v1/models/",
        "/v1/models/va",
        "/v1/models/vae/",
        "/v2/models/vae",
    ),
    *(
        "/v1/models/vae:predict/",
        "/v1/models/vae:Predict",
        "/v1/models/vae:",
        "/v1/models/:predict",
    ),
    *("/v1/models/vae:classify", "/v1/models/vae:regress", "/v1/models/vae/versions/4:predict"),
    *("/v1/models/vae/versions/:predict", "/v1/models/vae/versions/x:predict", "/../etc/passwd"),
    *("/v1/models/vae/versions/-3:predict", "/v1/models/vae/labels/best:predict", "/favicon.ico"),
    *("/v1/models/vae/metadata/x", "/v1/models/vae:metadata", "/v1/models/gan", "/" + "x" * 5000),
]


def test_bad_requests_are_told_what_is_wrong(vae):
    app = vae[-1]
    kinds = [(400, body, "POST", PREDICT, ()) for body in BODIES]
    kinds += [(404, GOOD, method, path, ()) for path in PATHS for method in ("POST", "GET")]
    kinds += [(405, b"", method, PREDICT, ()) for method in ("GET", "PUT", "DELETE", "PATCH")]
    kinds += [
        (405, b"", method, f"/v1/models/vae{what}", ())
        for method in ("POST", "PUT", "DELETE", "OPTIONS")
        for what in ("", "/metadata", "/versions/3")
    ]
    kinds += [(413, b" " * (MOST + 1), "POST", PREDICT, ())]
    kinds += [
        (415, GOOD, "POST", PREDICT, [(b"content-encoding", kind)]) for kind in (b"gzip", b"br")
    ]
    assert len(kinds) > 200
    for status, *kind in kinds:
        received, answer = ask(app, *kind)
        assert (received, [*answer]) == (status, ["error"]), kind
        assert " Expected" in answer["error"], answer
        assert "Received" in answer["error"]
        assert len(answer["error"]) < 600
        assert ask(app, GOOD)[0] == 200  # the next one is served


def test_requests_that_wait_are_computed_together(vae, monkeypatch):
    model, served, _ = vae
    latents = np.random.default_rng(0).normal(size=(40, 2)).astype("float32")
    sizes, gate = [], threading.Event()

    def run(signature, arrays):
        gate.wait(10)
        sizes.append(len(arrays["latents"]) if "latents" in arrays else signature)
        return server.Served.run(served, signature, arrays)

    monkeypatch.setattr(served, "run", run)
    app = server.app(served, MOST)
    bodies = [
        {"signature_name": "decode", "inputs": latents[i : i + 2].tolist()} for i in range(40)
    ]
    bodies[39]["inputs"] = latents[39:].tolist()
    bodies += [{"signature_name": "sample", "inputs": {"num_samples": 1, "seed": 0}}] * 2

    async def all_at_once():
        calls = [called(app, "POST", PREDICT, json.dumps(body).encode()) for body in bodies]
        asyncio.get_running_loop().call_later(0.05, gate.set)
        return await asyncio.gather(*calls)

    answers = asyncio.run(all_at_once())
    assert sizes == [64, 15, "sample", "sample"]
    for start, (status, answer) in enumerate(answers[:40]):
        assert status == 200
        images = model.decode(latents[start : start + 2])
        assert_same([np.array(answer["outputs"], "float32")], [images], 1e-5)


def test_one_bad_request_spoils_no_other(vae):
    _, served, _ = vae
    app = server.app(served, MOST)
    images = np.array(IMAGES)
    bodies = [
        {"signature_name": "encode", "inputs": each.tolist()} for each in (images, 2 * images)
    ]

    async def all_at_once():
        calls = [called(app, "POST", PREDICT, json.dumps(body).encode()) for body in bodies * 3]
        return await asyncio.gather(*calls)

    statuses = [status for status, _ in asyncio.run(all_at_once())]
    assert statuses == [200, 400] * 3


def test_a_model_that_fails_says_so_and_goes_on(vae, monkeypatch, caplog):
    _, served, _ = vae
    app = server.app(served, MOST)
    with monkeypatch.context() as patch:
        patch.setattr(server.Batches, "_answers", lambda self, requests: [RuntimeError("disk")])
        status, answer = ask(app, GOOD)
    assert (status, answer["error"]) == (500, "The model failed; the server's log says how.")
    assert "RuntimeError: disk" in caplog.text
    assert ask(app, GOOD)[0] == 200
