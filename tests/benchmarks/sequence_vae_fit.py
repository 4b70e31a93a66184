"""Sequences per second of `SequenceVAE.fit`, and of the same model of Keras' own LSTMs.

    python tests/benchmarks/sequence_vae_fit.py [--dtype mixed_bfloat16] [--jit]

All train models of the same sizes through `fit` on the same tokens, their epochs in turn; the first
of each, which traces, is left out and timed apart. CPU time stands beside the time on the clock,
for it tells of the work where other processes share the cores. Then how long `decode` takes.
"""

import statistics
import time

import cyclopts
import keras
import numpy as np
from keras import layers, ops

import keras_genzoo as kg
from keras_genzoo.models.variational.token_decoder import EMBEDDING_DIM, TokenDecoder


class StockDecoder(TokenDecoder):
    """The decoder by Keras' LSTM, of which a token and the latent are the input of each step."""

    def build(self, latents_shape, before_shape=None):
        super().build(latents_shape)
        self.lstm = layers.LSTM(self.units, return_sequences=True)
        self.lstm.build((None, self.length, EMBEDDING_DIM + latents_shape[-1]))

    def outputs(self, latents, before, training=False):
        beside = ops.repeat(latents[:, None], self.length, axis=1)
        inputs = ops.concatenate([self.embedding(before), beside], axis=-1)
        states = ops.split(self.first_states(latents), 2, axis=-1)
        return self.lstm(inputs, initial_state=states)


def stock(sizes):
    """The same model of Keras' own LSTMs."""
    encoder = keras.Sequential(
        [
            keras.Input((sizes["length"],), dtype="int32"),
            layers.Embedding(sizes["vocabulary_size"], EMBEDDING_DIM),
            layers.Bidirectional(layers.LSTM(sizes["units"])),
        ]
    )
    model = kg.models.SequenceVAE(encoder=encoder, **sizes)
    decoder = StockDecoder(sizes["vocabulary_size"], sizes["length"], sizes["units"])
    decoder.build((None, sizes["latent_dim"]))
    model.token_decoder = decoder
    return model


def measured(run):
    clock, cpu = time.perf_counter(), time.process_time()
    run()
    return time.perf_counter() - clock, time.process_time() - cpu


def main(
    units: int = 256,
    length: int = 32,
    batch_size: int = 128,
    steps: int = 4,
    epochs: int = 3,
    dtype: str = "float32",
    jit: bool = False,
):
    """Compare them.

    Args:
        units: Of each LSTM.
        length: Tokens of a sequence.
        batch_size: Sequences in a step.
        steps: Steps of an epoch.
        epochs: Measured, of each.
        dtype: Policy of the layers.
        jit: Whether to measure both under XLA too, which takes minutes to compile them.
    """
    keras.config.set_dtype_policy(dtype)
    sizes = {"vocabulary_size": 131, "length": length, "latent_dim": 64, "units": units}
    tokens = np.random.default_rng(0).integers(1, 131, (steps * batch_size, length))
    models = {"the zoo's": kg.models.SequenceVAE(**sizes), "Keras' LSTM": stock(sizes)}
    if jit:
        models["the zoo's, jit_compile"] = kg.models.SequenceVAE(**sizes)
        models["Keras' LSTM, jit_compile"] = stock(sizes)
    for name, model in models.items():
        model.compile("adam", jit_compile="jit" in name)

    def fit(model):
        return measured(lambda: model.fit(tokens, batch_size=batch_size, verbose=0))

    first = {name: fit(model)[0] for name, model in models.items()}
    times = {name: [] for name in models}
    for _ in range(epochs):
        for name, model in models.items():
            times[name].append(fit(model))
    for name, pairs in times.items():
        clock, cpu = (len(tokens) / statistics.median(each) for each in zip(*pairs, strict=True))
        speeds = f"{clock:6.0f} sequences/s, {cpu:6.0f} per CPU second"
        print(f"{name:26} {speeds}, first epoch {first[name]:.0f} s")
    model, latents = models["the zoo's"], np.zeros((64, 64))
    model.decode(latents)
    took = [measured(lambda: model.decode(latents)) for _ in range(10)]
    clock, cpu = (1000 * min(each) for each in zip(*took, strict=True))
    print(f"decode, 64 of {length} tokens: {clock:.0f} ms, {cpu:.0f} ms of CPU, the least of 10")


if __name__ == "__main__":
    cyclopts.run(main)
