"""What a page is about: images at hand, or samples; latents in the order of what they tell."""

import numpy as np
import pytest

import keras_genzoo as kg
from keras_genzoo.explorer import subjects


def test_images_are_of_the_dataset_that_is_at_hand(monkeypatch):
    subject = subjects.load("vae_fashion_mnist_small")
    assert subject.images.shape == (subjects.SHOWN, 28, 28, 1)
    ranked, _ = kg.latent.rank_dimensions(subject.model, subject.images)
    assert subject.order.tolist() == ranked.tolist()


def test_latents_are_ranked_by_what_the_decoder_makes_of_them(model):
    subject = subjects.Subject("vae", model, {})
    kernel = model.decoder.get_layer(index=1).kernel
    values = np.array(kernel)
    values[0] *= 0.01  # the first latent tells next to nothing
    values[1] *= 10
    kernel.assign(values)
    assert subject.ranked().tolist() == [1, 0]


def test_samples_are_chosen_from_where_no_images_are(model, tmp_path):
    model.save_to_preset(tmp_path / "vae")
    subject = subjects.load(tmp_path / "vae")
    assert subject.images is None
    np.testing.assert_array_equal(subject.pool[:2], model.sample(8, seed=0)[:2])


def test_a_model_that_depends_on_images_has_no_page(tmp_path):
    model = kg.models.ConditionalVAE((8, 8, 1), condition_shape=(8, 8, 1), hidden=(4,), seed=0)
    model.save_to_preset(tmp_path / "cvae")
    with pytest.raises(ValueError, match="of which a page asks none"):
        subjects.load(tmp_path / "cvae")
