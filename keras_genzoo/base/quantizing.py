"""Weights in int8, as Keras quantizes them: a whole model's or none, kept in its files."""

import warnings

from keras_genzoo.base import keeping


class Quantizes:
    """Gives a model `quantize` of all its networks; they are used from then on, and not trained."""

    def quantize(self, mode=None, config=None, filters=None, **kwargs):
        """Turn the kernels of dense layers and embeddings into int8, in place.

        They take a fourth of their space. Convolutions, for which Keras knows no int8, stay as they
        are. Of a GAN the moving average is quantized too. Verbs, `predict`, `evaluate`, files,
        presets and `export` go on with what is rounded; `fit` is refused.

        Args:
            mode: `"int8"`, the one there is.
            config: As in Keras, for that mode; the default alone.
            filters: As in Keras: a regular expression of layers' names, a list of them, or a
                function of a layer that says whether it is meant.
            **kwargs: As in Keras.

        Raises:
            ValueError: Before anything is changed, if the mode is another, if layers are quantized
                already, not built, have LoRA or compute in float16, or if none can be quantized.

        Example:
            >>> import keras_genzoo as kg
            >>> vae = kg.models.VAE((8, 8, 1), latent_dim=2, hidden=(16,))
            >>> vae.quantize("int8")
            >>> vae.mean_head.kernel.dtype
            'int8'
        """
        self._check_quantizable(config)
        with self.distribute_strategy.scope():
            with warnings.catch_warnings():
                # Keras warns of each layer that has nothing to quantize, as Flatten.
                warnings.filterwarnings("ignore", message=".*does not have a `quantize` method")
                super().quantize(mode, config=config, filters=filters, **kwargs)
            if not any(layer.quantization_mode for _, layer in keeping.layers_of(self)):
                raise ValueError(
                    "Nothing is quantized. Expected Dense, EinsumDense or Embedding layers among "
                    f"those that are meant. Received: {type(self).__name__}, filters={filters!r}"
                )
            if self.compiled:  # the optimizers hold what the former kernels had moved
                self.compile_from_config(self.get_compile_config())

    def _check_quantizable(self, config):
        if not keeping.is_plain_int8(config):
            raise ValueError(
                "The zoo quantizes to 8 bits as Keras does by default. Expected mode='int8'. "
                f"Received: mode={config.mode!r}, config={config.get_config()}"
            )
        unfit = {
            "quantized already": lambda layer: layer.quantization_mode is not None,
            "not built": lambda layer: not layer.built,
            "adapted by LoRA": lambda layer: getattr(layer, "lora_enabled", False),
            "computing in float16": lambda layer: layer.compute_dtype == "float16",
        }
        for what, is_so in unfit.items():
            if found := [path for path, layer in keeping.layers_of(self) if is_so(layer)]:
                raise ValueError(
                    "The model cannot be quantized whole. Expected built layers of float32 or "
                    f"bfloat16, without LoRA, once. Received: {what}: {', '.join(found[:3])}"
                )

    def make_train_function(self, force=False):
        if paths := keeping.quantized(self):
            raise ValueError(
                "Weights in int8 do not learn. Expected training before `quantize`. "
                f"Received: quantized layers {', '.join(paths[:3])}"
            )
        return super().make_train_function(force)
