"""Samples per second of `Diffusion.sample` and of PyTorch with diffusers' scheduler.

    python tests/benchmarks/diffusion_sample.py
    python tests/benchmarks/diffusion_sample.py --processor-time --threads 1    # on a busy machine

Both draw by DPM-Solver++(2M), in float32, from one architecture: the zoo's U-Net, and the same of
`torch.nn` here, whose parameters are as many. They take turns in one process, so that a drift of
the machine's speed hits both; the first turn of each, which traces, is left out. It stops at once
where PyTorch or diffusers are not installed.
"""

import math
import os
import statistics
import sys
import time
from typing import Annotated

import cyclopts
import tensorflow as tf

import keras_genzoo as kg

try:
    import torch
    from diffusers import DPMSolverMultistepScheduler
    from torch import nn
    from torch.nn import functional
except ImportError as error:
    sys.exit(f"There is nothing to compare with. Expected PyTorch and diffusers. Received: {error}")


class Norm(nn.Module):
    """Group normalization, scaled and shifted by an embedding where there is one."""

    def __init__(self, depth, units=None):
        super().__init__()
        self.norm = nn.GroupNorm(math.gcd(8, depth), depth)
        self.modulation = units and nn.Linear(units, 2 * depth)

    def forward(self, x, embedding=None):
        x = self.norm(x)
        if embedding is None:
            return x
        scale, shift = self.modulation(embedding)[:, :, None, None].chunk(2, dim=1)
        return x * (1 + scale) + shift


