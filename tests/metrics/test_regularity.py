"""Completeness, continuity and gaps of linear decoders, whose values are known."""

import keras
import numpy as np
import pytest
from contract import SHAPE, THREE_PARTS, pictures
from scipy.stats import norm

import keras_genzoo as kg
from keras_genzoo.metrics import regularity
from keras_genzoo.models import GAN, VAE, Autoencoder, ConditionalGAN, ConditionalVAE

# Decoders without a sigmoid hold what a test reads.
pytestmark = pytest.mark.filterwarnings(
    "ignore:The (decoder|generator) ends with the activation 'linear'"
)

PIXELS = int(np.prod(SHAPE))


def linear(family, slope=1.0, spread=1.0, latent_dim=2):
    """A model whose codes are the first pixels times `spread`, and which moves orthogonally.

    Over a code's distance of `spread` the image changes by `slope`; its first pixels are the code.
    """
    pixels, latents = keras.Input(SHAPE), keras.Input((latent_dim,))
    codes = keras.layers.Dense(latent_dim, use_bias=False)
    images = keras.layers.Dense(PIXELS, use_bias=False)
    encoder = keras.Model(pixels, codes(keras.layers.Flatten()(pixels)))
    decoder = keras.Model(latents, keras.layers.Reshape(SHAPE)(images(latents)))
    codes.set_weights([spread * np.eye(PIXELS, latent_dim)])
    images.set_weights([slope / spread * np.eye(latent_dim, PIXELS)])
    return family(SHAPE, latent_dim, encoder=encoder, decoder=decoder)


def classifier(direction, threshold=0.0, confidence=0.9):
    """Sure of an image, with more than this confidence, where `direction @ pixels > threshold`."""
    sharpness = 10
    model = keras.Sequential([keras.Input(SHAPE), keras.layers.Flatten()])
    model.add(keras.layers.Dense(2, "relu"))
    model.add(keras.layers.Activation("softmax"))
    kernel = np.zeros((PIXELS, 2))
    kernel[: len(direction), 0] = sharpness * np.asarray(direction)
    odds = np.log(confidence / (1 - confidence))
    model.set_weights([kernel, np.array([odds - sharpness * threshold, 0.0])])
    return model


def correlated(n=500):
    """Images whose first two pixels, the codes of `linear`, are correlated."""
    images = pictures(n)
    images[:, 0, 1] = 0.7 * images[:, 0, 0] + 0.3 * images[:, 0, 1]
    return images


@pytest.mark.parametrize(("threshold", "confidence"), [(-1.0, 0.6), (0.0, 0.9), (1.5, 0.9)])
def test_completeness_under_the_prior(threshold, confidence):
    sure = classifier([0.6, 0.8], threshold, confidence)
    share = regularity.completeness(linear(VAE), sure, confidence=confidence)
    assert share == pytest.approx(norm.sf(threshold), abs=0.015)  # 3 deviations of 10,000 draws


def test_completeness_under_the_gaussian_of_the_codes():
    images, direction = correlated(), np.array([1.0, -1.0])
    codes = images.reshape(len(images), -1)[:, :2]
    deviation = np.sqrt(direction @ np.cov(codes.T) @ direction)
    threshold = codes.mean(axis=0) @ direction + deviation
    share = regularity.completeness(linear(Autoencoder), classifier(direction, threshold), images)
    assert share == pytest.approx(norm.sf(1), abs=0.012)


def test_completeness_of_a_single_latent():
    model = linear(Autoencoder, latent_dim=1)
    share = regularity.completeness(model, classifier([1.0], threshold=0.5), pictures(2000))
    assert share == pytest.approx(0.5, abs=0.03)


def test_completeness_of_a_gan():
    model, sure = GAN(SHAPE, latent_dim=3, hidden=(4,), seed=0), classifier([1.0], -1.0)
    assert regularity.completeness(model, sure, num_samples=50) == 1  # pixels are at least 0


def test_same_seed_same_draws_in_blocks_of_any_size(monkeypatch):
    model, sure = linear(VAE), classifier([1.0])
    shares = [regularity.completeness(model, sure, num_samples=777, seed=s) for s in (0, 0, 1)]
    assert shares[0] == shares[1] != shares[2]
    monkeypatch.setattr(regularity, "ROWS", 300)
    assert regularity.completeness(model, sure, num_samples=777) == shares[0]


@pytest.mark.parametrize("latent_dim", [1, 2, 10])
@pytest.mark.parametrize("spread", [1.0, 50.0])
def test_continuity_of_a_linear_decoder(spread, latent_dim):
    images = pictures(100)
    codes = images.reshape(100, -1)[:, :latent_dim]
    unit = np.sqrt(codes.var(axis=0).sum())
    model = linear(Autoencoder, slope=3.0, spread=spread, latent_dim=latent_dim)
    found = regularity.continuity(model, images, steps=10, pairs=50)
    assert found.unit == pytest.approx(spread * unit, rel=1e-5)
    assert found.mean == pytest.approx(3 * unit, rel=1e-4)  # whatever the scale of the codes
    assert found.worst == pytest.approx(3 * unit, rel=1e-2)


