"""Ways through a latent space."""

import keras
import numpy as np
import pytest
from contract import SHAPE, THREE_PARTS, pictures
from scipy.stats import norm

from keras_genzoo import latent
from keras_genzoo.models import GAN, VAE, ConditionalGAN, ConditionalVAE

# Decoders without a sigmoid hold what a test reads.
pytestmark = pytest.mark.filterwarnings("ignore:The decoder ends with the activation 'linear'")

STEPS = [{"steps": 1}, {"steps": 10**11}]  # none, and more than memory holds


@pytest.fixture(scope="module")
def model():
    return VAE(SHAPE, latent_dim=2, hidden=(4,), seed=0)


@pytest.fixture(scope="module")
def gan():
    return GAN(SHAPE, latent_dim=3, hidden=(4,), seed=0)


@pytest.fixture(scope="module")
def conditional():
    return ConditionalGAN(SHAPE, num_classes=3, latent_dim=2, hidden=(4,), seed=0)


@pytest.fixture(scope="module")
def echo():
    """Decodes latents to images that hold them, so that `read` sees where they went."""
    decoder = keras.Sequential(
        [
            keras.Input((3,)),
            keras.layers.Dense(64, use_bias=False, kernel_initializer="identity"),
            keras.layers.Reshape(SHAPE),
        ]
    )
    return VAE(SHAPE, latent_dim=3, hidden=(4,), decoder=decoder, seed=0)


def read(images):
    return images[..., 0, :3, 0]


# === Interpolation ===


def test_the_way_is_straight(model):
    start, end = np.array([0.0, 1.0]), np.array([2.0, -3.0])
    way = [[0.0, 1.0], [0.5, 0.0], [1.0, -1.0], [1.5, -2.0], [2.0, -3.0]]
    images = latent.interpolate(model, start, end, steps=5)
    np.testing.assert_allclose(images, model.decode(way), rtol=1e-5)


def test_many_ways_at_once(model):
    starts, ends = np.random.default_rng(0).normal(size=(2, 3, 2))
    images = latent.interpolate(model, starts, ends, steps=4)
    assert images.shape == (3, 4, *SHAPE)
    for way, start, end in zip(images, starts, ends, strict=True):
        alone = latent.interpolate(model, start, end, steps=4)
        np.testing.assert_allclose(way, alone, rtol=1e-5)


def test_between_images(model):
    start, end = pictures(2)
    images = latent.interpolate(model, start, end, steps=3)
    assert images.shape == (3, *SHAPE)
    codes = model.encode(np.stack([start, end]))
    np.testing.assert_allclose(images, latent.interpolate(model, *codes, steps=3), rtol=1e-5)


def test_from_an_image_to_a_latent(model):
    images = latent.interpolate(model, pictures(1)[0], np.zeros(2), steps=2)
    np.testing.assert_allclose(images[1], model.decode([[0.0, 0.0]])[0], rtol=1e-5)


@pytest.mark.parametrize(
    ("start", "end", "steps"),
    [
        (np.zeros(2), np.zeros((1, 2)), 5),
        (np.zeros((3, 2)), np.zeros((4, 2)), 5),
        (np.zeros(2), np.zeros(2), 1),
        (np.zeros(2), np.zeros(2), 2.5),
        (np.zeros(2), np.zeros(2), 10**11),  # before memory is taken for them
        (np.zeros(3), np.zeros(3), 4),
        (np.zeros((2, 4)), np.zeros((2, 4)), 4),
        (np.zeros((1, 2, 2)), np.zeros((1, 2, 2)), 4),
        (np.zeros((9, 8, 1)), np.zeros((9, 8, 1)), 4),
        (0.0, 1.0, 4),
    ],
)
def test_no_way(model, start, end, steps):
    with pytest.raises(ValueError, match=r"Expected.*Received"):
        latent.interpolate(model, start, end, steps)


def test_along_the_arc(echo):
    start, end = np.array([2.0, 0, 0]), np.array([0, 4.0, 0])
    way = read(latent.interpolate(echo, start, end, steps=3, method="spherical"))
    np.testing.assert_allclose(way, [start, [2**0.5, 2 * 2**0.5, 0], end], atol=1e-6)


