"""Latents of images: which tell the most, which lie near, which way an attribute lies.

Each function takes a model, and images or, in their place, latents: those will do for any model,
GANs included, and images for one with `encode`.
"""

import numbers

import lazy_loader
import numpy as np
from scipy.spatial.distance import cdist

from keras_genzoo import metrics

sklearn = lazy_loader.load("sklearn")


def latents_of(model, points, labels=None, conditions=None):
    """Latents of images, or the latents that were given, one or many.

    Args:
        model: Any model; with `encode` where images are given.
        points: Images, `(n, *image_shape)`, or latents, `(n, latent_dim)`; without the n for one.
            Of sequences as long as a latent the type tells: integers are tokens, floats latents.
        labels: Of images of a conditional model, the class of each, `(n,)`, or of all; or
        conditions: What they depend on, `(n, *condition_shape)`, or one for all.

    Returns:
        `(n, latent_dim)`, or `(latent_dim,)` for one.

    Raises:
        ValueError: If the points or their condition do not fit the model.

    Example:
        >>> import keras_genzoo as kg
        >>> vae = kg.models.VAE((8, 8, 1), latent_dim=2, hidden=(16,))
        >>> latents_of(vae, np.zeros((8, 8, 1))).shape, latents_of(vae, np.zeros((3, 2))).shape
        ((2,), (3, 2))
    """
    points, shape = np.asarray(points), latent_shape(model)
    one, many = f"({', '.join(map(str, shape))},)", f"(n, {', '.join(map(str, shape))})"
    if not _are_examples(model, points):
        leading = points.ndim - len(shape)
        fits = leading in (0, 1) and points.shape[leading:] == shape
        if not fits or points.dtype.kind not in "biuf" or not np.isfinite(points).all():
            raise ValueError(
                f"The points do not fit the model. Expected latents, {one} or {many}, all finite, "
                f"or {model.fit_x} of {_example_shape(model)}. "
                f"Received: {points.shape} of {points.dtype}"
            )
        return points.astype("float32", copy=False)
    if not hasattr(model, "encode"):
        raise ValueError(
            f"The model encodes no {model.fit_x}. Expected latents, {one} or {many}, or a model "
            f"with `encode`. Received: {type(model).__name__} and {model.fit_x}, {points.shape}"
        )
    example = _example_shape(model)
    leading = points.shape[: points.ndim - len(example)]
    codes = model.encode(
        points.reshape(-1, *example), **condition_of(model, leading, (), labels, conditions)
    )
    return codes.reshape(*leading, *shape)


def condition_of(model, points, further, labels=None, conditions=None):
    """What a conditional model takes beside images or latents, by its word; nothing of another.

    Args:
        model: Any model.
        points: Shape of the images or latents, without their own dimensions.
        further: Shape of what is made of each, which shares its condition.
        labels: The class of each point, `points`, or of all.
        conditions: Or what each depends on, `(*points, *condition_shape)`, or all.

    Returns:
        A dict of at most one array, of as many as there are in all.

    Raises:
        ValueError: If the condition is none of the model's, is missing or does not fit.
    """
    given = metrics.given_condition(labels, conditions)
    word = getattr(model, "condition_word", None)
    if word is None and "labels" in given and model.takes("decode", "labels"):
        word = "labels"
    shape = () if word is None else tuple(model.fields[word].shape)
    fits = [np.shape(values) in (shape, (*points, *shape)) for values in given.values()]
    if list(given) != [word] * (word is not None) or not all(fits):
        received = ", ".join(f"{name} of {np.shape(values)}" for name, values in given.items())
        expected = f"{word}, {shape}, one for all or one for each, {points}" if word else "none"
        raise ValueError(
            f"The labels or conditions do not fit. Expected {expected}. "
            f"Received: {type(model).__name__}, {received or 'none'}"
        )
    if word is None:
        return {}
    values = np.broadcast_to(given[word], (*points, *shape))
    values = values.reshape((*points, *[1] * len(further), *shape))
    return {word: np.broadcast_to(values, (*points, *further, *shape)).reshape(-1, *shape)}


