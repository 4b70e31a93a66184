"""Disentanglement scores on codes whose score is known: factors, noise, rotations, mixtures."""

import numpy as np
import pytest
from contract import THREE_PARTS

from keras_genzoo.metrics import disentanglement
from keras_genzoo.metrics.disentanglement import (
    beta_vae_score,
    dci,
    factor_vae_score,
    modularity,
    mutual_information_gap,
    sap,
)

SCORES = (mutual_information_gap, modularity, dci, sap)
FACTORS = np.random.default_rng(0).integers(4, size=(6_000, 3))
NOISE = np.random.default_rng(1).normal(size=(6_000, 3))
# About the diagonal: two latents know each factor equally. Blurred, for sums of thirds tell parts.
ROTATED = FACTORS @ (2 / 3 - np.eye(3)) + 0.15 * NOISE
COLLAPSED = np.zeros((6_000, 3))
COPIED = FACTORS[:, [0, 1, 2, 0, 1, 2]]  # two latents for each factor
MIXED = np.stack([4 * FACTORS[:, 0] + FACTORS[:, 1], FACTORS[:, 2]], axis=1)  # two in one latent


# === Of arrays ===


@pytest.mark.parametrize(
    ("latents", "score"), [(FACTORS, 1), (NOISE, 0), (ROTATED, 0), (COLLAPSED, 0), (COPIED, 0)]
)
def test_mutual_information_gap(latents, score):
    assert mutual_information_gap(latents, FACTORS) == pytest.approx(score, abs=0.02)


