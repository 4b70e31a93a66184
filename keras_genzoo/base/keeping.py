"""A model's config: its arguments, by its signature, and layers that a user froze or quantized."""

import keras

from keras_genzoo.base import variants


class KeepsConfig:
    """Gives a model its config, and makes it of one."""

    def __setattr__(self, name, value):
        former = vars(self).get(name)
        super().__setattr__(name, value)
        if isinstance(former, keras.Layer) and former is not value:
            move_behind(self, former, value)  # where it stands in a model of the config
            self._tracker.untrack(former)  # which Keras would go on to count as the model's
            if name in variants.arguments_of(type(self)):
                self.custom_networks |= {name}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        arguments = dict(config)
        # No arguments of the constructor.
        paths = {word: arguments.pop(word, ()) for word in ("frozen", "quantized")}
        arguments = keras.saving.deserialize_keras_object(arguments, custom_objects=custom_objects)
        model = cls(**arguments)
        for path in paths["frozen"]:
            layer_at(model, path).trainable = False
        for path in paths["quantized"]:
            layer = layer_at(model, path, "quantized")
            # Without values there is nothing to round, and kernels have the same shape in int8.
            if model.holds_values and layer.quantization_mode is None:
                layer.quantize("int8")
        return model

    def get_config(self):
        arguments = {name: self._in_config(name) for name in variants.arguments_of(type(self))}
        config = {**super().get_config(), **arguments, "frozen": frozen(self)}
        # Of a user's network too, for the config of an attention, say, does not tell of its parts.
        if paths := quantized(self) + quantized(self, self.custom_networks):
            config["quantized"] = paths
        return config

    @property
    def holds_values(self):
        """Whether weights have values: none has in `keras.StatelessScope`, for sizes alone."""
        return hasattr(self.steps_trained.value, "assign")

    def _in_config(self, name):
        """An argument's value; a network whole if it is the user's, `None` for the zoo's own."""
        value = getattr(self, name)
        if not isinstance(value, keras.Layer):
            return value
        if name not in self.custom_networks:
            return None
        config = keras.saving.serialize_keras_object(value)
        config.pop("compile_config", None)  # the model's own optimizers alone are kept
        return config


def move_behind(model, network, new):
    """Let a network that was just set stand behind another: weights are copied by their places."""
    layers = model._layers
    places = [place for place, layer in enumerate(layers) if layer is network]
    if places and new is layers[-1]:
        layers.insert(places[0] + 1, layers.pop())


def frozen(model):
    """Paths of the layers that do not train: the model's attribute, then places in networks below.

    Example:
        >>> import keras_genzoo as kg
        >>> vae = kg.models.VAE((8, 8, 1), latent_dim=2, hidden=(4,))
        >>> vae.encoder.layers[2].trainable = False
        >>> frozen(vae)
        ['encoder/2']
    """
    networks = {name: x for name, x in sorted(vars(model).items()) if isinstance(x, keras.Layer)}
    return [path for name, network in networks.items() for path in _frozen(name, network)]


def quantized(model, networks=None):
    """Paths, as of `frozen`, of the layers in int8, in some networks, or in all but the user's own.

    Raises:
        ValueError: If one is quantized otherwise than `model.quantize` does, which no file keeps.
    """
    layers = {path: layer for path, layer in layers_of(model) if layer.quantization_mode}
    layers = {
        path: layer
        for path, layer in layers.items()
        if (path.partition("/")[0] in model.custom_networks) == (networks is not None)
    }
    for path, layer in layers.items():
        if not is_plain_int8(layer.quantization_config):
            raise ValueError(
                "A layer is quantized as no file keeps it. Expected `quantize('int8')`. "
                f"Received: {path} in {layer.dtype_policy.name}"
            )
    return [*layers]


def is_plain_int8(config):
    """Whether Keras' configuration of a quantization is the default of int8."""
    plain = keras.quantizers.AbsMaxQuantizer()
    return (
        isinstance(config, keras.quantizers.Int8QuantizationConfig)
        and config.weight_quantizer is None
        and type(config.activation_quantizer) is type(plain)
        and config.activation_quantizer.get_config() == plain.get_config()
    )


def layers_of(model):
    """Path and layer of all layers of a model."""
    for name, layer in sorted(vars(model).items()):
        if isinstance(layer, keras.Layer):
            yield from _with_those_below(name, layer)


def layer_at(model, path, word="frozen"):
    """The layer that a path leads to, of what the config says by a word.

    Raises:
        ValueError: If there is none.
    """
    name, *places = path.split("/")
    layer = vars(model).get(name)
    try:
        for place in places:
            layer = _below(layer)[int(place)]
    except (AttributeError, IndexError, ValueError):
        layer = None
    if not isinstance(layer, keras.Layer):
        raise ValueError(
            "The config tells of a layer that is not there. Expected a path as 'encoder' or "
            f"'encoder/2'. Received: {word}={path!r}"
        )
    return layer


def _with_those_below(path, layer):
    yield path, layer
    for index, child in enumerate(_below(layer)):
        yield from _with_those_below(f"{path}/{index}", child)


def _below(layer):
    """The layers of a network, or of a layer that is made of others, as an attention is."""
    if isinstance(layer, keras.Model):
        return layer.layers
    return list(layer._flatten_layers(include_self=False, recursive=False))


def _frozen(path, layer):
    if not layer.trainable:  # nor does what is below it
        return [path]
    children = enumerate(_below(layer))
    return [found for index, child in children for found in _frozen(f"{path}/{index}", child)]
