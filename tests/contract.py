"""What every model of the zoo promises: a model's test class inherits it and says what is its own.

    class TestVAE(EncoderDecoderContract):  # of families.py
        model_class = kg.models.VAE
        changed = {...}

A verb is tested where the model has it.
"""

import contextlib
import inspect
import json

import keras
import numpy as np
import pytest
import tensorflow as tf

import keras_genzoo as kg

SHAPE = (8, 8, 1)
THREE_PARTS = r"(?s)Expected.*Received"  # what every error says
BATCH = 16


def pictures(n, seed=0):
    """Noise in [0, 1], `(n, *SHAPE)`."""
    return np.random.default_rng(seed).uniform(size=(n, *SHAPE)).astype("float32")


def batches(*arrays, size=BATCH):
    """A dataset of arrays, with a last batch that may not be full."""
    arrays = arrays[0] if len(arrays) == 1 else arrays
    return tf.data.Dataset.from_tensor_slices(arrays).batch(size)


def bad_pictures(kind):
    images = pictures(40)
    if kind == "bytes":
        images = (images * 255).astype("uint8")
    elif kind == "floats up to 255":
        images *= 255
    elif kind == "one NaN":
        images[-1, 3, 3, 0] = np.nan
    elif kind == "one below 0":
        images[-1, 3, 3, 0] = -0.1
    elif kind == "empty":
        images = images[:0]
    elif kind == "wrong size":
        images = np.pad(images, ((0, 0), (0, 1), (0, 0), (0, 0)))
    elif kind == "no channels":
        images = images[..., 0]
    return images


def state(model):
    """All that training moves: weights, noise, optimizers."""
    variables = [*model.variables]
    for name, value in sorted(vars(model).items()):
        if name.endswith("optimizer") and value is not None:
            variables += value.variables
    return [np.array(variable) for variable in variables]


def assert_same(ours, theirs, tolerance=1e-6):
    assert len(ours) == len(theirs) > 0
    for mine, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine, other, rtol=tolerance, atol=tolerance)


def distance(ours, theirs):
    """Between two models' weights, or lists of them."""
    ours, theirs = (getattr(one, "get_weights", lambda one=one: one)() for one in (ours, theirs))
    return sum(np.square(a - b).sum() for a, b in zip(ours, theirs, strict=True)) ** 0.5


def hold_noise(monkeypatch):
    """Every draw is one number, however a batch is split."""

    def held(shape, *args, **kwargs):
        return keras.ops.full(shape, 0.3)

    monkeypatch.setattr(keras.random, "normal", held)
    monkeypatch.setattr(keras.random, "uniform", held)


