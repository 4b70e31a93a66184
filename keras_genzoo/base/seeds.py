"""The states of seed generators, which Keras neither saves nor tells apart on replicas."""

import contextlib

import numpy as np

from keras_genzoo.base import distribution


class KeepsSeeds:
    """Keeps the seeds of a model in its files, a user's dropout layers' too; spreads them in a run.

    A file holds the first replica's states; the others follow from them, each with noise of its
    own.
    """

    _seeds_spread = False

    def save_own_variables(self, store):
        super().save_own_variables(store)
        for index, state in enumerate(self._seed_states):
            store[f"seed_{index}"] = state

    def load_own_variables(self, store):
        self._seeds_spread = False
        for index, state in enumerate(self._seed_states):
            state.assign(store[f"seed_{index}"])
        seeds = {f"seed_{index}" for index in range(len(self._seed_states))}
        super().load_own_variables({key: store[key] for key in store.keys() - seeds})

    def make_train_function(self, force=False):
        self._spread_seeds()
        return super().make_train_function(force)

    def make_test_function(self, force=False):
        self._spread_seeds()
        return super().make_test_function(force)

    @contextlib.contextmanager
    def noise_of(self, seed):
        """Let all that the model draws come of a seed; afterwards it goes on as if it had not.

        Args:
            seed: Integer, at least 0.
        """
        copies = [
            copy
            for state in self._seed_states
            for copy in self.distribute_strategy.experimental_local_results(state.value)
        ]
        kept, spread = [np.array(copy) for copy in copies], self._seeds_spread
        for index, state in enumerate(self._seed_states):
            state.assign(np.random.SeedSequence((seed, index)).generate_state(2))
        self._seeds_spread = False
        try:
            yield
        finally:
            for copy, state in zip(copies, kept, strict=True):
                copy.assign(state)
            self._seeds_spread = spread

    def _spread_seeds(self):
        distribution.spread(self._seed_states, self.distribute_strategy, self._seeds_spread)
        self._seeds_spread = True

    @property
    def _seed_states(self):
        """States of all seed generators below the model."""
        weights = {id(weight) for weight in self.weights}
        return [variable for variable in self.variables if id(variable) not in weights]
