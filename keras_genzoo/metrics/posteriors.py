"""Posteriors of images and the priors that belong to them, and draws with their weights.

What the metrics of likelihood share.
"""

import inspect
import numbers

import numpy as np
import tensorflow as tf
from keras import ops

ROWS = 512  # latents decoded at a time: on a CPU no more are faster


def check_verb(model, verb):
    if not hasattr(model, verb):
        raise ValueError(
            f"The model has no `{verb}`, and a measure of likelihood or latents needs it. Expected "
            f"a VAE of any kind. Received: {type(model).__name__}"
        )


def check_array(images):
    if isinstance(images, tf.data.Dataset):
        raise ValueError(
            "Likelihoods are of images that are all at hand. Expected one array, as of "
            f"`datasets.arrays`. Received: {images}"
        )


def signature(method):
    """The parameters of a method, by name."""
    return inspect.signature(method).parameters


def given_condition(labels, conditions):
    """What a conditional model is told, by its word; nothing where it is told nothing.

    Example:
        >>> given_condition([1, 2], None)
        {'labels': [1, 2]}
    """
    given = {"labels": labels, "conditions": conditions}
    return {word: values for word, values in given.items() if values is not None}


def check_condition(model, verb, condition):
    """Raise a `ValueError` unless a verb takes all that it is told, and is told what it needs."""
    needed = getattr(model, "condition_word", None)
    lacks = needed is not None and needed not in condition
    takes = getattr(model, "takes", lambda verb, word: word in signature(getattr(model, verb)))
    others = [word for word in condition if word != needed and not takes(verb, word)]
    if lacks or others:
        raise ValueError(
            f"The condition does not fit the model. Expected {needed or 'none'}. "
            f"Received: {type(model).__name__}, {', '.join(condition) or 'none'}"
        )


def posterior_of(model, images, condition):
    """Mean and log-variance of the model's posteriors, each like the latents."""
    check_verb(model, "posterior")
    check_condition(model, "posterior", condition)
    if isinstance(images, tf.data.Dataset):
        return _posterior_of_batches(model, images, condition)
    mean, log_variance = model.posterior(images, **condition)
    if not len(mean):
        raise ValueError(
            f"There are no images. Expected at least one. Received: {np.shape(images)}"
        )
    return mean, log_variance


def _posterior_of_batches(model, batches, condition):
    """As of all images at once, which are not kept."""
    if not isinstance(batches.element_spec, tf.TensorSpec):
        raise ValueError(
            f"The dataset does not fit. Expected batches of {model.fit_x} alone. "
            f"Received: batches of {batches.element_spec}"
        )
    found, done = [], 0
    for images in batches.as_numpy_iterator():
        part = slice(done, done + len(images))
        beside = {word: values[part] for word, values in condition.items()}
        found.append(model.posterior(images, **beside))
        done = part.stop
    given = {word: len(values) for word, values in condition.items()}
    if not done or {*given.values()} - {done}:
        raise ValueError(
            "There are no images, or not as many as conditions. Expected one for each image, and "
            f"one at least. Received: {done} images, {given}"
        )
    return [np.concatenate(parts) for parts in zip(*found, strict=True)]


def prior_of(model, condition, mean):
    """Mean and log-variance of the prior of each image, like `mean`."""
    if condition:
        return model.conditional_prior(**condition)
    return 2 * [np.zeros_like(mean)]


def weighted_draws(model, images, labels, conditions, num_samples, seed):
    """Draws of z from the posteriors, a few at a time: which images, and their log weights.

    The weights are `p(x|z) p(z) / q(z|x)`, `(images, draws)`.
    """
    if not isinstance(num_samples, numbers.Integral) or num_samples < 1:
        raise ValueError(
            "There is nothing to average. Expected at least one draw per image. "
            f"Received: num_samples={num_samples}"
        )
    check_verb(model, "log_prob")
    condition = given_condition(labels, conditions)
    mean, log_variance = posterior_of(model, images, condition)
    prior = prior_of(model, condition, mean)
    images = np.asarray(images, model.fields[model.fit_x].dtype)
    condition = {word: model.fields[word].checked(word, x) for word, x in condition.items()}
    # Beside the model's verbs, which `posterior` has just let go if a network was replaced.
    name = " ".join(["log_weights", *condition])
    if name not in model.compiled_verbs:
        model.compiled_verbs[name] = _log_weights(model, condition)
    log_weights = model.compiled_verbs[name]
    rng = np.random.default_rng(seed)
    at_once = max(1, ROWS // num_samples)
    for first in range(0, len(images), at_once):
        block = slice(first, first + at_once)
        beside = [values[block] for values in (*prior, *condition.values())]
        for drawn in range(0, num_samples, ROWS):
            draws = min(ROWS, num_samples - drawn)
            noise = rng.standard_normal((len(mean[block]), draws, *mean.shape[1:]), "float32")
            yield (
                block,
                log_weights(images[block], mean[block], log_variance[block], noise, *beside),
            )


def _log_weights(model, condition):
    """Compiled: from images and noise to the logs of importance weights, `(batch, draws)`."""
    shape = model.fields["latents"].shape
    axes = tuple(range(2, 2 + len(shape)))  # of a latent's own numbers
    latents = tf.TensorSpec((None, *shape))
    noise = tf.TensorSpec((None, None, *shape))  # any number of images and of draws
    images = model.fields[model.fit_x].spec("images")
    beside = [model.fields[word].spec(word) for word in condition]

    @tf.function(input_signature=[images, latents, latents, noise, latents, latents, *beside])
    def log_weights(images, mean, log_variance, noise, prior_mean, prior_log_variance, *beside):
        mean, log_variance = mean[:, None], log_variance[:, None]
        z = mean + ops.exp(0.5 * log_variance) * noise
        draws = ops.shape(z)[1]

        def of_each_draw(values):
            return ops.repeat(values, draws, axis=0)

        log_prob = model.log_prob.on_tensors(
            model,
            of_each_draw(images),
            ops.reshape(z, (-1, *shape)),
            **dict(zip(condition, map(of_each_draw, beside), strict=True)),
        )
        # log p(z) - log q(z|x), whose constants cancel
        prior_mean, prior_log_variance = prior_mean[:, None], prior_log_variance[:, None]
        from_prior = ops.square(z - prior_mean) * ops.exp(-prior_log_variance) + prior_log_variance
        log_ratio = 0.5 * ops.sum(ops.square(noise) + log_variance - from_prior, axis=axes)
        return ops.cast(ops.reshape(log_prob, ops.shape(log_ratio)) + log_ratio, "float64")

    return log_weights
