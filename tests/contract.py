"""What every model of the zoo promises: a model's test class inherits it and says what is its own.

    class TestVAE(EncoderDecoderContract):  # of families.py
        model_class = kg.models.VAE
        changed = {...}

Arrays are drawn by the model's own `fields`. Runs are dear, so few tests train, and each proves
several promises: the zoo's networks are trained once, a user's tiny ones where a promise is dear.
What cannot differ between models is tested once, beside the code that keeps it.
"""

import contextlib
import functools
import gc
import inspect
import json
import types

import keras
import numpy as np
import pytest
import tensorflow as tf

import keras_genzoo as kg
from keras_genzoo.base import verbs
from keras_genzoo.base.fields import Field, Scalar

SHAPE = (8, 8, 1)
THREE_PARTS = r"(?s)Expected.*Received"  # what every error says
BATCH = 16


# === Arrays ===


def pictures(n, seed=0):
    """Noise in [0, 1], `(n, *SHAPE)`."""
    return np.random.default_rng(seed).uniform(size=(n, *SHAPE)).astype("float32")


def drawn(field, n, seed=0):
    """Values that a field allows, `(n, ...)`; 8 where a side is free."""
    random = np.random.default_rng(seed)
    shape = (n, *(side or 8 for side in field.shape))
    if field.whole:
        return random.integers(field.lowest, field.highest + 1, shape).astype(field.dtype)
    if np.isinf(field.highest):
        return random.normal(size=shape).astype(field.dtype)
    return random.uniform(field.lowest, field.highest, shape).astype(field.dtype)


def misshapen(field, n):
    """Arrays of another shape than a field's."""
    good = drawn(field, n)
    return [good[0], good[..., None], good.reshape(n, -1)[:, :0]]


def out_of_range(field, n):
    """Arrays that a field does not allow for one value, the last: too high, too low, none."""
    values = [np.nan]
    if not np.isinf(field.highest):
        beyond = 1 if field.whole else 0.1
        values += [field.highest + beyond, field.lowest - beyond]
    bad = [drawn(field, n).astype("float32") for _ in values]
    for array, value in zip(bad, values, strict=True):
        array[(-1,) * array.ndim] = value
    return bad


def batches(*arrays, size=BATCH):
    """A dataset of arrays, with a last batch that may not be full."""
    arrays = tuple(array for array in arrays if array is not None)
    return tf.data.Dataset.from_tensor_slices(arrays if len(arrays) > 1 else arrays[0]).batch(size)


# === Comparing ===


def state(model):
    """All that training moves: weights, noise, optimizers."""
    variables = [*model.variables]
    for name, value in sorted(vars(model).items()):
        if name.endswith("optimizer") and value is not None:
            variables += value.variables
    return [keras.ops.convert_to_numpy(variable) for variable in variables]


def assert_same(ours, theirs, tolerance=1e-6):
    assert len(ours) == len(theirs) > 0
    for mine, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine, other, rtol=tolerance, atol=tolerance)


def distance(ours, theirs):
    """Between two models' weights, or lists of them; of floats, for a count moves by far more."""
    ours, theirs = (getattr(one, "get_weights", lambda one=one: one)() for one in (ours, theirs))
    pairs = [(a, b) for a, b in zip(ours, theirs, strict=True) if a.dtype.kind == "f"]
    return sum(np.square(a - b).sum() for a, b in pairs) ** 0.5


def finite(history):
    return all(np.isfinite(values).all() for values in history.values())


def hold_noise(monkeypatch):
    """Every draw is one number, however a batch is split."""

    def held(shape, *args, **kwargs):
        return keras.ops.full(shape, 0.3)

    monkeypatch.setattr(keras.random, "normal", held)
    monkeypatch.setattr(keras.random, "uniform", held)


@contextlib.contextmanager
def op_by_op():
    """Verbs run as they are written: to trace one for a single call takes longer."""
    before = tf.config.functions_run_eagerly()
    tf.config.run_functions_eagerly(True)
    try:
        yield
    finally:
        tf.config.run_functions_eagerly(before)


@functools.cache
def example(contract):
    """A model of a contract, made once, that says what its words are."""
    return contract().make()