def test_draws_stay_on_their_sphere(echo):
    starts, ends = np.random.default_rng(0).normal(size=(2, 20, 3))
    starts, ends = (points / np.linalg.norm(points, axis=1)[:, None] for points in (starts, ends))
    ways = read(latent.interpolate(echo, starts, ends, steps=7, method="spherical"))
    np.testing.assert_allclose(np.linalg.norm(ways, axis=-1), 1, rtol=1e-5)
    speeds = np.linalg.norm(np.diff(ways, axis=1), axis=-1)
    np.testing.assert_allclose(speeds, speeds[:, :1].repeat(6, axis=1), rtol=1e-4)


@pytest.mark.parametrize("end", [[-1.0, -2, 2], [2.0, 4, -4], [1.0, 2, -2], [0.0, 0, 0]])
def test_straight_where_there_is_no_arc(echo, end):
    ends = np.array([1.0, 2, -2]), np.array(end)
    arc, straight = (
        read(latent.interpolate(echo, *ends, steps=5, method=method))
        for method in ("spherical", "linear")
    )
    np.testing.assert_allclose(arc, straight, atol=1e-6)


def test_unknown_way(model):
    with pytest.raises(ValueError, match=THREE_PARTS):
        latent.interpolate(model, np.zeros(2), np.ones(2), method="cubic")


# === Traversals ===


def test_one_dimension_moves_the_others_are_held(echo):
    points = np.array([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]])
    images = latent.traverse(echo, points, dimensions=[2, 0], values=(-1, 2), steps=4)
    assert images.shape == (2, 2, 4, *SHAPE)
    for point, rows in zip(points, read(images), strict=True):
        for dimension, row in zip([2, 0], rows, strict=True):
            expected = np.tile(point, (4, 1))
            expected[:, dimension] = [-1, 0, 1, 2]
            np.testing.assert_allclose(row, expected, rtol=1e-6)
    one = latent.traverse(echo, points[1], dimensions=[2, 0], values=(-1, 2), steps=4)
    np.testing.assert_array_equal(one, images[1])


def test_informative_dimensions_come_first():
    model = VAE(SHAPE, latent_dim=3, hidden=(4,), seed=0)
    model.mean_head.bias.assign([0.0, -20.0, 8.0])
    images = pictures(4)
    ranked = latent.traverse(model, images, steps=2)
    assert ranked.shape == (4, 3, 2, *SHAPE)
    np.testing.assert_array_equal(ranked, latent.traverse(model, images, [1, 2, 0], steps=2))
    unranked = latent.traverse(model, model.encode(images), steps=2)
    np.testing.assert_allclose(unranked[:, [1, 2, 0]], ranked, rtol=1e-4)


def test_a_gan_is_traversed_from_latents(gan):
    images = latent.traverse(gan, np.zeros(3), values=(0, 2), steps=2)
    assert images.shape == (3, 2, *SHAPE)
    np.testing.assert_allclose(images[:, 1], gan.decode(2 * np.eye(3)), rtol=1e-5)
    with pytest.raises(ValueError, match="`encode`"):
        latent.traverse(gan, pictures(1))


@pytest.mark.parametrize("dimensions", [[], [3], [-1], [0, 0], [0.5], 1, [[0, 1]]])
def test_dimensions_that_the_model_lacks(gan, dimensions):
    with pytest.raises(ValueError, match=THREE_PARTS):
        latent.traverse(gan, np.zeros(3), dimensions)
    with pytest.raises(ValueError, match=THREE_PARTS):
        latent.manifold(gan, dimensions)


@pytest.mark.parametrize("changes", [{"values": 3}, {"values": (-1, 0, 1)}, *STEPS])
def test_no_traversal(gan, changes):
    with pytest.raises(ValueError, match=THREE_PARTS):
        latent.traverse(gan, np.zeros(3), **changes)


# === The manifold ===


def test_the_manifold_is_on_quantiles(model):
    images = latent.manifold(model, steps=3)
    assert images.shape == (3, 3, *SHAPE)
    low, high = norm.ppf([1 / 6, 5 / 6])
    np.testing.assert_allclose(images[2, 0], model.decode([[high, low]])[0], rtol=1e-5)
    np.testing.assert_allclose(images[1, 2], model.decode([[0.0, high]])[0], rtol=1e-5)


def test_quantiles_part_the_normal_evenly():
    values = latent.gaussian_quantiles(20)
    np.testing.assert_allclose(norm.cdf(values), np.linspace(0.025, 0.975, 20))


def test_other_latents_are_0(echo):
    latents = read(latent.manifold(echo, dimensions=(2, 0), steps=4))
    values = latent.gaussian_quantiles(4)
    assert (latents[..., 1] == 0).all()
    np.testing.assert_allclose(latents[3, 1], [values[1], 0, values[3]], rtol=1e-6)


