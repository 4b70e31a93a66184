"""The tabs of what a model draws by itself: its latents by hand, samples, ways between two ends."""

import typing

import numpy as np

from keras_genzoo import evaluation
from keras_genzoo.explorer import controls
from keras_genzoo.explorer.uploads import told
from keras_genzoo.extras import extra

_MOST, _SEEN = 64, 10  # sliders, and those of them that are seen at once
_REACH = 3.0  # of a slider: beyond it the prior has next to nothing
_WAY = 8  # images of a way


def latents(subject, kind):
    """Sliders of the latents that tell most, and what they decode to, live."""
    gr = extra("gradio", "explore")
    model, shown = subject.model, subject.order[:_MOST]
    start = (
        np.round(subject.prior(0), 2) if subject.does("sample") else np.zeros(len(subject.order))
    )
    with gr.Row():
        with gr.Column(min_width=280):
            outputs = kind.components("Decoded")
            held = gr.State(start)
            label = controls.classes(subject, "decode")
            number = gr.State(0)
            random = gr.Button("Another draw", visible=subject.does("sample"))
        with gr.Column(min_width=280):
            with gr.Group():
                sliders = [_slider(dimension, start) for dimension in shown[:_SEEN]]
            if len(shown) > _SEEN:
                with gr.Accordion(f"{len(shown) - _SEEN} more", open=False):
                    sliders += [_slider(dimension, start) for dimension in shown[_SEEN:]]
            picked = None
            if subject.does("encode") and subject.is_of_images:
                with gr.Accordion("Begin from a picture", open=False):
                    picked = controls.picker(subject, "Picture", -1)

    def decode(*values):
        *moved, point, of_class = values
        point = np.array(point, "float32")
        point[shown] = moved
        return kind.values(model.decode(point[None], **subject.condition("decode", of_class, 1)))

    def set_to(point):
        """The sliders and the picture at a point."""
        point = np.round(point.astype(float), 2)
        moved = [
            gr.Slider(value=value, minimum=-end, maximum=end)
            for value, end in zip(point[shown].tolist(), _reach(point[shown]), strict=True)
        ]
        return [*moved, point]

    def draw(drawn):
        return [*set_to(subject.prior(drawn + 1)), drawn + 1]

    def encode(picked, of_class):
        label = subject.condition("encode", picked.label_or(of_class), 1)
        return set_to(model.encode(picked.image[None], **label)[0])

    inputs = [*sliders, held, label]
    for moved in sliders:
        moved.input(
            decode, inputs, outputs, queue=False, show_progress="hidden", trigger_mode="always_last"
        )
    shows = {"fn": decode, "inputs": inputs, "outputs": outputs, "show_progress": "hidden"}
    random.click(draw, number, [*sliders, held, number]).then(**shows)
    if controls.is_asked(label):
        label.input(**shows)
    if picked:
        picked.on_change(told(encode), [picked.state, label], [*sliders, held], then=shows)
    return shows


def _slider(dimension, start):
    gr = extra("gradio", "explore")
    value = float(start[dimension])
    end = _reach(value)
    return gr.Slider(
        -end, end, value, step=0.01, precision=2, label=f"latent {dimension}", buttons=[]
    )


def _reach(values):
    """Of sliders: what lies farther out than most widens its own."""
    return np.maximum(_REACH, np.ceil(np.abs(values))).tolist()


def samples(subject, kind):
    """A grid of samples, by seed and what else the model is told."""
    gr = extra("gradio", "explore")
    model = subject.model
    is_slow = subject.draws_from_noise or subject.does("complete")
    with gr.Row():
        with gr.Column(min_width=280):
            words = {
                "count": gr.Slider(1, 64, 16 if is_slow else kind.usual, step=1, label="Samples"),
                "seed": gr.Number(0, precision=0, label="Seed"),
            }
            if subject.takes("sample", "labels"):
                words["labels"] = controls.classes(subject, "sample", in_turn=True)
            if subject.takes("sample", "steps"):
                words["steps"] = gr.Slider(1, 100, 20, step=1, label="Steps")
            if subject.takes("sample", "solver"):
                solvers = [*typing.get_args(evaluation.Solver)]
                words["solver"] = gr.Dropdown(solvers, value="dpm++2m", label="Solver")
            if subject.takes("sample", "guidance") and subject.takes("sample", "labels"):
                words["guidance"] = gr.Slider(0, 8, 1, step=0.1, label="Guidance")
            if subject.takes("sample", "temperature"):
                words["temperature"] = gr.Slider(0, 2, 1, step=0.05, label="Temperature")
            button = gr.Button("Draw", variant="primary")
        with gr.Column(scale=2, min_width=280):
            outputs = kind.components("Samples")

    def draw(*values):
        asked = dict(zip(words, values, strict=True))
        count, seed = asked.pop("count"), controls.seed_of(asked.pop("seed"))
        if "labels" in asked:
            label = asked["labels"]
            every = np.arange(count) % model.num_classes
            asked["labels"] = every if label == controls.IN_TURN else [label] * count
        return kind.values(model.sample(count, seed=seed, **asked))

    draws = {"fn": told(draw), "inputs": [*words.values()], "outputs": outputs}
    button.click(**draws)
    words["seed"].submit(**draws)
    return draws


def interpolation(subject, kind):
    """A way between two pictures, or, of a model that encodes none, between two draws."""
    gr = extra("gradio", "explore")
    between_images = subject.does("encode") and subject.is_of_images
    with gr.Row():
        if between_images:
            picked = [
                controls.picker(subject, label, number)
                for number, label in enumerate(("From", "To"))
            ]
            ends = [each.state for each in picked]
        else:
            seeds = enumerate(("From the draw of seed", "To the draw of seed"))
            ends = [gr.Number(seed, precision=0, label=label) for seed, label in seeds]
    with gr.Row():
        # Where a class need not be told, that of noise, none is.
        needs_class = subject.takes("decode", "labels") and not subject.draws_from_noise
        label = controls.classes(subject, "decode") if needs_class else gr.State(None)
        steps = gr.Slider(2, 16, _WAY, step=1, label="Images")
        is_straight = between_images and not subject.draws_from_noise
        method = gr.Radio(
            ["linear", "spherical"], value="linear" if is_straight else "spherical", label="Way"
        )
        button = gr.Button("Go", variant="primary")
    with gr.Column(elem_classes=["wide"]):
        outputs = kind.components("Way")

    def go(start, end, count, way, of_class):
        points = [_end(subject, each, of_class) for each in (start, end)]
        known = subject.condition("decode", of_class)
        return kind.values(subject.model.interpolate(*points, count, way, **known))

    goes = {"fn": told(go), "inputs": [*ends, steps, method, label], "outputs": outputs}
    button.click(**goes)
    return goes


def _end(subject, given, of_class):
    """What `interpolate` takes of an end: an image, or, where a class is told, its latent."""
    if not isinstance(given, controls.Picked):
        return subject.prior(controls.seed_of(given))
    image = given.picture()
    if not subject.takes("encode", "labels") or subject.draws_from_noise:
        return image
    label = subject.condition("encode", given.label_or(of_class), 1)
    return subject.model.encode(image[None], **label)[0]
