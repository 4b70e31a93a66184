"""The debiasing VAE: the contract, equation 2, its weights of what is rare."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from contract import SHAPE, THREE_PARTS, assert_same, batches, pictures
from families import CODING_SIZES, EncoderDecoderContract

import keras_genzoo as kg
from keras_genzoo import losses
from keras_genzoo.models import VAE, DebiasingVAE

TINY = {"latent_dim": 2, "hidden": (16,), "seed": 0}
LABELS = np.arange(40) % 3 == 1


class TestDebiasingVAE(EncoderDecoderContract):
    model_class = DebiasingVAE
    predicted = "probabilities"
    sampled = "images"
    changed = {  # noqa: RUF012
        **CODING_SIZES,
        "classification_weight": 3.0,
        "reconstruction_weight": 0.5,
        "kl_weight": 0.25,
        "likelihood": "gaussian",
        "variance": 0.5,
    }

    def misfits(self):
        weights = ("classification_weight", "reconstruction_weight", "kl_weight")
        return [*super().misfits(), *({name: -1.0} for name in weights)]


@pytest.fixture
def fair():
    weights = {"classification_weight": 3.0, "reconstruction_weight": 1.0, "kl_weight": 0.5}
    model = DebiasingVAE(SHAPE, **weights, **TINY)
    model.compile(keras.optimizers.Adam(0.01))
    return model


def test_loss_is_equation_2_where_class_0_counts_for_the_classification_alone(fair):
    images, labels = pictures(40), LABELS.astype("int32")
    flow = fair.flow(images, labels)
    terms = {name: np.asarray(values) for name, values in fair.terms(flow).items()}
    probability = fair.classify(images)[:, 0]
    assert_same([fair.predict(images, verbose=0)[:, 0]], [probability])
    expected = -np.where(LABELS, np.log(probability), np.log1p(-probability))
    np.testing.assert_allclose(terms["classification"], expected, rtol=1e-4)
    nats = np.asarray(losses.bernoulli(images, flow["decoded"]))
    np.testing.assert_allclose(terms["reconstruction"], LABELS * nats, rtol=1e-5)
    kl = np.asarray(losses.gaussian_kl(*fair.posterior(images)))
    np.testing.assert_allclose(terms["kl"], LABELS * kl, rtol=1e-4)
    loss = 3 * terms["classification"] + terms["reconstruction"] + 0.5 * terms["kl"]
    np.testing.assert_allclose(terms["loss"], loss, rtol=1e-5)
    assert fair.losses == []  # the sampler adds nothing to it


def test_class_0_moves_no_decoder(fair):
    before = fair.decoder.get_weights()
    fair.fit(pictures(40), np.zeros(40), verbose=0)
    assert_same(fair.decoder.get_weights(), before, 0)
    fair.fit(pictures(40), LABELS, verbose=0)
    assert (fair.decoder.get_weights()[0] != before[0]).any()


def with_codes(monkeypatch, fair, codes):
    monkeypatch.setattr(type(fair), "encode", lambda self, images: codes[: len(images)])
    return pictures(len(codes))


def test_weights_of_two_latents_by_hand(fair, monkeypatch):
    """Of bins of width 0.5, which hold 3 and 2 images in one latent, 1 and 4 in the other."""
    codes = np.array([[0, 0], [0.1, 1], [0.2, 1], [1, 1], [0.9, 0.8]], "float32")
    images = with_codes(monkeypatch, fair, codes)
    densities = np.array([[1.2, 1.2, 1.2, 0.8, 0.8], [0.4, 1.6, 1.6, 1.6, 1.6]])
    latents = 1 / (densities + 0.01)
    product = latents.prod(axis=0)
    options = {"alpha": 0.01, "bins": 2}
    found = fair.sample_weights(images, combine="product", **options)
    np.testing.assert_allclose(found, product / product.mean(), rtol=1e-5)
    largest = (latents / latents.sum(axis=1, keepdims=True)).max(axis=0)
    found = fair.sample_weights(images, combine="max", **options)
    np.testing.assert_allclose(found, largest / largest.mean(), rtol=1e-5)
    flatter = fair.sample_weights(images, combine="product", alpha=10, bins=2)
    assert 1 < flatter.max() < found.max()


def test_weights_are_1_of_class_0_and_1_on_average_of_class_1(fair):
    images = pictures(40)
    weights = fair.sample_weights(images, LABELS)
    assert (weights[~LABELS] == 1).all()
    assert weights[LABELS].mean() == pytest.approx(1, rel=1e-5)
    assert np.ptp(weights[LABELS]) > 0
    assert_same([fair.sample_weights(images[LABELS])], [weights[LABELS]])
    data = batches(images, LABELS.astype("int32"))
    assert_same([fair.sample_weights(data)], [weights])


def test_a_product_of_many_latents_is_finite():
    fair = DebiasingVAE(SHAPE, latent_dim=500, hidden=(16,), seed=0)
    weights = fair.sample_weights(pictures(40), combine="product", alpha=1e-3)
    assert np.isfinite(weights).all()
    assert weights.mean() == pytest.approx(1, rel=1e-4)


@pytest.mark.parametrize(
    "arguments",
    [
        {"combine": "mean"},
        {"alpha": 0},
        {"alpha": "some"},
        {"bins": 0},
        {"labels": np.zeros(40)},
        {"labels": np.ones(39)},
        {"labels": np.full(40, 2)},
    ],
    ids=str,
)
def test_weights_that_make_no_sense_are_refused(fair, arguments):
    with pytest.raises(ValueError, match=THREE_PARTS):
        fair.sample_weights(pictures(40), **arguments)


def test_labels_beside_a_dataset_of_labels_are_refused(fair):
    with pytest.raises(ValueError, match=THREE_PARTS):
        fair.sample_weights(batches(pictures(40), LABELS.astype("int32")), LABELS)


def test_datasets_that_cannot_be_weighed_are_refused(fair):
    images, labels = pictures(4), np.ones(4, "int32")
    pairs = tf.data.Dataset.from_tensor_slices((images, labels)).batch(2)
    others = [images], (images, labels, labels), (images, labels[:, None]), (images, 2 * labels)
    slices = [tf.data.Dataset.from_tensor_slices(each).batch(2) for each in others]
    for dataset in (*slices, pairs.repeat(), pairs.filter(lambda x, y: False)):
        with pytest.raises(ValueError, match=THREE_PARTS):
            fair.sample_weights(dataset)


def test_a_vae_of_one_class_alone_has_the_same_terms():
    """The rest stands in the VAE, so its numbers are the VAE's."""
    fair, vae = DebiasingVAE(SHAPE, **TINY), VAE(SHAPE, **TINY)
    for network in ("encoder", "mean_head", "log_variance_head", "decoder"):
        getattr(vae, network).set_weights(getattr(fair, network).get_weights())
    images = pictures(5)
    assert_same([fair.reconstruct(images)], [vae.reconstruct(images)])
    assert_same([fair.sample(3, seed=0)], [vae.sample(3, seed=0)])
    nats = kg.metrics.log_likelihood(fair, images, 5)
    assert_same([nats], [kg.metrics.log_likelihood(vae, images, 5)])
