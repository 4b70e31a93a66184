# %% [markdown]
# # Between tunes: how well melodies come back from their latents, and what lies on the way
#
# Pictures: `runs/between_tunes/between.png`, ways from tune to tune through the latents and through
# the tokens. Time: 4 minutes of a core; with `--quick` 16 s, on tunes that it makes.
#
#     python examples/between_tunes.py --tunes nottingham.zip
#
# Most tokens of a melody hold the note before, and are easily right: `onset F1` looks at the
# beginnings of notes alone. The more nats a latent holds, its KL, the better a melody comes back,
# so the two are told together; to pick one of 8,000 training windows takes 9.

# %%
import argparse
import itertools
import os
from pathlib import Path

import keras
import numpy as np
import PIL.Image

import keras_genzoo as kg

parser = argparse.ArgumentParser(allow_abbrev=False)
parser.add_argument("--preset", default="sequence_vae_nottingham", help="a name, or a run's folder")
parser.add_argument(
    "--tunes",
    type=Path,
    default=Path(os.environ.get("GENZOO_DATA_DIR", ""), "nottingham.zip"),
    help="MIDI files; nottingham.zip, here or in $GENZOO_DATA_DIR, unless given",
)
parser.add_argument("--count", type=int, default=500, help="held-out windows that are measured")
parser.add_argument("--epochs", type=int, default=15, help="of the language model")
parser.add_argument("--quick", action="store_true", help="tunes that are made, one epoch")
parser.add_argument("--output", type=Path, default=Path("runs/between_tunes"))
options, _ = parser.parse_known_args()  # a notebook's kernel has arguments of its own
options.output.mkdir(parents=True, exist_ok=True)
model = kg.from_preset(options.preset)
draws, units, rows = (2, 8, 1) if options.quick else (16, model.units, 3)
if options.quick:
    options.tunes, options.epochs = options.output / "made", 1
    random = np.random.default_rng(0)
    for number in range(60):
        degrees = np.cumsum(random.integers(-2, 3, 16))
        scale = np.array([0, 2, 4, 5, 7, 9, 11])
        notes = 63 + scale[degrees % 7] + 12 * (degrees // 7)
        tune = np.where(np.arange(32) % 2, 1, np.repeat(notes, 2))
        kg.datasets.to_midi(tune, options.tunes / f"{number}.mid")

# %% [markdown]
# ## What comes back
#
# The model writes from the latent alone, each token after those that it wrote itself. Beside it:
# what a place holds most often, and the training window that has most tokens in common, as it is
# and moved to each of the twelve keys.

# %%


def windows_of(split, **how):
    return kg.datasets.melodies(options.tunes, bars=model.length // 16, split=split, **how)


train = kg.datasets.arrays(windows_of("train", shuffle=False))
held_out = kg.datasets.arrays(windows_of("test", shuffle=False))[: options.count]
print(f"{len(train):,} windows to learn from, {len(held_out)} held out")


def nearest(windows):
    """Of each held-out window, that which has most tokens in common with it."""
    windows = windows.astype("uint8")
    return windows[[(windows == each).sum(axis=1).argmax() for each in held_out.astype("uint8")]]


is_pitch = train >= kg.datasets.FIRST_PITCH
moved = np.concatenate([np.where(is_pitch, train + semitones, train) for semitones in range(-6, 6)])
counts = [np.bincount(place, minlength=model.vocabulary_size) for place in train.T]
rebuilt = {
    "most frequent token": np.tile(np.argmax(counts, axis=1), (len(held_out), 1)),
    "nearest training window": nearest(train),
    "the same, in 12 keys": nearest(moved),
}
table = {
    name: kg.metrics.token_scores(held_out, tokens, kg.datasets.FIRST_PITCH)
    for name, tokens in rebuilt.items()
}
protocol = kg.evaluation.Protocol(draws=draws)
scores = kg.evaluation.sequence_scores(model, held_out, str(options.tunes), protocol)
scores = {score.metric: score.value for score in scores}
table[f"{Path(options.preset).name}, KL {scores['kl']:.0f}"] = scores
print(f"{'':32} {'all steps':>9} {'onsets':>9} {'onset F1':>9} {'whole':>9}")
for name, row in table.items():
    cells = (row[metric] for metric in ("tokens", "onsets", "onset_f1", "whole"))
    print(f"{name:32}", *(f"{cell:9.3f}" for cell in cells))

# %% [markdown]
# ## How probable are tunes, and what is drawn?
#
# A bound of log p(x), and a tighter one by importance weights. A language model, the same decoder
# after an encoder that says nothing, judges held-out tunes and draws alike: draws of the prior, and
# of a Gaussian that is fitted to the latents of tunes, which at a small `beta` are elsewhere
# (Ghosh et al. 2020, https://arxiv.org/abs/1903.12436).

# %%
print(f"nats per window: bound {-scores['bound']:.1f}, weighted {-scores['log_likelihood']:.1f}")
sizes = {"vocabulary_size": model.vocabulary_size, "length": model.length, "latent_dim": 1}
silent = keras.Sequential([keras.Input((model.length,)), keras.layers.Rescaling(0.0)])
language = kg.models.SequenceVAE(**sizes, units=units, free_bits=0.0, encoder=silent, seed=0)
steps = options.epochs * -(-len(train) // 64)
rate = keras.optimizers.schedules.CosineDecay(3e-3, steps)
language.compile(keras.optimizers.Adam(rate, clipnorm=1.0))
learned = windows_of("train", batch_size=64, transpose=5)
language.fit(learned, epochs=options.epochs, verbose=0)


def nats(tokens):
    """What the language model pays for each sequence, `(n,)`."""
    return -language.log_prob(tokens, np.zeros((len(tokens), 1)))


mean, log_variance = model.posterior(train)
covariance = np.cov(mean.T) + np.diag(np.exp(log_variance).mean(axis=0))
latents = np.random.default_rng(0).multivariate_normal(mean.mean(axis=0), covariance, len(held_out))
for name, tokens in {
    "held-out tunes": held_out,
    "draws of the prior": model.sample(len(held_out), seed=0),
    "draws of the Gaussian": model.decode(latents, temperature=1.0, seed=0),
}.items():
    paid = nats(tokens)
    error = paid.std() / len(paid) ** 0.5
    pitches = np.mean([len({*melody[melody >= kg.datasets.FIRST_PITCH]}) for melody in tokens])
    shares = f"{np.mean(tokens == 1):.2f} holds, {np.mean(tokens == 2):.2f} rests"
    print(
        f"{name:21} {paid.mean():.1f} +- {error:.1f} nats by the language model; {shares}, "
        f"{pitches:.1f} pitches a window"
    )

# %% [markdown]
# ## Between tunes
#
# Ways from one held-out tune to another, each with as many stops. Through the tokens each place
# changes over at a moment of its own; what lies between is no melody, and the language model says
# so. Steps are edit distances, the fewest tokens to change, put in or take out.

# %%
STOPS = 8
PAIRS = min(50, len(held_out) // 2)
chosen = np.linspace(0, len(held_out) - 1, 2 * PAIRS).astype(int)
pairs = held_out[chosen].reshape(2, PAIRS, -1).swapaxes(0, 1)  # of windows far apart, two tunes
through_latents = model.interpolate(pairs[:, 0], pairs[:, 1], steps=STOPS)
moments = np.random.default_rng(0).uniform(size=(len(pairs), 1, model.length))
# At neither end has a place changed too late or too soon.
has_changed = moments < np.linspace(0, 1, STOPS)[:, None]
through_tokens = np.where(has_changed, pairs[:, 1:], pairs[:, :1])
for name, ways in (("latents", through_latents), ("tokens", through_tokens)):
    steps = [kg.metrics.edit_distance(*pair) for way in ways for pair in itertools.pairwise(way)]
    ends = np.mean([kg.metrics.edit_distance(way[0], way[-1]) for way in ways])
    inner = nats(ways[:, 1:-1].reshape(-1, model.length)).mean()
    print(
        f"through {name}: steps of {np.mean(steps):.2f}, the longest {np.max(steps)}, between ends "
        f"{ends:.1f} apart; {inner:.1f} nats by the language model on the way"
    )

# %%
shown = np.stack([through_latents[:rows], through_tokens[:rows]], axis=1)
titles = [f"by {name}, {i + 1} of {STOPS}" for name in ("latents", "tokens") for i in range(STOPS)]
tokens = shown.reshape(-1, model.length)
figure = kg.plots.piano_rolls(tokens, "From tune to tune", titles * rows, columns=STOPS)
figure.savefig(options.output / "between.png")
PIL.Image.open(options.output / "between.png")
