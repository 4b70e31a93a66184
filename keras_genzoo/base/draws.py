"""Drawing many examples a batch at a time, each batch with noise of its own."""

import keras
import numpy as np
import tensorflow as tf

from keras_genzoo.base.latents import bounded, checked_count, in_batches, seed_pair
from keras_genzoo.base.verbs import choices, compiled


class DrawsBatches:
    """Gives a model whose `draw` makes a batch of examples a way to draw any number.

    `draw(count, key, ...)` works on tensors: how many, and the pair of numbers that its noise comes
    from. It may take `labels`, where the model's `num_classes` is not `None`.
    """

    drawn_word = "images"  # what they are
    num_classes = None

    def count_of(self, num_samples, labels=None):
        """How many images a user asks for, by a number or by their labels."""
        if labels is None and num_samples is not None:
            return checked_count(self, num_samples)
        if np.ndim(labels) != 1 or num_samples not in (None, len(labels)):
            raise ValueError(
                "How many images is not clear. Expected num_samples, or labels, (n,), or as many "
                f"labels. Received: num_samples={num_samples}, labels of shape {np.shape(labels)}"
            )
        return len(labels)

    def drawn(self, method, count, seed, given, verbose=0):
        """What a method draws in batches, each compiled alike.

        Args:
            method: One on tensors, of a batch's `count`, its `key` of noise, and what is given.
            count: Of all examples.
            seed: A user's.
            given: Arrays, of which each batch has its part, and scalars, by word.
            verbose: 1 for a bar.
        """
        words = self.fields
        if not count:  # which convolutions of unknown size do not take
            return np.zeros((0, *words[self.drawn_word].shape), words[self.drawn_word].dtype)
        chosen = {word: given.pop(word) for word in choices(self) & given.keys()}
        specs = {"count": tf.TensorSpec((), "int32"), "key": tf.TensorSpec((2,), "int32")}
        specs |= {word: words[word].spec(word) for word in given}
        function = compiled(self, method, specs, **chosen)
        key = seed_pair(self, seed)
        bar = keras.utils.Progbar(count, unit_name=self.drawn_word[:-1], verbose=verbose)
        batches = []
        for batch, start in enumerate(range(0, count, self.at_once)):
            stop = min(start + self.at_once, count)
            part = [_part(values, start, stop) for values in given.values()]
            batches.append(function(stop - start, _of_batch(key, batch), *part).numpy())
            bar.update(stop, finalize=stop == count)
        return np.concatenate(batches)

    def served(self, method, count, seed, **given):
        """The same on tensors, for an endpoint: what `drawn` gives of the same seed."""
        key = seed_pair(self, seed)
        given = {word: values for word, values in given.items() if values is not None}

        def batch(i, start, stop):
            part = {word: _part(values, start, stop) for word, values in given.items()}
            return method(self, stop - start, _of_batch(key, i), **part)

        return {self.drawn_word: in_batches(self, count, self.drawn_word, batch)}

    def endpoints(self):
        words = ["num_samples" if self.num_classes is None else "labels", "seed"]
        specs = [self.fields[word].spec(word) for word in words]
        return {**super().endpoints(), "sample": (self.served_sample, specs)}

    def served_sample(self, given, seed):
        """The endpoint `sample`, of a number or of labels, on tensors."""
        labels = None if self.num_classes is None else given
        count = bounded(given if labels is None else tf.shape(labels)[0])
        return self.served(type(self).draw, count, seed, labels=labels)


def _part(values, start, stop):
    """A batch's part of what each example has its own of; else all."""
    return values[start:stop] if len(getattr(values, "shape", ())) else values


def _of_batch(key, batch):
    """A batch's own noise."""
    return tf.random.experimental.stateless_fold_in(key, batch, alg="philox")
