"""How regular a latent space is: whether it is complete, and whether it is continuous.

Complete: whatever is drawn decodes to an image that means something. Continuous: near latents
decode to near images. What means something is for a classifier to say, any Keras model from images
to class probabilities.
"""

from typing import NamedTuple

import numpy as np
from scipy.stats import norm

ROWS = 2048  # latents decoded, and their images held, at a time
BATCH_SIZE = 256  # of the classifier
SHORTEST = 1e-3  # of a way, in units: on a shorter one rounding would pass for change


class Continuity(NamedTuple):
    """What `continuity` returns.

    Attributes:
        mean: Image change per unit of the way, over all ways.
        worst: That of the step that changes most.
        unit: What ways are measured in: the root mean square distance of codes from their mean.
    """

    mean: float
    worst: float
    unit: float


def completeness(model, classifier, images=None, num_samples=10_000, confidence=0.9, seed=0):
    """Share of drawn latents whose decoded image a classifier recognises.

    A model with a prior, that is with `sample`, is drawn from its prior. A plain autoencoder has
    none and is drawn from the Gaussian that has the mean and covariance of its codes, the next best
    thing. Only the likeliest class counts: a model that draws nothing but ones can score 1.

    Args:
        model: Any model with `decode`, but for conditional ones.
        classifier: A Keras model, from images to class probabilities, `(batch, classes)`.
        images: `(n, *image_shape)` in [0, 1], whose codes they are; of a model with a prior unused.
        num_samples: Latents drawn.
        confidence: What the probability of the likeliest class has to exceed.
        seed: Integer seed of the draws.

    Returns:
        A float in [0, 1].

    Raises:
        ValueError: If a model without a prior comes without images, two or more, a model is
            conditional, the classifier's outputs are no probabilities, nothing is to be drawn, or
            the confidence is not in [0, 1).

    Example:
        >>> import keras, keras_genzoo as kg
        >>> vae = kg.models.VAE((8, 8, 1), latent_dim=2, hidden=(16,))
        >>> unsure = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Flatten()])
        >>> unsure.add(keras.layers.Dense(10, "softmax", kernel_initializer="zeros"))
        >>> completeness(vae, unsure, num_samples=100)
        0.0

    Reference: a Gaussian fitted to an autoencoder's codes: Ghosh et al. (2020),
    https://arxiv.org/abs/1903.12436.
    """
    _check_confidence(confidence)
    if num_samples < 1:
        raise ValueError(
            "There is nothing to recognise. Expected at least one latent. "
            f"Received: num_samples={num_samples}"
        )
    mean, root = _gaussian(model, images)
    rng = np.random.default_rng(seed)
    recognised = 0
    for drawn in range(0, num_samples, ROWS):
        noise = rng.standard_normal((min(ROWS, num_samples - drawn), model.latent_dim))
        recognised += np.sum(_recognised(model, classifier, mean + noise @ root, confidence))
    return float(recognised / num_samples)