def latent_shape(model):
    """Shape of a model's latent: `(latent_dim,)`, or (height, width, channels) of a map."""
    return tuple(model.fields["latents"].shape)


def check_flat(model):
    """Raise a `ValueError` where a latent is a map, whose single numbers stand for nothing."""
    if len(latent_shape(model)) != 1:
        raise ValueError(
            "The latents are maps. Expected a model whose latents are flat, (latent_dim,). "
            f"Received: {type(model).__name__} with latents of {latent_shape(model)}"
        )


def rank_dimensions(model, images, labels=None, conditions=None):
    """Latent dimensions, those that tell the most of the images first.

    Args:
        model: Any model; one with `posterior`, a VAE, ranks by KL.
        images: `(n, *image_shape)`, some hundred for a ranking that lasts, or latents; or one.
        labels: Of a conditional model, as of `latents_of`.
        conditions: Of a conditional model, as of `latents_of`.

    Returns:
        The dimensions, `(latent_dim,)`, and the KL of each, `(latent_dim,)`, nats per image, that
        of dimension 0 first. Without posterior or images: the dimensions in their order, `None`.

    Raises:
        ValueError: If there are no images, or their pixels are not in [0, 1].

    Example:
        >>> import keras_genzoo as kg
        >>> gan = kg.models.GAN((8, 8, 1), latent_dim=3, hidden=(16,))
        >>> rank_dimensions(gan, np.zeros(3))
        (array([0, 1, 2]), None)
    """
    check_flat(model)
    if not hasattr(model, "posterior") or not _are_examples(model, images):
        return np.arange(model.latent_dim), None
    example = _example_shape(model)
    several = np.reshape(images, (-1, *example))
    points = np.shape(images)[: np.ndim(images) - len(example)]
    condition = condition_of(model, points, (), labels, conditions)
    kl = metrics.kl_per_dimension(model, several, **condition)
    return np.argsort(-kl, kind="stable"), kl


def attribute_vector(model, images, attribute, method="mean"):
    """The direction in latent space that gives an image an attribute.

    Strength 1 means the same of both methods: the way, along the vector, from the mean latent
    without the attribute until level with the mean latent that has it. The difference of the means
    brings along what goes with the attribute in these images; the direction in which a logistic
    regression tells the two apart, scaled to that way, does so less.

    Args:
        model: Any model; with `encode` where images are given.
        images: `(n, *image_shape)`, or latents, `(n, latent_dim)`.
        attribute: `(n,)`, two different values; the higher one says that the image has it.
        method: `"mean"`, the difference of the two classes' mean latents, or `"logistic"`.

    Returns:
        `(latent_dim,)`.

    Raises:
        ValueError: If the images do not fit the model, the attribute is not two values, one for
            each image, the method is unknown, or `"logistic"` finds no direction.

    Example:
        >>> import keras_genzoo as kg
        >>> gan = kg.models.GAN((8, 8, 1), latent_dim=2, hidden=(16,))
        >>> attribute_vector(gan, [[0, 0], [1, 0], [5, 4], [6, 4]], [False, False, True, True])
        array([5., 4.], dtype=float32)

    Reference: Larsen et al. (2016), https://arxiv.org/abs/1512.09300; by a classifier: Shen et al.
    (2020), https://arxiv.org/abs/1907.10786.
    """
    codes, attribute = _several(model, images), np.asarray(attribute)
    values = np.unique(attribute)
    # NaN is unlike itself.
    if attribute.shape != (len(codes),) or len(values) != 2 or np.any(values != values):
        raise ValueError(
            "The attribute does not part the images. Expected two values, "
            f"({len(codes)},). Received: {attribute.shape}, values {values[:8].tolist()}"
        )
    if method not in ("mean", "logistic"):
        raise ValueError(
            f"The method is unknown. Expected 'mean' or 'logistic'. Received: method={method!r}"
        )
    has = attribute == values[1]
    difference = codes[has].mean(axis=0) - codes[~has].mean(axis=0)
    if method == "mean":
        return difference
    (direction,) = sklearn.linear_model.LogisticRegression(max_iter=1000).fit(codes, has).coef_
    if not direction.any():
        raise ValueError(
            "No direction tells the images apart. Expected latents that differ. "
            f"Received: {len(codes)} latents that are all alike"
        )
    return direction * (direction @ difference) / (direction @ direction)


