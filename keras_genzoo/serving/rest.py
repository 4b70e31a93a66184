"""TensorFlow Serving's REST protocol: JSON to arrays and back.

Reference: https://www.tensorflow.org/tfx/serving/api_rest
"""

import re

import numpy as np

from keras_genzoo.base import arguments
from keras_genzoo.extras import extra

MOST = 1024  # examples of a request
DEFAULT = "serving_default"
_TRUTHS = re.compile(rb"[\[:,]\s*(true|false)\b")
_LONGEST = 80  # signs of a stranger's that an error repeats
_FORMS = '{"signature_name": ..., "instances": [...]} or {"signature_name": ..., "inputs": {...}}'


class Request:
    """What a body asks for, checked.

    Args:
        content: The body's bytes.
        signatures: Name to the specs of its inputs, by word.

    Attributes:
        signature: Name of the endpoint.
        arrays: Word to array.
        by_rows: Whether rows were given and are answered, in place of columns.

    Raises:
        ValueError: If the body is no request, or its values do not fit the endpoint.
    """

    def __init__(self, content, signatures):
        body = _json(content)
        self.signature = body.pop("signature_name", DEFAULT)
        if not isinstance(self.signature, str) or len(self.signature) > _LONGEST:
            raise ValueError(
                "The signature's name is none. Expected one of "
                f"{', '.join(signatures)}. Received: signature_name={_short(self.signature)}"
            )
        arguments.one_of("signature_name", self.signature, [*signatures])
        specs = signatures[self.signature]
        if len(body) != 1 or not body.keys() <= {"instances", "inputs"}:
            raise ValueError(
                f"The body asks for nothing, or for too much. Expected {_FORMS}. "
                f"Received the keys: {_short(sorted(body))}"
            )
        self.by_rows = "instances" in body
        columns = _columns(body["instances"], specs) if self.by_rows else body["inputs"]
        if not isinstance(columns, dict):
            columns = dict(zip(_only(specs), [columns], strict=True))
        if columns.keys() != specs.keys():
            raise ValueError(
                f"The inputs are not those of {self.signature}. Expected {', '.join(specs)}. "
                f"Received: {_short(sorted(columns))}"
            )
        self.arrays = {word: _array(word, columns[word], spec) for word, spec in specs.items()}
        lengths = {word: len(array) for word, array in self.arrays.items() if array.ndim}
        if len({*lengths.values()}) > 1 or not all(0 < n <= MOST for n in lengths.values()):
            raise ValueError(
                f"The inputs differ in length, or are too many. Expected one entry of each for "
                f"1 to {MOST} examples. Received: {lengths}"
            )

    @property
    def count(self):
        """How many examples there are; 0 where each call stands for itself."""
        if any(not array.ndim for array in self.arrays.values()):
            return 0
        return len(next(iter(self.arrays.values())))

    def answer(self, outputs):
        """The body of an answer, of arrays by name."""
        orjson = extra("orjson", "serve")
        outputs = {name: np.ascontiguousarray(array) for name, array in outputs.items()}
        if len(outputs) == 1:
            (given,) = outputs.values()
        elif self.by_rows:
            given = [
                dict(zip(outputs, row, strict=True)) for row in zip(*outputs.values(), strict=True)
            ]
        else:
            given = outputs
        body = {"predictions" if self.by_rows else "outputs": given}
        return orjson.dumps(body, option=orjson.OPT_SERIALIZE_NUMPY)


def _json(content):
    orjson = extra("orjson", "serve")
    try:
        body = orjson.loads(content)
    except ValueError as error:
        raise ValueError(f"The body is no JSON. Expected {_FORMS}. Received: {error}") from None
    if found := _TRUTHS.search(content):  # which numpy takes for 1 and 0 beside numbers
        raise ValueError(
            f"There are truth values. Expected numbers alone. Received: {found[1].decode()}"
        )
    if not isinstance(body, dict):
        raise ValueError(f"The body is no object. Expected {_FORMS}. Received: {_short(body)}")
    return body


def _columns(rows, specs):
    """Columns of rows: word to values."""
    if not isinstance(rows, list) or not rows:
        raise ValueError(
            "The instances are no rows. Expected a list of at least one example. "
            f"Received: instances={_short(rows)}"
        )
    if scalars := [word for word, spec in specs.items() if not spec.shape.rank]:
        raise ValueError(
            f"Rows cannot say {' or '.join(scalars)}, one number of the whole call. Expected "
            f'{{"inputs": {{...}}}}. Received: instances={_short(rows)}'
        )
    if not any(isinstance(row, dict) for row in rows):
        return rows
    for row in rows:
        if not isinstance(row, dict) or row.keys() != specs.keys():
            raise ValueError(
                f"The rows differ, or are not those of the endpoint. Expected {', '.join(specs)} "
                f"in each. Received: {_short(row)}"
            )
    return {word: [row[word] for row in rows] for word in specs}


def _only(specs):
    if len(specs) > 1:
        raise ValueError(f"The inputs have no names. Expected {', '.join(specs)}. Received: a list")
    return specs


def _array(word, values, spec):
    """Values as the spec wants them."""
    dtype = spec.dtype.as_numpy_dtype
    kinds, limits = ("iuf", np.finfo) if spec.dtype.is_floating else ("iu", np.iinfo)
    try:
        array = np.asarray(values)
    except ValueError:  # lists of unlike lengths, or in more dimensions than there are
        raise _misfit(word, spec, values) from None
    fits = array.dtype.kind in kinds and spec.shape.is_compatible_with(array.shape)
    if not fits or not array.size:
        raise _misfit(word, spec, values, f"shape {array.shape}, ")
    limits = limits(dtype)
    if not (limits.min <= array.min() and array.max() <= limits.max):  # NaN is not either
        raise _misfit(word, spec, values, f"from {array.min()} to {array.max()}, ")
    return array.astype(dtype)


def _misfit(word, spec, values, found=""):
    shape = ", ".join("n" if side is None else str(side) for side in spec.shape)
    return ValueError(
        f"The {word} do not fit. Expected shape ({shape}) of {spec.dtype.name}. "
        f"Received: {found}{_short(values)}"
    )


def _short(value):
    """A value of a stranger's, cut."""
    text = repr(value[:8] if isinstance(value, str | list) else value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