class ModelContract:
    """Promises of every model."""

    model_class = None
    arguments = {"image_shape": SHAPE, "latent_dim": 2, "hidden": (16,), "seed": 0}  # noqa: RUF012
    # Every argument but the networks, each other than its default.
    changed = None
    same_as_default = ()  # those that cannot be changed beside the others
    networks = ()  # names of the arguments that take a Keras model
    optimizers = ("optimizer",)

    # === What a model's tests say ===

    def make(self, **overrides):
        """A tiny model, of default networks."""
        return self.model_class(**{**self.arguments, **overrides})

    def custom_networks(self):
        """A user's own networks, with dropout."""
        raise NotImplementedError

    def misfits(self):
        """Arguments, each of which the constructor must refuse."""
        raise NotImplementedError

    def inputs(self, n):
        """An array for each word that a verb or an endpoint may take."""
        latents = np.random.default_rng(1).normal(size=(n, 2)).astype("float32")
        return {"images": pictures(n), "latents": latents}

    def to_predict(self, n):
        """What `predict` takes."""
        return self.inputs(n)["images"]

    def labels(self, n):
        """What `fit` takes beside images; `None` where a model needs nothing."""
        return None

    # === Help ===

    def compiled(self, model=None, **options):
        model = model or self.make()
        optimizers = {name: keras.optimizers.Adam(0.01) for name in self.optimizers}
        model.compile(**optimizers, **options)
        return model

    def data(self, n):
        """What `fit` takes, `(images, labels)`."""
        return pictures(n), self.labels(n)

    def verbs(self):
        methods = inspect.getmembers(self.model_class, lambda method: hasattr(method, "on_tensors"))
        return [name for name, _ in methods]

    def given(self, verb, n):
        words = list(inspect.signature(getattr(self.model_class, verb)).parameters)[1:]
        return {word: self.inputs(n)[word] for word in words}

    def outputs(self, model):
        """All that a model gives, deterministic."""
        results = [model.predict(self.to_predict(5), verbose=0)]
        results += [getattr(model, verb)(**self.given(verb, 5)) for verb in self.verbs()]
        if hasattr(model, "sample"):
            results.append(model.sample(3, seed=1))
        return keras.tree.flatten(results)

    @pytest.fixture(scope="class")
    @classmethod
    def trained(cls):
        """A model after an epoch; a test may use it, and may not train it."""
        self = cls()
        model = self.compiled()
        model.history = model.fit(
            *self.data(40), batch_size=BATCH, validation_data=self.data(20), verbose=0
        ).history
        return model

    @pytest.fixture(scope="class")
    @classmethod
    def custom(cls):
        """A compiled model of a user's networks."""
        self = cls()
        return self.compiled(self.make(**self.custom_networks()))

    # === Config and files ===

    def test_config_names_every_argument(self):
        parameters = inspect.signature(self.model_class).parameters.values()
        names = {p.name for p in parameters if p.kind is not p.VAR_KEYWORD}
        defaults = {p.name: p.default for p in parameters}
        assert set(self.changed) == names - set(self.networks), "`changed` is not of this model"
        model = self.compiled(self.model_class(**self.changed))
        config = model.get_config()
        assert names <= config.keys()
        assert all(hasattr(model, name) for name in names)
        for name, value in self.changed.items():
            assert value != defaults[name] or name in self.same_as_default
            assert getattr(model, name) == value
            assert config[name] == value
        again = self.model_class.from_config(json.loads(json.dumps(config)))
        assert again.get_config() == config

    def test_config_round_trip_keeps_the_users_networks(self, custom):
        config = json.loads(json.dumps(custom.get_config()))
        again = self.model_class.from_config(config)
        again.set_weights(custom.get_weights())
        assert_same(self.outputs(again), self.outputs(custom))

    def test_keras_file(self, trained, tmp_path):
        trained.save(tmp_path / "model.keras")
        loaded = keras.saving.load_model(tmp_path / "model.keras")
        assert type(loaded) is self.model_class
        assert_same(state(loaded), state(trained), 0)
        assert_same(self.outputs(loaded), self.outputs(trained))

    def test_weights_file(self, trained, tmp_path):
        trained.save_weights(tmp_path / "model.weights.h5")
        fresh = self.make(seed=9)
        fresh.load_weights(tmp_path / "model.weights.h5")
        assert_same(self.outputs(fresh), self.outputs(trained))

    @pytest.mark.parametrize("which", ["trained", "custom"])
    def test_preset(self, which, tmp_path, request):
        model = request.getfixturevalue(which)
        model.save_to_preset(tmp_path, dataset="noise")
        loaded = self.model_class.from_preset(tmp_path)
        assert_same(self.outputs(loaded), self.outputs(model))
        again = kg.from_preset(str(tmp_path), seed=5)
        assert type(loaded) is type(again) is self.model_class
        assert again.seed == 5

    def test_preset_of_another_class(self, tmp_path):
        self.make().save_to_preset(tmp_path)
        classes = [getattr(kg.models, name) for name in kg.models.__all__]
        other = next(cls for cls in classes if not issubclass(self.model_class, cls))
        with pytest.raises(ValueError, match=THREE_PARTS):
            other.from_preset(tmp_path)

    def test_training_resumes_exactly(self, tmp_path):
        images, labels = self.data(40)

        def go_on(model, start, callbacks=()):
            options = {"shuffle": False, "batch_size": BATCH, "verbose": 0}
            model.fit(
                images, labels, epochs=2, initial_epoch=start, callbacks=[*callbacks], **options
            )

        whole = self.compiled(self.make(**self.custom_networks()))
        go_on(whole, 0, [kg.callbacks.Checkpoint(tmp_path)])
        resumed = keras.saving.load_model(tmp_path / "epoch-0001.keras")
        go_on(resumed, 1)
        assert int(resumed.steps_trained) == 6
        assert_same(state(resumed), state(whole), 1e-5)

    # === fit, evaluate, predict ===

    def test_history(self, trained):
        logged = self.model_class.logged
        assert [metric.name for metric in trained.metrics] == list(logged)
        assert set(trained.history) == {*logged, *(f"val_{name}" for name in logged)}
        assert all(np.isfinite(values).all() for values in trained.history.values())

    def test_fit_on_datasets(self):
        arrays = pictures(40), np.arange(40) % 2  # labels: ignored by most models, never refused
        model = self.compiled()
        before = model.get_weights()
        history = model.fit(
            batches(*arrays), validation_data=batches(*arrays), epochs=2, verbose=0
        ).history
        assert set(history) >= {f"val_{name}" for name in self.model_class.logged}
        assert int(model.steps_trained) == 6
        assert any((a != b).any() for a, b in zip(before, model.get_weights(), strict=True))
        scores = model.evaluate(batches(*arrays), return_dict=True, verbose=0)
        assert set(scores) == set(self.model_class.logged)

    def test_predict_on_arrays_and_datasets(self, trained):
        given = self.to_predict(40)
        images = trained.predict(given, verbose=0)
        assert images.shape == (40, *SHAPE)
        assert images.dtype == np.float32
        assert 0 <= images.min() <= images.max() <= 1
        dataset = tf.data.Dataset.from_tensor_slices((given,)).batch(BATCH)
        assert_same([trained.predict(dataset, verbose=0)], [images])

    def test_an_example_of_weight_0_is_as_if_left_out(self):
        # The same seed: the first examples of both batches draw the same noise.
        images, labels = self.data(20)
        few, weighted = self.compiled(), self.compiled()
        weighted.set_weights(few.get_weights())
        options = {"batch_size": 20, "verbose": 0, "return_dict": True}
        first = None if labels is None else labels[:12]
        expected = few.evaluate(images[:12], first, **options)
        weights = np.array([0.5] * 12 + [0.0] * 8)
        scores = weighted.evaluate(images, labels, sample_weight=weights, **options)
        assert scores == pytest.approx(expected, rel=1e-5)

    def test_examples_of_weight_0_move_nothing(self):
        model = self.compiled()
        before = model.get_weights()
        model.fit(*self.data(20), sample_weight=np.zeros(20), epochs=2, verbose=0)
        assert int(model.steps_trained) == 2
        model.steps_trained.assign(0)
        assert_same(model.get_weights(), before, 0)

    def test_nothing_is_traced_after_the_first_epoch(self):
        model = self.compiled()
        flow, traces = model.flow, []
        model.flow = lambda *args, **kwargs: traces.append(1) or flow(*args, **kwargs)
        at_end = []
        count = keras.callbacks.LambdaCallback(on_epoch_end=lambda *_: at_end.append(len(traces)))
        data = self.data(40)
        options = {"validation_data": data, "callbacks": [count], "verbose": 0}
        model.fit(*data, batch_size=BATCH, epochs=3, **options)
        repeated = sum(player.steps > 1 for player in model.players)
        assert at_end == [2 + repeated] * 3  # one training step, one test step

    # === compile ===

    @pytest.mark.parametrize("word", ["loss", "metrics", "optimiser"])
    def test_compile_refuses(self, word):
        with pytest.raises(ValueError, match=rf"{THREE_PARTS}.*{word}"):
            self.make().compile("adam", **{word: "mse"})

    def test_half_precision(self, tmp_path):
        model = self.compiled(self.make(dtype="mixed_float16"))
        assert any(layer.compute_dtype == "float16" for layer in model._flatten_layers())
        history = model.fit(*self.data(40), batch_size=BATCH, verbose=0).history
        assert all(np.isfinite(values).all() for values in history.values())
        assert {w.dtype for w in model.trainable_weights} == {"float32"}
        assert {output.dtype for output in self.outputs(model)} == {np.dtype("float32")}
        for name in self.optimizers:
            assert isinstance(getattr(model, name), keras.optimizers.LossScaleOptimizer)
        model.save(tmp_path / "model.keras")
        loaded = keras.saving.load_model(tmp_path / "model.keras")
        assert_same(state(loaded), state(model), 0)
        assert_same(self.outputs(loaded), self.outputs(model))

    # === Replicas ===

    def test_xla_compiles_the_step(self):
        """So a TPU, which runs nothing else, can take it too."""
        model = self.compiled(jit_compile=True)
        history = model.fit(*self.data(32), batch_size=BATCH, verbose=0).history
        assert all(np.isfinite(values).all() for values in history.values())
        assert int(model.steps_trained) == 2

    def test_replicas_learn_as_one(self, mirrored, monkeypatch, tmp_path):
        """67 images in batches of 16: the last batch splits into 2 and 1."""
        images, labels = self.data(67)
        hold_noise(monkeypatch)

        def learn(scope):
            keras.utils.set_random_seed(0)
            with scope:
                model = self.compiled()
            start = model.get_weights()
            history = model.fit(
                images, labels, batch_size=BATCH, shuffle=False, epochs=2, verbose=0
            ).history
            return model, start, history

        one, start, expected = learn(contextlib.nullcontext())
        many, same_start, history = learn(mirrored.scope())
        assert_same(same_start, start, 0)
        moved, apart = distance(one, start), distance(many, one)
        assert apart < 1e-3 * moved
        assert history == {name: pytest.approx(value, 1e-4) for name, value in expected.items()}
        first = None if labels is None else labels[:19]
        scores = [
            model.evaluate(images[:19], first, batch_size=BATCH, verbose=0) for model in (one, many)
        ]
        assert scores[1] == pytest.approx(scores[0], 1e-4)
        given = self.to_predict(19)
        assert_same([many.predict(given, verbose=0)], [one.predict(given, verbose=0)], 1e-3)
        many.save(tmp_path / "model.keras")
        loaded = keras.saving.load_model(tmp_path / "model.keras")
        assert_same(loaded.get_weights(), many.get_weights(), 0)

    # === Verbs ===

    def test_verbs_leave_out_dropout(self, custom):
        assert_same(self.outputs(custom), self.outputs(custom), 0)

    @pytest.mark.parametrize("n", [0, 1, 300])
    def test_verbs_take_any_number(self, trained, n):
        for verb in self.verbs():
            given = self.given(verb, n)
            for output in keras.tree.flatten(getattr(trained, verb)(**given)):
                assert len(output) == n
                assert output.dtype == np.float32
                assert np.isfinite(output).all()

    def test_verbs_refuse_bad_shapes(self, trained):
        for verb in self.verbs():
            for word, good in self.given(verb, 3).items():
                for bad in (good[0], good[..., None], good.reshape(3, -1)[:, :1]):
                    with pytest.raises(ValueError, match=THREE_PARTS):
                        getattr(trained, verb)(**{**self.given(verb, 3), word: bad})

    def test_verbs_refuse_inputs_of_different_length(self, trained):
        for verb in self.verbs():
            given = self.given(verb, 3)
            for word in list(given)[1:]:
                for length in (1, 2):
                    with pytest.raises(ValueError, match=THREE_PARTS):
                        getattr(trained, verb)(**{**given, word: given[word][:length]})

    def test_samples(self, trained):
        if not hasattr(trained, "sample"):
            pytest.skip("no prior")
        samples = trained.sample(300, seed=0)
        assert samples.shape == (300, *SHAPE)
        assert samples.dtype == np.float32
        assert 0 <= samples.min() <= samples.max() <= 1
        assert_same([trained.sample(300, seed=0)], [samples], 0)
        assert_same([trained.sample(2, seed=0)], [samples[:2]])
        assert (trained.sample(300, seed=1) != samples).any()
        assert (trained.sample(4) != trained.sample(4)).any()
        assert trained.sample(0, seed=0).shape == (0, *SHAPE)

    # === Export ===

    def test_export_serves_without_keras(self, trained, serve, tmp_path):
        trained.export(tmp_path / "1")
        requests, expected = {}, {}
        for endpoint, (_, specs) in trained.endpoints().items():
            for n in (1, 7):
                numbers = {"num_samples": np.int32(n), "seed": np.int32(3)}
                given = {spec.name: {**numbers, **self.inputs(n)}[spec.name] for spec in specs}
                output = "latents" if endpoint == "encode" else "images"
                names = [endpoint]
                default = "reconstruct" if hasattr(trained, "reconstruct") else "decode"
                names += ["serving_default"] * (endpoint == default)
                for name in names:
                    requests |= {f"{name} {n} {word}": value for word, value in given.items()}
                    expected[f"{name} {n} {output}"] = getattr(trained, endpoint)(**given)
        np.savez(tmp_path / "requests.npz", **requests)
        answers = serve(tmp_path)
        assert set(answers) == set(expected)
        for key, value in expected.items():
            np.testing.assert_allclose(answers[key], value, rtol=1e-5, atol=1e-5)

    # === What is refused ===

    def test_misfit_networks(self):
        for misfit in self.misfits():
            with pytest.raises(ValueError, match=THREE_PARTS):
                self.make(**misfit)

    @pytest.mark.parametrize(
        "image_shape", [(8, 8), (7, 8, 1), (8, 8, 2), (8, 8, 1, 1)], ids=lambda shape: str(shape)
    )
    def test_misfit_image_shape(self, image_shape):
        with pytest.raises(ValueError, match=THREE_PARTS):
            self.make(image_shape=image_shape)

    @pytest.mark.parametrize(
        "kind",
        [
            *("bytes", "floats up to 255", "one NaN", "one below 0"),
            *("empty", "wrong size", "no channels"),
        ],
    )
    def test_bad_arrays_are_refused_before_the_first_step(self, trained, kind):
        before = state(trained)
        with pytest.raises(ValueError, match=THREE_PARTS):
            trained.fit(bad_pictures(kind), self.labels(40), verbose=0)
        with pytest.raises(ValueError, match=THREE_PARTS):
            trained.fit(*self.data(16), validation_data=(bad_pictures(kind),), verbose=0)
        with pytest.raises(ValueError, match=THREE_PARTS):
            trained.evaluate(bad_pictures(kind), verbose=0)
        assert_same(state(trained), before, 0)

    @pytest.mark.parametrize("kind", ["bytes", "wrong size", "no channels"])
    def test_bad_datasets_are_refused_before_the_first_step(self, trained, kind):
        before = state(trained)
        with pytest.raises(ValueError, match=THREE_PARTS):
            trained.fit(batches(bad_pictures(kind)), verbose=0)
        with pytest.raises(ValueError, match=THREE_PARTS):
            trained.evaluate(batches(bad_pictures(kind)), verbose=0)
        assert_same(state(trained), before, 0)

    @pytest.mark.parametrize("kind", ["floats up to 255", "one NaN"])
    def test_a_bad_first_batch_is_refused_before_the_first_step(self, trained, kind):
        before = state(trained)
        arrays = [bad_pictures(kind)[::-1], self.labels(40)]
        bad = batches(*(array for array in arrays if array is not None))
        with pytest.raises(ValueError, match=THREE_PARTS):
            trained.fit(bad, verbose=0)
        assert_same(state(trained), before, 0)

    def test_a_bad_later_batch_stops_the_run_at_the_end_of_its_epoch(self, tmp_path):
        model = self.compiled()
        arrays = [bad_pictures("one NaN")[-32:], self.labels(32)]  # the fourth batch is bad
        dataset = batches(*(array for array in arrays if array is not None), size=8)
        checkpoint = kg.callbacks.Checkpoint(tmp_path)
        with pytest.raises(ValueError, match=rf"Epoch 2.*{THREE_PARTS[4:]}"):
            model.fit(dataset, steps_per_epoch=2, epochs=3, callbacks=[checkpoint], verbose=0)
        assert [path.name for path in tmp_path.iterdir()] == ["epoch-0001.keras"]
        restored, epochs = kg.callbacks.restore(tmp_path)
        assert epochs == 1
        assert all(np.isfinite(weight).all() for weight in restored.get_weights())
