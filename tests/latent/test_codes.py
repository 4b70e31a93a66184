"""Latents of images: ranks, attributes, neighbours, the plane."""

import numpy as np
import pytest
from contract import SHAPE, THREE_PARTS, pictures

from keras_genzoo import latent, metrics
from keras_genzoo.latent import codes
from keras_genzoo.models import GAN, VAE, Autoencoder, ConditionalVAE, SequenceVAE


@pytest.fixture
def model():
    model = VAE(SHAPE, latent_dim=3, hidden=(4,), seed=0)
    model.mean_head.bias.assign([0.0, -20.0, 8.0])  # tells the dimensions apart
    return model


@pytest.fixture(scope="module")
def gan():
    return GAN(SHAPE, latent_dim=2, hidden=(4,), seed=0)


def test_latents_of_images_and_of_latents(model):
    images = pictures(4)
    encoded = model.encode(images)
    np.testing.assert_allclose(codes.latents_of(model, images), encoded, rtol=1e-5)
    np.testing.assert_allclose(codes.latents_of(model, images[0]), encoded[0], rtol=1e-5)
    np.testing.assert_array_equal(codes.latents_of(model, encoded), encoded)
    np.testing.assert_array_equal(codes.latents_of(model, encoded[0]), encoded[0])


def test_latents_as_many_as_channels():
    model = VAE((8, 8, 3), latent_dim=3, hidden=(4,), seed=0)
    images = np.random.default_rng(0).uniform(size=(2, 8, 8, 3))
    assert codes.latents_of(model, images).shape == (2, 3)
    assert codes.rank_dimensions(model, images)[1] is not None


def test_sequences_as_long_as_a_latent():
    """Integers are tokens, and floats latents."""
    model = SequenceVAE(vocabulary_size=5, length=3, latent_dim=3, units=2, free_bits=0.0, seed=0)
    tokens = np.array([[1, 4, 0]])
    np.testing.assert_array_equal(latent.latents_of(model, tokens), model.encode(tokens))
    drawn = np.array([[0.5, -2.0, 1.0]])
    np.testing.assert_array_equal(latent.latents_of(model, drawn), drawn)
    assert model.interpolate(drawn[0], -drawn[0], steps=4).shape == (4, 3)


@pytest.mark.parametrize("shape", [(), (2,), (4, 2), (1, 4, 3), (9, 8, 1), (2, 8, 9, 1)])
def test_points_that_do_not_fit(model, shape):
    with pytest.raises(ValueError, match=THREE_PARTS):
        codes.latents_of(model, np.zeros(shape))


@pytest.mark.parametrize("k", [0, 5, 1.5])
def test_no_count_of_neighbours(model, k):
    with pytest.raises(ValueError, match=THREE_PARTS):
        latent.nearest(model, np.zeros((4, 3)), np.zeros(3), k)


@pytest.mark.parametrize("value", [np.nan, np.inf, "a"])
def test_points_that_are_no_numbers(model, value):
    with pytest.raises(ValueError, match=THREE_PARTS):
        latent.nearest(model, np.full((4, 3), value), np.zeros(3))


def test_images_of_a_conditional_model_need_their_condition():
    cvae = ConditionalVAE(SHAPE, num_classes=3, latent_dim=2, hidden=(4,), seed=0)
    images, codes = pictures(4), np.zeros((4, 2))
    for given, to in ((images, codes[0]), (codes, images[0])):
        with pytest.raises(ValueError, match=r"Expected latents, as `model.encode.*Received: Cond"):
            latent.nearest(cvae, given, to)
    assert latent.nearest(cvae, codes, codes[0])[0].tolist() == [0]


def test_images_need_an_encoder(gan):
    with pytest.raises(ValueError, match=r"(?s)Expected latents.*`encode`.*Received: GAN"):
        codes.latents_of(gan, pictures(2))


def test_dimensions_by_kl(model, gan):
    images = pictures(20)
    dimensions, kl = codes.rank_dimensions(model, images)
    np.testing.assert_allclose(kl, metrics.kl_per_dimension(model, images))
    assert list(dimensions) == [1, 2, 0]
    assert list(codes.rank_dimensions(model, images[0])[0]) == [1, 2, 0]
    in_order, none = codes.rank_dimensions(model, np.zeros((4, 3)))
    assert (list(in_order), none) == ([0, 1, 2], None)
    autoencoder = Autoencoder(SHAPE, latent_dim=2, hidden=(4,), seed=0)
    for without_posterior, points in ((gan, np.zeros(2)), (autoencoder, images)):
        in_order, none = codes.rank_dimensions(without_posterior, points)
        assert (list(in_order), none) == ([0, 1], None)


# === Attributes ===


def entangled():
    """Latents, `(400, 2)`, and an attribute: dimension 0 makes it, dimension 1 goes with it."""
    attribute = np.repeat([0, 1], 200)
    noise = np.random.default_rng(0).normal(size=(2, 400))
    first = 2 * attribute + noise[0]
    return np.stack([first, 2 * first + noise[1]], axis=1), attribute


