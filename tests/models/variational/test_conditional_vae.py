"""The conditional VAE: the contract, its condition, its learned prior, two answers."""

import keras
import numpy as np
import pytest
from contract import SHAPE, THREE_PARTS, assert_same, pictures
from families import CODING_SIZES, EncoderDecoderContract

import keras_genzoo as kg
from keras_genzoo.models import VAE, ConditionalVAE

TINY = {"latent_dim": 2, "hidden": (16,), "seed": 0}


class TestConditionalVAE(EncoderDecoderContract):
    model_class = ConditionalVAE
    arguments = {**EncoderDecoderContract.arguments, "num_classes": 3}  # noqa: RUF012
    changed = {  # noqa: RUF012
        **CODING_SIZES,
        "num_classes": 3,
        "condition_shape": None,
        "learned_prior": True,
        "likelihood": "gaussian",
        "variance": 0.5,
        "free_bits": 0.25,
    }
    same_as_default = ("hidden", "condition_shape")

    def to_predict(self, n):
        return self.words(n)["images"], self.words(n)["labels"]

    def custom_networks(self):
        """The networks of all autoencoders, the labels beside."""
        users = super().custom_networks()
        labels = keras.Input((), dtype="int32")
        code = keras.layers.Embedding(3, 2)(labels)
        shade = keras.layers.Reshape((1, 1, 1))(keras.layers.Embedding(3, 1)(labels))
        images, latents = keras.Input(SHAPE), keras.Input((2,))
        add = keras.layers.Add()
        return {
            "encoder": keras.Model([images, labels], users["encoder"](add([images, shade]))),
            "decoder": keras.Model(
                [latents, labels], users["decoder"](keras.layers.Add()([latents, code]))
            ),
            "learned_prior": True,
        }

    def misfits(self):
        without_labels = super().custom_networks()
        return [
            {"encoder": without_labels["encoder"]},
            {"decoder": without_labels["decoder"]},
            {"num_classes": None},
            {"num_classes": 0},
            {"condition_shape": SHAPE},
            *({"num_classes": None, "condition_shape": bad} for bad in ((8, 8), (8, 8, 0), 8)),
        ]


def halves(n, seed=0):
    """Conditions of other sides than the images', and of two channels."""
    return np.random.default_rng(seed).uniform(size=(n, 4, 8, 2)).astype("float32")


@pytest.fixture(scope="module")
def of_images():
    """Conditioned on images, of a convolutional network, with a prior that has moved."""
    sizes = {"latent_dim": 2, "filters": (4, 4), "seed": 0}
    model = ConditionalVAE(SHAPE, condition_shape=(4, 8, 2), learned_prior=True, **sizes)
    model.compile(keras.optimizers.Adam(0.01))
    images, conditions = pictures(64), halves(64)
    model.fit(images, conditions, validation_data=(images, conditions), epochs=3, verbose=0)
    return model


def test_all_verbs_take_conditions(of_images, tmp_path, serve):
    model, images, conditions = of_images, pictures(5), halves(5)
    z = model.encode(images, conditions=conditions)
    assert_same([z], [model.posterior(images, conditions=conditions)[0]])
    decoded = model.decode(z, conditions=conditions)
    assert_same([model.reconstruct(images, conditions=conditions)], [decoded])
    assert_same([model.predict((images, conditions), verbose=0)], [decoded])
    assert (decoded != model.decode(z, conditions=conditions[::-1]))[[0, 1, 3, 4]].any()
    assert model.log_prob(images, z, conditions=conditions).shape == (5,)
    samples = model.sample(conditions=conditions, seed=0)
    mean, log_variance = model.conditional_prior(conditions=conditions)
    assert np.ptp(mean, axis=0).min() > 0  # the prior depends on the condition
    noise = np.asarray(kg.models.VAE(SHAPE, **TINY).prior(5, seed=0))
    z = mean + np.exp(log_variance / 2) * noise
    assert_same([samples], [model.decode(z, conditions=conditions)], 1e-5)
    model.export(tmp_path / "1")
    np.savez(
        tmp_path / "requests.npz",
        **{"sample 5 conditions": conditions, "sample 5 seed": np.int32(0)},
        **{"encode 5 conditions": conditions, "encode 5 images": images},
    )
    answers = serve(tmp_path)
    np.testing.assert_allclose(answers["sample 5 images"], samples, rtol=1e-5, atol=1e-5)
    expected = model.encode(images, conditions=conditions)
    np.testing.assert_allclose(answers["encode 5 latents"], expected, rtol=1e-5, atol=1e-5)


def test_ways_hold_the_condition(of_images):
    model, images, conditions = of_images, pictures(4), halves(2)
    ways = model.interpolate(images[:2], images[2:], steps=3, conditions=conditions)
    ends = [model.reconstruct(each, conditions=conditions) for each in (images[:2], images[2:])]
    assert_same([ways[:, 0], ways[:, 2]], ends, 1e-5)
    moved = kg.latent.traverse(model, images[:2], steps=3, conditions=conditions[0])
    assert moved.shape == (2, 2, 3, *SHAPE)
    with pytest.raises(ValueError, match=THREE_PARTS):
        kg.latent.traverse(model, images[:2], steps=3)
    with pytest.raises(ValueError, match=THREE_PARTS):
        model.interpolate(images[:2], images[2:], labels=[0, 1])


