"""How far generated images are from real ones, in the features of a network.

The functions take features, one row per image; the streaming metrics batches of images and the
network. All reckon in float64. Compare numbers of the same network and number of images only.
"""

import numbers

import keras
import numpy as np
import scipy
from keras import ops

_BLOCK = 1024  # rows at a time: memory then grows with n, not with its square


def frechet_distance(real_features, generated_features):
    """Frechet distance of the Gaussians that have the features' means and covariances.

    `|mean_r - mean_g|^2 + tr(cov_r + cov_g - 2 (cov_r cov_g)^(1/2))`; the FID where the network is
    Inception. Covariances may be singular, as with fewer images than features.

    Args:
        real_features: `(n, d)`.
        generated_features: `(m, d)`.

    Returns:
        A float of at least 0, in squared units of the features. It falls as n and m grow.

    Raises:
        ValueError: If features are not `(n, d)` of one d, not finite, or fewer than 2.

    Example:
        >>> round(frechet_distance([[-1.0], [1.0]], [[1.0], [5.0]]), 6)  # 3^2 + (1 - 2)^2 * 2
        11.0

    Reference: Heusel et al. (2017), https://arxiv.org/abs/1706.08500.
    """
    metric = FrechetDistance()
    metric.update_state(real_features, generated_features)
    return float(metric.result())


def kernel_distance(real_features, generated_features, subsets=100, subset_size=1000, seed=0):
    """Squared maximum mean discrepancy under the kernel `(x . y / d + 1)^3`.

    The unbiased estimate, averaged over random subsets; the KID where the network is Inception.

    Args:
        real_features: `(n, d)`.
        generated_features: `(m, d)`.
        subsets: How many subsets are averaged.
        subset_size: Samples that a subset draws from each side, none twice.
        seed: Integer seed of the subsets.

    Returns:
        A float; around 0, and so at times negative, where the two distributions agree.

    Raises:
        ValueError: If features are not `(n, d)` of one d, not finite, or too few for a subset.

    Example:
        >>> kernel_distance([[0.0], [0.0]], [[1.0], [1.0]], subset_size=2)  # 1 + 8 - 2 * 1
        7.0

    Reference: Binkowski et al. (2018), https://arxiv.org/abs/1801.01401.
    """
    real, generated = feature_arrays(real_features, generated_features)
    are_whole = all(isinstance(each, numbers.Integral) for each in (subsets, subset_size))
    fits = 2 <= subset_size <= min(len(real), len(generated))
    if not are_whole or not fits or subsets < 1:
        raise ValueError(
            "The subsets do not fit the samples. Expected at least 1 subset, of from 2 samples to "
            f"all of the smaller side. Received: subsets={subsets}, subset_size={subset_size}, "
            f"{len(real)} real and {len(generated)} generated samples"
        )
    rng = np.random.default_rng(seed)
    distances = []
    for _ in range(subsets):
        rows = [rng.choice(len(x), subset_size, replace=False) for x in (real, generated)]
        distances.append(_mmd2(real[rows[0]], generated[rows[1]]))
    return float(np.mean(distances))


class _Moments:
    """Count, mean and scatter (the unscaled covariance) of features, in one pass.

    Blocks are merged by their means, so that a mean far from 0 costs no digits: Chan et al. (1983).
    """

    def __init__(self):
        self.count, self.mean, self.scatter = 0, 0.0, 0.0

    def append(self, features):
        for start in range(0, len(features), _BLOCK):
            block = features[start : start + _BLOCK].astype("float64")
            mean = block.mean(axis=0)
            block -= mean
            shift = mean - self.mean
            share = len(block) / (self.count + len(block))
            between = share * self.count * np.outer(shift, shift)
            self.scatter = self.scatter + block.T @ block + between
            self.mean = self.mean + share * shift
            self.count += len(block)


class _StreamingDistance(keras.metrics.Metric):
    """Appends features to a `_store` for either side, which it compares by `_distance`."""

    def __init__(self, network, name):
        super().__init__(dtype="float64", name=name)
        self.network = network
        self.reset_state()

    def reset_state(self):
        self._dim, self._counts = None, np.zeros(2, int)
        self._real, self._generated = self._store(), self._store()

    def update_state(self, real, generated):
        if self.network is not None:
            real, generated = self.network(real), self.network(generated)
        real, generated = feature_arrays(real, generated, self._dim)
        self._dim = real.shape[1]
        self._counts += [len(real), len(generated)]
        self._real.append(real.copy())  # a loop may fill the same array again
        self._generated.append(generated.copy())

    def result(self):
        if min(self._counts) < 2:
            raise ValueError(
                "There is too little to compare. Expected at least 2 samples on each side. "
                f"Received: {self._counts[0]} real and {self._counts[1]} generated samples"
            )
        return ops.convert_to_tensor(self._distance(), self.dtype)

    @classmethod
    def from_config(cls, config):
        network = keras.saving.deserialize_keras_object(config["network"])
        return cls(**{**config, "network": network})

    def get_config(self):
        return {"network": keras.saving.serialize_keras_object(self.network), "name": self.name}