def continuity(model, images, steps=50, pairs=500, seed=0):
    """How much the decoded image changes on straight ways between codes, on average and at worst.

    The change is the Euclidean distance of two successive images, in pixels that run from 0 to 1,
    divided by that of their latents. Latents are measured in a unit of each model's own, the root
    mean square distance of its codes from their mean, or spreading the codes would pass for
    continuity; with it, the same way through image space costs the same at any scale and in any
    number of dimensions. Divide by `unit` for the change per unit of the latents as they are.

    The worst step is found among those looked at, on as many ways as `pairs`: compare models at the
    same settings. Blurred images change less than sharp ones, and a model that decodes everything
    alike scores 0: read it beside the reconstruction.

    Args:
        model: A model with `encode` and `decode`.
        images: `(n, *image_shape)` in [0, 1], some thousand.
        steps: Images on each way, both ends included.
        pairs: Ways, each between the codes of two random images.
        seed: Integer seed of the pairs.

    Returns:
        A `Continuity`.

    Raises:
        ValueError: If the model encodes no images or is conditional, there are no two images, their
            codes hardly differ, `steps` is less than 2, or `pairs` less than 1.

    Example:
        >>> import keras_genzoo as kg
        >>> autoencoder = kg.models.Autoencoder((8, 8, 1), latent_dim=2, hidden=(16,))
        >>> images = np.random.default_rng(0).uniform(size=(10, 8, 8, 1))
        >>> found = continuity(autoencoder, images, steps=5, pairs=20)
        >>> 0 < found.mean < found.worst
        True
    """
    if steps < 2 or pairs < 1:
        raise ValueError(
            "There is no way to go. Expected at least 1 pair and 2 steps. "
            f"Received: pairs={pairs}, steps={steps}"
        )
    _check_unconditional(model)
    codes = _codes(model, images)
    unit = np.sqrt(codes.var(axis=0).sum())
    rng = np.random.default_rng(seed)
    first = rng.integers(len(codes), size=pairs)
    other = (first + rng.integers(1, len(codes), size=pairs)) % len(codes)
    start, way = codes[first], codes[other] - codes[first]
    lengths = np.linalg.norm(way, axis=1)
    far = lengths > SHORTEST * unit
    if not far.any():
        raise ValueError(
            "The codes hardly differ, so that no way leads from one to another. Expected codes of "
            f"different images. Received: {len(codes)} codes, {unit:g} from their mean"
        )
    start, way, lengths = start[far], way[far], lengths[far] / unit
    shares = np.linspace(0, 1, steps)[:, None]
    at_once = max(1, ROWS // steps)
    total = worst = 0.0
    for begun in range(0, len(way), at_once):
        block = slice(begun, begun + at_once)
        latents = start[block, None] + shares * way[block, None]
        decoded = model.decode(latents.reshape(-1, model.latent_dim))
        steps_apart = np.diff(decoded.reshape(*latents.shape[:2], -1), axis=1)
        changes = np.linalg.norm(steps_apart, axis=-1)
        total += changes.sum()
        worst = max(worst, np.max(changes / lengths[block, None]) * (steps - 1))
    return Continuity(float(total / lengths.sum()), float(worst), float(unit))


def gaussian_quantiles(steps):
    """Values of a standard normal, each in the middle of an equal share of its probability.

    Args:
        steps: How many.

    Returns:
        `(steps,)`, rising.

    Example:
        >>> gaussian_quantiles(3).round(2)
        array([-0.97,  0.  ,  0.97])
    """
    return norm.ppf((np.arange(steps) + 0.5) / steps)


def map_latents(model, images=None, steps=20):
    """Latents all over the plane of a model of two, each for an equal share of what is drawn.

    Of a model with a prior they are those of `latent.manifold`. Of a plain autoencoder they are the
    same quantiles of the Gaussian that has the mean and covariance of its codes.

    Args:
        model: A model with two latents.
        images: `(n, *image_shape)` in [0, 1]; as of `completeness`.
        steps: Latents along each axis.

    Returns:
        `(steps, steps, 2)`; the first dimension changes along the first axis.

    Raises:
        ValueError: If the model has not two latents or is conditional, one without a prior comes
            without images, or `steps` is less than 1.

    Example:
        >>> import keras_genzoo as kg
        >>> vae = kg.models.VAE((8, 8, 1), latent_dim=2, hidden=(16,))
        >>> map_latents(vae, steps=3)[2, 0].round(2)
        array([ 0.97, -0.97])
    """
    if model.latent_dim != 2 or steps < 1:
        raise ValueError(
            "That makes no map. Expected a model with two latents, and at least 1 step. "
            f"Received: latent_dim={model.latent_dim}, steps={steps}"
        )
    mean, root = _gaussian(model, images)
    quantiles = gaussian_quantiles(steps)
    return mean + np.stack(np.meshgrid(quantiles, quantiles, indexing="ij"), axis=-1) @ root


def map_gaps(model, classifier, images=None, steps=20, confidence=0.9):
    """Where on its map a model of two latents draws what a classifier does not recognise.

    Each place stands for an equal share of what is drawn: the share of the gaps is what
    `completeness` lacks of 1, up to the coarseness of the map.

    Args:
        model: As of `map_latents`, like `images` and `steps`.
        classifier: As of `completeness`, like `confidence`.
        images: Of a model without a prior.
        steps: Places along each axis.
        confidence: What the probability of the likeliest class has to exceed.

    Returns:
        `(steps, steps)`, booleans, at the places of `map_latents`.

    Raises:
        ValueError: As `map_latents` and `completeness`.

    Example:
        >>> import keras, keras_genzoo as kg
        >>> vae = kg.models.VAE((8, 8, 1), latent_dim=2, hidden=(16,))
        >>> unsure = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Flatten()])
        >>> unsure.add(keras.layers.Dense(10, "softmax", kernel_initializer="zeros"))
        >>> map_gaps(vae, unsure, steps=2)
        array([[ True,  True],
               [ True,  True]])
    """
    _check_confidence(confidence)
    places = map_latents(model, images, steps).reshape(-1, 2)
    blocks = np.split(places, range(ROWS, len(places), ROWS))
    recognised = [_recognised(model, classifier, block, confidence) for block in blocks]
    return ~np.concatenate(recognised).reshape(steps, steps)


def _check_confidence(confidence):
    if not 0 <= confidence < 1:
        raise ValueError(
            "No probability exceeds that. Expected a confidence of at least 0 and less than 1. "
            f"Received: confidence={confidence}"
        )


def _check_unconditional(model):
    if getattr(model, "condition_word", None) is not None:
        raise ValueError(
            "The model draws what it is asked for. Expected a model that is not conditional. "
            f"Received: {type(model).__name__}"
        )


def _check_flat(model):
    shape = tuple(model.fields["latents"].shape)
    if len(shape) != 1:
        raise ValueError(
            "The latents are maps. Expected a model whose latents are flat, (latent_dim,). "
            f"Received: {type(model).__name__} with latents of {shape}"
        )


def _codes(model, images):
    _check_flat(model)
    if not hasattr(model, "encode"):
        raise ValueError(
            "The model encodes no images. Expected an autoencoder of any kind. "
            f"Received: {type(model).__name__}"
        )
    if len(images) < 2:
        raise ValueError(
            f"The images are too few. Expected at least two. Received: {len(images)} images"
        )
    return model.encode(images).astype("float64")


def _gaussian(model, images):
    """Mean and symmetric root of the covariance of the Gaussian that latents are drawn from."""
    _check_unconditional(model)
    _check_flat(model)
    if hasattr(model, "sample"):
        return np.zeros(model.latent_dim), np.eye(model.latent_dim)
    if images is None:
        raise ValueError(
            "The model has no prior to draw from. Expected images, for the Gaussian of their "
            f"codes. Received: {type(model).__name__}, images=None"
        )
    codes = _codes(model, images)
    variances, directions = np.linalg.eigh(np.atleast_2d(np.cov(codes.T)))
    deviations = np.sqrt(np.maximum(variances, 0))  # rounding may fall below
    return codes.mean(axis=0), directions * deviations @ directions.T


def _recognised(model, classifier, latents, confidence):
    """Whether the classifier is sure of what latents decode to, `(n,)`."""
    probabilities = classifier.predict(model.decode(latents), BATCH_SIZE, verbose=0)
    # Wide enough for a softmax in float16; NaN compares as false.
    if not (probabilities.ndim == 2 and np.allclose(probabilities.sum(axis=1), 1, atol=1e-3)):
        raise ValueError(
            "The classifier's outputs are no probabilities. Expected (n, classes) with sums of 1 "
            f"(of logits take the softmax). Received: {probabilities.shape}, values from "
            f"{probabilities.min():g} to {probabilities.max():g}"
        )
    return probabilities.max(axis=1) > confidence
