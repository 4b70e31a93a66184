"""One optimizer for each player: made by `compile`, built, scaled, kept and resumed."""

import keras

from keras_genzoo.base import distribution


class Compiles:
    """Gives a model's players their optimizers."""

    def compile(
        self,
        optimizer=None,
        *,
        run_eagerly=False,
        steps_per_execution=1,
        jit_compile="auto",
        auto_scale_loss=True,
        **optimizers,
    ):
        """Give each player its optimizer; the losses are the model's own.

        Keras' callbacks move the rate of `optimizer` alone; `kg.callbacks.RateOfAllPlayers` lets
        the others follow.

        Args:
            optimizer: A Keras optimizer or its name; `None` means Adam as the model likes it.
            run_eagerly: As in Keras.
            steps_per_execution: As in Keras.
            jit_compile: As in Keras; XLA does not pay on a CPU, where "auto" leaves it off.
            auto_scale_loss: Whether float16 training scales every player's loss.
            **optimizers: Those of the other players; `None` takes a copy of `optimizer`.

        Raises:
            ValueError: If an argument names no player's optimizer, one was made outside the scope
                of the model's strategy, or XLA is asked for under several replicas.
        """
        others = sorted({player.optimizer for player in self.players} - {"optimizer"})
        for word in ("loss", "loss_weights", "metrics", "weighted_metrics"):
            if optimizers.get(word, 0) is None:  # as a caller of any Keras model may say
                del optimizers[word]
        if unknown := sorted(optimizers.keys() - set(others)):
            raise ValueError(
                f"{type(self).__name__} brings its own losses and metrics. Expected, beside "
                f"Keras' options, only optimizers: {['optimizer', *others]}. "
                f"Received: {', '.join(unknown)}"
            )
        if jit_compile is True and self.distribute_strategy.num_replicas_in_sync > 1:
            raise ValueError(
                "XLA does not compile a step of several replicas. Expected jit_compile='auto' or "
                f"False. Received: jit_compile={jit_compile}"
            )
        options = {
            "run_eagerly": run_eagerly,
            "steps_per_execution": steps_per_execution,
            "jit_compile": jit_compile,
            "auto_scale_loss": auto_scale_loss,
        }
        with self.distribute_strategy.scope():
            optimizer = keras.optimizers.get(optimizer or keras.optimizers.Adam(**self.adam))
            config = {"optimizer": keras.optimizers.serialize(optimizer)}
            super().compile(optimizer=optimizer, **options)
            scaled = isinstance(self.optimizer, keras.optimizers.LossScaleOptimizer)
            for name in others:
                # Without one of its own a player gets a copy: no two share momenta.
                copy = keras.optimizers.serialize(optimizer)  # anew: Keras alters it
                own = optimizers.get(name)
                other = keras.optimizers.get(copy if own is None or own is optimizer else own)
                config[name] = keras.optimizers.serialize(other)
                if scaled and not isinstance(other, keras.optimizers.LossScaleOptimizer):
                    other = keras.optimizers.LossScaleOptimizer(other)
                setattr(self, name, other)
        # `iterations` is computed where an optimizer accumulates gradients.
        counts = {name: getattr(self, name)._iterations for name in ["optimizer", *others]}
        weights = {weight.path: weight for weight in self.weights}
        distribution.check_scope(self.distribute_strategy, {**weights, **counts})
        self._check_players()
        for player in self.players:
            # Built now: a file restores the state of built optimizers only.
            getattr(self, player.optimizer).build(player.trainable_weights)
        self._compile_arguments = {**config, **options}

    def _check_players(self):
        """Refuse weights that no player would move, though they show as trainable."""
        moved = {id(weight) for player in self.players for weight in player.trainable_weights}
        if still := [each.path for each in self.trainable_weights if id(each) not in moved]:
            raise ValueError(
                "Some weights would never be trained. Expected every layer that learns among the "
                f"networks of a player, or `trainable=False`. Received: {', '.join(still[:5])}"
            )

    def get_compile_config(self):
        return self._compile_arguments if self.compiled else {}

    def compile_from_config(self, config):
        self.compile(**keras.saving.deserialize_keras_object(config))