def test_difference_of_means(model):
    images = pictures(6)
    has = np.array([True, False, False, True, True, False])
    vector = codes.attribute_vector(model, images, has)
    encoded = model.encode(images)
    expected = encoded[has].mean(axis=0) - encoded[~has].mean(axis=0)
    np.testing.assert_allclose(vector, expected, rtol=1e-5)


def test_a_regression_leaves_out_what_goes_along(gan):
    points, attribute = entangled()
    mean = codes.attribute_vector(gan, points, attribute)
    logistic = codes.attribute_vector(gan, points, attribute, method="logistic")
    assert mean[1] > 1.5 * mean[0] > 0
    assert logistic[0] > 3 * abs(logistic[1])


def test_strength_means_the_same_of_both_methods(gan):
    points, attribute = entangled()
    without, with_it = (points[attribute == value].mean(axis=0) for value in (0, 1))
    for method in ("mean", "logistic"):
        vector = codes.attribute_vector(gan, points, attribute, method=method)
        np.testing.assert_allclose((without + vector) @ vector, with_it @ vector, rtol=1e-4)


@pytest.mark.parametrize("low_high", [(False, True), (-1, 1), (0.0, 1.0), ("no", "yes")])
def test_the_higher_value_has_the_attribute(gan, low_high):
    vector = codes.attribute_vector(gan, [[0, 0], [1, 1], [5, 5]], np.array(low_high)[[0, 0, 1]])
    np.testing.assert_allclose(vector, [4.5, 4.5])


@pytest.mark.parametrize(
    "attribute",
    [[0, 0, 0, 0], [0, 1, 2, 1], [0, 1], [[0], [1], [0], [1]], True, [1, np.nan, 1, np.nan]],
)
def test_no_attribute(gan, attribute):
    with pytest.raises(ValueError, match=THREE_PARTS):
        codes.attribute_vector(gan, np.zeros((4, 2)), attribute)


def test_latents_that_are_alike_have_no_direction(gan):
    with pytest.raises(ValueError, match=THREE_PARTS):
        latent.attribute_vector(gan, np.ones((4, 2)), [0, 0, 1, 1], "logistic")


def test_unknown_method(gan):
    with pytest.raises(ValueError, match=THREE_PARTS):
        codes.attribute_vector(gan, np.eye(2), [0, 1], method="median")


# === Neighbours ===


def test_nearest_by_latents(model):
    images, to = pictures(9), pictures(2, seed=1)
    indices, distances = codes.nearest(model, images, to, k=3)
    apart = np.linalg.norm(model.encode(images) - model.encode(to)[:, None], axis=-1)
    np.testing.assert_allclose(distances, np.sort(apart)[:, :3], atol=1e-4)
    np.testing.assert_allclose(np.take_along_axis(apart, indices, 1), distances, atol=1e-4)
    one_index, one_distance = codes.nearest(model, images, to[1], k=3)
    np.testing.assert_array_equal(one_index, indices[1])
    np.testing.assert_allclose(one_distance, distances[1], atol=1e-4)


def test_nearest_to_one_of_them(model):
    images = pictures(9)
    (index,), (distance,) = codes.nearest(model, images, images[5])
    assert index == 5
    assert distance < 1e-4


@pytest.mark.parametrize(("images", "k"), [(np.zeros((3, 2)), 4), (np.zeros((3, 2)), 0)])
def test_not_so_many_neighbours(gan, images, k):
    with pytest.raises(ValueError, match=THREE_PARTS):
        codes.nearest(gan, images, np.zeros(2), k)


@pytest.mark.parametrize("images", [np.zeros(2), np.zeros((0, 2))])
def test_no_set_of_images(gan, images):
    with pytest.raises(ValueError, match=THREE_PARTS):
        codes.nearest(gan, images, np.zeros(2))


# === The plane ===


def test_two_latents_are_the_plane(gan):
    given = np.random.default_rng(0).normal(size=(5, 2)).astype("float32")
    points, shares = codes.aggregate_posterior(gan, given)
    np.testing.assert_array_equal(points, given)
    assert shares is None


def test_more_latents_are_projected(model):
    spread = np.random.default_rng(0).normal(size=(500, 3)) * [0.1, 5.0, 1.0]
    points, shares = codes.aggregate_posterior(model, spread)
    assert points.shape == (500, 2)
    np.testing.assert_allclose(shares, np.array([25, 1]) / 26.01, atol=0.01)
    for axis, dimension in ((0, 1), (1, 2)):
        assert abs(np.corrcoef(points[:, axis], spread[:, dimension])[0, 1]) > 0.99


def test_images_in_the_plane(model):
    images = pictures(9)
    ours, _ = codes.aggregate_posterior(model, images)
    theirs, _ = codes.aggregate_posterior(model, model.encode(images))
    np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-6)


def test_no_plane(gan):
    line = VAE(SHAPE, latent_dim=1, hidden=(4,), seed=0)
    for model, images in ((gan, np.zeros((1, 2))), (line, pictures(5))):
        with pytest.raises(ValueError, match=THREE_PARTS):
            codes.aggregate_posterior(model, images)


def test_latent_has_them():
    for name in ("aggregate_posterior", "attribute_vector", "nearest", "rank_dimensions"):
        assert getattr(latent, name) is getattr(codes, name)
