"""Verbs: what a model does, written once on batches of tensors, used on arrays and in serving."""

import functools
import inspect
import reprlib

import keras
import numpy as np
import tensorflow as tf


def verb(output=None):
    """Turn a method on batches of tensors into one on arrays of any length, and an endpoint.

    The method's parameters are words of the model's `fields`. Callers pass arrays, which are
    checked, and get arrays, computed in batches by one compiled function. A parameter may default
    to `None`, and is left out then; one with another default is no input of the endpoint. The
    plain method stays at `method.on_tensors`.

    Args:
        output: Name of the result in the exported endpoint; `None` keeps the verb out of it.
    """

    def decorate(method):
        signature = inspect.signature(method)

        @functools.wraps(method)
        def on_arrays(self, *arrays, **named):
            given = dict(signature.bind(self, *arrays, **named).arguments)
            del given["self"]
            given = checked(self, {name: x for name, x in given.items() if x is not None})
            chosen = {word: given.pop(word) for word in [*given] if word in choices(self)}
            fields = self.fields
            specs = {word: fields[word].spec(word) for word in given}
            if "seed" in given:  # of 64 bits, as where samples are drawn
                given["seed"] = np.int64(given["seed"])
                specs["seed"] = tf.TensorSpec((), tf.int64, "seed")
            function = compiled(self, method, specs, **chosen)
            return _in_batches(function, list(given.values()), self.at_once)

        on_arrays.on_tensors = method
        on_arrays.output = output
        if output is not None:
            on_arrays.endpoint = method.__name__
        return on_arrays

    return decorate


def endpoint(name):
    """Mark a method on tensors, which returns them by name, as the exported endpoint `name`.

    Its parameters are words of the model's `fields`.
    """

    def decorate(method):
        method.endpoint = name
        return method

    return decorate


def of_noise(name):
    """Mark a method on tensors as what endpoint `name` is where no random numbers can be drawn.

    It takes them as `noise`, the model's field of this name, beside words of the model's `fields`.
    """

    def decorate(method):
        method.of_noise = name
        return method

    return decorate


def endpoints(model):
    """What the model exports: name to `(function, specs of its inputs)`."""
    found = {}
    for name, (function, fields) in _marked(model, "endpoint", model.fields).items():
        found[name] = function, [field.spec(word) for word, field in fields.items()]
    return found


def portable_endpoints(model):
    """What other runtimes can hold: what takes no seed, and what draws, of noise that it is given.

    Returns:
        Name to `(function, its inputs' fields by word)`.
    """
    found = _marked(model, "endpoint", model.fields)
    found = {name: endpoint for name, endpoint in found.items() if "seed" not in endpoint[1]}
    fields = {**model.fields, "noise": getattr(model, "noise", None)}
    return {**found, **_marked(model, "of_noise", fields)}


def _marked(model, mark, fields):
    """The methods of a mark: its value to `(function, its inputs' fields by word)`."""
    found = {}
    for _, method in inspect.getmembers(type(model), lambda each: hasattr(each, mark)):
        words = _words(getattr(method, "on_tensors", method))
        words = [word for word in words if word in fields]
        named = _named(model, method, words)
        found[getattr(method, mark)] = named, {word: fields[word] for word in words}
    return found


def served(model):
    """What `export` writes: the model's endpoints, which refuse what its fields do not allow."""
    return {
        name: (functools.partial(_asserted, model, function, specs), specs)
        for name, (function, specs) in model.endpoints().items()
    }


def _asserted(model, function, specs, *tensors):
    fields = model.fields
    given = [*zip(specs, tensors, strict=True)]
    checks = [fields[spec.name].asserted(spec.name, tensor) for spec, tensor in given]
    checks += _same_lengths({spec.name: tensor for spec, tensor in given if spec.shape.rank})
    with tf.control_dependencies(checks):
        return function(*map(tf.identity, tensors))


def _same_lengths(tensors):
    """Operations that fail where arrays of examples, by word, differ in length."""
    lengths = {word: tf.shape(tensor)[0] for word, tensor in tensors.items()}
    if len(lengths) < 2:
        return []
    misfit = "The arrays differ in length. Expected one entry of each for an example. Received:"
    received = [part for pair in lengths.items() for part in pair]
    alike = tf.reduce_min([*lengths.values()]) == tf.reduce_max([*lengths.values()])
    return [tf.debugging.Assert(alike, [misfit, *received])]


def _named(model, method, words):
    """The endpoint's function of tensors of words, which names what it gives."""
    if not hasattr(method, "on_tensors"):
        return functools.partial(method, model)
    method, output = method.on_tensors, method.output
    return lambda *tensors: {output: _on_tensors(model, method, words, {}, *tensors)}


def _words(method):
    """What the endpoint of a method takes: what has no default, or may be left out."""
    parameters = list(inspect.signature(method).parameters.values())[1:]
    return [p.name for p in parameters if p.default in (p.empty, None)]


def compiled(model, method, specs, **chosen):
    """A method on tensors of some of its words, in their order, compiled once for what is chosen.

    Args:
        model: The model.
        method: A method of its class.
        specs: A `tf.TensorSpec` of each word that is given.
        **chosen: Arguments that are no tensors.
    """
    variables = hash(tuple(map(id, model.variables)))
    if model.networks_of_verbs != variables:  # one was replaced, quantized or given LoRA
        model.compiled_verbs.clear()
        model.networks_of_verbs = variables
    key = " ".join([method.__name__, *specs, *chosen.values()])
    if key not in model.compiled_verbs:
        # A partial, for TensorFlow takes functions of one code for one that is traced too often.
        on_tensors = functools.partial(_on_tensors, model, method, [*specs], chosen)
        # Without autograph it is traced faster.
        model.compiled_verbs[key] = tf.function(
            on_tensors, input_signature=[*specs.values()], autograph=False
        )
    return model.compiled_verbs[key]


def choices(model):
    """The words of a model that are no tensors."""
    return {word for word, field in model.fields.items() if not hasattr(field, "spec")}


def _on_tensors(model, method, words, chosen, *tensors):
    return method(model, **dict(zip(words, tensors, strict=True)), **chosen)


def checked(model, given):
    """What a verb is given, by word, as its fields want it."""
    fields = model.fields
    for word in given.keys() - fields.keys():
        raise ValueError(
            f"The model has no {word}. Expected some of {', '.join(fields)}. "
            f"Received: {type(model).__name__}, {word}={reprlib.repr(given[word])}"
        )
    given = {word: fields[word].checked(word, values) for word, values in given.items()}
    lengths = {word: len(x) for word, x in given.items() if isinstance(x, np.ndarray)}
    if len(set(lengths.values())) > 1:
        raise ValueError(
            "The arrays differ in length. Expected one entry of each for an example. "
            f"Received: {lengths}"
        )
    model.check_together(given)
    return given


def _one_of_zeros(array):
    return np.zeros((1, *array.shape[1:]), array.dtype)


def _in_batches(function, given, size):
    count = next((len(x) for x in given if isinstance(x, np.ndarray)), 1)
    if not count:  # which convolutions of unknown size do not take
        given = [_one_of_zeros(x) if isinstance(x, np.ndarray) else x for x in given]

    def part(x, start):
        return x[start : start + size] if isinstance(x, np.ndarray) else x

    starts = range(0, max(count, 1), size)
    batches = [function(*(tf.constant(part(x, start)) for x in given)) for start in starts]
    return keras.tree.map_structure(lambda *parts: np.concatenate(parts)[:count], *batches)