def test_mutual_information_gap_is_relative_to_the_entropy():
    # The second latent knows one of the first factor's two bits; the third all of the others.
    latents = np.stack([FACTORS[:, 0], FACTORS[:, 0] // 2, FACTORS[:, 1], FACTORS[:, 2]], axis=1)
    assert mutual_information_gap(latents, FACTORS) == pytest.approx((0.5 + 1 + 1) / 3, abs=0.01)


def test_mutual_information_does_not_depend_on_scale():
    scaled = ROTATED * [-3, 0.01, 1000] + [5, 0, 1]
    for score in (mutual_information_gap, modularity):
        assert score(scaled, FACTORS) == pytest.approx(score(ROTATED, FACTORS), abs=0.01)


@pytest.mark.parametrize(
    ("latents", "score"),
    [(FACTORS, 1), (COPIED, 1), (COLLAPSED, 0), (MIXED, (0.5 + 1) / 2)],
)
def test_modularity(latents, score):
    assert modularity(latents, FACTORS) == pytest.approx(score, abs=0.01)


def test_modularity_weighs_the_squares_of_the_information():
    # The first latent knows both bits of one factor and one bit of another.
    latents = np.stack([2 * FACTORS[:, 0] + FACTORS[:, 1] // 2, FACTORS[:, 2]], axis=1)
    assert modularity(latents, FACTORS) == pytest.approx((1 - 0.25 / 2 + 1) / 2, abs=0.01)


def test_a_rotation_is_not_modular():
    assert modularity(ROTATED, FACTORS) < 0.6


@pytest.mark.parametrize(
    ("latents", "scores"),
    [
        (FACTORS, (1, 1, 1)),
        (NOISE, (0, 0, 0.25)),
        (COLLAPSED, (0, 0, 0.25)),
        (COPIED, (1, 1 - np.log(2) / np.log(6), 1)),
        (MIXED, ((2 * (1 - np.log(2) / np.log(3)) + 1) / 3, 1, 1)),
    ],
)
def test_dci(latents, scores):
    assert dci(latents, FACTORS) == pytest.approx(scores, abs=0.03)


def test_a_rotation_stays_informative_without_being_disentangled():
    rotated = dci(ROTATED, FACTORS)
    assert rotated.informativeness > 0.95
    assert rotated.disentanglement < 0.3
    assert rotated.completeness < 0.3


@pytest.mark.parametrize(
    ("latents", "score"), [(FACTORS, 0.5), (NOISE, 0), (ROTATED, 0), (COPIED, 0)]
)
def test_sap(latents, score):
    factors = FACTORS // 2  # of two values: chance is a half
    latents = latents // 2 if latents.dtype == factors.dtype else latents
    assert sap(latents, factors) == pytest.approx(score, abs=0.05)


@pytest.mark.parametrize("score", SCORES)
def test_the_order_of_images_does_not_matter(score):
    order = np.lexsort(FACTORS.T)  # as in a data set that is stored by factors
    assert score(ROTATED[order], FACTORS[order]) == pytest.approx(score(ROTATED, FACTORS), abs=0.02)


@pytest.mark.parametrize("score", SCORES)
@pytest.mark.parametrize(
    ("latents", "factors", "message"),
    [
        (NOISE[:-1], FACTORS, r"same n.*Received: latents of \(5999, 3\), factors of \(6000, 3\)"),
        (NOISE[:, 0], FACTORS, r"Received: latents of \(6000,\)"),
        (NOISE, FACTORS[:, 0], r"factors of \(6000,\)"),
        (NOISE[:99], FACTORS[:99], "at least 100"),
        (NOISE[:, :1], FACTORS, r"Received: latents of \(6000, 1\)"),
        (NOISE, FACTORS[:, :1], r"factors of \(6000, 1\)"),
        (NOISE, FACTORS / 4, "Expected integers.*Received: factors of float64"),
        (NOISE, FACTORS * [1, 0, 1], r"Received: .* with \[4, 1, 4\] different values"),
        (np.where(NOISE > 3, np.nan, NOISE), FACTORS, "not finite.*Received: .* of 18000"),
    ],
)
def test_arrays_that_cannot_be_compared(score, latents, factors, message):
    with pytest.raises(ValueError, match=message):
        score(latents, factors)


# === Of factor data ===


class Toy:
    """Images that are their own factors."""

    factor_sizes = (4, 6, 8)

    def images(self, factors):
        return factors.astype("float32")


def noise(images):
    return np.random.default_rng(len(images)).normal(size=images.shape)


def mixture(images):
    """One latent, which all factors move alike."""
    return (images / Toy.factor_sizes).sum(axis=1, keepdims=True)


@pytest.mark.parametrize("score", [beta_vae_score, factor_vae_score])
@pytest.mark.parametrize(
    ("encode", "expected"), [(Toy().images, 1), (noise, 1 / 3), (mixture, 1 / 3)]
)
def test_scores_of_known_encoders(score, encode, expected):
    result = score(encode, Toy(), num_train=1000, num_test=1000)
    assert result == pytest.approx(expected, abs=0.06)


def test_factor_vae_score_compares_variances_with_the_latents_own():
    def encode(images):
        return (images + 0.1 * noise(images)) * [1, 10, 100]

    assert factor_vae_score(encode, Toy(), num_train=200, num_test=200) == 1


def test_factor_vae_score_leaves_out_collapsed_latents():
    def encode(images):
        return np.concatenate([0.01 * images[:, :1] ** 0, images, 0.01 * images], axis=1)

    assert factor_vae_score(encode, Toy(), num_train=200, num_test=200) == 1
    chance = factor_vae_score(np.zeros_like, Toy(), num_train=600, num_test=600)
    assert chance == pytest.approx(1 / 3, abs=0.06)


def test_images_depend_on_the_seed():
    def some(seed):
        return beta_vae_score(mixture, Toy(), seed, num_train=200, num_test=200)

    assert some(0) == some(0)
    assert len({some(seed) for seed in range(4)}) > 1


@pytest.mark.parametrize(("score", "images"), [(beta_vae_score, 128), (factor_vae_score, 64)])
def test_sample_sizes_are_those_of_disentanglement_lib(score, images):
    encoded = []

    def encode(images):
        encoded.append(len(images))
        return images

    assert score(encode, Toy()) == 1
    assert sum(encoded) == (10_000 + 5_000) * images
    assert max(encoded) == disentanglement.ENCODED


@pytest.mark.parametrize("score", [beta_vae_score, factor_vae_score])
@pytest.mark.parametrize(
    "encode", [lambda images: images[:, 0], lambda images: images[1:], lambda images: images / 0.0]
)
def test_encoders_that_give_no_latents(score, encode):
    with (
        np.errstate(all="ignore"),
        pytest.raises(
            ValueError, match=r"no latents. Expected .*, latent_dim\)\. Received: shape="
        ),
    ):
        score(encode, Toy(), num_train=2, num_test=2)


@pytest.mark.parametrize("score", [beta_vae_score, factor_vae_score])
@pytest.mark.parametrize("counts", [(0, 2), (2, 0)])
def test_nothing_to_learn_from_or_to_predict(score, counts):
    with pytest.raises(ValueError, match=THREE_PARTS):
        score(lambda images: images, Toy(), 0, *counts)