@pytest.mark.parametrize("changes", [{"dimensions": [0, 1, 2]}, {"dimensions": [0]}, *STEPS])
def test_no_manifold(gan, changes):
    with pytest.raises(ValueError, match=THREE_PARTS):
        latent.manifold(gan, **changes)


# === Edits ===


def test_edits_move_along_the_vector(echo):
    points, vector = np.array([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]]), np.array([1.0, 0, -2])
    moved = read(latent.edit(echo, points, vector, strength=0.5))
    np.testing.assert_allclose(moved, points + 0.5 * vector, rtol=1e-6)
    several = read(latent.edit(echo, points, vector, strength=[-1, 0, 2]))
    assert several.shape == (2, 3, 3)
    for column, strength in enumerate([-1, 0, 2]):
        np.testing.assert_allclose(several[:, column], points + strength * vector, rtol=1e-6)
    one = read(latent.edit(echo, points[1], vector))
    np.testing.assert_allclose(one, points[1] + vector, rtol=1e-6)


def test_images_are_edited(model):
    images = pictures(3)
    vector = np.array([1.0, 0.0])
    edited = latent.edit(model, images, vector, strength=[0, 1])
    np.testing.assert_allclose(edited[:, 0], model.reconstruct(images), rtol=1e-4)
    moved = model.decode(model.encode(images) + vector)
    np.testing.assert_allclose(edited[:, 1], moved, rtol=1e-4)
    np.testing.assert_allclose(latent.edit(model, images[2], vector), moved[2], rtol=1e-4)


@pytest.mark.parametrize(
    ("vector", "strength"), [(np.ones(2), 1), (1.0, 1), (np.ones(3), [[1]]), (np.ones(3), np.nan)]
)
def test_no_edit(gan, vector, strength):
    with pytest.raises(ValueError, match=THREE_PARTS):
        latent.edit(gan, np.zeros(3), vector, strength)


# === Labels ===


def test_each_point_keeps_its_class(conditional):
    points = np.array([[0.5, -1.0], [1.0, 2.0]])
    ways = latent.interpolate(conditional, points, -points, steps=3, labels=[2, 0])
    for point, label, way in zip(points, [2, 0], ways, strict=True):
        expected = conditional.decode([point, 0 * point, -point], [label] * 3)
        np.testing.assert_allclose(way, expected, rtol=1e-5)


def test_one_class_for_all(conditional):
    points = np.array([[0.5, -1.0], [1.0, 2.0]])
    for function, arguments in (
        (latent.traverse, ()),
        (latent.interpolate, (-points,)),
        (latent.edit, (np.ones(2),)),
        (latent.edit, (np.ones(2), [1, 2])),
    ):
        images = function(conditional, points, *arguments, labels=1)
        np.testing.assert_array_equal(
            images, function(conditional, points, *arguments, labels=[1, 1])
        )
        assert (images != function(conditional, points, *arguments, labels=0)).any()
    square = latent.manifold(conditional, steps=2, labels=1)
    low, high = latent.gaussian_quantiles(2)
    np.testing.assert_allclose(square[1, 0], conditional.decode([[high, low]], [1])[0], rtol=1e-5)


def test_one_point_of_one_class(conditional):
    point = np.array([0.5, -1.0])
    edited = latent.edit(conditional, point, np.ones(2), labels=1)
    np.testing.assert_allclose(edited, conditional.decode([point + 1], [1])[0], rtol=1e-5)
    cvae = ConditionalVAE(SHAPE, num_classes=3, latent_dim=2, hidden=(4,), seed=0)
    images = pictures(2)
    way = latent.interpolate(cvae, *images, steps=2, labels=1)
    np.testing.assert_allclose(way, cvae.reconstruct(images, labels=[1, 1]), rtol=1e-4)


@pytest.mark.parametrize("labels", [None, [0, 1, 2], [[0], [1]], [0, 3], 1.5])
def test_labels_that_do_not_fit(conditional, labels):
    with pytest.raises(ValueError, match=THREE_PARTS):
        latent.traverse(conditional, np.zeros((2, 2)), labels=labels)


def test_labels_that_a_model_does_not_take(gan):
    with pytest.raises(ValueError, match=THREE_PARTS):
        latent.traverse(gan, np.zeros((2, 3)), labels=[0, 1])
    with pytest.raises(ValueError, match=THREE_PARTS):
        latent.edit(gan, np.zeros(3), np.ones(3), labels=0)