@keras.saving.register_keras_serializable(package="keras_genzoo")
class FrechetDistance(_StreamingDistance):
    """`frechet_distance` of images that come in batches.

    Holds two means and two covariances, and no features. `update_state(real, generated)` takes a
    batch of each, of any two sizes. It works eagerly, in a loop or a callback; inside a graph, as a
    compiled metric of `fit`, it does not.

    Args:
        network: Makes features `(batch, d)` of images: a Keras model or any callable; `None` where
            features are given. Of a model, `get_config` holds the architecture, not the weights.
        name: Name of the metric.

    Example:
        >>> import keras, numpy as np
        >>> metric = FrechetDistance(network=keras.layers.Flatten())
        >>> for _ in range(2):
        ...     metric.update_state(np.zeros((5, 8, 8, 1)), np.ones((3, 8, 8, 1)))
        >>> float(metric.result())
        64.0
    """

    _store = _Moments

    def __init__(self, network=None, name="frechet_distance"):
        super().__init__(network, name)

    def _distance(self):
        shift = self._real.mean - self._generated.mean
        real, generated = (x.scatter / (x.count - 1) for x in (self._real, self._generated))
        # The trace of the product's root is the nuclear norm of R_r R_g'. Eigenvalues of the
        # product would lose half the digits where a covariance is singular.
        overlap = np.linalg.norm(_root(real) @ _root(generated).T, "nuc")
        distance = shift @ shift + np.trace(real + generated) - 2 * overlap
        return max(0.0, distance)  # rounding may fall below


@keras.saving.register_keras_serializable(package="keras_genzoo")
class KernelDistance(_StreamingDistance):
    """`kernel_distance` of images that come in batches.

    Holds all features, and no images. It is updated as `FrechetDistance` is, eagerly.

    Args:
        network: As `FrechetDistance` takes it.
        subsets: As `kernel_distance` takes it, like `subset_size` and `seed`.
        name: Name of the metric.

    Example:
        >>> import keras, numpy as np
        >>> metric = KernelDistance(network=keras.layers.Flatten(), subset_size=2)
        >>> metric.update_state(np.zeros((5, 8, 8, 1)), np.ones((3, 8, 8, 1)))
        >>> float(metric.result())
        7.0
    """

    _store = list

    def __init__(self, network=None, subsets=100, subset_size=1000, seed=0, name="kernel_distance"):
        super().__init__(network, name)
        self.subsets = subsets
        self.subset_size = subset_size
        self.seed = seed

    def _distance(self):
        features = np.concatenate(self._real), np.concatenate(self._generated)
        return kernel_distance(*features, self.subsets, self.subset_size, self.seed)

    def get_config(self):
        own = {"subsets": self.subsets, "subset_size": self.subset_size, "seed": self.seed}
        return {**super().get_config(), **own}


def _root(covariance):
    """`R` with `R'R = covariance`, of as many rows as the covariance has rank."""
    factor, pivots, rank, _ = scipy.linalg.lapack.dpstrf(covariance)  # pivoted Cholesky
    root = np.empty((rank, len(covariance)))
    root[:, pivots - 1] = np.triu(factor)[:rank]
    return root


def _mmd2(real, generated):
    """Unbiased squared MMD of two sets of one size."""
    real, generated = real.astype("float64"), generated.astype("float64")
    n, d = real.shape
    within = _kernel_sum(real, real) + _kernel_sum(generated, generated)
    # Less each sample with itself.
    within -= sum(np.sum((np.sum(x**2, axis=1) / d + 1) ** 3) for x in (real, generated))
    return within / (n * (n - 1)) - 2 * _kernel_sum(real, generated) / n**2


def _kernel_sum(rows, columns):
    total = 0.0
    for start in range(0, len(rows), _BLOCK):
        kernel = rows[start : start + _BLOCK] @ columns.T / rows.shape[1] + 1
        total += np.vdot(kernel**2, kernel)  # the cube; numpy's `** 3` is slow
    return total


def feature_arrays(real, generated, dim=None):
    """Both as arrays `(n, d)` of one d, which is `dim` where given, or a `ValueError`."""
    arrays = []
    for side, values in (("real", real), ("generated", generated)):
        array = np.asarray(values)
        bad = array.size - np.sum(np.isfinite(array))
        if array.ndim != 2 or array.shape[1] != (dim or array.shape[1]) or not array.size or bad:
            raise ValueError(
                f"The {side} features do not fit. Expected one row per image, (n, {dim or 'd'}), "
                f"all finite. Received: {side}_features.shape={array.shape}, {bad} not finite"
            )
        dim = array.shape[1]
        arrays.append(array)
    return arrays
