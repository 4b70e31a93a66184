"""A model's config: its arguments, by its signature, and the layers that a user froze."""

import keras

from keras_genzoo.base import variants


class KeepsConfig:
    """Gives a model its config, and makes it of one."""

    def __setattr__(self, name, value):
        former = vars(self).get(name)
        super().__setattr__(name, value)
        if isinstance(former, keras.Layer) and former is not value:
            self._tracker.untrack(former)  # which Keras would go on to count as the model's
            if name in variants.arguments_of(type(self)):
                self.custom_networks |= {name}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        arguments = dict(config)
        paths = arguments.pop("frozen", ())  # no argument of the constructor
        arguments = keras.saving.deserialize_keras_object(arguments, custom_objects=custom_objects)
        model = cls(**arguments)
        for path in paths:
            layer_at(model, path).trainable = False
        return model

    def get_config(self):
        arguments = {name: self._in_config(name) for name in variants.arguments_of(type(self))}
        return {**super().get_config(), **arguments, "frozen": frozen(self)}

    def _in_config(self, name):
        """An argument's value; a network whole if it is the user's, `None` for the zoo's own."""
        value = getattr(self, name)
        if not isinstance(value, keras.Layer):
            return value
        return keras.saving.serialize_keras_object(value) if name in self.custom_networks else None


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


def layer_at(model, path):
    """The layer that a path of `frozen` leads to.

    Raises:
        ValueError: If there is none.
    """
    name, *places = path.split("/")
    layer = vars(model).get(name)
    try:
        for place in places:
            layer = layer.layers[int(place)]
    except (AttributeError, IndexError, ValueError):
        layer = None
    if not isinstance(layer, keras.Layer):
        raise ValueError(
            "The config freezes a layer that is not there. Expected a path as 'encoder' or "
            f"'encoder/2'. Received: frozen={path!r}"
        )
    return layer


def _frozen(path, layer):
    if not layer.trainable:  # nor does what is below it
        return [path]
    below = enumerate(getattr(layer, "layers", ()))
    return [found for index, child in below for found in _frozen(f"{path}/{index}", child)]
