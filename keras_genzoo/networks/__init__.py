"""Default networks, and what your own must fit: functional Keras models.

Images enter and leave in [0, 1]. The last layers compute in float32, whatever the policy, since
16 bits are too coarse for likelihoods.
"""

from keras_genzoo.networks.coding import condition_encoder, decoder, encoder
from keras_genzoo.networks.dcgan import discriminator, generator
from keras_genzoo.networks.recurrent import (
    CellRecurrence,
    Recurrence,
    projection,
    sequence_encoder,
)
from keras_genzoo.networks.residual_mlp import residual_mlp
from keras_genzoo.networks.shapes import (
    IMAGES,
    LOGITS,
    check_ends,
    check_shapes,
    halvings_to,
    smallest_map,
)
from keras_genzoo.networks.unet import unet

__all__ = [
    "IMAGES",
    "LOGITS",
    "CellRecurrence",
    "Recurrence",
    "check_ends",
    "check_shapes",
    "condition_encoder",
    "decoder",
    "discriminator",
    "encoder",
    "generator",
    "halvings_to",
    "projection",
    "residual_mlp",
    "sequence_encoder",
    "smallest_map",
    "unet",
]