class Block(nn.Module):
    """A residual block of two convolutions, and attention after it."""

    def __init__(self, given, depth, units, attend):
        super().__init__()
        self.first_norm, self.second_norm = Norm(given), Norm(depth, units)
        self.first = nn.Conv2d(given, depth, 3, padding=1)
        self.second = nn.Conv2d(depth, depth, 3, padding=1)
        self.past = nn.Identity() if given == depth else nn.Conv2d(given, depth, 1)
        self.attention = None
        if attend:
            self.attention_norm = Norm(depth)
            self.attention = nn.MultiheadAttention(depth, max(depth // 32, 1), batch_first=True)

    def forward(self, x, embedding):
        y = self.first(functional.silu(self.first_norm(x)))
        y = self.second(functional.silu(self.second_norm(y, embedding)))
        x = self.past(x) + y
        if self.attention is None:
            return x
        y = self.attention_norm(x).flatten(2).transpose(1, 2)
        y, _ = self.attention(y, y, y, need_weights=False)
        return x + y.transpose(1, 2).reshape(x.shape)


class UNet(nn.Module):
    """`keras_genzoo.networks.unet`, layer by layer."""

    def __init__(self, channels, filters, num_blocks):
        super().__init__()
        units = 4 * filters[0]
        self.embed = nn.Sequential(
            nn.Linear(64, units), nn.SiLU(), nn.Linear(units, units), nn.SiLU()
        )
        self.enter = nn.Conv2d(channels, filters[0], 3, padding=1)
        self.down, self.narrow = nn.ModuleList(), nn.ModuleList()
        self.up, self.widen = nn.ModuleList(), nn.ModuleList()
        given = filters[0]
        for level, depth in enumerate(filters):
            attend = level == len(filters) - 1
            if level:
                self.narrow.append(nn.Conv2d(given, depth, 3, 2, 1))
            given = depth
            self.down.append(self._blocks([depth] * num_blocks, depth, units, attend))
            self.up.append(self._blocks([2 * depth] * num_blocks, depth, units, attend))
            if level:
                self.widen.append(nn.Conv2d(depth, filters[level - 1], 3, padding=1))
        self.norm = Norm(filters[0])
        self.leave = nn.Conv2d(filters[0], channels, 3, padding=1)

    @staticmethod
    def _blocks(given, depth, units, attend):
        return nn.ModuleList(Block(each, depth, units, attend) for each in given)

    def forward(self, x, times):
        places = torch.arange(32) / 31
        angles = 2 * math.pi * times[:, None] * 0.5 * torch.exp(places * math.log(1000))
        embedding = self.embed(torch.cat([angles.sin(), angles.cos()], dim=-1))
        x = self.enter(x)
        seen = []
        for level, blocks in enumerate(self.down):
            if level:
                x = self.narrow[level - 1](x)
            for block in blocks:
                x = block(x, embedding)
                seen.append(x)
        for level in reversed(range(len(self.up))):
            for block in self.up[level]:
                x = block(torch.cat([x, seen.pop()], dim=1), embedding)
            if level:
                x = self.widen[level - 1](functional.interpolate(x, scale_factor=2))
        return self.leave(functional.silu(self.norm(x)))


def torch_sampler(network, steps, batch_size, channels_last):
    """A function that draws so many samples as diffusers' pipelines do."""
    scheduler = DPMSolverMultistepScheduler(
        beta_schedule="squaredcos_cap_v2", prediction_type="v_prediction"
    )
    layout = torch.channels_last if channels_last else torch.contiguous_format
    network = network.eval().to(memory_format=layout)

    @torch.no_grad()
    def sample(count):
        batches = []
        for start in range(0, count, batch_size):
            x = torch.randn(min(batch_size, count - start), 1, 28, 28).to(memory_format=layout)
            scheduler.set_timesteps(steps)
            for step in scheduler.timesteps:
                told = network(x, (step / 1000).expand(len(x)))
                x = scheduler.step(told, step, x).prev_sample
            batches.append((x / 2 + 0.5).clamp(0, 1).numpy())
        return batches

    return sample


def main(
    *,
    samples: int = 128,
    rounds: int = 5,
    steps: int = 20,
    batch_size: int = 64,
    filters: Annotated[tuple[int, ...], cyclopts.Parameter(consume_multiple=True)] = (32, 64, 128),
    num_blocks: int = 1,
    threads: int | None = None,
    channels_last: bool = False,
    processor_time: bool = False,
):
    """Print samples per second, medians over rounds.

    Args:
        samples: Samples that each draws in a round.
        rounds: Timed rounds.
        steps: Steps of the solver.
        batch_size: Samples that are drawn together.
        filters: Channels of the U-Net's levels.
        num_blocks: Residual blocks of a level.
        threads: Of each; left out, one for each processor.
        channels_last: Lay PyTorch's maps out so.
        processor_time: Count the seconds that processors worked, not those that passed.
    """
    threads = threads or os.cpu_count()
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)
    torch.set_num_threads(threads)
    diffusion = kg.models.Diffusion((28, 28, 1), filters=filters, num_blocks=num_blocks)
    diffusion.at_once = batch_size
    network = UNet(1, filters, num_blocks)
    sizes = diffusion.denoiser.count_params(), sum(each.numel() for each in network.parameters())
    if sizes[0] != sizes[1]:
        sys.exit(f"The networks differ. Expected as many parameters. Received: {sizes}")
    variants = {
        "Diffusion.sample": lambda count: diffusion.sample(count, steps=steps, solver="dpm++2m"),
        "diffusers": torch_sampler(network, steps, batch_size, channels_last),
    }
    now = time.process_time if processor_time else time.perf_counter
    speeds = {name: [] for name in variants}
    for sample in variants.values():
        sample(batch_size)
    for _ in range(rounds):
        for name, sample in variants.items():
            start = now()
            sample(samples)
            speeds[name].append(samples / (now() - start))
    ours, theirs = speeds.values()
    ratios = [a / b for a, b in zip(ours, theirs, strict=True)]
    for name, values in speeds.items():
        print(f"{name:16} {statistics.median(values):6.2f} samples/s")
    spread = f"{min(ratios):.2f} to {max(ratios):.2f}"
    print(f"{'ratio':16} {statistics.median(ratios):6.2f}  ({spread})")


if __name__ == "__main__":
    cyclopts.run(main)
