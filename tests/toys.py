"""Toy models that a preset may hold."""

import hashlib
import json

import keras


@keras.saving.register_keras_serializable("keras_genzoo")
class Scale(keras.Model):
    """A model whose argument begins a variable, as BetaVAE's beta does."""

    def __init__(self, beta=4.0, network=None, **kwargs):
        super().__init__(**kwargs)
        self.beta = beta
        self.network = network or keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)])
        self.scale = self.add_weight(initializer=keras.initializers.Constant(beta), name="scale")
        self.built = True

    def call(self, inputs):
        return self.scale * self.network(inputs)

    def on_preset_loaded(self, overrides):
        if "beta" in overrides:
            self.scale.assign(overrides["beta"])

    def get_config(self):
        network = keras.saving.serialize_keras_object(self.network)
        return super().get_config() | {"beta": self.beta, "network": network}

    @classmethod
    def from_config(cls, config):
        network = keras.saving.deserialize_keras_object(config.pop("network"))
        return cls(network=network, **config)


def small():
    return keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, name="dense")], name="small")


def new_classifier(image_shape, hidden="features"):
    images = keras.Input(image_shape)
    x = keras.layers.Dense(6, activation="tanh", name=hidden)(keras.layers.Flatten()(images))
    return keras.Model(images, keras.layers.Dense(4, activation="softmax")(x))


def rewrite(path, change):
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))
    if path.name != "card.json":
        sign(path.parent)


def sign(folder):
    """Names in a preset's card what lies beside it, as a stranger would."""

    def name(card):
        for file, entry in {"config.json": "config_sha256", "model.weights.h5": "sha256"}.items():
            card[entry] = hashlib.sha256((folder / file).read_bytes()).hexdigest()

    rewrite(folder / "card.json", name)
