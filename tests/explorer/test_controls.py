"""A picture that was chosen, or not yet; a class, where a verb may be told one."""

import gradio
import numpy as np
import pytest

import keras_genzoo as kg
from keras_genzoo.explorer import controls, subjects


def test_what_was_not_chosen_is_asked_for():
    with pytest.raises(ValueError, match=r"Expected one that was uploaded\. Received: none"):
        controls.Picked().picture()
    image = np.ones((8, 8, 1))
    assert controls.Picked(image).picture() is image


def test_a_class_is_asked_for_where_a_verb_may_be_told_one(model):
    gan = kg.models.ConditionalGAN((8, 8, 1), 3, latent_dim=2, hidden=(4,))
    with gradio.Blocks(analytics_enabled=False):
        asked = controls.classes(subjects.Subject("gan", gan, {}), "sample", in_turn=True)
        unasked = controls.classes(subjects.Subject("vae", model, {}), "sample")
    assert [label for label, _ in asked.choices] == ["all in turn", "0", "1", "2"]
    assert controls.is_asked(asked)
    assert not controls.is_asked(unasked)