class ModelContract:
    """Promises of every model."""

    model_class = None
    arguments = {"image_shape": SHAPE, "latent_dim": 2, "hidden": (16,), "seed": 0}  # noqa: RUF012
    # Every argument but the networks, each other than its default.
    changed = None
    same_as_default = ()  # those that cannot be changed beside the others
    networks = ()  # names of the arguments that take a Keras model
    optimizers = ("optimizer",)
    cheap = {}  # noqa: RUF012 - what verbs are told so that they take less time
    predicted = "images"  # the word for what `predict` gives
    sampled = None  # the word for what `sample` gives; `None` means what `predict` gives

    # === What a model's tests say ===

    def make(self, **overrides):
        """A tiny model, of default networks."""
        return self.model_class(**{**self.arguments, **overrides})

    def custom_networks(self):
        """A user's own networks, with dropout; none where a model takes none."""
        return {}

    def misfits(self):
        """Arguments, each of which the constructor must refuse."""
        return []

    def to_predict(self, n):
        """What `predict` takes."""
        return self.words(n)[self.model_class.fit_x]

    # === Help ===

    def tiny(self):
        """What proves a dear promise: of the zoo's networks, or of smaller ones of a user."""
        return self.make()

    def compiled(self, model=None, optimizer=keras.optimizers.Adam, **options):
        model = model or self.make()
        optimizers = {name: optimizer(0.01) for name in self.optimizers}
        model.compile(**optimizers, **options)
        return model

    @property
    def fields(self):
        return example(type(self)).fields

    def words(self, n, seed=0):
        """An array for each word of the model, and its scalars."""
        fields = self.fields.items()
        arrays = {word: drawn(field, n, seed) for word, field in fields if isinstance(field, Field)}
        return {**arrays, "num_samples": np.int32(n), "seed": np.int32(3)}

    @property
    def learned(self):
        return example(type(self)).fit_x, example(type(self)).fit_y

    def data(self, n):
        """What `fit` takes, `(x, y)`; y is `None` where the model learns from none."""
        x, y = (self.words(n).get(word) for word in self.learned)
        return x, y

    def dataset(self, x, y, *weights):
        """Of examples; where a model ignores labels they may be there."""
        return batches(x, np.arange(len(x)) % 2 if y is None else y, *weights)

    def verbs(self):
        methods = inspect.getmembers(self.model_class, lambda method: hasattr(method, "on_tensors"))
        return [name for name, _ in methods]

    def given(self, verb, n):
        """An array for each word that a verb takes; what has a default is left at it."""
        parameters = inspect.signature(getattr(self.model_class, verb)).parameters
        words = [p.name for p in [*parameters.values()][1:] if p.default in (p.empty, None)]
        cheap = {word: x for word, x in self.cheap.items() if word in parameters}
        return {word: self.words(n)[word] for word in words if word in self.fields} | cheap

    def outputs(self, model, n=5):
        """All that a model gives, deterministic."""
        with op_by_op():
            results = [getattr(model, verb)(**self.given(verb, n)) for verb in self.verbs()]
            if hasattr(model, "sample"):
                results.append(model.sample(n, seed=1))
        return keras.tree.flatten(results)

    def called(self, model, n):
        """What a call of the model gives, which `predict` makes."""
        return keras.ops.convert_to_numpy(model(self.to_predict(n)))

    # === Runs ===

    @pytest.fixture(scope="class")
    @classmethod
    def run(cls):
        """Two epochs of the zoo's own networks on datasets, and what was seen on the way."""
        self = cls()
        model = self.compiled()
        before, flow = model.get_weights(), model.flow
        traces, traced = [], []
        model.flow = lambda *args, **kwargs: traces.append(1) or flow(*args, **kwargs)
        weighted = self.dataset(*self.data(40), np.ones(40, "float32"))
        history = model.fit(
            self.dataset(*self.data(40)),
            validation_data=weighted,
            epochs=2,
            callbacks=[keras.callbacks.LambdaCallback(lambda *_: traced.append(len(traces)))],
            verbose=0,
        ).history
        del model.flow
        scores = model.evaluate(weighted, return_dict=True, verbose=0)
        seen = {"history": history, "scores": scores, "before": before, "traced": traced}
        return types.SimpleNamespace(model=model, **seen)

    @pytest.fixture(scope="class")
    @classmethod
    def trained(cls, run):
        """A model that has learned; a test may use it, and may not train it."""
        return run.model

    @pytest.fixture(scope="class")
    @classmethod
    def users(cls, tmp_path_factory):
        """A user's networks, two epochs kept, and a third that ended on a bad batch."""
        self, folder = cls(), tmp_path_factory.mktemp("users")
        model = self.compiled(self.make(**self.custom_networks()))
        x, y = self.data(40)
        bad = np.concatenate([x[:32], out_of_range(self.fields[model.fit_x], 8)[-1]])
        good = batches(x, y)
        bad = batches(bad.astype(x.dtype), y)
        with pytest.raises(ValueError, match=THREE_PARTS) as refused:
            model.fit(
                good.concatenate(good).concatenate(bad),
                steps_per_epoch=3,
                epochs=3,
                callbacks=[kg.callbacks.Checkpoint(folder)],
                verbose=0,
            )
        kept, epochs = kg.callbacks.restore(folder)
        return types.SimpleNamespace(model=kept, epochs=epochs, folder=folder, refused=refused)

    def test_a_run(self, run):
        logged = self.model_class.logged
        model = run.model
        assert [metric.name for metric in model.metrics] == list(logged)
        assert set(run.history) == {*logged, *(f"val_{name}" for name in logged)}
        assert finite(run.history)
        assert int(model.steps_trained) == 6
        assert any((a != b).any() for a, b in zip(run.before, model.get_weights(), strict=True))
        repeated = sum(player.steps > 1 for player in model.players)
        assert run.traced == [0, 2 + repeated]  # one training step, one test step, once
        assert set(run.scores) == set(logged)

    def test_an_example_of_weight_0_is_as_if_left_out(self, run):
        model, seeds = run.model, [v for v in run.model.variables if "seed_generator" in v.path]
        drawn = [seed.numpy() for seed in seeds]
        one, other = (self.words(19, seed) for seed in (0, 1))

        def scores(last, weight):
            for seed, value in zip(seeds, drawn, strict=True):
                seed.assign(value)  # the same noise
            x, y = (
                np.concatenate([one[w][:15], last[w][15:]]) if w else None for w in self.learned
            )
            weights = np.repeat([weight, 0], [15, 4]).astype("float32")
            return model.evaluate(self.dataset(x, y, weights), verbose=0)

        assert scores(one, 0.5) == pytest.approx(scores(other, 1.0), rel=1e-5, abs=1e-6)

    def test_a_bad_batch_stops_a_run_at_the_end_of_its_epoch(self, users):
        names = [path.name for path in sorted(users.folder.iterdir())]
        assert names == ["epoch-0001.keras", "epoch-0002.keras"]
        assert (users.epochs, int(users.model.steps_trained)) == (2, 6)
        assert all(np.isfinite(weight).all() for weight in users.model.get_weights())
        assert "Epoch 3 drew bad" in str(users.refused.value)

    def test_training_resumes_exactly(self, users):
        resumed = keras.saving.load_model(users.folder / "epoch-0001.keras")
        options = {"shuffle": False, "batch_size": BATCH, "verbose": 0}
        resumed.fit(*self.data(40), epochs=2, initial_epoch=1, **options)
        assert int(resumed.steps_trained) == 6
        assert_same(state(resumed), state(users.model), 1e-5)

    def test_half_precision(self, tmp_path):
        model = self.compiled(self.make(dtype="mixed_float16"), run_eagerly=True)
        assert any(layer.compute_dtype == "float16" for layer in model._flatten_layers())
        assert finite(model.fit(*self.data(20), batch_size=BATCH, verbose=0).history)
        assert {w.dtype for w in model.trainable_weights} == {"float32"}
        kinds = {output.dtype for output in self.outputs(model)}
        assert kinds <= {np.dtype("float32"), np.dtype("int32")}
        for name in self.optimizers:
            assert isinstance(getattr(model, name), keras.optimizers.LossScaleOptimizer)
        model.save(tmp_path / "model.keras")
        loaded = keras.saving.load_model(tmp_path / "model.keras")
        assert loaded.dtype_policy.name == "mixed_float16"
        assert_same(state(loaded), state(model), 0)

    def test_xla_compiles_the_step(self):
        """To what a TPU, which runs nothing else, is given; in `base` one that is compiled runs."""
        model = self.compiled(self.tiny())
        batch = tuple(tf.constant(values) for values in self.data(BATCH) if values is not None)
        step = tf.function(model.train_step, jit_compile=True, autograph=False)
        assert "ENTRY" in step.experimental_get_compiler_ir(batch)(stage="hlo")

    def test_replicas_learn_as_one(self, mirrored, monkeypatch):
        """67 examples in batches of 16, the last split into 2 and 1, of various weights."""
        x, y = self.data(67)
        weights = np.random.default_rng(0).integers(0, 4, 67) / 2
        weights[:BATCH] = 0
        hold_noise(monkeypatch)

        def learn(scope):
            keras.utils.set_random_seed(0)
            with scope:  # SGD, for Adam does not mind a gradient that is N times too long
                model = self.compiled(self.tiny(), optimizer=keras.optimizers.SGD)
            start, seen = model.get_weights(), []
            look = keras.callbacks.LambdaCallback(
                on_train_begin=lambda logs: seen.append(model.get_weights()),
                on_train_batch_end=lambda batch, logs: seen.append(model.get_weights()),
            )
            options = {"batch_size": BATCH, "shuffle": False, "callbacks": [look], "verbose": 0}
            history = model.fit(x, y, sample_weight=weights, **options).history
            assert len(seen) - 1 == int(model.steps_trained.numpy()) == 5
            # What weighs nothing moves nothing but the count of steps.
            before, after = ([w for w in each if w.dtype.kind == "f"] for each in seen[:2])
            assert_same(after, before, 0)
            return model, start, history

        one, start, expected = learn(contextlib.nullcontext())
        many, same_start, history = learn(mirrored.scope())
        assert_same(same_start, start, 0)
        moved, apart = distance(one, start), distance(many, one)
        assert apart < 1e-3 * moved
        alike = {name: pytest.approx(value, 1e-4, 1e-5) for name, value in expected.items()}
        assert history == alike

    # === Config and files ===

    def test_config_names_every_argument(self):
        parameters = inspect.signature(self.model_class).parameters.values()
        names = {p.name for p in parameters if p.kind is not p.VAR_KEYWORD}
        defaults = {p.name: p.default for p in parameters}
        assert set(self.changed) == names - set(self.networks), "`changed` is not of this model"
        model = self.compiled(self.make(**self.changed))
        config = model.get_config()
        assert names <= config.keys()
        assert all(hasattr(model, name) for name in names)
        for name, value in self.changed.items():
            assert value != defaults[name] or name in self.same_as_default
            assert getattr(model, name) == value
            assert config[name] == value
        again = self.model_class.from_config(json.loads(json.dumps(config)))
        assert again.get_config() == config

    def test_files(self, run, tmp_path):
        trained = run.model
        trained.save(tmp_path / "model.keras")
        loaded = keras.saving.load_model(tmp_path / "model.keras")
        assert type(loaded) is self.model_class
        assert_same(state(loaded), state(trained), 0)
        assert_same(self.outputs(loaded), self.outputs(trained))
        trained.save_weights(tmp_path / "model.weights.h5")
        fresh = self.make(seed=9)
        fresh.load_weights(tmp_path / "model.weights.h5")
        assert_same(fresh.get_weights(), trained.get_weights(), 0)

    def test_presets_keep_the_users_networks(self, users, tmp_path):
        users.model.save_to_preset(tmp_path, dataset="noise")
        loaded = self.model_class.from_preset(tmp_path)
        assert loaded.get_config() == users.model.get_config()
        assert_same(loaded.get_weights(), users.model.get_weights(), 0)
        # Dropout and the statistics of a batch are for training alone.
        first = [output[:2] for output in self.outputs(loaded)]
        assert_same(first, self.outputs(loaded, 2), 1e-5)
        again = kg.from_preset(str(tmp_path), seed=5)
        assert type(loaded) is type(again) is self.model_class
        assert again.seed == 5

    def test_quantized_models_are_kept(self, tmp_path, monkeypatch):
        monkeypatch.setattr(gc, "collect", int)  # which Keras calls for each layer
        model = self.make()
        kinds = keras.layers.Dense | keras.layers.Embedding
        dense = [layer for layer in model._flatten_layers() if isinstance(layer, kinds)]
        if not dense:
            with pytest.raises(ValueError, match=THREE_PARTS):
                model.quantize("int8")
            return
        exact = self.called(model, 4)
        model.quantize("int8")
        assert {layer.quantization_mode for layer in dense} == {"int8"}
        rounded = self.called(model, 4)
        assert_same([rounded], [exact], 0.05)
        model.save(tmp_path / "model.keras")
        kept = keras.saving.load_model(tmp_path / "model.keras")
        assert_same([self.called(kept, 4)], [rounded], 0)

    # === Verbs, predict, export ===

    def test_predict_on_arrays_and_datasets(self, trained):
        given = self.to_predict(40)
        predicted = trained.predict(given, verbose=0)
        assert len(self.fields[self.predicted].checked(self.predicted, predicted)) == 40
        dataset = tf.data.Dataset.from_tensor_slices((given,)).batch(BATCH)
        assert_same([trained.predict(dataset, verbose=0)], [predicted])

    def test_verbs_take_any_number(self, trained):
        for verb in self.verbs():
            word = getattr(self.model_class, verb).output
            for n in (0, 1, 300):
                outputs = getattr(trained, verb)(**self.given(verb, n))
                for output in keras.tree.flatten(outputs):
                    assert len(output) == n
                    assert np.isfinite(output).all()
                    if word is not None:
                        assert output.dtype == self.fields[word].dtype
                        self.fields[word].checked(word, output)

    def test_verbs_refuse_what_does_not_fit(self, trained):
        for verb in self.verbs():
            given = self.given(verb, 3)
            arrays = given.keys() - self.cheap.keys()
            for word in arrays:
                field, good = self.fields[word], given[word]
                bad = [*misshapen(field, 3), *out_of_range(field, 3)]
                bad += [good[:1], good[:2]] if len(arrays) > 1 else []
                for array in bad:
                    with pytest.raises(ValueError, match=THREE_PARTS):
                        getattr(trained, verb)(**{**given, word: array})

    def test_samples(self, trained):
        if not hasattr(trained, "sample"):
            pytest.skip("no prior")
        word = self.sampled or self.predicted
        samples = trained.sample(300, seed=0)
        assert len(self.fields[word].checked(word, samples)) == 300
        assert samples.dtype == self.fields[word].dtype
        assert_same([trained.sample(300, seed=0)], [samples], 0)
        assert_same([trained.sample(2, seed=0)], [samples[:2]])
        assert (trained.sample(300, seed=1) != samples).any()
        assert (trained.sample(100) != trained.sample(100)).any()
        assert trained.sample(0, seed=0).shape == (0, *samples.shape[1:])

    def test_export_serves_without_keras(self, trained, serve, tmp_path):
        trained.export(tmp_path / "1")
        requests, expected = {}, {}
        endpoints = trained.endpoints()
        usual = ("reconstruct", "decode", "translate", "sample")
        default = next(name for name in usual if name in endpoints)
        for endpoint, (_, specs) in endpoints.items():
            for n in (1, 7):
                given = {spec.name: self.words(n)[spec.name] for spec in specs}
                drawn = self.sampled or self.predicted
                output = getattr(getattr(trained, endpoint), "output", drawn)
                for name in (endpoint, *["serving_default"] * (endpoint == default)):
                    requests |= {f"{name} {n} {word}": value for word, value in given.items()}
                    expected[f"{name} {n} {output}"] = getattr(trained, endpoint)(**given)
        np.savez(tmp_path / "requests.npz", **requests)
        answers = serve(tmp_path)
        assert set(answers) == set(expected)
        for key, value in expected.items():
            np.testing.assert_allclose(answers[key], value, rtol=1e-5, atol=1e-5)

    # === What is refused ===

    def test_endpoints_refuse_what_does_not_fit(self, trained):
        for function, specs in verbs.served(trained).values():
            given = {spec.name: self.words(3)[spec.name] for spec in specs}
            scalars = {w for w in given if isinstance(self.fields[w], Scalar)}
            bad = [(word, np.int32(-1)) for word in scalars - {"seed"}]
            for word in given.keys() - scalars:
                arrays = out_of_range(self.fields[word], 3)[given[word].dtype.kind == "i" :]
                bad += [(word, array.astype(given[word].dtype)) for array in arrays]
            for word, values in bad:
                with pytest.raises(tf.errors.InvalidArgumentError, match=THREE_PARTS):
                    function(*map(tf.constant, {**given, word: values}.values()))

    def test_misfits(self):
        for misfit in self.misfits():
            with pytest.raises(ValueError, match=THREE_PARTS):
                self.make(**misfit)

    def test_bad_data_are_refused_before_the_first_step(self, trained):
        before = state(trained)

        def refused(method, *arguments, **options):
            with pytest.raises(ValueError, match=THREE_PARTS):
                method(*arguments, verbose=0, **options)

        for place, word in enumerate((trained.fit_x, trained.fit_y)):
            if word is None:
                continue
            field = self.fields[word]
            other_shapes = misshapen(field, 40)
            if place and not trained.needs_y:  # in place of what may be left out labels are ignored
                other_shapes = [array for array in other_shapes if array.ndim > 2]
            for bad in [*other_shapes, *out_of_range(field, 40)]:
                data = [*self.data(40)]
                data[place] = bad
                refused(trained.fit, *data)
                refused(trained.fit, *self.data(16), validation_data=tuple(data))
                refused(trained.evaluate, *data)
            for bad in other_shapes[1:]:
                data[place] = bad
                refused(trained.fit, batches(*data))
                refused(trained.evaluate, batches(*data))
            bad = out_of_range(field, 40)[-1][::-1]  # in the first batch
            data[place] = bad.astype(self.data(40)[place].dtype)
            refused(trained.fit, self.dataset(*data))
        refused(trained.fit, *(None if values is None else values[:0] for values in self.data(1)))
        if trained.fit_y is not None and trained.needs_y:
            refused(trained.fit, self.data(16)[0])
            refused(trained.evaluate, batches(self.data(16)[0]))
        assert_same(state(trained), before, 0)
