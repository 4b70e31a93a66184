"""What models of images and flat latents share: their sizes, words, and ways between latents."""

import numpy as np
import pytest
from contract import SHAPE, THREE_PARTS, assert_same

from keras_genzoo.models import GAN, VAE

TINY = {"latent_dim": 3, "hidden": (4,), "seed": 0}


@pytest.mark.parametrize("model_class", [GAN, VAE])
def test_sizes_and_words(model_class):
    model = model_class([8, 12, 3], **{**TINY, "hidden": [4, 5]})
    assert (model.image_shape, model.latent_dim, model.hidden) == ((8, 12, 3), 3, (4, 5))
    assert model.fields["images"].shape == (8, 12, 3)
    assert model.fields["latents"].shape == (3,)
    with pytest.raises(ValueError, match=THREE_PARTS):
        model_class(SHAPE, **{**TINY, "hidden": 4})


@pytest.mark.parametrize("model_class", [GAN, VAE])
def test_ways_between_latents(model_class):
    model = model_class(SHAPE, **TINY)
    ends = np.array([[0.0, 1.0, 2.0], [1.0, 0.0, -1.0]], "float32")
    way = model.interpolate(*ends, steps=3)
    assert way.shape == (3, *SHAPE)
    assert_same([way], [model.decode(np.stack([ends[0], ends.mean(axis=0), ends[1]]))], 1e-5)
