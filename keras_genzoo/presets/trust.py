"""What a preset may hold: the walk through a stranger's config before anything is made of it."""

import inspect
import reprlib

import keras

# Layers that carry code, or that name a file to be read.
_FORBIDDEN = {
    *("Lambda", "TFSMLayer", "TorchModuleWrapper", "JaxLayer", "FlaxLayer"),
    *("StringLookup", "IntegerLookup", "TextVectorization"),
}

# What a config may name, by the very (module, class_name) that Keras will look up.
_MODULES = ("layers", "models", "initializers", "regularizers", "constraints", "dtype_policies")
_CLASSES = {
    (f"keras.{module}", name): symbol
    for module in _MODULES
    for name, symbol in vars(getattr(keras, module)).items()
    if isinstance(symbol, type) and name not in _FORBIDDEN
}
# Keras writes some of them as `keras.Sequential`, and functional models by a private path.
_CLASSES |= {
    ("keras", name): symbol
    for (_, name), symbol in _CLASSES.items()
    if vars(keras).get(name) is symbol
}
_CLASSES["keras.src.models.functional", "Functional"] = keras.Model

# No aliases such as "swish": Keras would look for those among everybody's registered functions.
_ACTIVATIONS = {
    name
    for name, symbol in vars(keras.activations).items()
    if inspect.isfunction(symbol) and symbol.__name__ == name
} - {"get", "serialize", "deserialize"}


def check_config(config, cls, preset):
    """Raises a ValueError unless a config is of a `cls` and names only what a preset may hold."""
    pending = [config]
    while pending:
        match pending.pop():
            case {"class_name": _} as node:
                if not _is_allowed(node) or node.get("compile_config"):
                    keys = ("module", "class_name", "registered_name", "compile_config")
                    _refuse(preset, ", ".join(f"{key}={node.get(key)!r}" for key in keys))
                _check_constants(node, preset)
                pending += (node[key] for key in node if key != "registered_name")
            case dict() as node:
                pending += node.values()
            case str() as text if keras.saving.get_registered_object(text) is not None:
                _refuse(preset, f"registered_name={text!r}")  # Keras resolves bare names, too
            case [*nodes]:
                pending += nodes

    found = _class(config)
    if found is None or not issubclass(found, cls):
        raise ValueError(
            f"The preset {preset} holds another model. Expected a {cls.__name__}. "
            f"Received: class_name={config.get('class_name')!r}"
        )


def _is_allowed(node):
    """Says whether a preset may hold the object that a node of its config describes."""
    match node:
        case {"class_name": "__keras_tensor__" | "__tensor__" | "__numpy__"}:
            return True
        case {"class_name": "function", "module": str(module), "config": str(name)}:
            return (
                name in _ACTIVATIONS
                and module in ("builtins", "keras.activations")
                and node.get("registered_name") in (None, "", "function", name)
            )
    return _class(node) is not None


def _class(node):
    """Returns the class that Keras will find for a node, or None if a preset may not hold it."""
    match node:
        case {"class_name": str(name), "module": str(module), "config": dict()}:
            registered_name = node.get("registered_name") or name
            if registered_name == name:
                return _CLASSES.get((module, name))
            # Keras trusts `registered_name` over `module`, and names such as "function" over both.
            if str(registered_name).startswith("keras_genzoo>"):
                found = keras.saving.get_registered_object(registered_name)
                return found if inspect.isclass(found) and found.__name__ == name else None
    return None


def _check_constants(node, preset):
    """Refuse numbers that a layer spreads to the shape of its input, of whatever size that is."""
    found = _class(node)
    if found is None or not issubclass(found, keras.layers.Normalization):
        return
    given = {name: node["config"].get(name) for name in ("mean", "variance")}
    if any(value is not None for value in given.values()):
        raise ValueError(
            f"The preset {preset} holds what no preset may. Expected a Normalization that was "
            "adapted, whose mean and variance are weights. "
            f"Received: {', '.join(f'{name}={reprlib.repr(x)}' for name, x in given.items())}"
        )


def _refuse(preset, received):
    raise ValueError(
        f"The preset {preset} holds what no preset may. Expected only classes of keras_genzoo and "
        f"of keras.{', keras.'.join(_MODULES)} that carry no code, and functions of "
        f"keras.activations (a .keras file holds any model). Received: {received}"
    )
