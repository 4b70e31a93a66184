"""The GAN: the contract, its games."""

import keras
import numpy as np
import pytest
from contract import SHAPE, THREE_PARTS, assert_same, pictures, state
from families import SIZES, AdversarialContract

import keras_genzoo as kg
from keras_genzoo.models import GAN
from keras_genzoo.models.adversarial.discriminator_augmentation import STEPS
from keras_genzoo.models.adversarial.gan import GAMES

PENALTY = {
    "gradient_penalty": "r1r2",
    "gradient_penalty_weight": 0.5,
    "gradient_penalty_interval": 2,
    "architecture": "dcgan",
    "augment": "adaptive",
}
TINY = {"image_shape": SHAPE, "latent_dim": 2, "hidden": (16,), "seed": 0}


class TestGAN(AdversarialContract):
    model_class = GAN
    changed = {  # noqa: RUF012
        **SIZES,
        "loss": "least_squares",
        "discriminator_steps": 2,
        "label_smoothing": 0.1,
        "ema": 0.9,
        **PENALTY,
    }

    def misfits(self):
        return [
            *super().misfits(),
            {"loss": "mse"},
            {"label_smoothing": 1.0},
            {"loss": "hinge", "label_smoothing": 0.1},
            {"architecture": "resnet"},
            {"gradient_penalty": "r2"},
            {"gradient_penalty_weight": -1.0},
            {"gradient_penalty_interval": 0},
            {"label_smoothing": "some"},
            {"augment": 0.0},
            {"augment": True},
            {"augment": "adaptive", "loss": "relativistic"},
        ]


@pytest.mark.parametrize("loss", GAMES)
def test_every_game_is_played(loss):
    gan = GAN(**TINY, loss=loss)
    gan.compile()
    before = gan.generator.get_weights(), gan.discriminator.get_weights()
    history = gan.fit(pictures(20), verbose=0).history
    assert all(np.isfinite(values).all() for values in history.values())
    after = gan.generator.get_weights(), gan.discriminator.get_weights()
    for old, new in zip(before, after, strict=True):
        assert any((a != b).any() for a, b in zip(old, new, strict=True))


def test_accuracies_are_shares_of_what_the_discriminator_gets_right():
    gan = GAN(**TINY)
    gan.compile()
    last = gan.discriminator.layers[-1]
    last.kernel.assign(keras.ops.zeros_like(last.kernel))
    for bias, real, fake in ((1.0, 1.0, 0.0), (-1.0, 0.0, 1.0)):
        last.bias.assign([bias])
        scores = gan.evaluate(pictures(20), verbose=0, return_dict=True)
        assert (scores["real_accuracy"], scores["fake_accuracy"]) == (real, fake)


@pytest.mark.parametrize(("loss", "border"), [("least_squares", 0.5), ("hinge", 0.0)])
def test_right_is_what_lies_on_the_games_own_side(loss, border):
    gan = GAN(**TINY, loss=loss, gradient_penalty=None)
    gan.judge = lambda images, flow: border + images
    one = np.ones((4, 1), "float32")
    for real, fake, expected in ((0.1, -0.1, 1.0), (-0.1, 0.1, 0.0)):
        terms = gan.discriminator_terms({"real": real * one, "fake": fake * one})
        shares = [float(np.mean(terms[f"{kind}_accuracy"])) for kind in ("real", "fake")]
        assert shares == [expected, expected]


def test_a_critic_is_neither_right_nor_wrong():
    gan = GAN(**TINY, loss="wasserstein")
    gan.compile()
    history = gan.fit(pictures(20), verbose=0).history
    assert set(history) == {"generator_loss", "discriminator_loss", "gradient_penalty"}


def linear(slope):
    """A discriminator whose gradient is of length `slope` everywhere."""
    network = keras.Sequential([keras.Input(SHAPE), keras.layers.Flatten(), keras.layers.Dense(1)])
    network.layers[-1].kernel.assign(np.full((64, 1), slope / 8))
    return network


