# %% [markdown]
# # More than one answer: the lower half of a digit, and where a sprite turns
#
# Pictures: `runs/more_than_one_answer/digits.png` and `sprites.png`, what is given and several
# answers. Time: 5 minutes of processor time; with `--quick` 18 s, undertrained.
#
#     python examples/more_than_one_answer.py [--quick]
#
# A network that is asked for what nobody can know gives the mean of all answers, which is none of
# them. A conditional VAE draws one: its latents hold what the condition leaves open. Here it is
# measured against the same network without latents, in nats of what is missing, and by how far the
# nearest of ten answers lies from what came.

# %%
import argparse
from pathlib import Path

import keras
import numpy as np
import PIL.Image

import keras_genzoo as kg

parser = argparse.ArgumentParser(allow_abbrev=False)
parser.add_argument("--quick", action="store_true", help="fewer images and epochs")
parser.add_argument("--output", type=Path, default=Path("runs/more_than_one_answer"))
options, _ = parser.parse_known_args()  # a notebook's kernel has arguments of its own

count, epochs = (2_000, 2) if options.quick else (20_000, 20)
tested, draws = (100, 10) if options.quick else (1_000, 100)
ANSWERS = 10  # of which the nearest counts

# %% [markdown]
# Both learn from the same pairs. The network without latents is the decoder of a conditional VAE
# whose latents are held at 0.


# %%
def without_latents(like):
    """The decoder of a conditional VAE of the same sizes, of the condition alone."""
    conditions = keras.Input(like.condition_shape)
    zeros = {"kernel_initializer": "zeros", "use_bias": False, "trainable": False}
    latents = keras.layers.Dense(like.latent_dim, **zeros)(keras.layers.Flatten()(conditions))
    twin = kg.models.ConditionalVAE.from_config(like.get_config())
    network = keras.Model(conditions, twin.decoder([latents, conditions]))
    network.compile("adam", loss=kg.losses.bernoulli)
    return network


def compared(train, test, **sizes):
    """A conditional VAE and a network without latents, trained and measured on pairs."""
    (images, conditions), (wanted, given) = train, test
    shapes = {"image_shape": images.shape[1:], "condition_shape": conditions.shape[1:]}
    cvae = kg.models.ConditionalVAE(**shapes, **sizes, seed=0)
    cvae.compile("adam")
    network = without_latents(cvae)
    cvae.fit(images, conditions, epochs=epochs, batch_size=128, verbose=0)
    network.fit(conditions, images, epochs=epochs, batch_size=128, verbose=0)

    likelihood = kg.metrics.log_likelihood(cvae, wanted, draws, conditions=given)
    mean = network.predict(given, verbose=0)
    nats = np.asarray(kg.losses.bernoulli(wanted, mean))
    print(f"nats of what is missing: {-likelihood.mean():.1f}, without latents {nats.mean():.1f}")
    answers = cvae.sample(conditions=given.repeat(ANSWERS, axis=0), seed=0)
    answers = answers.reshape(len(given), ANSWERS, *wanted.shape[1:])
    nearest = squared(answers, wanted[:, None]).min(axis=1)
    print(
        f"squared error of the nearest of {ANSWERS} answers: {nearest.mean():.1f}, of a mean of "
        f"{ANSWERS} {squared(answers.mean(axis=1), wanted).mean():.1f}, "
        f"without latents {squared(mean, wanted).mean():.1f}"
    )
    return answers, mean


def squared(a, b):
    """Squared error, summed over an image."""
    return np.sum((a - b) ** 2, axis=(-3, -2, -1))


def picture(rows, headers, name, title):
    """A row for each condition."""
    path = options.output / name
    options.output.mkdir(parents=True, exist_ok=True)
    kg.grids.grid(rows, title, headers=headers).savefig(path)
    return PIL.Image.open(path)


# %% [markdown]
# The lower half of a digit from the upper. Pixels are black or white, so that nats are those of a
# likelihood.


# %%
def halves(split):
    """Pairs of lower and upper halves of MNIST's digits."""
    digits = kg.datasets.load("mnist", split, 500, binarize="static", shuffle=False)
    digits = kg.datasets.arrays(digits)
    return digits[:, 14:], digits[:, :14]


print("the lower half of a digit")
test = lower, upper = halves(f"test[:{tested}]")
answers, mean = compared(halves(f"train[:{count}]"), test, latent_dim=16, hidden=(500,))

# %%
whole = [np.concatenate([upper, np.full_like(lower, 0.5)], axis=1)]
whole += [np.concatenate([upper, x], axis=1) for x in (lower, mean)]
whole += [np.concatenate([upper, answers[:, i]], axis=1) for i in range(6)]
headers = ["given", "true", "no latents", *map(str, range(1, 7))]
picture(np.stack(whole, axis=1)[:8], headers, "digits.png", "Lower halves, given the upper")

# %% [markdown]
# The next frame of a sprite that was seen twice. It goes on in no case: it turns to the left or to
# the right, by a coin. Frames are 32x32, every other pixel of the sprites'.


# %%
def frames(count, seed):
    """Next frames, pairs of frames before them, and the next frames of the other turn."""
    random = np.random.default_rng(seed)
    look = random.integers([3, 6, 40], size=(count, 3))
    place = random.integers(8, 24, size=(count, 2))
    step = np.array([[6, 0], [0, 6], [-6, 0], [0, -6]])
    way = random.integers(4, size=count)
    turn = random.choice([-1, 1], size=count)
    places = place - step[way], place, *(place + step[(way + t) % 4] for t in (turn, -turn))
    factors = [np.concatenate([look, at], axis=1) for at in places]
    first, second, came, other = (kg.datasets.sprites().images(f)[:, ::2, ::2] for f in factors)
    return came, np.concatenate([first, second], axis=-1), other


print("\nthe next frame of a sprite")
came, before, other = frames(tested, seed=1)
answers, mean = compared(frames(count, seed=0)[:2], (came, before), latent_dim=8, hidden=(500,))
turned = squared(answers, came[:, None]) < squared(answers, other[:, None])
print(f"answers nearer to the turn that came than to the other: {turned.mean():.0%}")

# %%
shown = [before[..., :1], before[..., 1:], came, mean, *answers.swapaxes(0, 1)[:6]]
headers = ["first", "second", "came", "no latents", *map(str, range(1, 7))]
picture(np.stack(shown, axis=1)[:8], headers, "sprites.png", "Next frames, given two")
