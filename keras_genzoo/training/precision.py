"""In what precision a run computes, and what its card says of it."""

import re
import shlex
from pathlib import Path

import tensorflow as tf

_FLAG = "--mixed-precision"
_CPU = "avx512_bf16 or amx_bf16 among its flags"


def policy(model_class, mixed_precision):
    """The layers' dtype policy; for bfloat16 on a CPU perhaps TensorFlow's rewrite of the graphs.

    Measured on a CPU, Keras' own `mixed_bfloat16` makes VAEs and GANs slower than float32, and the
    rewrite faster; a U-Net of diffusion the other way round.
    """
    on_cpu = not tf.config.list_physical_devices("GPU")
    if mixed_precision == "bfloat16" and on_cpu and model_class.rewritten_for_bfloat16:
        if not _cpu_computes_bfloat16():
            raise ValueError(
                f"This CPU does not compute in bfloat16. Expected {_CPU}, or a GPU. "
                "Received: mixed_precision='bfloat16'"
            )
        print("bfloat16 on a CPU: TensorFlow rewrites every graph of this process where it can.")
        tf.config.optimizer.set_experimental_options({"auto_mixed_precision_onednn_bfloat16": True})
        return None
    return mixed_precision and f"mixed_{mixed_precision}"


def in_card(model_class, mixed_precision, command):
    """What a card says of a run in bfloat16: the machine it takes, and its command for others.

    Example:
        >>> import keras_genzoo as kg
        >>> typed = "genzoo train gan --mixed-precision bfloat16 --epochs 8"
        >>> in_card(kg.models.GAN, "bfloat16", typed)["float32_command"]
        'genzoo train gan --epochs 8'
    """
    if mixed_precision != "bfloat16":
        return {}
    needs = f"a GPU, or a CPU with {_CPU}"
    if not model_class.rewritten_for_bfloat16:
        needs = f"any CPU or GPU; a CPU without {_CPU} emulates it"
    tokens = shlex.split(command)
    kept = [
        token
        for before, token in zip(["", *tokens], tokens, strict=False)
        if _FLAG not in (before, token.partition("=")[0])
    ]
    return {"requires": needs, "float32_command": shlex.join(kept)}


def _cpu_computes_bfloat16():
    cpu = Path("/proc/cpuinfo")
    return cpu.exists() and bool(re.search(r"\b(avx512_bf16|amx_bf16)\b", cpu.read_text()))