@pytest.mark.parametrize(("kind", "penalty"), [("r1", 4.5), ("r1r2", 9.0), (None, 0.0)])
def test_the_penalty_is_of_the_slope_at_real_images_or_at_all(kind, penalty):
    images = pictures(20)
    gan = GAN(**TINY, discriminator=linear(3.0), gradient_penalty=kind, gradient_penalty_weight=7.0)
    gan.generator.layers[1].kernel.assign(np.zeros((2, 16)))  # fakes without noise
    gan.compile()
    scores = gan.evaluate(images, verbose=0, return_dict=True)
    real, fake = gan.discriminator(images), gan.discriminator(gan.generator(np.zeros((1, 2))))
    game = np.logaddexp(0, -real).mean() + np.logaddexp(0, fake).mean()
    assert scores["discriminator_loss"] == pytest.approx(game + 7.0 * penalty, rel=1e-4)
    assert scores.get("gradient_penalty", 0) == pytest.approx(penalty, rel=1e-5)
    assert ("gradient_penalty" in scores) == (kind is not None)


def test_a_lazy_penalty_is_paid_at_once_for_several_steps():
    gan = GAN(**TINY, discriminator=linear(2.0), gradient_penalty_interval=3)
    gan.compile("sgd", keras.optimizers.SGD(0.0))
    paid = [gan.train_on_batch(pictures(4), return_dict=True) for _ in range(6)]
    expected = [6.0, 0.0, 0.0, 6.0, 0.0, 0.0]  # 2^2 / 2, of three steps
    assert [each["gradient_penalty"] for each in paid] == pytest.approx(expected)
    assert gan.evaluate(pictures(4), verbose=0, return_dict=True)["gradient_penalty"] == 2.0


def test_a_penalty_flattens_the_discriminator():
    steep = linear(3.0)
    penalty = {"gradient_penalty_weight": 10.0, "gradient_penalty_interval": 1}
    gan = GAN(**TINY, discriminator=steep, **penalty)
    gan.compile("sgd", keras.optimizers.SGD(0.05))
    gan.fit(pictures(16), batch_size=4, verbose=0)
    assert np.linalg.norm(steep.layers[-1].kernel) < 1.0


def test_both_sides_are_augmented_wherever_the_discriminator_sees_them():
    images, seen = pictures(20), []
    gan = GAN(**TINY, augment=1.0)
    changed = gan.augmentation.call
    gan.augmentation.call = lambda images: seen.append(1) or changed(images)
    gan.compile()
    gan.fit(images, validation_data=images, verbose=0)
    assert len(seen) == 6  # real and fake ones, and fakes again for the generator; twice
    assert gan.logged == GAN.logged


def test_an_adaptive_probability_resumes_and_is_one_on_replicas(mirrored, tmp_path):
    """Of a discriminator that is always right, so that it rises at each step."""

    def new():
        keras.utils.set_random_seed(0)
        gan = GAN(**TINY, discriminator=linear(3.0), augment="adaptive")
        gan.discriminator.layers[-1].bias.assign([100.0])
        gan.compile("sgd", keras.optimizers.SGD(1e-3))
        return gan

    options = {"batch_size": 8, "shuffle": False, "verbose": 0}
    alone, images = new(), pictures(20)
    history = alone.fit(images, **options).history
    assert history["augment_probability"] == pytest.approx([(8 + 8 * 2 + 4 * 3) / 20 / STEPS])
    alone.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    for model in (alone, again):
        model.fit(images, epochs=2, initial_epoch=1, **options)
    assert float(alone.augmentation.probability) == pytest.approx(6 / STEPS)
    assert_same(state(again), state(alone), 0)
    again.evaluate(images, verbose=0)  # which adapts nothing
    assert float(again.augmentation.probability) == pytest.approx(6 / STEPS)
    with mirrored.scope():
        many = new()
    many.fit(images, epochs=2, **options)
    copies = mirrored.experimental_local_results(many.augmentation.probability.value)
    assert [float(copy) for copy in copies] == pytest.approx([6 / STEPS] * 2)