def nearest(model, images, to, k=1):
    """The images whose latents lie nearest.

    Args:
        model: Any model; with `encode` where images are given.
        images: Those to choose from, `(n, *image_shape)`, or their latents, `(n, latent_dim)`.
        to: What they are to be near, images or latents, `(m, ...)`; without the m for one.
        k: How many.

    Returns:
        Indices of images and Euclidean distances between latents, each `(m, k)`, the nearest
        first; without the m for one.

    Raises:
        ValueError: If the images do not fit the model, or are fewer than `k`.

    Example:
        >>> import keras_genzoo as kg
        >>> gan = kg.models.GAN((8, 8, 1), latent_dim=2, hidden=(16,))
        >>> nearest(gan, [[0, 0], [3, 4], [1, 0]], to=[0, 0], k=2)
        (array([0, 2]), array([0., 1.]))
    """
    codes, to = _several(model, images), _without_condition(model, to)
    if not isinstance(k, numbers.Integral) or not 1 <= k <= len(codes):
        raise ValueError(
            f"There are not so many images. Expected k from 1 to {len(codes)}. Received: k={k}"
        )
    distances = cdist(to.reshape(-1, model.latent_dim), codes).reshape(*to.shape[:-1], len(codes))
    indices = np.argsort(distances, axis=-1, kind="stable")[..., :k]
    return indices, np.take_along_axis(distances, indices, axis=-1)


def aggregate_posterior(model, images):
    """Latents of images in the plane: as they are, or, where they are more than two, by PCA.

    Of a VAE they are the posteriors' means, which spread less than draws from the posteriors.

    Args:
        model: Any model; with `encode` where images are given.
        images: `(n, *image_shape)`, or latents, `(n, latent_dim)`.

    Returns:
        Points, `(n, 2)`, and the share of the latents' variance along each principal component,
        `(2,)`; `None` in its place where the axes are the two latents.

    Raises:
        ValueError: If the images do not fit the model, or either they or its latents are not two.

    Example:
        >>> import keras_genzoo as kg
        >>> gan = kg.models.GAN((8, 8, 1), latent_dim=3, hidden=(16,))
        >>> codes = [[3, 0, 0], [-3, 0, 0], [0, 1, 0], [0, -1, 0]]
        >>> points, shares = aggregate_posterior(gan, codes)
        >>> shares.round(2)
        array([0.9, 0.1], dtype=float32)
    """
    codes = _several(model, images)
    if min(codes.shape) < 2:
        raise ValueError(
            "That makes no plane. Expected at least two images and two latents. "
            f"Received: latents {codes.shape}"
        )
    if model.latent_dim == 2:
        return codes, None
    pca = sklearn.decomposition.PCA(2, random_state=0)
    return pca.fit_transform(codes), pca.explained_variance_ratio_


def _example_shape(model):
    """Of what the model encodes: an image, a sequence."""
    return tuple(model.fields[model.fit_x].shape)


def _are_examples(model, points):
    shape = _example_shape(model)
    if np.shape(points)[-len(shape) :] != shape:
        return False
    is_either = model.fields[model.fit_x].whole and shape == latent_shape(model)
    return not is_either or np.asarray(points).dtype.kind in "iu"


def _without_condition(model, points):
    """As of `latents_of`, where nothing tells what the images of a conditional model depend on."""
    word = getattr(model, "condition_word", None)
    if word is not None and _are_examples(model, points):
        raise ValueError(
            f"The images' {word} are not known. Expected latents, as `model.encode(images, "
            f"{word}=...)` gives them. Received: {type(model).__name__} and {np.shape(points)}"
        )
    return latents_of(model, points)


def _several(model, images):
    """Flat latents of several images or latents, `(n, latent_dim)`."""
    check_flat(model)
    codes = _without_condition(model, images)
    if codes.ndim != 2:
        raise ValueError(
            f"That is no set of images. Expected (n, ...). Received: {np.shape(images)}"
        )
    return codes
