"""What diffusion models share: how they learn to take noise away, and how they draw by it."""

import math
from typing import Literal

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from keras_genzoo import losses, networks
from keras_genzoo.base import (
    DecodesLatents,
    DrawsFromAverage,
    GenerativeModel,
    Player,
    arguments,
    compiled,
    fields,
    verb,
)
from keras_genzoo.models.diffusion.noise_schedules import (
    PREDICTIONS,
    SCHEDULES,
    clean_and_noise,
    grid,
    predicted,
)
from keras_genzoo.models.diffusion.sampling import SamplesInSteps
from keras_genzoo.models.diffusion.solvers import SOLVERS, solve


class Denoising(SamplesInSteps, DrawsFromAverage, DecodesLatents, GenerativeModel):
    """Base of models that learn to take noise from states, and draw new ones from noise alone.

    A subclass says how images become states, `states_of`, and back, `images_of`, and names their
    shape to `keep_denoiser`. Images are drawn by a moving average of the denoiser; see
    `DrawsFromAverage`.

    Args:
        schedule: From data to noise: `"cosine"`, `"linear"` (DDPM's) or `"flow"`, straight paths.
        prediction: What the denoiser gives: `"velocity"`, `"noise"` or `"image"`.
        num_classes: Classes of the labels, of which one may be asked for; `None` for none.
        label_dropout: Share of examples whose label is hidden in training, by which the model
            learns to draw without a class too, and guidance has its two ends.
        ema: Decay of the denoiser's moving average, which images are drawn by; `None` for none.

    Raises:
        ValueError: If an argument is none that there is, or the denoiser does not fit the shapes.
    """

    averaged = "denoiser"
    at_once = 64
    rewritten_for_bfloat16 = False
    call_words = ("latents",)

    def __init__(
        self,
        schedule: Literal["cosine", "linear", "flow"] = "cosine",
        prediction: Literal["velocity", "noise", "image"] = "velocity",
        num_classes: int | None = None,
        label_dropout: float = 0.1,
        ema: float | None = 0.999,
        seed=None,
        **kwargs,
    ):
        super().__init__(seed, **kwargs)
        self.schedule = arguments.one_of("schedule", schedule, tuple(SCHEDULES))
        self.prediction = arguments.one_of("prediction", prediction, PREDICTIONS)
        self.num_classes = arguments.whole_or_none("num_classes", num_classes)
        self.label_dropout = arguments.number("label_dropout", label_dropout)
        if not 0 < self.label_dropout <= 1:
            raise ValueError(
                "The model could not learn to draw without a class. Expected a share of hidden "
                f"labels above 0 and up to 1. Received: label_dropout={label_dropout}"
            )
        self.ema = ema
        if num_classes is not None:
            self.fit_y = "labels"
            self.call_words = ("latents", "labels")

    def keep_denoiser(self, denoiser, state_shape, **sizes):
        """Make the zoo's denoiser of states of a shape, or check the user's; start its average."""
        self.custom_networks = frozenset(["denoiser"] if denoiser else [])
        new = networks.unet if len(state_shape) == 3 else networks.residual_mlp
        self.denoiser = denoiser or new(
            state_shape, num_classes=self.num_classes, dtype=self.dtype_policy, **sizes
        )
        labels = [] if self.num_classes is None else [()]
        networks.check_shapes(
            self.denoiser, "denoiser", inputs=[state_shape, (), *labels], outputs=state_shape
        )
        self.keep_average(self.ema)

    @property
    def fields(self):
        words = {
            "steps": fields.Scalar(least=1),
            "guidance": fields.Number(),
            "solver": fields.Choice(tuple(SOLVERS)),
        }
        if self.num_classes is not None:
            words["labels"] = fields.labels(self.num_classes)
        return {**super().fields, **words}

    def check_together(self, given):
        if "labels" not in given and given.get("guidance", 1) != 1:
            raise ValueError(
                "There is no class to lead to. Expected labels with a guidance other than 1. "
                f"Received: guidance={given['guidance']}, labels=None"
            )

    def states_of(self, images):
        """The states, on the scale of the noise, of images in [0, 1]."""
        raise NotImplementedError

    def learned_states(self, images):
        """The states that a step learns from, which may be drawn."""
        return self.states_of(images)

    def images_of(self, states):
        """The images, in [0, 1], of states without noise."""
        raise NotImplementedError

    # === The flow ===

    def signal_and_noise(self, times):
        """What an image and the noise weigh at times in [0, 1]; 0 is data.

        Args:
            times: Numbers, an array or a tensor, of any shape.

        Returns:
            Both, like `times`: `x_t = signal * x_0 + noise * eps`.
        """
        schedule = SCHEDULES[self.schedule]
        if ops.is_tensor(times) or keras.utils.is_keras_tensor(times):
            return schedule(times)
        return tuple(map(np.asarray, schedule(ops.convert_to_tensor(times, "float32"))))

    @property
    def players(self):
        return (Player("loss", (self.denoiser,), self.terms),)

    def flow(self, images, labels=None, sample_weight=None, training=False):
        clean = self.learned_states(images)
        times = keras.random.uniform((ops.shape(clean)[0],), seed=self.seed_generator)
        eps = keras.random.normal(ops.shape(clean), seed=self.seed_generator)
        ends = clean, eps, *(_beside(each, clean) for each in self.signal_and_noise(times))
        noisy = ends[2] * clean + ends[3] * eps
        if labels is not None:
            labels = ops.cast(labels, "int32")
            if training:
                kept = keras.random.uniform(ops.shape(labels), seed=self.seed_generator)
                labels = ops.where(kept < self.label_dropout, self.num_classes, labels)
        network = self.denoiser if training else self.drawn_network
        output = self._asked(network, noisy, times, labels, training)
        return {"told": output, "truth": predicted(self.prediction, *ends)}

    def terms(self, flow):
        size = math.prod(flow["truth"].shape[1:])
        return {"loss": losses.squared_error(flow["truth"], flow["told"]) / size}

    def _asked(self, network, states, times, labels, training=False):
        given = [states, times] if self.num_classes is None else [states, times, labels]
        return ops.cast(network(given, training=training), "float32")

    def call(self, inputs, training=False):
        decode = type(self).decode.on_tensors
        return decode(self, *inputs) if isinstance(inputs, list | tuple) else decode(self, inputs)

    # === Solving ===

    def denoise(self, labels=None, guidance=1.0):
        """A function from states and a `Point` to the x_0 and the eps that the model sees there.

        Args:
            labels: `(batch,)`; `None` means without a class.
            guidance: How far to go from the prediction without a class to that with one: 1 is
                there, more goes beyond.
        """
        shape = self.denoiser.inputs[0].shape
        specs = {"states": tf.TensorSpec(shape), "times": tf.TensorSpec((None,))}
        if self.num_classes is not None:
            specs["labels"] = tf.TensorSpec((None,), "int32")
        # Traced once, however often graphs ask it.
        told = compiled(self, type(self).told, specs)

        def asked(states, time, *labels):
            return told(states, ops.zeros((ops.shape(states)[0],)) + time, *labels)

        def denoise(states, point):
            def guided():
                both = ops.concatenate([labels, nothing])
                both = asked(ops.concatenate([states, states]), point.time, both)
                with_class, without = ops.split(both, 2)
                return without + guidance * (with_class - without)

            if self.num_classes is None:
                output = asked(states, point.time)
            else:
                nothing = ops.full((ops.shape(states)[0],), self.num_classes, dtype="int32")
                output = _if(
                    labels is None or guidance == 1.0,
                    lambda: asked(states, point.time, nothing if labels is None else labels),
                    guided,
                )
            return clean_and_noise(self.prediction, output, states, point.signal, point.noise)

        return denoise

    def told(self, states, times, labels=None):
        """What the network that is drawn by says of states at times, on tensors."""
        return self._asked(self.drawn_network, states, times, labels)

    def _states_from(
        self, latents, labels, steps, guidance=1.0, solver="heun", noise_of=None, keep=False
    ):
        """States without noise, of latents that stand for what lies at the first time."""
        schedule, denoise = self.signal_and_noise, self.denoise(labels, guidance)
        times = grid(schedule, steps)
        _, noise = schedule(times[0])
        return solve(solver, schedule, denoise, noise * latents, times, noise_of, keep)

    def _latents_of(self, states, labels, steps):
        """The way of `_states_from` back, from where its last step began, which has none."""
        schedule = self.signal_and_noise
        times = ops.flip(grid(schedule, steps + 1)[:-1])
        signal, _ = schedule(times[0])
        _, noise = schedule(times[-1])
        return solve("heun", schedule, self.denoise(labels), signal * states, times) / noise

    # === Verbs ===

    @verb("latents")
    def encode(self, images, labels=None, steps=50):
        """The noise that images come from, by the probability-flow equation.

        Args:
            images: `(n, *image_shape)` in [0, 1].
            labels: `(n,)`, classes, of a model that knows some; `None` for none.
            steps: Steps of Heun's method.

        Returns:
            Like the noise: standard normal where images vary, less where they are all alike.
        """
        return self._latents_of(self.states_of(images), labels, steps)

    @verb("images")
    def decode(self, latents, labels=None, steps=50, guidance=1.0):
        """Images of noise, by the probability-flow equation: the inverse of `encode`.

        Args:
            latents: Standard normal noise, `(n, *fields["latents"].shape)`.
            labels: `(n,)`, classes, of a model that knows some; `None` for none.
            steps: Steps of Heun's method.
            guidance: Beyond 1, more of the class than there is; see `sample`.

        Returns:
            `(n, *image_shape)` in [0, 1].
        """
        return self.images_of(self._states_from(latents, labels, steps, guidance))

    def interpolate(self, start, end, steps=10, method="spherical", labels=None):
        """Images on the arc from one image's noise to another's; see `latent.interpolate`."""
        return super().interpolate(start, end, steps, method, labels=labels)


def _beside(values, states):
    """Values of each example, `(batch,)`, to be broadcast over states."""
    return ops.reshape(values, (-1, *[1] * (len(states.shape) - 1)))


def _if(condition, yes, no):
    """A branch of the graph, where the condition is a tensor and not known yet."""
    if tf.is_tensor(condition):
        return ops.cond(condition, yes, no)
    return yes() if condition else no()