def test_configs_of_before_mean_the_networks_of_before():
    sizes = {"latent_dim": 2, "filters": (4, 4), "seed": 0}
    former = GAN(SHAPE, **sizes, architecture="dcgan", gradient_penalty=None)
    config = former.get_config()
    for word in ("architecture", *(word for word in config if word.startswith("gradient"))):
        del config[word]
    again = GAN.from_config(config)
    assert (again.architecture, again.gradient_penalty) == ("dcgan", None)
    assert again.logged == GAN.logged[:-1]
    again.set_weights(former.get_weights())
    newer = GAN(SHAPE, **sizes)
    assert GAN.from_config(newer.get_config()).get_config() == newer.get_config()
    assert len(newer.get_weights()) != len(former.get_weights())


def test_validation_goes_by_the_statistics_of_the_batch_as_training_does(mirrored):
    """Of a discriminator that normalizes; and keeps nothing of what it saw."""
    options = {"latent_dim": 2, "filters": (4, 4), "architecture": "dcgan", "seed": 0}
    gan = GAN(SHAPE, **options, gradient_penalty=None)
    gan.compile()
    images, judge = pictures(16), gan.discriminator
    judge.layers[-1].bias.assign([-np.median(judge(images, training=True))])
    norm = next(each for each in judge.layers if isinstance(each, keras.layers.BatchNormalization))
    norm.moving_mean.assign(norm.moving_mean + 100)  # by which all would be of one kind
    before = state(gan)
    scores = gan.evaluate(images, batch_size=16, verbose=0, return_dict=True)
    after = state(gan)
    moved = [a.shape for a, b in zip(before, after, strict=True) if (a != b).any()]
    assert moved == [(2,)]  # the seed of the latents
    assert scores["real_accuracy"] == 0.5
    with mirrored.scope():
        many = GAN(SHAPE, **options, gradient_penalty=None)
        many.compile()
    many.set_weights(gan.get_weights())
    scores = many.evaluate(images, batch_size=16, verbose=0, return_dict=True)
    assert scores["real_accuracy"] == 0.5


def test_dcgan_has_batch_statistics_of_all_replicas():
    gan = GAN(SHAPE, latent_dim=2, filters=(4, 4), architecture="dcgan", seed=0)
    norms = [
        layer
        for network in (gan.generator, gan.discriminator)
        for layer in network.layers
        if isinstance(layer, keras.layers.BatchNormalization)
    ]
    assert len(norms) == 3
    assert all(norm.synchronized for norm in norms)
    gan.compile()
    gan.fit(pictures(20), verbose=0)
    assert gan.sample(2, seed=0).shape == (2, *SHAPE)


def test_the_loss_survives_compile():
    gan = GAN(**TINY, loss="hinge")
    gan.compile()
    assert gan.get_config()["loss"] == "hinge"


def test_labels_that_cannot_be_smoothed():
    with pytest.raises(ValueError, match=THREE_PARTS):
        GAN(**TINY, loss="wasserstein", label_smoothing=0.1)


def test_float16_stays_finite_and_learns():
    images = kg.datasets.load("fashion_mnist_small", "train[:1000]", batch_size=20)
    mean = kg.datasets.arrays(images).mean(axis=0)
    options = {"filters": (8, 16), "ema": None, "seed": 0, "dtype": "mixed_float16"}
    gan = GAN((28, 28, 1), latent_dim=8, **options)
    gan.compile(keras.optimizers.Adam(1e-3, beta_1=0.5))

    def away():
        return np.abs(gan.sample(200, seed=0).mean(axis=0) - mean).mean()

    before = away()
    history = gan.fit(images, epochs=2, verbose=0).history
    assert all(np.isfinite(values).all() for values in history.values())
    assert all(np.isfinite(weight).all() for weight in gan.get_weights())
    assert away() < 0.75 * before