def test_the_bound_counts_the_divergence_from_the_learned_prior(of_images):
    """Against a sum in closed form, and the likelihood against draws from the prior."""
    model, images, conditions = of_images, pictures(8), halves(8)
    mean, log_variance = model.posterior(images, conditions=conditions)
    prior_mean, prior_log_variance = model.conditional_prior(conditions=conditions)
    variance, prior_variance = np.exp(log_variance), np.exp(prior_log_variance)
    shift = np.square(mean - prior_mean) / prior_variance
    kl = 0.5 * (variance / prior_variance + shift - 1 + prior_log_variance - log_variance)
    scores = model.evaluate(images, conditions, verbose=0, return_dict=True)
    assert scores["kl"] == pytest.approx(kl.sum(-1).mean(), rel=1e-4)
    assert scores["loss"] == pytest.approx(scores["reconstruction"] + scores["kl"], rel=1e-5)
    measured = kg.metrics.kl_per_dimension(model, images, conditions=conditions)
    np.testing.assert_allclose(measured, kl.mean(0), rtol=1e-3)
    nats = kg.metrics.log_likelihood(model, images, 500, conditions=conditions)
    noise = np.random.default_rng(0).normal(size=(4000, 2))
    for image, condition, m, v, found in zip(
        *(images[:2], conditions, prior_mean, prior_log_variance, nats), strict=False
    ):
        given = {"conditions": np.repeat(condition[None], 4000, axis=0)}
        z = m + np.exp(v / 2) * noise
        log_prob = model.log_prob(np.repeat(image[None], 4000, axis=0), z, **given)
        drawn = np.logaddexp.reduce(log_prob.astype("float64")) - np.log(4000)
        assert found == pytest.approx(drawn, abs=0.1)
    assert kg.metrics.active_units(model, images, conditions=conditions) <= 2
    with pytest.raises(ValueError, match=THREE_PARTS):
        kg.metrics.log_likelihood(model, images, 5)


def test_a_new_learned_prior_is_the_standard_normal():
    model = ConditionalVAE(SHAPE, num_classes=3, learned_prior=True, **TINY)
    assert not np.any(model.conditional_prior(labels=[0, 1, 2]))
    drawn = model.prior(2, seed=0, labels=[0, 2])
    assert_same([np.asarray(drawn)], [np.asarray(VAE(SHAPE, **TINY).prior(2, seed=0))])


@pytest.mark.parametrize(("count", "labels"), [(5, [1]), (1, [0, 1, 2]), (2, None)])
def test_a_learned_prior_is_of_a_condition_for_each(count, labels):
    model = ConditionalVAE(SHAPE, num_classes=3, learned_prior=True, **TINY)
    noise = model.seed_generator.state.numpy()
    with pytest.raises(ValueError, match=THREE_PARTS):
        model.prior(count, None, labels=labels)
    assert (model.seed_generator.state.numpy() == noise).all()


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"labels": 2},
        {"num_samples": 3, "labels": [0, 1]},
        {"labels": [0, 3]},
        {"conditions": halves(2)},
        {"labels": [0, 1], "conditions": halves(2)},
    ],
)
def test_samples_of_what(arguments):
    model = ConditionalVAE(SHAPE, num_classes=3, learned_prior=True, **TINY)
    with pytest.raises(ValueError, match=THREE_PARTS):
        model.sample(**arguments)


def test_what_does_not_fit_is_refused(of_images):
    for bad in ({"num_samples": 3}, {"num_samples": 3, "conditions": halves(2)}, {"labels": [0]}):
        with pytest.raises(ValueError, match=THREE_PARTS):
            of_images.sample(**bad)
    with pytest.raises(ValueError, match=THREE_PARTS):
        of_images.encode(pictures(2))
    with pytest.raises(ValueError, match=THREE_PARTS):
        of_images.fit(pictures(2), np.zeros(2), verbose=0)


def test_a_question_of_two_answers_gets_both():
    """c in [0, 0.4], x is c or 1 - c by a coin."""
    random = np.random.default_rng(0)
    c = random.uniform(0, 0.4, size=(2000, 1, 1, 1)).astype("float32")
    x = np.where(random.integers(2, size=c.shape), c, 1 - c)
    conditions, images = (np.broadcast_to(each, (2000, *SHAPE)) for each in (c, x))
    model = ConditionalVAE(SHAPE, condition_shape=SHAPE, **TINY)
    model.compile(keras.optimizers.Adam(0.005))
    model.fit(images, conditions, epochs=10, batch_size=100, verbose=0)
    asked = np.full((400, *SHAPE), 0.2, "float32")
    grey = model.sample(conditions=asked, seed=0).mean(axis=(1, 2, 3))
    dark, light = (np.abs(grey - answer) < 0.1 for answer in (0.2, 0.8))
    assert min(dark.sum(), light.sum()) >= 40