@pytest.mark.parametrize("steps", [2, 20])
def test_continuity_of_a_decoder_that_jumps(steps):
    latents = keras.Input((1,))
    sharp = keras.layers.Dense(PIXELS, "sigmoid")
    decoder = keras.Model(latents, keras.layers.Reshape(SHAPE)(sharp(latents)))
    sharp.set_weights([np.full((1, PIXELS), 1e4), np.full(PIXELS, -5e3)])  # at 1/2
    encoder = linear(Autoencoder, latent_dim=1).encoder
    model = Autoencoder(SHAPE, 1, encoder=encoder, decoder=decoder)
    images = np.zeros((2, *SHAPE), "float32")
    images[:, 0, 0, 0] = 0.2, 0.8
    found = regularity.continuity(model, images, steps, pairs=7)
    # Two codes lie two units apart; all pixels change at once.
    assert found.mean == pytest.approx(np.sqrt(PIXELS) / 2)
    assert found.worst == pytest.approx(np.sqrt(PIXELS) / 2 * (steps - 1))


def test_continuity_decodes_ways_in_bounded_batches(monkeypatch):
    model, images = Autoencoder(SHAPE, 2, hidden=(16,)), pictures(30)
    whole = regularity.continuity(model, images, steps=10, pairs=25)
    decode, rows = model.decode, []
    monkeypatch.setattr(model, "decode", lambda z: rows.append(len(z)) or decode(z))
    monkeypatch.setattr(regularity, "ROWS", 105)
    assert regularity.continuity(model, images, steps=10, pairs=25) == pytest.approx(whole)
    assert rows == [100, 100, 50]
    assert regularity.continuity(model, images, steps=10, pairs=25, seed=1).mean != whole.mean


def test_continuity_passes_over_images_that_are_alike():
    images = np.repeat(pictures(2), [20, 1], axis=0)
    found = regularity.continuity(linear(Autoencoder), images, steps=5)
    assert found.worst == pytest.approx(found.mean, rel=1e-4)
    with pytest.raises(ValueError, match=THREE_PARTS):
        regularity.continuity(linear(Autoencoder), images[:20])


def test_map_under_the_prior():
    model = linear(VAE)
    latents = regularity.map_latents(model, steps=6)
    images = kg.latent.manifold(model, steps=6)
    np.testing.assert_array_equal(images.reshape(6, 6, -1)[..., :2], latents.astype("float32"))
    gaps = regularity.map_gaps(model, classifier([1.0, 0.0], 0.5), steps=6)
    assert gaps.dtype == bool
    np.testing.assert_array_equal(gaps, latents[..., 0] <= 0.5)  # the upper two of six rows are not


def test_map_under_the_gaussian_of_the_codes(monkeypatch):
    images, model = correlated(), linear(Autoencoder)
    latents = regularity.map_latents(model, images, steps=100).reshape(-1, 2)
    codes = model.encode(images)
    np.testing.assert_allclose(latents.mean(axis=0), codes.mean(axis=0), rtol=1e-4)
    np.testing.assert_allclose(np.cov(latents.T), np.cov(codes.T), rtol=0.03)  # its tails are cut
    sure = classifier([0.6, 0.8], threshold=0.9)
    gaps = regularity.map_gaps(model, sure, images, steps=30)
    share = regularity.completeness(model, sure, images)
    assert 0.05 < gaps.mean() < 0.95
    assert gaps.mean() == pytest.approx(1 - share, abs=0.02)
    monkeypatch.setattr(regularity, "ROWS", 400)
    np.testing.assert_array_equal(regularity.map_gaps(model, sure, images, steps=30), gaps)


@pytest.mark.parametrize(
    ("metric", "options"),
    [
        (regularity.completeness, {"num_samples": 0}),
        (regularity.completeness, {"confidence": 1.0}),
        (regularity.map_gaps, {"confidence": -0.1}),
        (regularity.map_gaps, {"steps": 0}),
        (regularity.continuity, {"steps": 1}),
        (regularity.continuity, {"pairs": 0}),
        (regularity.continuity, {"images": pictures(1)}),
    ],
)
def test_what_is_no_measurement_is_refused(metric, options):
    given = {"model": linear(VAE), "images": pictures(4)}
    if metric is not regularity.continuity:
        given["classifier"] = classifier([1.0])
    with pytest.raises(ValueError, match=f"{THREE_PARTS}.*{next(iter(options))}"):
        metric(**{**given, **options})


@pytest.mark.parametrize("metric", [regularity.completeness, regularity.map_gaps])
def test_models_that_draw_no_latents_are_refused(metric):
    conditional = ConditionalGAN(SHAPE, latent_dim=2, num_classes=2, hidden=(4,))
    for model, images in (
        (linear(Autoencoder), None),
        (linear(Autoencoder), pictures(1)),
        (conditional, pictures(4)),
    ):
        with pytest.raises(ValueError, match=THREE_PARTS):
            metric(model, classifier([1.0]), images)


def test_no_way_leads_between_images_of_a_conditional_model():
    conditional = ConditionalVAE(SHAPE, num_classes=2, latent_dim=2, hidden=(4,))
    with pytest.raises(ValueError, match=r"not conditional. Received: ConditionalVAE"):
        regularity.continuity(conditional, pictures(4))


def test_models_without_a_map_or_codes_are_refused():
    with pytest.raises(ValueError, match=THREE_PARTS):
        regularity.map_latents(linear(VAE, latent_dim=3))
    with pytest.raises(ValueError, match=THREE_PARTS):
        regularity.continuity(GAN(SHAPE, latent_dim=2, hidden=(4,)), pictures(4))


def test_a_classifier_without_probabilities_is_refused():
    images = keras.Input(SHAPE)
    logits = keras.layers.Dense(10)(keras.layers.Flatten()(images))
    maps = keras.layers.Softmax(axis=1)(images)
    for outputs in (logits, maps):
        with pytest.raises(ValueError, match=f"probabilities.*{THREE_PARTS[4:]}"):
            regularity.completeness(linear(VAE), keras.Model(images, outputs), num_samples=3)
